/* SPDX-License-Identifier: MIT */
#include "report/advice.h"
#include "report/short_name.h"
#include "report/stream.h"
#include "report/units.h"
#include "report/verify.h"

#include <inttypes.h>
#include <math.h>

static int put_advice(FILE *out, struct profile *before, const struct advice *advice,
                      bool is_applied)
{
    const struct styled to = {.out = out};
    char brief[SHORT_NAME_BYTES];
    struct place place;
    int err = advice_place(&place, before, advice);

    if (err)
        return err;
    fprintf(out, "  %-11s  %-10s  ", is_applied ? "done" : "not done",
            remedy_texts[advice->finding.remedy].name);
    style_text(&to, STYLE_PLAIN, short_name(brief, place_name(&place)), 0);
    if (place.file) {
        fputs("  ", out);
        style_text(&to, STYLE_PLAIN, place.file, 0);
        fprintf(out, ":%" PRIu32, place.line);
    }
    putc('\n', out);
    return 0;
}

static const char *signed_units(char to[64], double value,
                                const char *(*units)(struct text_number *to,
                                                     uint64_t value))
{
    struct text_number text;
    int64_t number = saving_number(value);

    snprintf(to, 64, "%s%s", number < 0 ? "-" : "",
             units(&text, (uint64_t)(number < 0 ? -number : number)));
    return to;
}

/* `error` below 0: there is too little of it to compare. */
static void put_row(FILE *out, const char *name, double predicted, double real,
                    const char *(*units)(struct text_number *to, uint64_t value),
                    double error)
{
    char left[64], right[64];

    fprintf(out, "  %-16s %14s %14s", name, signed_units(left, predicted, units),
            signed_units(right, real, units));
    if (error >= 0 && isfinite(error))
        fprintf(out, "  off by %.1f %%", 100 * error);
    putc('\n', out);
}

int verify_text(FILE *out, const struct verification *v, struct profile *before)
{
    int err = 0;

    fprintf(out, "%" PRIu32 " of %" PRIu32 " pieces of advice were followed\n",
            v->applied_count, v->before.count);
    for (uint32_t i = 0; !err && i < v->before.count; i++)
        err = put_advice(out, before, &v->before.list[i], v->is_applied[i]);
    fprintf(out, "\n  %-16s %14s %14s\n", "saved", "predicted", "real");
    put_row(out, "of the peak", v->predicted.peak_bytes, v->real.peak_bytes, units_bytes,
            verify_peak_error(v));
    put_row(out, "asked for", v->predicted.requested_bytes, v->real.requested_bytes,
            units_bytes, -1);
    put_row(out, "calls", v->predicted.calls, v->real.calls, units_count,
            verify_calls_error(v));
    put_row(out, "copied", v->predicted.copied_bytes, v->real.copied_bytes, units_bytes,
            -1);
    put_row(out, "processor time", v->predicted.cpu_ns, v->real.cpu_ns, units_time, -1);
    if (v->applied_count > 1)
        fputs("\nSeveral remedies were used: they are compared together.\n", out);
    if (v->other_calls > 0.05 * v->before.whole.calls)
        fprintf(
            out,
            "\nSites that no advice was for differ by %.0f calls: was the input another?\n",
            v->other_calls);
    return err ? err : stream_end(out);
}
