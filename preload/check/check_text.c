/* SPDX-License-Identifier: MIT */
#include "check/forms.h"

#include "report/markdown.h"
#include "report/short_name.h"
#include "report/units.h"

#include <inttypes.h>

enum { EXCEEDED_SHOWN = 30 };

static void put_place(const struct styled *to, const struct finding *finding)
{
    char brief[SHORT_NAME_BYTES];

    if (!finding->site)
        return;
    fputs(finding->is_of_site ? "              " : "              most: ", to->out);
    style_text(to, STYLE_PLAIN, short_name(brief, place_name(&finding->place)), 0);
    if (finding->place.file) {
        fputs(", ", to->out);
        style_text(to, STYLE_PLAIN, finding->place.file, 0);
        fprintf(to->out, ":%" PRIu32, finding->place.line);
    } else {
        fprintf(to->out, " [%s]", finding->place.module);
    }
    style_begin(to, STYLE_DIM);
    fprintf(to->out, "  site %016" PRIx64 "\n", finding->site->id);
    style_end(to, STYLE_DIM);
}

static void put_finding(const struct styled *to, const struct finding *finding)
{
    char name[FINDING_NAME_BYTES];
    char values[FINDING_NAME_BYTES];
    bool exceeds = finding_exceeds(finding);

    fputs("  ", to->out);
    style_begin(to, exceeds ? STYLE_WARNING : STYLE_PLAIN);
    fputs(exceeds ? "exceeded" : "kept    ", to->out);
    style_end(to, exceeds ? STYLE_WARNING : STYLE_PLAIN);
    fputs("  ", to->out);
    style_text(to, STYLE_PLAIN, finding_name(name, finding), 0);
    fprintf(to->out, ": %s\n", finding_values(values, finding));
    if (exceeds)
        put_place(to, finding);
}

static void put_suppressed(const struct styled *to, const struct suppressions *suppressions)
{
    struct text_number bytes;

    for (uint32_t i = 0; suppressions && i < suppressions->count; i++) {
        const struct suppression *at = &suppressions->list[i];

        if (!at->sites)
            continue;
        fprintf(to->out, "  left out  %s not freed, of %" PRIu64 " site%s: leak:",
                units_bytes(&bytes, at->bytes), at->sites, units_plural(at->sites));
        style_text(to, STYLE_PLAIN, at->pattern, 0);
        putc('\n', to->out);
    }
}

void check_text(const struct styled *to, const struct verdict *verdict)
{
    uint32_t shown = 0;

    style_begin(to, STYLE_BOLD);
    style_text(to, STYLE_PLAIN, verdict->budget_path, 0);
    fprintf(to->out, ": %" PRIu32 " of %" PRIu32 " limits exceeded\n", verdict->exceeded,
            verdict->count);
    style_end(to, STYLE_BOLD);
    for (uint32_t i = 0; i < verdict->count; i++) {
        if (finding_exceeds(&verdict->findings[i]) && shown++ >= EXCEEDED_SHOWN)
            continue;
        put_finding(to, &verdict->findings[i]);
    }
    if (shown > EXCEEDED_SHOWN)
        fprintf(to->out, "  exceeded  and %" PRIu32 " more\n", shown - EXCEEDED_SHOWN);
    put_suppressed(to, verdict->suppressions);
    if (verdict->inconclusive)
        fprintf(to->out, "  inconclusive: %s\n", verdict->inconclusive);
}

static void put_row(FILE *out, const struct finding *finding)
{
    char text[FINDING_NAME_BYTES];

    fputs(finding_exceeds(finding) ? "| **exceeded** | " : "| kept | ", out);
    markdown_text(out, finding_name(text, finding));
    fprintf(out, " | %s | ", finding_values(text, finding));
    if (finding->site && finding_exceeds(finding))
        markdown_place(out, &finding->place);
    fputs(" |\n", out);
}

void check_markdown(FILE *out, const struct verdict *verdict)
{
    fprintf(out, "### %" PRIu32 " of %" PRIu32 " limits exceeded\n\n", verdict->exceeded,
            verdict->count);
    fputs("| | what | value | where |\n|---|---|---:|---|\n", out);
    for (uint32_t i = 0; i < verdict->count; i++)
        if (i < EXCEEDED_SHOWN || !finding_exceeds(&verdict->findings[i]))
            put_row(out, &verdict->findings[i]);
    if (verdict->exceeded > EXCEEDED_SHOWN)
        fprintf(out, "\nand %" PRIu32 " more\n", verdict->exceeded - EXCEEDED_SHOWN);
    if (verdict->inconclusive)
        fprintf(out, "\nInconclusive: %s.\n", verdict->inconclusive);
}
