/* SPDX-License-Identifier: MIT */
#include "html/page_meta.h"

#include "profile/quality.h"
#include "report/advice.h"
#include "report/report.h"
#include "report/report_quality.h"
#include "report/report_resident.h"

#include <errno.h>
#include <tare/version.h>

enum { IMAGES_SHOWN = 12 };

static void put_process(struct json_writer *json, const struct process *process, int set)
{
    const struct ledger_header *header = process->header;

    json_object_begin(json, NULL);
    json_number(json, "set", (uint64_t)set);
    json_number(json, "pid", header->pid);
    json_number(json, "parent", header->parent_pid);
    json_text(json, "program", process->program);
    json_text(json, "command", process->command);
    json_text(json, "profile", process->file_path);
    json_text(json, "end", report_end_name(process));
    if (process->status >= 0)
        json_number(json, "status", (uint64_t)process->status);
    json_number(json, "start", header->start_monotonic_ns);
    json_number(json, "realtime", header->start_realtime_ns);
    json_number(json, "duration", process->duration_ns);
    json_number(json, "peak", process->peak_bytes);
    json_number(json, "peakAt", process->peak_at_ns);
    json_text(json, "allocator",
              header->allocator == LEDGER_ALLOCATOR_MIMALLOC ? "mimalloc" : "system");
    json_bool(json, "sites", header->flags & LEDGER_SITES);
    json_bool(json, "bypassed", header->flags & LEDGER_BYPASSED);
    json_object_end(json);
}

static void put_selection(struct json_writer *json, const struct selection *selection)
{
    if (!selection || !selection->count)
        return;
    json_array_begin(json, "selection");
    for (uint32_t i = 0; i < selection->count; i++) {
        json_object_begin(json, NULL);
        json_text(json, "kind", selection_kind_name(selection->words[i].kind));
        json_text(json, "pattern", selection->words[i].pattern);
        json_object_end(json);
    }
    json_array_end(json);
}

static void put_sets(struct json_writer *json, const struct page_meta *meta)
{
    json_array_begin(json, "processes");
    for (int set = 0; set < PAGE_SETS; set++) {
        const struct profile *profile = meta->profiles[set];

        for (uint32_t i = 0; profile && i < profile->process_count; i++)
            put_process(json, &profile->processes[i], set);
    }
    json_array_end(json);
}

static void put_threads(struct json_writer *json, const struct page_tree *tree)
{
    json_array_begin(json, "threads");
    for (uint32_t i = 0; i < tree->thread_count; i++) {
        const struct page_thread *thread = &tree->threads[i];

        json_object_begin(json, NULL);
        json_text(json, "name", thread->name);
        json_text(json, "program", thread->process->program);
        json_number(json, "pid", thread->process->header->pid);
        json_number(json, "tid", thread->tid);
        json_number(json, "others", thread->others);
        json_number(json, "set", thread->set);
        json_object_end(json);
    }
    json_array_end(json);
}

static void put_losses(struct json_writer *json, const struct profile *profile)
{
    struct ledger_header sum = {0};
    uint64_t damaged = 0;
    uint64_t incomplete = 0;

    for (uint32_t i = 0; i < profile->process_count; i++) {
        const struct ledger_header *header = profile->processes[i].header;

        sum.lost_events += header->lost_events;
        sum.lost_stacks += header->lost_stacks;
        sum.lost_evidence += header->lost_evidence;
        sum.lost_mappings += header->lost_mappings;
        sum.lost_objects += header->lost_objects;
        sum.untracked_frees += header->untracked_frees;
        sum.inherited_frees += header->inherited_frees;
        sum.unrecorded_programs += header->unrecorded_programs;
        sum.wrong_stacks += header->wrong_stacks;
        damaged += profile->processes[i].damaged;
        incomplete += profile->processes[i].truncated;
    }
    json_number(json, "lost", sum.lost_events);
    json_number(json, "lostStacks", sum.lost_stacks);
    json_number(json, "lostEvidence", sum.lost_evidence);
    json_number(json, "lostMappings", sum.lost_mappings);
    json_number(json, "lostObjects", sum.lost_objects);
    json_number(json, "untrackedFrees", sum.untracked_frees);
    json_number(json, "inheritedFrees", sum.inherited_frees);
    json_number(json, "unrecordedPrograms", sum.unrecorded_programs);
    json_number(json, "wrongStacks", sum.wrong_stacks);
    json_number(json, "damaged", damaged);
    json_number(json, "incomplete", incomplete);
}

