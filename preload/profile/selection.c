/* SPDX-License-Identifier: MIT */
#include "profile/selection.h"

#include "profile/match.h"
#include "profile/process_counters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *selection_kind_name(enum select_kind kind)
{
    static const char *const names[SELECT_KINDS] = {"focus", "ignore", "module", "thread"};

    return names[kind];
}

int selection_add(struct selection *selection, enum select_kind kind, const char *pattern)
{
    struct selection_word *words =
        realloc(selection->words, (selection->count + 1) * sizeof *words);

    if (!words)
        return -ENOMEM;
    selection->words = words;
    words[selection->count++] = (struct selection_word){kind, pattern};
    return 0;
}

void selection_fini(struct selection *selection)
{
    free(selection->words);
    *selection = (struct selection){0};
}

static bool has_kind(const struct selection *selection, enum select_kind kind)
{
    for (uint32_t i = 0; i < selection->count; i++)
        if (selection->words[i].kind == kind)
            return true;
    return false;
}

void selection_mark(const char *pattern, struct symbols *symbols,
                    const struct process *process, uint8_t *nodes)
{
    for (uint32_t i = 0; i < process->stack_node_count; i++) {
        uint32_t at = process->stack_nodes[i];
        const struct node *node = &process->nodes[at];

        nodes[at] |= (node->parent >= NODE_FIRST && nodes[node->parent]) ||
                     match_node(pattern, symbols, process, node);
    }
}

static bool is_in_modules(const struct selection *selection, const struct process *process,
                          uint32_t leaf)
{
    uint32_t owner = match_owner(process, leaf);
    const char *path = NULL;

    if (owner >= NODE_FIRST && process->nodes[owner].module)
        path = process->modules[process->nodes[owner].module].path;
    for (uint32_t i = 0; i < selection->count; i++)
        if (selection->words[i].kind == SELECT_MODULE &&
            match_text(selection->words[i].pattern, path ? path : "[generated code]"))
            return true;
    return false;
}

/* What each node's stack has: `focus` and `ignore` are 1 where a pattern of that kind matches. */
struct marks {
    uint8_t *focus, *ignore; /* NULL: no such pattern */
    bool by_module;
};

static int mark(uint8_t **nodes, enum select_kind kind, const struct selection *selection,
                struct symbols *symbols, const struct process *process)
{
    if (!has_kind(selection, kind))
        return 0;
    *nodes = calloc(process->node_count, 1);
    if (!*nodes)
        return -ENOMEM;
    for (uint32_t i = 0; i < selection->count; i++)
        if (selection->words[i].kind == kind)
            selection_mark(selection->words[i].pattern, symbols, process, *nodes);
    return 0;
}

static struct counts keep(const struct selection *selection, const struct process *process,
                          const struct marks *marks, struct site *sites, uint32_t *count)
{
    struct counts sum = {0};
    uint32_t kept = 0;

    for (uint32_t i = 0; i < *count; i++) {
        uint32_t leaf = sites[i].leaf;

        if ((marks->focus && !marks->focus[leaf]) ||
            (marks->ignore && marks->ignore[leaf]) ||
            (marks->by_module && !is_in_modules(selection, process, leaf)))
            continue;
        counts_add(&sum, &sites[i].counts);
        sites[kept++] = sites[i];
    }
    *count = kept;
    return sum;
}

static bool is_thread(const struct selection *selection, const struct thread *thread)
{
    char number[16];

    snprintf(number, sizeof number, "%u", thread->tid);
    for (uint32_t i = 0; i < selection->count; i++) {
        const struct selection_word *word = &selection->words[i];

        if (word->kind == SELECT_THREAD &&
            (match_text(word->pattern, thread->name) || !strcmp(word->pattern, number)))
            return true;
    }
    return false;
}

static int select_threads(const struct selection *selection, struct process *process)
{
    uint8_t *slots = calloc(UINT16_MAX + 1, 1);
    uint32_t kept = 0;

    if (!slots)
        return -ENOMEM;
    for (uint32_t i = 0; i < process->thread_count; i++) {
        if (!is_thread(selection, &process->threads[i]))
            continue;
        slots[process->threads[i].slot] = 1;
        process->threads[kept++] = process->threads[i];
    }
    process->thread_count = kept;
    process_keep_slots(process, slots);
    free(slots);
    return 0;
}

static int select_in(const struct selection *selection, struct symbols *symbols,
                     struct process *process)
{
    struct marks marks = {.by_module = has_kind(selection, SELECT_MODULE)};
    int err = 0;

    if (has_kind(selection, SELECT_THREAD))
        err = select_threads(selection, process);
    if (!err)
        err = mark(&marks.focus, SELECT_FOCUS, selection, symbols, process);
    if (!err)
        err = mark(&marks.ignore, SELECT_IGNORE, selection, symbols, process);
    if (!err) {
        process->counts =
            keep(selection, process, &marks, process->sites, &process->site_count);
        process->mapped = keep(selection, process, &marks, process->mapped_sites,
                               &process->mapped_site_count);
        process->objects = keep(selection, process, &marks, process->object_sites,
                                &process->object_site_count);
    }
    free(marks.focus);
    free(marks.ignore);
    return err;
}

int selection_apply(const struct selection *selection, struct profile *profile)
{
    int err = 0;

    for (uint32_t i = 0; !err && selection->count && i < profile->process_count; i++)
        err = select_in(selection, &profile->symbols, &profile->processes[i]);
    return err;
}
