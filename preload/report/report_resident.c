/* SPDX-License-Identifier: MIT */
#include "report/report_resident.h"

#include "report/units.h"

#include <inttypes.h>

static struct resident add_up(const struct process *processes, uint32_t count)
{
    struct resident sum = {0};

    for (uint32_t i = 0; i < count; i++)
        resident_add(&sum, &processes[i]);
    return sum;
}

static const char *how(enum resident_row row)
{
    return resident_row_is_estimate(row) ? "estimated" : "measured";
}

static void put_title(FILE *out, const struct resident *sum, uint32_t count)
{
    struct text_number resident, most, time;

    fprintf(out, "%s", units_bytes(&resident, sum->rss_bytes));
    if (sum->processes == 1)
        fprintf(out, " after %s", units_time(&time, sum->at_ns));
    if (count > 1)
        fprintf(out, ", the sum of %" PRIu32 " of %" PRIu32 " processes", sum->processes,
                count);
    fprintf(out, "; the most was %s", units_bytes(&most, sum->most_rss_bytes));
}

/* Why there is no table, if that can be helped. */
static void put_remedy(const struct styled *to, const struct process *process)
{
    if (process->header->flags & LEDGER_IMPORTED || process->end == PROCESS_END_RUNNING)
        return;
    fputs(
        "  resident     not looked at: the program ended too soon, or was recorded without "
        "tare run\n"
        "               tare run -- ",
        to->out);
    style_text(to, STYLE_PLAIN, process->command[0] ? process->command : process->program,
               80);
    putc('\n', to->out);
}

void report_resident_text(const struct styled *to, const struct process *processes,
                          uint32_t count)
{
    const struct resident sum = add_up(processes, count);
    struct text_number bytes, share;

    if (!sum.processes) {
        put_remedy(to, processes);
        return;
    }
    style_begin(to, STYLE_BOLD);
    fputs("\nResident memory ", to->out);
    put_title(to->out, &sum, count);
    style_end(to, STYLE_BOLD);
    putc('\n', to->out);
    for (enum resident_row row = 0; row < RESIDENT_ROWS; row++)
        if (sum.rows[row])
            fprintf(to->out, "%16s  %6s  %-9s  %s\n", units_count(&bytes, sum.rows[row]),
                    units_share(&share, sum.rows[row], sum.rss_bytes), how(row),
                    resident_row_text(row));
    fprintf(to->out, "%16s          bytes, the sum\n", units_count(&bytes, sum.rss_bytes));
    if (sum.live_bytes > sum.rows[ROW_LIVE])
        fprintf(
            to->out,
            "%16s          bytes were live: what was never written to is not resident\n",
            units_count(&bytes, sum.live_bytes));
}

void report_resident_markdown(FILE *out, const struct process *processes, uint32_t count)
{
    const struct resident sum = add_up(processes, count);
    struct text_number bytes, share;

    if (!sum.processes)
        return;
    fputs("\nResident memory ", out);
    put_title(out, &sum, count);
    fputs("\n\n| resident memory | bytes | share | |\n|---|---:|---:|---|\n", out);
    for (enum resident_row row = 0; row < RESIDENT_ROWS; row++)
        if (sum.rows[row])
            fprintf(out, "| %s | %s | %s | %s |\n", resident_row_text(row),
                    units_count(&bytes, sum.rows[row]),
                    units_share(&share, sum.rows[row], sum.rss_bytes), how(row));
    fprintf(out, "| sum | %s | | |\n", units_count(&bytes, sum.rss_bytes));
}

void report_resident_json(struct json_writer *json, const struct process *process)
{
    const struct resident sum = add_up(process, 1);

    if (!sum.processes) {
        json_text(json, "resident", NULL);
        return;
    }
    json_object_begin(json, "resident");
    json_number(json, "at_ns", sum.at_ns);
    json_number(json, "rss_bytes", sum.rss_bytes);
    json_number(json, "most_rss_bytes", sum.most_rss_bytes);
    json_number(json, "live_bytes", sum.live_bytes);
    json_array_begin(json, "rows");
    for (enum resident_row row = 0; row < RESIDENT_ROWS; row++) {
        json_object_begin(json, NULL);
        json_text(json, "what", resident_row_key(row));
        json_number(json, "bytes", sum.rows[row]);
        json_bool(json, "estimated", resident_row_is_estimate(row));
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}
