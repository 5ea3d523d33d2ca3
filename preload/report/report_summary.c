/* SPDX-License-Identifier: MIT */
#include "report/report_summary.h"

#include "report/report_quality.h"
#include "report/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PROCESSES_SHOWN = 8 };

/* What is counted over the processes of a report. */
struct totals {
    uint64_t peak_bytes, threads, lost_events, lost_stacks, untracked_frees,
        inherited_frees;
    uint64_t lost_evidence, lost_mappings, lost_objects, lost_trace, unrecorded_programs,
        bypassed, checked_stacks, wrong_stacks, damaged;
    uint32_t truncated;
    struct counts mapped, objects;
};

static struct totals add_up(const struct process *processes, uint32_t count)
{
    struct totals totals = {0};

    for (uint32_t i = 0; i < count; i++) {
        const struct process *process = &processes[i];

        totals.peak_bytes += process->peak_bytes;
        for (uint32_t k = 0; k < process->thread_count; k++)
            totals.threads += process->threads[k].served;
        totals.lost_events += process->header->lost_events;
        totals.lost_stacks += process->header->lost_stacks;
        totals.lost_evidence += process->header->lost_evidence;
        totals.lost_mappings += process->header->lost_mappings;
        totals.lost_objects += process->header->lost_objects;
        totals.lost_trace += process->lost_trace;
        totals.unrecorded_programs += process->header->unrecorded_programs;
        totals.bypassed += !!(process->header->flags & LEDGER_BYPASSED);
        counts_add(&totals.mapped, &process->mapped);
        counts_add(&totals.objects, &process->objects);
        totals.untracked_frees += process->header->untracked_frees;
        totals.inherited_frees += process->header->inherited_frees;
        totals.checked_stacks += process->header->checked_stacks;
        totals.wrong_stacks += process->header->wrong_stacks;
        totals.damaged += process->damaged;
        totals.truncated += process->truncated;
    }
    return totals;
}

static void put_end(const struct styled *to, const struct process *process)
{
    switch (process->end) {
    case PROCESS_END_EXIT:
        if (process->status >= 0)
            fprintf(to->out, "exit status %d", process->status);
        else
            fputs("exit", to->out);
        break;
    case PROCESS_END_SIGNAL:
        fprintf(to->out, "ended by signal %d, %s", process->status,
                strsignal(process->status));
        break;
    case PROCESS_END_EXEC:
        fputs("became another program (exec)", to->out);
        break;
    case PROCESS_END_RUNNING:
        fputs("still running", to->out);
        break;
    case PROCESS_END_UNKNOWN:
        fputs("ended without its exit handlers (killed, or by _exit)", to->out);
        break;
    }
}

static void put_one_process(const struct styled *to, const struct process *process)
{
    struct text_number number;

    style_text(to, STYLE_BOLD, process->command[0] ? process->command : process->program,
               200);
    fprintf(to->out, "\n\n  process      %" PRIu32 ", ", process->header->pid);
    put_end(to, process);
    if (process->duration_ns)
        fprintf(to->out, ", %s", units_time(&number, process->duration_ns));
    putc('\n', to->out);
}

static void put_process_line(const struct styled *to, const struct process *process)
{
    struct text_number bytes;
    struct text_number peak;

    fprintf(to->out, "    %8" PRIu32 "  %10s allocated, %10s at peak  ",
            process->header->pid, units_bytes(&bytes, process->counts.bytes),
            units_bytes(&peak, process->peak_bytes));
    style_text(to, STYLE_PLAIN, process->command, 60);
    fputs(", ", to->out);
    put_end(to, process);
    putc('\n', to->out);
}

static int by_bytes(const void *a, const void *b)
{
    uint64_t one = (*(const struct process *const *)a)->counts.bytes;
    uint64_t other = (*(const struct process *const *)b)->counts.bytes;

    return (one < other) - (one > other);
}

/* Those that allocated most. */
static int put_processes(const struct styled *to, const struct process *processes,
                         uint32_t count)
{
    const struct process **order = malloc(count * sizeof *order);

    if (!order)
        return -ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        order[i] = &processes[i];
    qsort(order, count, sizeof *order, by_bytes);
    style_text(to, STYLE_BOLD, processes[0].command, 200);
    fprintf(to->out,
            "\n\n  processes    %" PRIu32 ", merged (--per-process keeps them apart)\n",
            count);
    for (uint32_t i = 0; i < count && i < PROCESSES_SHOWN; i++)
        put_process_line(to, order[i]);
    if (count > PROCESSES_SHOWN)
        fprintf(to->out, "    and %" PRIu32 " more\n", count - PROCESSES_SHOWN);
    free(order);
    return 0;
}

static void put_bytes(const struct styled *to, const char *name, uint64_t bytes)
{
    struct text_number people;
    struct text_number exact;

    fprintf(to->out, "  %-11s  %s", name, units_bytes(&people, bytes));
    if (bytes >= 1024)
        fprintf(to->out, " (%s bytes)", units_count(&exact, bytes));
}

static void put_counts(const struct styled *to, const struct counts *counts)
{
    struct text_number number;
    struct text_number share;

    put_bytes(to, "allocated", counts->bytes);
    if (counts->bytes && !counts->allocations) { /* as imported from massif */
        fputs(" at least; calls are not counted\n", to->out);
        return;
    }
    fprintf(to->out, " by %s allocation%s\n", units_count(&number, counts->allocations),
            units_plural(counts->allocations));
    fprintf(to->out,
            "  temporary    %s allocation%s, %s: freed before the thread's next one\n",
            units_count(&number, counts->temporary), units_plural(counts->temporary),
            units_share(&share, counts->temporary, counts->allocations));
}

