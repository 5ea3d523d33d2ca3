/* SPDX-License-Identifier: MIT */
#include "report/report_evidence.h"

#include "report/units.h"

#include <inttypes.h>
#include <string.h>

enum {
    INDENT = 13,
    LEAST_REMOTE_PERCENT = 1, /* what is less is not worth a line */
    LEAST_SLACK_PERCENT = 10,
    LEAST_COMMON_PERCENT = 20,
    BAR_COLUMNS = 32,
};

static bool is_part(uint64_t part, uint64_t whole, uint64_t percent)
{
    return part && (double)part * 100 >= (double)whole * (double)percent;
}

/* A power of two milliseconds, more or less: digits behind the first would be made up. */
static const char *about(struct text_number *to, uint64_t units)
{
    double ms = (double)units * (double)LEDGER_LIFE_UNIT_NS / 1e6;

    if (ms < 1000)
        snprintf(to->text, sizeof to->text, "%.0f ms", ms);
    else if (ms < 60000)
        snprintf(to->text, sizeof to->text, ms < 9950 ? "%.1f s" : "%.0f s", ms / 1000);
    else if (units >= UINT64_MAX / LEDGER_LIFE_UNIT_NS)
        strcpy(to->text, "longer");
    else
        units_time(to, units * LEDGER_LIFE_UNIT_NS);
    return to->text;
}

/* What stands before the next fact of a line. */
static void separate(const struct styled *to, int *facts)
{
    if (*facts)
        fputs("; ", to->out);
    else
        fprintf(to->out, "%*s", INDENT, "");
    ++*facts;
}

static void put_sizes(const struct styled *to, const struct evidence *evidence, int *facts)
{
    struct text_number least;
    struct text_number greatest;
    struct text_number common;
    struct text_number share;
    uint64_t blocks = evidence->common_blocks;

    if (evidence->size_count < 2)
        return;
    separate(to, facts);
    units_bytes(&least, evidence->least_bytes);
    units_bytes(&greatest, evidence->greatest_bytes);
    units_bytes(&common, evidence->common_bytes);
    if (evidence->least_bytes == evidence->greatest_bytes) {
        fprintf(to->out, "all of %s", least.text);
        return;
    }
    fprintf(to->out, "sizes %s to %s", least.text, greatest.text);
    if (blocks > evidence->size_count / 2)
        fprintf(to->out, ", mostly %s", common.text);
    else if (is_part(blocks, evidence->size_count, LEAST_COMMON_PERCENT))
        fprintf(to->out, ", %s or more %s",
                units_share(&share, blocks, evidence->size_count), common.text);
}

static void put_lives(const struct styled *to, const struct counts *counts,
                      const struct evidence *evidence, int *facts)
{
    struct text_number text;
    uint32_t median = evidence_median(evidence->lives, LEDGER_LIFE_BUCKETS);

    if (evidence->life_count > 1) {
        separate(to, facts);
        if (median + 1 < LEDGER_LIFE_BUCKETS)
            fprintf(to->out, "freed within %s (median)",
                    about(&text, evidence_bucket_end(median, LEDGER_LIFE_BUCKETS)));
        else
            fputs("freed after weeks (median)", to->out);
    }
    if (is_part(evidence->remote_frees, counts->frees, LEAST_REMOTE_PERCENT)) {
        separate(to, facts);
        fprintf(to->out, "%s freed by another thread",
                units_share(&text, evidence->remote_frees, counts->frees));
    }
}

static void put_realloc(const struct styled *to, const struct evidence *evidence,
                        int *facts)
{
    struct text_number calls;
    struct text_number moves;
    struct text_number copied;

    if (!evidence->moves)
        return;
    separate(to, facts);
    fprintf(to->out, "realloc %s call%s, %s moved, %s copied",
            units_count(&calls, evidence->realloc_calls),
            evidence->realloc_calls == 1 ? "" : "s", units_count(&moves, evidence->moves),
            units_bytes(&copied, evidence->copied_bytes));
}

static void put_slack(const struct styled *to, const struct evidence *evidence, int *facts)
{
    struct text_number share;
    uint64_t taken = evidence->slack_asked_bytes + evidence->slack_bytes;

    if (!is_part(evidence->slack_bytes, taken, LEAST_SLACK_PERCENT))
        return;
    separate(to, facts);
    fprintf(to->out, "slack %s", units_share(&share, evidence->slack_bytes, taken));
}

