/* SPDX-License-Identifier: MIT
 *
 * check/budget.h - what a program may allocate, from a file.
 *
 * Shape    budget -> rules: of what (the whole, a module, functions, a site, each site), how much
 *                 -> baseline: the values of an earlier run, in total and by site id
 * Units    Bytes, events; percent.
 * Owner    Caller owns the struct; it owns all strings.
 * Threads  Single owner.
 * Errors   -ENOENT and the like: cannot be read. -EINVAL: makes no sense, `problem` says why.
 *          -ENOMEM.
 * Cost     O(file).
 * Source   docs/format.md (schema tare.budget/1)
 */
#ifndef TARE_CHECK_BUDGET_H
#define TARE_CHECK_BUDGET_H

#include "profile/site_table.h"

#include <stdio.h>

struct json_t;

enum budget_scope {
    SCOPE_TOTAL,
    SCOPE_MODULE,
    SCOPE_FUNCTION,
    SCOPE_SITE,
    SCOPE_EACH_SITE
};

struct budget_rule {
    enum budget_scope scope;
    const char *name;    /* what to call it; NULL: by its scope */
    const char *pattern; /* of a module or function, or the id as it was written */
    uint64_t site;
    bool has[ORDER_COUNT];
    uint64_t limits[ORDER_COUNT];
};

struct baseline_entry {
    uint64_t id;
    uint64_t values[ORDER_COUNT];
};

/* What a value may be above the baseline's, both added. */
struct tolerance {
    double percent;
    uint64_t bytes, events;
};

struct budget {
    struct json_t *root;
    struct budget_rule *rules;
    uint32_t rule_count;
    struct tolerance tolerance;
    bool has_baseline;
    uint64_t totals[ORDER_COUNT];
    struct baseline_entry *entries; /* by id, rising */
    uint32_t entry_count;
    const char **suppressions; /* names of files, as seen from the budget's folder */
    uint32_t suppression_count;
    char problem[240];
};

int budget_read(struct budget *budget, const char *path);
int budget_parse(struct budget *budget, const char *text, size_t bytes);
void budget_fini(struct budget *budget);

/* The most that is allowed where the baseline has that value. */
uint64_t budget_allowed(const struct budget *budget, enum site_order order, uint64_t value);

/* NULL: the site was not there. */
const struct baseline_entry *budget_find(const struct budget *budget, uint64_t id);

/* The file's budget, or an empty one where there is no file, with the table's values for a baseline.
 * To be freed in any case. */
int budget_rebase(struct budget *budget, const char *path, const struct site_table *table);
int budget_write(const struct budget *budget, FILE *out);

/* "bytes" and the like. */
const char *budget_metric_name(enum site_order order);

#endif