static void put_live(const struct styled *to, const struct process *processes,
                     uint32_t count, const struct counts *counts, uint64_t peak_bytes)
{
    struct text_number number;
    bool is_running = false;

    put_bytes(to, "peak", peak_bytes);
    if (count > 1)
        fputs(", the sum of the processes' peaks", to->out);
    else if (processes->peak_at_ns)
        fprintf(to->out, " after %s", units_time(&number, processes->peak_at_ns));
    putc('\n', to->out);
    for (uint32_t i = 0; i < count; i++)
        is_running |= processes[i].end == PROCESS_END_RUNNING;
    put_bytes(to, is_running ? "live now" : "live at end", counts->live_bytes);
    fprintf(to->out, " in %s block%s\n", units_count(&number, counts->live_blocks),
            units_plural(counts->live_blocks));
}

/* Beside the heap, and never added to it. */
static void put_mapped(const struct styled *to, const struct counts *mapped)
{
    struct text_number maps;
    struct text_number live;

    put_bytes(to, "mapped", mapped->bytes);
    fprintf(to->out, " beside the heap, in %s mappings; live %s\n",
            units_count(&maps, mapped->allocations),
            units_bytes(&live, mapped->live_bytes));
}

/* Within what is allocated or mapped, and never added to it. */
static void put_objects(const struct styled *to, const struct counts *objects)
{
    struct text_number made;
    struct text_number live;
    struct text_number left;

    put_bytes(to, "objects", objects->bytes);
    fprintf(to->out, " of pools and arenas, in %s objects; live %s in %s\n",
            units_count(&made, objects->allocations),
            units_bytes(&live, objects->live_bytes),
            units_count(&left, objects->live_blocks));
}

static void put_count(const struct styled *to, const char *name, uint64_t count,
                      const char *meaning)
{
    struct text_number number;

    fprintf(to->out, "  %-11s  %s%s%s\n", name, units_count(&number, count),
            *meaning ? " " : "", meaning);
}

static void put_losses(const struct styled *to, const struct totals *totals)
{
    struct text_number number;

    if (totals->lost_events)
        put_count(to, "lost", totals->lost_events, "events that no site counts");
    else
        fputs("  lost         nothing\n", to->out);
    if (totals->lost_stacks)
        put_count(to, "", totals->lost_stacks,
                  "allocations are counted without their stack");
    if (totals->lost_evidence)
        put_count(to, "", totals->lost_evidence,
                  "sizes and lifetimes are missing from histograms");
    if (totals->lost_mappings)
        put_count(to, "", totals->lost_mappings, "mappings were too many to be followed");
    if (totals->lost_objects)
        put_count(to, "", totals->lost_objects,
                  "objects came or went without being counted");
    if (totals->lost_trace)
        put_count(to, "", totals->lost_trace,
                  "events are not in the trace, which had no more room");
    if (totals->unrecorded_programs)
        put_count(to, "", totals->unrecorded_programs,
                  "programs were started without the recorder");
    if (totals->bypassed)
        put_count(to, "", totals->bypassed,
                  "processes have an allocator in front of the recorder: it saw nothing");
    if (totals->inherited_frees)
        put_count(to, "", totals->inherited_frees,
                  "frees were of blocks that a parent process had allocated");
    if (totals->untracked_frees)
        put_count(to, "", totals->untracked_frees,
                  "frees were of blocks from before the start or of another allocator");
    if (totals->checked_stacks)
        fprintf(to->out,
                "  checked      %s stacks against libunwind's, %" PRIu64 " wrong\n",
                units_count(&number, totals->checked_stacks), totals->wrong_stacks);
    if (totals->truncated)
        put_count(to, "incomplete", totals->truncated,
                  totals->truncated == 1 ? "file ends before what it speaks of"
                                         : "files end before what they speak of");
    if (totals->damaged)
        put_count(to, "damaged", totals->damaged, "objects made no sense and are left out");
}

int report_summary(const struct styled *to, const struct profile *profile, uint32_t first,
                   uint32_t count, const struct view *view)
{
    const struct process *processes = profile->processes + first;
    struct totals totals = add_up(processes, count);

    int err = 0;

    if (count == 1)
        put_one_process(to, processes);
    else
        err = put_processes(to, processes, count);
    if (err)
        return err;
    put_counts(to, &view->counts);
    put_live(to, processes, count, &view->counts, totals.peak_bytes);
    if (totals.mapped.allocations)
        put_mapped(to, &totals.mapped);
    if (totals.objects.allocations)
        put_objects(to, &totals.objects);
    if (totals.threads)
        put_count(to, "threads", totals.threads, "");
    put_losses(to, &totals);
    return report_quality(to, profile, view);
}

void report_selection(const struct styled *to, const struct selection *selection,
                      const struct view *view)
{
    struct text_number sites;

    fprintf(to->out, "  selected     %s site%s: all but the peak is theirs alone;",
            units_count(&sites, view->site_count), units_plural(view->site_count));
    for (uint32_t i = 0; i < selection->count; i++) {
        fprintf(to->out, "%s %s ", i ? "," : "",
                selection_kind_name(selection->words[i].kind));
        style_text(to, STYLE_PLAIN, selection->words[i].pattern, 60);
    }
    putc('\n', to->out);
}
