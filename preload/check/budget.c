/* SPDX-License-Identifier: MIT */
#include "check/budget.h"

#include "report/units.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const metric_names[ORDER_COUNT] = {
    [ORDER_BYTES] = "bytes", [ORDER_CALLS] = "calls",         [ORDER_PEAK] = "peak",
    [ORDER_LIVE] = "live",   [ORDER_TEMPORARY] = "temporary",
};

static const char schema[] = "tare.budget/1";

const char *budget_metric_name(enum site_order order)
{
    return metric_names[order];
}

static bool is_counted(enum site_order order)
{
    return order == ORDER_CALLS || order == ORDER_TEMPORARY;
}

static int problem(struct budget *budget, const char *what, const char *where)
{
    snprintf(budget->problem, sizeof budget->problem, "%s: %s", where, what);
    return -EINVAL;
}

static bool read_amount(const json_t *value, bool has_units, uint64_t *amount)
{
    if (json_is_string(value))
        return units_parse(json_string_value(value), has_units, amount);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *amount = (uint64_t)json_integer_value(value);
    return true;
}

static int read_id(struct budget *budget, const char *text, uint64_t *id)
{
    if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return problem(budget, "the id of a site has 16 digits of 0 to f", text);
    *id = strtoull(text, NULL, 16);
    return 0;
}

/* One key of a rule. */
static int read_rule_key(struct budget *budget, struct budget_rule *rule, const char *key,
                         const json_t *value)
{
    static const char *const scopes[] = {
        [SCOPE_MODULE] = "module", [SCOPE_FUNCTION] = "function", [SCOPE_SITE] = "site"};
    enum site_order order = site_order_find(key);

    if (order < ORDER_COUNT) {
        rule->has[order] = true;
        return read_amount(value, !is_counted(order), &rule->limits[order])
                   ? 0
                   : problem(budget, "is no amount", key);
    }
    if (!strcmp(key, "name") && json_is_string(value)) {
        rule->name = json_string_value(value);
        return 0;
    }
    if (!strcmp(key, "each_site") && json_is_true(value) && rule->scope == SCOPE_TOTAL) {
        rule->scope = SCOPE_EACH_SITE;
        return 0;
    }
    for (enum budget_scope scope = SCOPE_MODULE; scope <= SCOPE_SITE; scope++) {
        if (strcmp(key, scopes[scope]) != 0)
            continue;
        if (!json_is_string(value) || rule->scope != SCOPE_TOTAL)
            return problem(budget, "is one string, and the only one of its kind", key);
        rule->scope = scope;
        rule->pattern = json_string_value(value);
        return scope == SCOPE_SITE ? read_id(budget, rule->pattern, &rule->site) : 0;
    }
    return problem(budget, "is not known in a limit", key);
}

static int read_rules(struct budget *budget, const json_t *list)
{
    size_t count = json_array_size(list);

    if (!json_is_array(list))
        return problem(budget, "is no list", "limits");
    budget->rules = calloc(count + 1, sizeof *budget->rules);
    if (!budget->rules)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        json_t *object = json_array_get(list, i);
        struct budget_rule *rule = &budget->rules[budget->rule_count++];
        const char *key;
        json_t *value;
        bool has_any = false;

        if (!json_is_object(object))
            return problem(budget, "is a list of objects", "limits");
        json_object_foreach(object, key, value)
        {
            int err = read_rule_key(budget, rule, key, value);

            if (err)
                return err;
        }
        for (enum site_order order = 0; order < ORDER_COUNT; order++)
            has_any |= rule->has[order];
        if (!has_any)
            return problem(budget, "one has none of bytes, calls, peak, live, temporary",
                           "limits");
    }
    return 0;
}

static int read_tolerance(struct budget *budget, json_t *object)
{
    struct tolerance *to = &budget->tolerance;
    const char *key;
    json_t *value;

    if (!json_is_object(object))
        return problem(budget, "is an object of percent, bytes, events", "tolerance");
    json_object_foreach(object, key, value)
    {
        if (!strcmp(key, "percent") && json_is_number(value) &&
            json_number_value(value) >= 0)
            to->percent = json_number_value(value);
        else if ((strcmp(key, "bytes") != 0 || !read_amount(value, true, &to->bytes)) &&
                 (strcmp(key, "events") != 0 || !read_amount(value, false, &to->events)))
            return problem(budget, "is not known in tolerance, or no amount", key);
    }
    return 0;
}

