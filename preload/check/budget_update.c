/* SPDX-License-Identifier: MIT */
#include "check/budget.h"

#include "profile/place.h"

#include <errno.h>
#include <jansson.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_number(json_t *object, const char *key, uint64_t value)
{
    return json_object_set_new(object, key, json_integer((json_int_t)value));
}

/* The place is for people, and may be no UTF-8. */
static void set_where(json_t *object, const struct site_table *table,
                      const struct table_entry *entry)
{
    struct place place;
    char text[400];

    if (place_find(&place, table->profile, &table->profile->processes[entry->process],
                   entry->leaf))
        return;
    if (place.is_here)
        snprintf(text, sizeof text, "%.250s, %.120s", place_name(&place), place.file);
    else
        snprintf(text, sizeof text, "%.250s, %.120s", place_name(&place), place.module);
    json_object_set_new(object, "where", json_string(text));
}

static json_t *site_values(const struct site_table *table, const struct table_entry *entry)
{
    json_t *object = json_object();
    int err = !object;

    for (enum site_order order = 0; !err && order < ORDER_COUNT; order++)
        err = set_number(object, budget_metric_name(order),
                         counts_value(&entry->counts, order));
    if (!err)
        set_where(object, table, entry);
    if (err)
        json_decref(object);
    return err ? NULL : object;
}

static json_t *baseline_of(const struct site_table *table)
{
    json_t *total = json_object();
    json_t *sites = json_object();
    char id[20];
    int err = !total || !sites;

    for (enum site_order order = 0; !err && order < ORDER_COUNT; order++)
        err = set_number(total, budget_metric_name(order), site_table_value(table, order));
    for (uint32_t i = 0; !err && i < table->count; i++) {
        snprintf(id, sizeof id, "%016" PRIx64, table->entries[i].id);
        err = json_object_set_new(sites, id, site_values(table, &table->entries[i]));
    }
    if (!err)
        return json_pack("{s:o, s:o}", "total", total, "sites", sites);
    json_decref(total);
    json_decref(sites);
    return NULL;
}

int budget_rebase(struct budget *budget, const char *path, const struct site_table *table)
{
    json_t *baseline = baseline_of(table);

    *budget = (struct budget){0};
    if (!baseline)
        return -ENOMEM;
    int err = budget_read(budget, path);
    if (err == -ENOENT) {
        budget->root = json_pack("{s:s, s:{s:i}}", "schema", "tare.budget/1", "tolerance",
                                 "percent", 0);
        err = budget->root ? 0 : -ENOMEM;
    }
    if (!err && json_object_set(budget->root, "baseline", baseline))
        err = -ENOMEM;
    json_decref(baseline);
    return err;
}

int budget_write(const struct budget *budget, FILE *out)
{
    return json_dumpf(budget->root, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER) ||
                   putc('\n', out) < 0
               ? -EIO
               : 0;
}