static void end_line(const struct styled *to, int *facts)
{
    if (*facts)
        putc('\n', to->out);
    *facts = 0;
}

void report_evidence(const struct styled *to, const struct counts *counts,
                     const struct evidence *evidence)
{
    int facts = 0;

    put_sizes(to, evidence, &facts);
    put_lives(to, counts, evidence, &facts);
    end_line(to, &facts);
    put_realloc(to, evidence, &facts);
    put_slack(to, evidence, &facts);
    end_line(to, &facts);
}

/* One row: what is counted, how many, and a bar that is full for `most`. */
static void put_row(const struct styled *to, const char *what, uint64_t count,
                    uint64_t most)
{
    struct text_number number;
    int columns = (int)((double)count * BAR_COLUMNS / (double)most + 0.5);

    fprintf(to->out, "%*s%-28s %14s  ", INDENT, "", what, units_count(&number, count));
    for (int i = 0; i < columns || i < 1; i++)
        putc('#', to->out);
    putc('\n', to->out);
}

static uint64_t most_of(const uint64_t *counts, uint32_t buckets)
{
    uint64_t most = 0;

    for (uint32_t i = 0; i < buckets; i++)
        most = counts[i] > most ? counts[i] : most;
    return most;
}

static void put_heading(const struct styled *to, const char *title)
{
    fprintf(to->out, "%*s%s\n", INDENT, "", title);
}

static void put_size_rows(const struct styled *to, const uint64_t *counts, uint32_t buckets)
{
    uint64_t most = most_of(counts, buckets);

    for (uint32_t i = 0; i < buckets; i++) {
        uint64_t end = evidence_bucket_end(i, buckets);
        char what[96];
        struct text_number from;
        struct text_number last;

        if (!counts[i])
            continue;
        units_bytes(&from, i ? UINT64_C(1) << (i - 1) : 0);
        if (i < 2)
            snprintf(what, sizeof what, "  %s", from.text);
        else if (end == UINT64_MAX)
            snprintf(what, sizeof what, "  %s or more", from.text);
        else
            snprintf(what, sizeof what, "  %s to below %s", from.text,
                     units_bytes(&last, end));
        put_row(to, what, counts[i], most);
    }
}

static void put_life_rows(const struct styled *to, const uint64_t *counts, uint64_t live)
{
    uint64_t most = most_of(counts, LEDGER_LIFE_BUCKETS);

    most = live > most ? live : most;
    for (uint32_t i = 0; i < LEDGER_LIFE_BUCKETS; i++) {
        char what[96];
        struct text_number time;

        if (!counts[i])
            continue;
        if (i + 1 < LEDGER_LIFE_BUCKETS)
            snprintf(what, sizeof what, "  below %s", about(&time, UINT64_C(1) << i));
        else
            snprintf(what, sizeof what, "  longer");
        put_row(to, what, counts[i], most);
    }
    if (live)
        put_row(to, "  still live", live, most);
}

static void put_most(const struct styled *to, const struct evidence *evidence)
{
    struct text_number bytes;
    struct text_number blocks;

    fprintf(to->out, "%*smost live at a time: %s%s, %s block%s\n", INDENT, "",
            evidence->most_is_bound ? "at most " : "",
            units_bytes(&bytes, evidence->most_bytes),
            units_count(&blocks, evidence->most_blocks),
            evidence->most_blocks == 1 ? "" : "s");
}

void report_histograms(const struct styled *to, const struct counts *counts,
                       const struct evidence *evidence)
{
    struct text_number slack;
    struct text_number number;

    if (evidence->most_blocks)
        put_most(to, evidence);
    if (evidence->slack_allocations)
        fprintf(to->out, "%*sslack: %s in %s of the allocations\n", INDENT, "",
                units_bytes(&slack, evidence->slack_bytes),
                units_count(&number, evidence->slack_allocations));
    if (evidence->size_count) {
        put_heading(to, "size");
        put_size_rows(to, evidence->sizes, LEDGER_SIZE_BUCKETS);
    }
    if (evidence->life_count || counts->live_blocks) {
        put_heading(to, "lifetime");
        put_life_rows(to, evidence->lives, counts->live_blocks);
    }
    if (evidence->chains) {
        put_heading(to, "size at the end of what realloc made");
        put_size_rows(to, evidence->final_sizes, LEDGER_GROWTH_BUCKETS);
    }
}