static void put_image(struct json_writer *json, const struct quality_image *at)
{
    bool has_names = !at->unnamed_bytes;

    json_object_begin(json, NULL);
    json_text(json, "name", at->image ? image_name(at->image) : "[generated code]");
    json_text(json, "path", at->image ? image_path(at->image) : "");
    json_number(json, "bytes", at->bytes);
    json_number(json, "unnamed", at->unnamed_bytes);
    json_bool(json, "lines",
              at->image && image_state(at->image) == IMAGE_GOOD &&
                  image_has_lines(at->image));
    if (!has_names || !at->image || !image_has_lines(at->image))
        json_text(json, "remedy", report_remedy(at->image));
    json_object_end(json);
}

static int put_quality(struct json_writer *json, const struct profile *profile)
{
    struct view view;
    struct quality quality;
    int err =
        view_init(&view, profile->processes, 0, profile->process_count, ORDER_BYTES, 0);

    if (err)
        return err;
    err = quality_init(&quality, profile, &view);
    if (!err) {
        json_object_begin(json, "quality");
        json_number(json, "bytes", quality.bytes);
        json_number(json, "unnamed", quality.unnamed_bytes);
        json_number(json, "sites", quality.sites);
        json_number(json, "unnamedSites", quality.unnamed_sites);
        json_number(json, "cut", quality.cut_bytes);
        json_number(json, "allBytes", view.counts.bytes);
        put_losses(json, profile);
        json_array_begin(json, "images");
        for (uint32_t i = 0; i < quality.image_count && i < IMAGES_SHOWN; i++)
            put_image(json, &quality.images[i]);
        json_array_end(json);
        json_object_end(json);
        quality_fini(&quality);
    }
    view_fini(&view);
    return err;
}

/* Of all processes whose memory was looked at. */
static void put_resident(struct json_writer *json, const struct profile *profile)
{
    json_array_begin(json, "resident");
    for (uint32_t i = 0; i < profile->process_count; i++) {
        json_object_begin(json, NULL);
        report_resident_json(json, &profile->processes[i]);
        json_object_end(json);
    }
    json_array_end(json);
}

static int put_advice(struct json_writer *json, const struct judgement *judgement,
                      struct profile *profile)
{
    int err = 0;

    json_array_begin(json, "advice");
    for (uint32_t i = 0; !err && judgement && i < judgement->count; i++) {
        const struct advice *advice = &judgement->list[i];
        char saves[ADVICE_TEXT_BYTES];
        struct place place;

        err = advice_place(&place, profile, advice);
        if (err)
            break;
        json_object_begin(json, NULL);
        json_text(json, "remedy", remedy_texts[advice->finding.remedy].name);
        json_text(json, "function", place_name(&place));
        json_text(json, "file", place.file);
        json_number(json, "line", place.line);
        json_text(json, "waste", advice->finding.waste);
        json_text(json, "saves", advice_saves(saves, judgement, &advice->finding.saving));
        json_text(json, "confidence", confidence_name(advice->finding.confidence));
        json_text(json, "whenNot", advice->finding.when_not);
        json_object_end(json);
    }
    json_array_end(json);
    return err;
}

static void put_folded(struct json_writer *json, const struct page_layout *layout)
{
    json_object_begin(json, "folded");
    json_number(json, "nodes", layout->folded_nodes);
    json_number(json, "rows", layout->folded_rows);
    json_number(json, "bytes", layout->folded_bytes);
    json_object_end(json);
}

static void put_columns(struct json_writer *json, const struct page_columns *columns)
{
    size_t at[PAGE_PARTS] = {0};

    json_array_begin(json, "columns");
    for (uint32_t i = 0; i < columns->count; i++) {
        const struct page_column *column = &columns->list[i];

        json_object_begin(json, NULL);
        json_text(json, "name", column->name);
        json_number(json, "part", column->part);
        json_number(json, "at", at[column->part]);
        json_number(json, "bytes", column->used);
        json_object_end(json);
        at[column->part] += column->used;
    }
    json_array_end(json);
}

int page_meta_put(struct json_writer *json, const struct page_meta *meta)
{
    json_object_begin(json, NULL);
    json_text(json, "schema", "tare.page/1");
    json_text(json, "version", TARE_VERSION);
    json_number(json, "nodes", meta->layout->node_count);
    json_number(json, "rows", meta->layout->row_count);
    json_number(json, "first", meta->first);
    json_number(json, "samples", meta->samples);
    json_number(json, "levels", meta->levels);
    json_bool(json, "diff", meta->profiles[PAGE_BASE] != NULL);
    put_selection(json, meta->options->selection);
    put_sets(json, meta);
    put_threads(json, meta->tree);
    put_folded(json, meta->layout);
    put_resident(json, meta->profiles[PAGE_SHOWN]);
    put_columns(json, meta->columns);
    int err = put_advice(json, meta->options->judgement, meta->profiles[PAGE_SHOWN]);
    if (!err)
        err = put_quality(json, meta->profiles[PAGE_SHOWN]);
    if (!err && meta->options->source_lines)
        err = page_source_put(json, meta->tree, meta->options->source_lines);
    json_object_end(json);
    return err;
}
