/* SPDX-License-Identifier: MIT */
#include "report/report_stack.h"

#include "profile/tree.h"
#include "report/short_name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INDENT = 8, PLACE_COLUMN = 44 };

/* Two folders of a path tell nearly always which one is meant. */
static const char *short_path(const char *path)
{
    char here[1024];
    int slashes = 0;

    if (!strncmp(path, "./", 2))
        path += 2;
    const char *at = path + strlen(path);

    if (getcwd(here, sizeof here)) {
        size_t bytes = strlen(here);

        if (!strncmp(path, here, bytes) && path[bytes] == '/')
            return path + bytes + 1;
    }
    while (at > path && slashes < 3)
        slashes += *--at == '/';
    return slashes == 3 ? at + 1 : path;
}

static void put_frame(const struct styled *to, const struct frame *frame,
                      const char *function, const char *module, int columns)
{
    char brief[SHORT_NAME_BYTES];
    int room = columns ? columns - INDENT - 24 : 0;

    fprintf(to->out, "%*s", INDENT, "");
    int used =
        style_text(to, STYLE_PLAIN, short_name(brief, function), room > 20 ? room : 0);
    if (module || (frame && frame->file))
        fprintf(to->out, "%*s", used < PLACE_COLUMN ? PLACE_COLUMN - used + 2 : 2, "");
    if (frame && frame->file) {
        style_text(to, STYLE_DIM, short_path(frame->file), 0);
        fprintf(to->out, ":%" PRIu32, frame->line);
    } else if (module) {
        style_text(to, STYLE_DIM, module, 0);
    }
    if (frame && frame->inlined)
        style_text(to, STYLE_DIM, " (inlined)", 0);
    putc('\n', to->out);
}

static int put_node(const struct styled *to, struct profile *profile,
                    const struct process *process, const struct node *node, bool folds,
                    int columns)
{
    const struct module *module = &process->modules[node->module];
    char unknown[512];

    if (!node->module) {
        snprintf(unknown, sizeof unknown, "0x%" PRIx64, node->ip);
        put_frame(to, NULL, unknown, "[generated code]", columns);
        return 0;
    }
    const struct frames *frames = symbols_frames(&profile->symbols, process, node);
    if (!frames)
        return -ENOMEM;
    snprintf(unknown, sizeof unknown, "%s+0x%" PRIx64, image_name(module->image),
             symbols_shown_address(node, module));
    for (uint32_t i = 0; i < frames->count; i++) {
        const struct frame *frame = &frames->list[i];

        if (folds && frame->inlined && frame->function &&
            tree_is_folded(frame->function, ""))
            continue;
        put_frame(to, frame, frame->function ? frame->function : unknown,
                  frame->function ? image_name(module->image) : NULL, columns);
    }
    return 0;
}

static bool is_main(const char *name)
{
    return name && !strcmp(name, "main");
}

/* What calls main is named only: its lines say nothing, and may be costly to find. */
static bool put_start(const struct styled *to, struct profile *profile,
                      const struct process *process, const struct node *node, int columns)
{
    const char *name = symbols_name(&profile->symbols, process, node);

    if (name)
        put_frame(to, NULL, name, image_name(process->modules[node->module].image),
                  columns);
    return name;
}

/* The leaf stays where all are folded, or nothing would. */
static bool is_folded(struct profile *profile, const struct process *process,
                      const struct node *node)
{
    const struct module *module = &process->modules[node->module];
    const char *name = symbols_name(&profile->symbols, process, node);

    return node->module && tree_is_folded(name ? name : "", image_name(module->image));
}

static bool has_unfolded(struct profile *profile, const struct process *process,
                         uint32_t leaf)
{
    uint32_t at = leaf;

    while (at >= NODE_FIRST && is_folded(profile, process, &process->nodes[at]))
        at = process->nodes[at].parent;
    return at >= NODE_FIRST;
}

static const char *why_cut(uint32_t special)
{
    switch (special) {
    case LEDGER_CUT_DEPTH:
        return "[recorded to this depth only: tare run --depth]";
    case LEDGER_CUT_CODE:
        return "[the rest is not known: this code has no unwind data]";
    case LEDGER_NO_STACK:
        return "[allocations whose stacks could not be recorded]";
    case LEDGER_ALL_SITES:
        return "[all allocations: sites were not tracked]";
    default:
        return NULL;
    }
}

int report_stack(const struct styled *to, struct profile *profile,
                 const struct process *process, uint32_t leaf,
                 const struct report_options *options)
{
    uint32_t at = leaf;
    uint32_t hidden = 0;
    bool is_start = false;
    bool folds = options->is_folded && has_unfolded(profile, process, leaf);
    int err = 0;

    for (uint32_t shown = 0; !err && at >= NODE_FIRST; at = process->nodes[at].parent) {
        const struct node *node = &process->nodes[at];

        if (folds && is_folded(profile, process, node))
            continue;
        if (options->depth && shown++ >= options->depth)
            hidden++;
        else if (!is_start || !put_start(to, profile, process, node, options->columns))
            err = put_node(to, profile, process, node, folds, options->columns);
        is_start |= is_main(symbols_name(&profile->symbols, process, node));
    }
    if (hidden)
        fprintf(to->out, "%*s... %" PRIu32 " more\n", INDENT, "", hidden);
    else if (why_cut(at))
        fprintf(to->out, "%*s%s\n", INDENT, "", why_cut(at));
    return err;
}
