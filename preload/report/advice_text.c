/* SPDX-License-Identifier: MIT */
#include "report/advice.h"
#include "report/report_stack.h"
#include "report/short_name.h"
#include "report/stream.h"
#include "report/units.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { FIRST_SCREEN = 4, STACK_DEPTH = 8 };

int advice_place(struct place *place, struct profile *profile, const struct advice *advice)
{
    const struct process *process = &profile->processes[advice->process];

    return place_find(place, profile, process, advice->frame);
}

const char *advice_fact(struct text_number *to, const struct fact *fact)
{
    int64_t whole = saving_number(fact->value);
    uint64_t value = whole > 0 ? (uint64_t)whole : 0;

    switch (fact->unit) {
    case FACT_BYTES:
        return units_bytes(to, value);
    case FACT_NS:
        return units_time(to, value);
    case FACT_PERCENT:
        snprintf(to->text, sizeof to->text, "%.1f %%", fact->value);
        return to->text;
    default:
        return units_count(to, value);
    }
}

/* One of the numbers that a saving consists of. */
struct saved {
    double value, whole;
    const char *(*units)(struct text_number *to, uint64_t value);
    const char *of;
};

/* "12 MiB of the peak (31.0 %)" behind what is there; of a loss without its sign. */
static void add_saved(char to[ADVICE_TEXT_BYTES], const struct saved *saved,
                      const char *between)
{
    size_t used = strlen(to);
    int64_t number = saving_number(fabs(saved->value));
    struct text_number text, share;

    snprintf(to + used, ADVICE_TEXT_BYTES - used, "%s%s%s", between,
             saved->units(&text, (uint64_t)number), saved->of);
    used = strlen(to);
    if (saved->value > 0 && saved->whole > 0)
        snprintf(
            to + used, ADVICE_TEXT_BYTES - used, " (%s)",
            units_share(&share, (uint64_t)number, (uint64_t)saving_number(saved->whole)));
}

const char *advice_saves(char to[ADVICE_TEXT_BYTES], const struct judgement *judgement,
                         const struct saving *saving)
{
    const struct waste_whole *whole = &judgement->whole;
    const struct saved all[] = {
        {saving->peak_bytes, whole->peak_bytes, units_bytes, " of the peak"},
        {saving->calls, whole->calls, units_count, " calls"},
        {saving->copied_bytes, 0, units_bytes, " copied"},
        {saving->cpu_ns, 0, units_time, " of time"},
    };
    const char *between = "";

    to[0] = '\0';
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        if (saving_number(all[i].value) <= 0)
            continue;
        add_saved(to, &all[i], between);
        between = ", ";
    }
    between = *to ? "; costs " : "costs ";
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        if (saving_number(all[i].value) >= 0)
            continue;
        add_saved(to, &all[i], between);
        between = ", ";
    }
    return to;
}

static void put_place(const struct styled *to, const struct place *place)
{
    char brief[SHORT_NAME_BYTES];

    style_text(to, STYLE_BOLD, short_name(brief, place_name(place)), 0);
    if (!place->file)
        return;
    fputs("  ", to->out);
    style_text(to, STYLE_PLAIN, place->file, 0);
    fprintf(to->out, ":%" PRIu32, place->line);
}

static void put_evidence(const struct styled *to, const struct finding *finding)
{
    struct text_number number;

    fputs("    evidence    ", to->out);
    for (unsigned i = 0; i < finding->fact_count; i++) {
        const char *name = finding->facts[i].name;

        fputs(i ? ", " : "", to->out);
        for (; *name; name++)
            putc(*name == '_' ? ' ' : *name, to->out);
        fprintf(to->out, " %s", advice_fact(&number, &finding->facts[i]));
    }
    fprintf(to->out, "; confidence %s\n", confidence_name(finding->confidence));
}

static int put_rest(const struct styled *to, struct profile *profile,
                    const struct advice *advice, const char *function)
{
    const struct report_options stack = {.depth = STACK_DEPTH, .is_folded = true};

    put_evidence(to, &advice->finding);
    if (advice->other_count)
        fputs("    or          ", to->out);
    for (unsigned i = 0; i < advice->other_count; i++)
        fprintf(to->out, "%s%s", i ? ", " : "", remedy_texts[advice->others[i]].name);
    fprintf(to->out, "%s    not when    %s\n", advice->other_count ? "\n" : "",
            advice->finding.when_not);
    if (advice->site_count > 1)
        fprintf(to->out, "    sites       %" PRIu32 "; that with most: %016" PRIx64 "\n",
                advice->site_count, advice->id);
    else
        fprintf(to->out, "    site        %016" PRIx64 "\n", advice->id);
    int err = report_stack(to, profile, &profile->processes[advice->process], advice->leaf,
                           &stack);
    advice_sketch(to->out, advice, function, "        ");
    putc('\n', to->out);
    return err;
}

static int put_advice(const struct styled *to, const struct judgement *judgement,
                      struct profile *profile, uint32_t index,
                      const struct advice_options *options)
{
    const struct advice *advice = &judgement->list[index];
    const struct remedy_text *remedy = &remedy_texts[advice->finding.remedy];
    char saves[ADVICE_TEXT_BYTES];
    struct place place;
    int err = advice_place(&place, profile, advice);

    if (err)
        return err;
    fprintf(to->out, "%2" PRIu32 ". %-10s  ", index + 1, remedy->name);
    put_place(to, &place);
    fprintf(to->out, ": %s\n", advice->finding.waste);
    fprintf(to->out, "    %-10s  %s", "saves",
            advice_saves(saves, judgement, &advice->finding.saving));
    fprintf(to->out, "%s%s%s\n", remedy->header ? "; <" : "",
            remedy->header ? remedy->header : "", remedy->header ? ">" : "");
    return options->with_all ? put_rest(to, profile, advice, place_name(&place)) : 0;
}

const char *advice_none(const struct judgement *judgement,
                        const struct advice_options *options)
{
    return judgement->is_advised && options->is_whole ? ": its allocations are fine"
                                                      : ", as far as the profile tells";
}

static void put_whole(const struct styled *to, const struct judgement *judgement,
                      const struct advice_options *options)
{
    const struct waste_whole *whole = &judgement->whole;
    struct text_number peak, own, calls;

    fprintf(to->out, "peak %s, %s of it the allocator's; %s calls; ",
            units_bytes(&peak, (uint64_t)saving_number(whole->peak_bytes)),
            units_bytes(
                &own, (uint64_t)saving_number(whole->peak_bytes - whole->requested_bytes)),
            units_count(&calls, (uint64_t)saving_number(whole->calls)));
    if (judgement->count)
        fprintf(to->out, "%" PRIu32 " %s worth doing\n", judgement->count,
                judgement->count == 1 ? "thing is" : "things are");
    else
        fprintf(to->out, "nothing is worth doing%s\n", advice_none(judgement, options));
}

int advice_text(FILE *out, const struct judgement *judgement, struct profile *profile,
                const struct advice_options *options)
{
    const struct styled to = {.out = out, .with_colour = options->with_colour};
    uint32_t shown = judgement->count;
    int err = 0;

    if (!options->with_all && shown > FIRST_SCREEN)
        shown = FIRST_SCREEN;
    put_whole(&to, judgement, options);
    for (uint32_t i = 0; !err && i < shown; i++)
        err = put_advice(&to, judgement, profile, i, options);
    if (shown < judgement->count)
        fprintf(out, "%" PRIu32 " more, evidence and code: --all\n",
                judgement->count - shown);
    else if (shown && !options->with_all)
        fputs("evidence, code, and when not to: --all\n", out);
    return err ? err : stream_end(out);
}
