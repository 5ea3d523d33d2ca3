/* SPDX-License-Identifier: MIT */
#include "report/json_advice.h"
#include "report/json_evidence.h"
#include "report/json_stack.h"
#include "report/json_writer.h"
#include "report/report.h"
#include "report/report_resident.h"
#include "report/stream.h"

struct json_report {
    struct json_writer json;
    struct profile *profile;
    const struct report_options *options;
};

const char *report_end_name(const struct process *process)
{
    static const char *const names[] = {
        [PROCESS_END_UNKNOWN] = "unknown", [PROCESS_END_EXIT] = "exit",
        [PROCESS_END_SIGNAL] = "signal",   [PROCESS_END_EXEC] = "exec",
        [PROCESS_END_RUNNING] = "running",
    };

    return names[process->end];
}

const char *report_stack_end(uint32_t special)
{
    switch (special) {
    case LEDGER_CUT_DEPTH:
        return "depth";
    case LEDGER_CUT_CODE:
        return "code";
    case LEDGER_NO_STACK:
        return "no stack";
    case LEDGER_ALL_SITES:
        return "sites not tracked";
    default:
        return NULL;
    }
}

static int put_site(struct json_report *r, const struct process *process,
                    const struct site *site)
{
    struct site_advice advice = {0};

    site_advice_add(&advice, process, &site->counts, site->records);
    json_object_begin(&r->json, NULL);
    json_hex(&r->json, "id", site->id, 16);
    json_counts(&r->json, &site->counts);
    if (process->header->flags & LEDGER_SITES)
        json_evidence(&r->json, &advice.evidence);
    json_advice(&r->json, &advice);
    int err = json_stack(&r->json, r->profile, process, site->leaf, r->options->depth);
    json_object_end(&r->json);
    return err;
}

static int put_sites(struct json_report *r, const struct process *process,
                     struct site *sites, uint32_t count)
{
    uint32_t shown = count;

    if (r->options->top && r->options->top < shown)
        shown = r->options->top;
    int err = sites_sort(r->profile->processes, sites, count, r->options->order, shown);
    json_number(&r->json, "site_count", count);
    json_array_begin(&r->json, "sites");
    for (uint32_t i = 0; !err && i < shown; i++)
        err = put_site(r, process, &sites[i]);
    json_array_end(&r->json);
    return err;
}

/* The sites' most is reached by each at a time of its own. */
static uint64_t most_bytes(const struct process *process, const struct site *sites,
                           uint32_t count)
{
    struct evidence evidence = {0};

    for (uint32_t i = 0; i < count; i++)
        evidence_add(&evidence, process, sites[i].records);
    return evidence.most_bytes;
}

static int put_mapped(struct json_report *r, const struct process *process)
{
    const struct counts *mapped = &process->mapped;

    json_object_begin(&r->json, "mapped");
    json_number(&r->json, "maps", mapped->allocations);
    json_number(&r->json, "unmaps", mapped->frees);
    json_number(&r->json, "bytes", mapped->bytes);
    json_number(&r->json, "live_bytes", mapped->live_bytes);
    json_number(&r->json, "most_bytes",
                most_bytes(process, process->mapped_sites, process->mapped_site_count));
    int err = put_sites(r, process, process->mapped_sites, process->mapped_site_count);
    json_object_end(&r->json);
    return err;
}

static int put_objects(struct json_report *r, const struct process *process)
{
    json_object_begin(&r->json, "objects");
    json_counts(&r->json, &process->objects);
    json_number(&r->json, "most_bytes",
                most_bytes(process, process->object_sites, process->object_site_count));
    int err = put_sites(r, process, process->object_sites, process->object_site_count);
    json_object_end(&r->json);
    return err;
}

static void put_threads(struct json_writer *json, const struct process *process)
{
    json_array_begin(json, "threads");
    for (uint32_t i = 0; i < process->thread_count; i++) {
        const struct thread *thread = &process->threads[i];

        json_object_begin(json, NULL);
        json_number(json, "slot", thread->slot);
        json_number(json, "tid", thread->tid);
        json_text(json, "name", thread->name);
        json_number(json, "served", thread->served);
        json_number(json, "allocations", thread->counts.allocations);
        json_number(json, "frees", thread->counts.frees);
        json_number(json, "bytes", thread->counts.bytes);
        json_number(json, "temporary", thread->counts.temporary);
        json_object_end(json);
    }
    json_array_end(json);
}

