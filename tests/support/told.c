/* SPDX-License-Identifier: MIT */
#include "support/told.h"

#include <stdio.h>
#include <stdlib.h>

#include "html/page.h"
#include "report/advice.h"
#include "report/report.h"

/* Everything that detectors find, worth it or not. */
static void advise(FILE *nowhere, struct profile *profile)
{
    const struct advice_options options = {.with_all = true};
    struct judgement judgement;

    if (judge(&judgement, profile, &costs_typical, true))
        return;
    advice_text(nowhere, &judgement, profile, &options);
    advice_json(nowhere, &judgement, profile);
    advice_markdown(nowhere, &judgement, profile, &options);
    judgement_fini(&judgement);
}

void tell_all(struct profile *profile)
{
    struct report_options options = {.top = 10, .depth = 16, .with_evidence = true};
    const struct page_options page = {.most_bytes = 1 << 18};
    struct page_result made;
    FILE *nowhere = fopen("/dev/null", "we");

    if (!nowhere)
        abort();
    report_text(nowhere, profile, &options);
    report_json(nowhere, profile, &options);
    report_markdown(nowhere, profile, &options);
    options.shape = SHAPE_CALLERS_FIRST;
    report_text(nowhere, profile, &options);
    options.shape = SHAPE_ALLOCATORS_FIRST;
    report_text(nowhere, profile, &options);
    page_write(nowhere, profile, NULL, &page, &made);
    advise(nowhere, profile);
    tell_exports(nowhere, profile);
    fclose(nowhere);
}
