/* SPDX-License-Identifier: MIT */
#include "html/page_tree.h"

#include "html/page_rows.h"
#include "report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool page_grow(void *list, uint32_t *room, uint32_t count, size_t bytes)
{
    uint32_t more = *room ? 2 * *room : 256;
    void *grown;

    if (count < *room)
        return true;
    memcpy(&grown, list, sizeof grown);
    grown = realloc(grown, more * bytes);
    if (!grown)
        return false;
    memcpy(list, &grown, sizeof grown);
    *room = more;
    return true;
}

/* Two hashes of 64 bits: texts that agree in both are taken for one. */
static struct page_key text_key(const char *text)
{
    struct page_key key = {0xcbf29ce484222325u, 0x9ae16a3b2f90404fu};

    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        key.a = (key.a ^ *at) * 0x100000001b3u;
        key.b = (key.b + *at) * 0x9fb21c651e98df25u;
        key.b ^= key.b >> 35;
    }
    return key;
}

uint32_t page_tree_string(struct page_tree *tree, const char *text)
{
    bool is_new;
    uint32_t number = page_index_find(&tree->string_index, text_key(text), &is_new);

    if (is_new) {
        if (!page_grow(&tree->strings, &tree->string_room, number, sizeof *tree->strings))
            return UINT32_MAX;
        tree->strings[number] = text;
    }
    return number;
}

/* The same for a text that is copied. */
static uint32_t copied_string(struct page_tree *tree, const char *text)
{
    uint32_t count = tree->string_index.count;
    uint32_t number = page_tree_string(tree, text);
    char **made;

    if (number == UINT32_MAX || tree->string_index.count == count)
        return number;
    made = realloc(tree->made, ((size_t)tree->made_count + 1) * sizeof *made);
    char *copy = made ? strdup(text) : NULL;
    if (made)
        tree->made = made;
    tree->strings[number] = copy ? copy : "";
    if (!copy)
        return UINT32_MAX;
    made[tree->made_count++] = copy;
    return number;
}

static uint32_t find_frame(struct page_tree *tree, struct page_frame frame)
{
    bool is_new;
    const struct page_key key = {(uint64_t)frame.name << 32 | frame.module,
                                 (uint64_t)frame.file << 1 | frame.is_inlined};
    uint32_t number = page_index_find(&tree->frame_index, key, &is_new);

    if (is_new) {
        if (!page_grow(&tree->frames, &tree->frame_room, number, sizeof *tree->frames))
            return UINT32_MAX;
        tree->frames[number] = frame;
    }
    return number;
}

static uint32_t find_node(struct page_tree *tree, uint32_t parent, uint32_t frame,
                          uint32_t line)
{
    bool is_new;
    const struct page_key key = {(uint64_t)parent << 32 | frame, 0};

    if (frame == UINT32_MAX)
        return UINT32_MAX;
    uint32_t number = page_index_find(&tree->node_index, key, &is_new);
    if (is_new) {
        if (!page_grow(&tree->nodes, &tree->node_room, number, sizeof *tree->nodes))
            return UINT32_MAX;
        tree->nodes[number] = (struct page_node){parent, frame, line};
    }
    return number;
}

/* In place of a name: where it is. */
static uint32_t place_string(struct page_tree *tree, const struct module *module,
                             const struct node *node)
{
    char text[4096];

    if (node->module)
        snprintf(text, sizeof text, "%s+0x%" PRIx64, image_name(module->image),
                 symbols_shown_address(node, module));
    else
        snprintf(text, sizeof text, "0x%" PRIx64, node->ip);
    return copied_string(tree, text);
}

/* A frame of which nothing is known but where it is. */
static uint32_t nameless_frame(struct page_tree *tree, const struct module *module,
                               const struct node *node)
{
    struct page_frame frame = {.name = place_string(tree, module, node)};

    frame.module = page_tree_string(tree, node->module ? module->path : "");
    return find_frame(tree, frame);
}

/* What is inlined may lack a name that the function has. */
static uint32_t add_frames(struct page_tree *tree, uint32_t at, const struct frames *frames,
                           const struct module *module, const struct node *node)
{
    for (uint32_t i = frames->count; i-- > 0 && at != UINT32_MAX;) {
        const struct frame *from = &frames->list[i];
        struct page_frame frame = {
            .name = from->function ? page_tree_string(tree, from->function)
                                   : place_string(tree, module, node),
            .module = page_tree_string(tree, module->path),
            .file = page_tree_string(tree, from->file ? from->file : ""),
            .is_inlined = from->inlined,
        };

        at = find_node(tree, at, find_frame(tree, frame), from->line);
    }
    return at;
}

