/* SPDX-License-Identifier: MIT */
#include "check/verdict.h"
#include "report/change.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool finding_exceeds(const struct finding *finding)
{
    return finding->value > finding->limit;
}

static const char *what(enum site_order order)
{
    static const char *const names[ORDER_COUNT] = {
        [ORDER_BYTES] = "bytes allocated",           [ORDER_CALLS] = "allocations",
        [ORDER_PEAK] = "bytes at the peak",          [ORDER_LIVE] = "bytes not freed",
        [ORDER_TEMPORARY] = "temporary allocations",
    };

    return names[order];
}

const char *finding_name(char to[FINDING_NAME_BYTES], const struct finding *finding)
{
    static const char *const scopes[] = {
        [SCOPE_MODULE] = "module", [SCOPE_FUNCTION] = "function"};
    const struct budget_rule *rule = finding->rule;

    if (rule && rule->name)
        snprintf(to, FINDING_NAME_BYTES, "%s: %s", rule->name, what(finding->order));
    else if (finding->is_of_site && finding->site)
        snprintf(to, FINDING_NAME_BYTES, "%s of site %016" PRIx64, what(finding->order),
                 finding->site->id);
    else if (rule && rule->scope == SCOPE_EACH_SITE)
        snprintf(to, FINDING_NAME_BYTES, "%s of each site", what(finding->order));
    else if (rule && rule->scope == SCOPE_SITE)
        snprintf(to, FINDING_NAME_BYTES, "%s of site %s", what(finding->order),
                 rule->pattern);
    else if (rule && rule->scope != SCOPE_TOTAL)
        snprintf(to, FINDING_NAME_BYTES, "%s of %s %s", what(finding->order),
                 scopes[rule->scope], rule->pattern);
    else
        snprintf(to, FINDING_NAME_BYTES, "%s of the whole%s", what(finding->order),
                 rule ? "" : ", by the baseline");
    return to;
}

const char *finding_values(char to[FINDING_NAME_BYTES], const struct finding *finding)
{
    struct text_number value;
    struct text_number limit;

    change_value(&value, finding->order, finding->value);
    change_value(&limit, finding->order, finding->limit);
    /* Rounded they may look alike. */
    if (finding->value != finding->limit && !strcmp(value.text, limit.text))
        snprintf(to, FINDING_NAME_BYTES, "%" PRIu64 " of at most %" PRIu64, finding->value,
                 finding->limit);
    else
        snprintf(to, FINDING_NAME_BYTES, "%s of at most %s", value.text, limit.text);
    return to;
}
