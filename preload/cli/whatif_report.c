/* SPDX-License-Identifier: MIT */
#include "cli/whatif.h"

#include "report/json_writer.h"
#include "report/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

const char *const substitute_names[SUBSTITUTE_COUNT] = {
    [SUBSTITUTE_POOL] = "pool",       [SUBSTITUTE_ARENA] = "arena",
    [SUBSTITUTE_INTERN] = "intern",   [SUBSTITUTE_VEC] = "vec",
    [SUBSTITUTE_RESERVE] = "reserve",
};

/* What is compared: with malloc, with the remedy, and what was predicted to be saved. */
struct line {
    const char *what;
    const char *json;
    uint64_t before, after;
    double predicted;
    enum { COUNT, BYTES, TIME } unit;
};

enum { LINES = 5 };

static void set_lines(const struct whatif_command *command, struct line lines_of[LINES])
{
    const struct replay_way *ways = command->ways;
    const struct played *was = &ways[MALLOC_WEIGHED].last;
    const struct played *is = &ways[TRIED_WEIGHED].last;
    const struct saving *saving = &command->prediction.finding.saving;

    lines_of[0] = (struct line){"calls of malloc and realloc",
                                "calls",
                                was->site_calls,
                                is->site_calls,
                                saving->calls,
                                COUNT};
    lines_of[1] = (struct line){
        "bytes for the site at the peak", "bytes_at_peak",    was->site_bytes_at_peak,
        is->site_bytes_at_peak,           saving->peak_bytes, BYTES};
    lines_of[2] =
        (struct line){"most bytes for the site", "most_bytes", was->site_most_bytes,
                      is->site_most_bytes,       NAN,          BYTES};
    lines_of[3] = (struct line){"RSS of all at the peak",
                                "rss_at_peak_bytes",
                                ways[MALLOC].rss_at_peak_bytes,
                                ways[TRIED].rss_at_peak_bytes,
                                NAN,
                                BYTES};
    lines_of[4] = (struct line){
        "time of all events",        "median_ns",    replay_median(&ways[MALLOC]),
        replay_median(&ways[TRIED]), saving->cpu_ns, TIME};
}

static const char *number_text(struct text_number *to, const struct line *line,
                               double value)
{
    struct text_number positive;
    uint64_t size = (uint64_t)fmin(fabs(value), 1e18);
    const char *text = line->unit == COUNT   ? units_count(&positive, size)
                       : line->unit == BYTES ? units_bytes(&positive, size)
                                             : units_time(&positive, size);

    snprintf(to->text, sizeof to->text, "%s%s", value < 0 ? "-" : "", text);
    return to->text;
}

static void print_amount(const struct whatif_command *command)
{
    struct text_number n;

    switch (command->substitute) {
    case SUBSTITUTE_POOL:
        printf("a pool of objects of %s", units_bytes(&n, command->amount));
        break;
    case SUBSTITUTE_INTERN:
        printf("interned, of which %.1f %% are no other's", (double)command->amount / 10);
        break;
    case SUBSTITUTE_VEC:
        printf("vectors with %s inline", units_bytes(&n, command->amount));
        break;
    case SUBSTITUTE_RESERVE:
        printf("vectors that begin with room for %s", units_bytes(&n, command->amount));
        break;
    default:
        printf("an arena, which is reset when all its blocks are gone");
    }
}

void whatif_text(const struct whatif_command *command, const struct process *process,
                 const struct compiled *compiled)
{
    struct line lines_of[LINES];
    struct text_number n[4];

    set_lines(command, lines_of);
    printf("%s: %s blocks of ", process->program,
           units_count(&n[0], compiled->site_chains));
    if (command->site_count == 1)
        printf("the site, ");
    else
        printf("%" PRIu32 " sites, ", command->site_count);
    print_amount(command);
    printf("\n\n%-31s %12s %12s %12s %12s\n", "", command->allocator.name,
           substitute_names[command->substitute], "saved", "predicted");
    for (int i = 0; i < LINES; i++) {
        const struct line *line = &lines_of[i];
        bool is_predicted = command->prediction.is_found && !isnan(line->predicted);

        printf("%-31s %12s %12s %12s %12s\n", line->what,
               number_text(&n[0], line, (double)line->before),
               number_text(&n[1], line, (double)line->after),
               number_text(&n[2], line, (double)line->before - (double)line->after),
               is_predicted ? number_text(&n[3], line, line->predicted) : "");
    }
    if (!command->prediction.is_found)
        printf("\ntare advise would not offer that here: nothing is predicted.\n");
    if (command->site_count > command->id_count)
        printf(
            "\nSites that differ only by line or by inlined functions have one id: all of "
            "them are\ntried together. Built without inlining (-fno-inline), functions "
            "have ids of their own.\n");
    if (command->substitute == SUBSTITUTE_INTERN)
        printf("\nContents are not in the trace: equal ones are made up in that share.\n");
}

void whatif_json(const struct whatif_command *command, const struct process *process,
                 const struct compiled *compiled)
{
    struct json_writer json = {.out = stdout};
    struct line lines_of[LINES];

    set_lines(command, lines_of);
    json_object_begin(&json, NULL);
    json_text(&json, "schema", "tare.whatif/1");
    json_text(&json, "program", process->program);
    json_array_begin(&json, "sites");
    for (uint32_t i = 0; i < command->id_count; i++)
        json_hex(&json, NULL, command->ids[i], 16);
    json_array_end(&json);
    json_text(&json, "remedy", substitute_names[command->substitute]);
    json_number(&json, "amount", command->amount);
    json_text(&json, "allocator", command->allocator.name);
    json_number(&json, "blocks", compiled->site_chains);
    json_number(&json, "lost_events", compiled->lost);
    for (int i = 0; i < LINES; i++) {
        const struct line *line = &lines_of[i];

        json_object_begin(&json, line->json);
        json_number(&json, "before", line->before);
        json_number(&json, "after", line->after);
        if (command->prediction.is_found && !isnan(line->predicted))
            json_signed(&json, "predicted_saving", saving_number(line->predicted));
        json_object_end(&json);
    }
    json_object_end(&json);
    putchar('\n');
}