/* `at` is the caller's; the node's own, with its innermost line. */
static int add_node(struct page_tree *tree, struct profile *profile,
                    const struct process *process, uint32_t index,
                    struct page_place *places)
{
    const struct node *node = &process->nodes[index];
    const struct module *module = &process->modules[node->module];
    const struct frames *frames = symbols_frames(&profile->symbols, process, node);
    uint32_t at = places[node->parent].node;

    if (!frames && node->module)
        return -ENOMEM;
    if (frames && frames->list[frames->count - 1].function)
        at = add_frames(tree, at, frames, module, node);
    else
        at = find_node(tree, at, nameless_frame(tree, module, node), 0);
    places[index].node = at;
    places[index].line = frames ? frames->list[0].line : 0;
    return at == UINT32_MAX ? -ENOMEM : 0;
}

/* What stands in place of frames that nobody knows. */
static int add_facts(struct page_tree *tree, struct page_place *places)
{
    static const char *const names[NODE_FIRST] = {
        [LEDGER_CUT_DEPTH] = "[callers beyond the recorded depth]",
        [LEDGER_CUT_CODE] = "[callers behind code without unwind data]",
        [LEDGER_NO_STACK] = "[no stack]",
        [LEDGER_ALL_SITES] = "[sites were not tracked]",
    };

    for (uint32_t i = 0; i < NODE_FIRST; i++) {
        places[i] = (struct page_place){PAGE_ROOT, 0};
        if (!names[i])
            continue;
        struct page_frame frame = {.name = page_tree_string(tree, names[i])};
        places[i].node = find_node(tree, PAGE_ROOT, find_frame(tree, frame), 0);
        if (places[i].node == UINT32_MAX)
            return -ENOMEM;
    }
    return 0;
}

static int add_process(struct page_tree *tree, struct profile *profile,
                       const struct process *process, enum page_set set)
{
    struct page_place *places = calloc(process->node_count, sizeof *places);
    int err = places ? add_facts(tree, places) : -ENOMEM;

    for (uint32_t i = 0; !err && i < process->stack_node_count; i++)
        err = add_node(tree, profile, process, process->stack_nodes[i], places);
    if (!err)
        err = page_rows_add(tree, process, set, places);
    free(places);
    return err;
}

int page_tree_init(struct page_tree *tree)
{
    struct tare_mem *mem = tare_mem_libc();

    *tree = (struct page_tree){
        .string_index.keys.map.mem = mem,
        .frame_index.keys.map.mem = mem,
        .node_index.keys.map.mem = mem,
        .row_index.keys.map.mem = mem,
    };
    uint32_t empty = page_tree_string(tree, "");
    struct page_frame folded = {.name = page_tree_string(tree, "[small]")};
    uint32_t frame = find_frame(tree, folded);
    uint32_t root = find_node(tree, UINT32_MAX, frame, 0);

    if (empty == 0 && frame == PAGE_FOLDED_FRAME && root == PAGE_ROOT)
        return 0;
    page_tree_fini(tree);
    return -ENOMEM;
}

int page_tree_add(struct page_tree *tree, struct profile *profile, enum page_set set)
{
    int err = page_threads_add(tree, profile, set);

    for (uint32_t i = 0; !err && i < profile->process_count; i++)
        err = add_process(tree, profile, &profile->processes[i], set);
    return err;
}

void page_tree_fini(struct page_tree *tree)
{
    for (uint32_t i = 0; i < tree->made_count; i++)
        free(tree->made[i]);
    for (uint32_t i = 0; i < tree->process_count; i++)
        free(tree->processes[i].row_of_record);
    free(tree->made);
    free(tree->strings);
    free(tree->frames);
    free(tree->nodes);
    free(tree->rows);
    free(tree->parts);
    free(tree->threads);
    free(tree->processes);
    page_index_fini(&tree->string_index);
    page_index_fini(&tree->frame_index);
    page_index_fini(&tree->node_index);
    page_index_fini(&tree->row_index);
    *tree = (struct page_tree){0};
}
