/* SPDX-License-Identifier: MIT
 *
 * check/verdict.h - a profile held against a budget.
 *
 * Shape    verdict -> findings: what was limited, the limit, the value, the site to look at; first
 *          those that exceed, worst first
 * Units    As profile/process.h.
 * Owner    Caller owns the struct; it points into the budget and the table.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     Names of all frames, where functions are limited; else O(sites * rules).
 * Source   none
 */
#ifndef TARE_CHECK_VERDICT_H
#define TARE_CHECK_VERDICT_H

#include "check/budget.h"
#include "check/suppress.h"
#include "profile/place.h"

struct finding {
    const struct budget_rule *rule; /* NULL: of the baseline */
    const struct table_entry *site; /* the one to look at; NULL: none */
    bool is_of_site;                /* it is that site which is limited, no more */
    bool is_of_none;                /* no stack is what the rule speaks of */
    enum site_order order;
    uint64_t limit, value;
    struct place place; /* of the site */
};

struct verdict {
    const char *budget_path;
    const struct budget *budget;
    const struct suppressions *suppressions;
    const struct site_table *table;
    struct finding *findings;
    uint32_t count, room;
    uint32_t exceeded;
    const char *inconclusive; /* why nothing can be said; NULL: it can */
};

int verdict_init(struct verdict *verdict, const struct budget *budget,
                 const struct site_table *table);
void verdict_fini(struct verdict *verdict);

bool finding_exceeds(const struct finding *finding);

/* "peak of the whole program", "calls of function parse", ...; returns `to`. */
enum { FINDING_NAME_BYTES = 200 };
const char *finding_name(char to[FINDING_NAME_BYTES], const struct finding *finding);

/* "8.4 MiB of at most 8.0 MiB". */
const char *finding_values(char to[FINDING_NAME_BYTES], const struct finding *finding);

#endif
