/* SPDX-License-Identifier: MIT */
#include "report/json_stack.h"

#include "report/report.h"

#include <errno.h>

void json_profiles(struct json_writer *json, const struct profile *profile)
{
    json_array_begin(json, "profiles");
    for (uint32_t i = 0; i < profile->process_count; i++)
        json_text(json, NULL, profile->processes[i].file_path);
    json_array_end(json);
}

void json_counts_at(struct json_writer *json, const struct counts *counts)
{
    json_number(json, "allocations", counts->allocations);
    json_number(json, "frees", counts->frees);
    json_number(json, "bytes", counts->bytes);
    json_number(json, "live_blocks", counts->live_blocks);
    json_number(json, "live_bytes", counts->live_bytes);
}

void json_counts(struct json_writer *json, const struct counts *counts)
{
    json_counts_at(json, counts);
    json_number(json, "bytes_at_peak", counts->bytes_at_peak);
    json_number(json, "temporary", counts->temporary);
}

static void put_frame(struct json_writer *json, const struct frame *frame,
                      const char *module)
{
    json_object_begin(json, NULL);
    json_text(json, "function", frame->function);
    json_text(json, "file", frame->file);
    if (frame->line)
        json_number(json, "line", frame->line);
    else
        json_text(json, "line", NULL);
    json_text(json, "module", module);
    json_bool(json, "inlined", frame->inlined);
}

static int put_node(struct json_writer *json, struct profile *profile,
                    const struct process *process, const struct node *node)
{
    static const struct frames unknown = {.count = 1};
    static const struct frame nothing;
    const struct module *module = &process->modules[node->module];
    const struct frames *frames = symbols_frames(&profile->symbols, process, node);

    if (!frames && node->module)
        return -ENOMEM;
    if (!frames)
        frames = &unknown;
    for (uint32_t i = 0; i < frames->count; i++) {
        const struct frame *frame = frames == &unknown ? &nothing : &frames->list[i];

        put_frame(json, frame, node->module ? module->path : NULL);
        if (i + 1 == frames->count)
            json_number(json, "address",
                        node->module ? symbols_shown_address(node, module) : node->ip);
        json_object_end(json);
    }
    return 0;
}

int json_stack(struct json_writer *json, struct profile *profile,
               const struct process *process, uint32_t leaf, uint32_t depth)
{
    uint32_t at = leaf;
    int err = 0;

    json_array_begin(json, "stack");
    for (uint32_t shown = 0; !err && at >= NODE_FIRST; at = process->nodes[at].parent) {
        if (depth && shown++ == depth)
            break;
        err = put_node(json, profile, process, &process->nodes[at]);
    }
    json_array_end(json);
    if (at < NODE_FIRST && report_stack_end(at))
        json_text(json, "truncated", report_stack_end(at));
    else if (at >= NODE_FIRST)
        json_text(json, "truncated", "report");
    return err;
}