static int read_values(struct budget *budget, const json_t *object, const char *where,
                       uint64_t values[ORDER_COUNT])
{
    for (enum site_order order = 0; order < ORDER_COUNT; order++) {
        const json_t *value = json_object_get(object, metric_names[order]);

        if (!value || !read_amount(value, !is_counted(order), &values[order]))
            return problem(budget, "lacks one of bytes, calls, peak, live, temporary",
                           where);
    }
    return 0;
}

static int by_id(const void *a, const void *b)
{
    uint64_t one = ((const struct baseline_entry *)a)->id;
    uint64_t other = ((const struct baseline_entry *)b)->id;

    return (one > other) - (one < other);
}

static int read_baseline(struct budget *budget, const json_t *baseline)
{
    json_t *sites = json_object_get(baseline, "sites");
    const char *key;
    json_t *value;
    int err =
        read_values(budget, json_object_get(baseline, "total"), "baseline", budget->totals);

    if (err)
        return err;
    if (!json_is_object(sites))
        return problem(budget, "lacks sites", "baseline");
    budget->entries = calloc(json_object_size(sites) + 1, sizeof *budget->entries);
    if (!budget->entries)
        return -ENOMEM;
    json_object_foreach(sites, key, value)
    {
        struct baseline_entry *entry = &budget->entries[budget->entry_count++];

        err = read_id(budget, key, &entry->id);
        if (!err)
            err = read_values(budget, value, key, entry->values);
        if (err)
            return err;
    }
    qsort(budget->entries, budget->entry_count, sizeof *budget->entries, by_id);
    budget->has_baseline = true;
    return 0;
}

static int read_suppressions(struct budget *budget, const json_t *list)
{
    size_t count = json_array_size(list);

    if (!json_is_array(list))
        return problem(budget, "is no list", "suppressions");
    budget->suppressions = calloc(count + 1, sizeof *budget->suppressions);
    if (!budget->suppressions)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(list, i));

        if (!name)
            return problem(budget, "is a list of names of files", "suppressions");
        budget->suppressions[budget->suppression_count++] = name;
    }
    return 0;
}

static int read_key(struct budget *budget, const char *key, json_t *value)
{
    if (!strcmp(key, "limits"))
        return read_rules(budget, value);
    if (!strcmp(key, "tolerance"))
        return read_tolerance(budget, value);
    if (!strcmp(key, "baseline"))
        return read_baseline(budget, value);
    if (!strcmp(key, "suppressions"))
        return read_suppressions(budget, value);
    if (!strcmp(key, "schema")) {
        const char *name = json_string_value(value);

        return name && !strcmp(name, schema) ? 0
                                             : problem(budget, "is another schema", schema);
    }
    return problem(budget, "is not known", key);
}

static int read_root(struct budget *budget, const json_error_t *error)
{
    const char *key;
    json_t *value;
    int err = 0;

    if (!budget->root) {
        snprintf(budget->problem, sizeof budget->problem, "line %d: %s", error->line,
                 error->text);
        return -EINVAL;
    }
    if (!json_is_object(budget->root) || !json_object_get(budget->root, "schema"))
        return problem(budget, "is to be the schema of an object", schema);
    json_object_foreach(budget->root, key, value)
    {
        err = read_key(budget, key, value);
        if (err)
            break;
    }
    return err;
}

int budget_parse(struct budget *budget, const char *text, size_t bytes)
{
    json_error_t error;

    *budget =
        (struct budget){.root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error)};
    return read_root(budget, &error);
}

int budget_read(struct budget *budget, const char *path)
{
    FILE *file = fopen(path, "re");
    struct stat status;
    json_error_t error;

    *budget = (struct budget){0};
    if (!file)
        return -errno;
    if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
        fclose(file);
        return -EISDIR;
    }
    budget->root = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    return read_root(budget, &error);
}

void budget_fini(struct budget *budget)
{
    json_decref(budget->root);
    free(budget->rules);
    free(budget->entries);
    free(budget->suppressions);
    *budget = (struct budget){0};
}

uint64_t budget_allowed(const struct budget *budget, enum site_order order, uint64_t value)
{
    const struct tolerance *tolerance = &budget->tolerance;
    double more = (double)value * tolerance->percent / 100;
    uint64_t fixed = is_counted(order) ? tolerance->events : tolerance->bytes;
    uint64_t allowed = value + fixed;

    if (allowed < value || more >= 0x1p63 || allowed + (uint64_t)more < allowed)
        return UINT64_MAX;
    return allowed + (uint64_t)more;
}

const struct baseline_entry *budget_find(const struct budget *budget, uint64_t id)
{
    const struct baseline_entry key = {.id = id};

    return budget->entry_count
               ? bsearch(&key, budget->entries, budget->entry_count, sizeof key, by_id)
               : NULL;
}