static void put_end(struct json_writer *json, const struct process *process)
{
    json_text(json, "end", report_end_name(process));
    if (process->status >= 0)
        json_number(json, process->end == PROCESS_END_SIGNAL ? "signal" : "status",
                    (uint64_t)process->status);
}

static void put_header(struct json_writer *json, const struct process *process)
{
    const struct ledger_header *header = process->header;

    json_number(json, "pid", header->pid);
    json_number(json, "parent_pid", header->parent_pid);
    json_text(json, "command", process->command);
    json_text(json, "executable", header->executable);
    json_text(json, "profile", process->file_path);
    put_end(json, process);
    json_number(json, "start_realtime_ns", header->start_realtime_ns);
    json_number(json, "duration_ns", process->duration_ns);
    json_text(json, "allocator",
              header->allocator == LEDGER_ALLOCATOR_MIMALLOC ? "mimalloc" : "system");
    json_bool(json, "forked", header->flags & LEDGER_FORK_CHILD);
    json_bool(json, "bypassed", header->flags & LEDGER_BYPASSED);
    json_bool(json, "sites_tracked", header->flags & LEDGER_SITES);
    json_number(json, "stack_depth", header->stack_depth);
}

static void put_losses(struct json_writer *json, const struct process *process)
{
    const struct ledger_header *header = process->header;

    json_number(json, "lost", header->lost_events);
    json_number(json, "lost_stacks", header->lost_stacks);
    json_number(json, "lost_evidence", header->lost_evidence);
    json_number(json, "untracked_frees", header->untracked_frees);
    json_number(json, "inherited_frees", header->inherited_frees);
    json_number(json, "lost_mappings", header->lost_mappings);
    json_number(json, "lost_objects", header->lost_objects);
    json_number(json, "lost_trace", process->lost_trace);
    json_number(json, "unrecorded_programs", header->unrecorded_programs);
    json_number(json, "checked_stacks", header->checked_stacks);
    json_number(json, "wrong_stacks", header->wrong_stacks);
    json_number(json, "damaged", process->damaged);
    json_bool(json, "incomplete", process->truncated);
}

static int put_process(struct json_report *r, struct process *process)
{
    struct json_writer *json = &r->json;

    json_object_begin(json, NULL);
    put_header(json, process);
    json_counts(json, &process->counts);
    json_number(json, "peak_bytes", process->peak_bytes);
    json_number(json, "peak_at_ns", process->peak_at_ns);
    put_losses(json, process);
    json_looks(json, process);
    put_threads(json, process);
    report_resident_json(json, process);
    int err = put_sites(r, process, process->sites, process->site_count);
    if (!err && process->mapped_site_count)
        err = put_mapped(r, process);
    if (!err && process->object_site_count)
        err = put_objects(r, process);
    json_object_end(json);
    return err;
}

/* The profile was cut down to it. */
static void put_selection(struct json_writer *json, const struct selection *selection)
{
    json_array_begin(json, "selection");
    for (uint32_t i = 0; i < selection->count; i++) {
        json_object_begin(json, NULL);
        json_text(json, "kind", selection_kind_name(selection->words[i].kind));
        json_text(json, "pattern", selection->words[i].pattern);
        json_object_end(json);
    }
    json_array_end(json);
}

int report_json(FILE *out, struct profile *profile, const struct report_options *options)
{
    struct json_report r = {.json = {.out = out}, .profile = profile, .options = options};
    int err = 0;

    json_object_begin(&r.json, NULL);
    json_text(&r.json, "schema", "tare.report/1");
    if (options->selection && options->selection->count)
        put_selection(&r.json, options->selection);
    json_array_begin(&r.json, "processes");
    for (uint32_t i = 0; !err && i < profile->process_count; i++)
        err = put_process(&r, &profile->processes[i]);
    json_array_end(&r.json);
    json_object_end(&r.json);
    return err ? err : stream_end(out);
}
