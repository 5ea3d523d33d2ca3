/* SPDX-License-Identifier: MIT */
#include "report/advice.h"
#include "report/markdown.h"
#include "report/stream.h"
#include "report/units.h"

#include <inttypes.h>

static int put_row(FILE *out, const struct judgement *judgement, struct profile *profile,
                   const struct advice *advice)
{
    char saves[ADVICE_TEXT_BYTES];
    struct place place;
    int err = advice_place(&place, profile, advice);

    if (err)
        return err;
    fprintf(out, "| %s | ", remedy_texts[advice->finding.remedy].name);
    markdown_place(out, &place);
    fputs(" | ", out);
    markdown_text(out, advice->finding.waste);
    fputs(" | ", out);
    markdown_text(out, advice_saves(saves, judgement, &advice->finding.saving));
    fprintf(out, " | %s | %016" PRIx64 " |\n", confidence_name(advice->finding.confidence),
            advice->id);
    return 0;
}

static int put_sketch(FILE *out, struct profile *profile, const struct advice *advice,
                      uint32_t number)
{
    struct text_number text;
    struct place place;
    int err = advice_place(&place, profile, advice);

    if (err)
        return err;
    fprintf(out, "\n**%" PRIu32 ". %s**, ", number,
            remedy_texts[advice->finding.remedy].name);
    markdown_place(out, &place);
    fputs(":", out);
    for (unsigned i = 0; i < advice->finding.fact_count; i++) {
        const struct fact *fact = &advice->finding.facts[i];

        fputs(i ? ", " : " ", out);
        markdown_text(out, fact->name);
        fprintf(out, " %s", advice_fact(&text, fact));
    }
    fputs(". Not when ", out);
    markdown_text(out, advice->finding.when_not);
    fputs(".\n\n```c\n", out);
    advice_sketch(out, advice, place_name(&place), "");
    fputs("```\n", out);
    return 0;
}

int advice_markdown(FILE *out, const struct judgement *judgement, struct profile *profile,
                    const struct advice_options *options)
{
    int err = 0;

    if (!judgement->count)
        fprintf(out, "Nothing is worth doing%s.\n", advice_none(judgement, options));
    else
        fputs("| remedy | where | what | saves | confidence | site |\n"
              "|---|---|---|---|---|---|\n",
              out);
    for (uint32_t i = 0; !err && i < judgement->count; i++)
        err = put_row(out, judgement, profile, &judgement->list[i]);
    for (uint32_t i = 0; !err && i < judgement->count; i++)
        err = put_sketch(out, profile, &judgement->list[i], i + 1);
    return err ? err : stream_end(out);
}
