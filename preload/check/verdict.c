/* SPDX-License-Identifier: MIT */
#include "check/verdict.h"

#include "profile/match.h"
#include "profile/quality.h"
#include "profile/selection.h"
#include "report/change.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which sites of which process a rule is about: 1 at the index of each. */
struct chosen {
    uint8_t **sites;
    uint32_t process_count;
};

static void chosen_fini(struct chosen *chosen)
{
    for (uint32_t i = 0; chosen->sites && i < chosen->process_count; i++)
        free(chosen->sites[i]);
    free(chosen->sites);
}

static bool is_in_module(const struct process *process, uint32_t leaf, const char *pattern)
{
    uint32_t owner = match_owner(process, leaf);
    const struct node *node = &process->nodes[owner];

    if (owner < NODE_FIRST || !node->module)
        return match_text(pattern, "[generated code]");
    return match_text(pattern, process->modules[node->module].path);
}

static int choose_in(uint8_t *sites, const struct budget_rule *rule,
                     struct profile *profile, const struct process *process)
{
    uint8_t *nodes = NULL;

    if (rule->scope == SCOPE_FUNCTION) {
        nodes = calloc(process->node_count, 1);
        if (!nodes)
            return -ENOMEM;
        selection_mark(rule->pattern, &profile->symbols, process, nodes);
    }
    for (uint32_t i = 0; i < process->site_count; i++) {
        uint32_t leaf = process->sites[i].leaf;

        sites[i] =
            rule->scope == SCOPE_TOTAL || (rule->scope == SCOPE_FUNCTION && nodes[leaf]) ||
            (rule->scope == SCOPE_MODULE && is_in_module(process, leaf, rule->pattern)) ||
            (rule->scope == SCOPE_SITE && process->sites[i].id == rule->site);
    }
    free(nodes);
    return 0;
}

static int choose(struct chosen *chosen, const struct budget_rule *rule,
                  struct profile *profile)
{
    int err = 0;

    chosen->process_count = profile->process_count;
    chosen->sites = calloc((size_t)profile->process_count + 1, sizeof *chosen->sites);
    if (!chosen->sites)
        return -ENOMEM;
    for (uint32_t i = 0; !err && i < profile->process_count; i++) {
        const struct process *process = &profile->processes[i];

        chosen->sites[i] = calloc((size_t)process->site_count + 1, 1);
        err = chosen->sites[i] ? choose_in(chosen->sites[i], rule, profile, process)
                               : -ENOMEM;
    }
    return err;
}

static int add(struct verdict *verdict, const struct finding *finding)
{
    if (verdict->count == verdict->room) {
        uint32_t room = verdict->room ? 2 * verdict->room : 16;
        struct finding *findings = realloc(verdict->findings, room * sizeof *findings);

        if (!findings)
            return -ENOMEM;
        verdict->findings = findings;
        verdict->room = room;
    }
    verdict->findings[verdict->count++] = *finding;
    verdict->exceeded += finding_exceeds(finding);
    return 0;
}

/* What the chosen sites have together, and the largest of them. */
static struct finding add_up(const struct verdict *verdict, const struct chosen *chosen,
                             enum site_order order)
{
    struct finding finding = {.order = order, .is_of_none = true};
    uint64_t most = 0;
    uint64_t id = 0;

    for (uint32_t i = 0; i < chosen->process_count; i++) {
        const struct process *process = &verdict->table->profile->processes[i];

        for (uint32_t k = 0; k < process->site_count; k++) {
            uint64_t value = counts_value(&process->sites[k].counts, order);

            if (!chosen->sites[i][k])
                continue;
            finding.is_of_none = false;
            finding.value += value;
            if (value > most) {
                most = value;
                id = process->sites[k].id;
            }
        }
    }
    finding.site = most ? site_table_find(verdict->table, id) : NULL;
    return finding;
}

static int judge_sum(struct verdict *verdict, const struct budget_rule *rule)
{
    struct chosen chosen = {0};
    int err = choose(&chosen, rule, verdict->table->profile);

    for (enum site_order order = 0; !err && order < ORDER_COUNT; order++) {
        if (!rule->has[order])
            continue;
        struct finding finding = add_up(verdict, &chosen, order);

        if (rule->scope == SCOPE_TOTAL)
            finding.value = site_table_value(verdict->table, order);
        finding.rule = rule;
        finding.is_of_site = rule->scope == SCOPE_SITE;
        finding.limit = rule->limits[order];
        err = add(verdict, &finding);
    }
    chosen_fini(&chosen);
    return err;
}

/* One finding for each site that exceeds; one, of the largest, when none does. */
static int judge_each(struct verdict *verdict, const struct budget_rule *rule,
                      enum site_order order)
{
    struct finding largest = {
        .rule = rule, .is_of_site = true, .order = order, .limit = rule->limits[order]};
    uint32_t exceeded = verdict->exceeded;
    int err = 0;

    for (uint32_t i = 0; !err && i < verdict->table->count; i++) {
        struct finding finding = largest;

        finding.site = &verdict->table->entries[i];
        finding.value = counts_value(&finding.site->counts, order);
        if (finding_exceeds(&finding))
            err = add(verdict, &finding);
        if (finding.value > largest.value) {
            largest.value = finding.value;
            largest.site = finding.site;
        }
    }
    return err || verdict->exceeded != exceeded ? err : add(verdict, &largest);
}

static int judge_rule(struct verdict *verdict, const struct budget_rule *rule)
{
    int err = 0;

    if (rule->scope != SCOPE_EACH_SITE)
        return judge_sum(verdict, rule);
    for (enum site_order order = 0; !err && order < ORDER_COUNT; order++)
        if (rule->has[order])
            err = judge_each(verdict, rule, order);
    return err;
}

/* Of the sites only those that exceed; a new one was 0. */
static int judge_baseline(struct verdict *verdict)
{
    const struct budget *budget = verdict->budget;
    int err = 0;

    for (enum site_order order = 0; !err && order < ORDER_COUNT; order++) {
        struct finding total = {.order = order,
                                .limit =
                                    budget_allowed(budget, order, budget->totals[order]),
                                .value = site_table_value(verdict->table, order)};

        err = add(verdict, &total);
        for (uint32_t i = 0; !err && i < verdict->table->count; i++) {
            const struct table_entry *site = &verdict->table->entries[i];
            const struct baseline_entry *was = budget_find(budget, site->id);
            struct finding finding = {
                .site = site,
                .is_of_site = true,
                .order = order,
                .limit = budget_allowed(budget, order, was ? was->values[order] : 0),
                .value = counts_value(&site->counts, order)};

            if (finding_exceeds(&finding))
                err = add(verdict, &finding);
        }
    }
    return err;
}

/* How far above its limit, as a part of it; what has none is above by itself. */
static double excess(const struct finding *finding)
{
    if (!finding_exceeds(finding))
        return -1;
    return ((double)finding->value - (double)finding->limit) /
           (finding->limit ? (double)finding->limit : 1);
}

static int by_excess(const void *a, const void *b)
{
    const struct finding *one = a;
    const struct finding *other = b;
    double left = excess(one);
    double right = excess(other);

    if (left >= 0 || right >= 0) {
        if ((left >= 0) != (right >= 0))
            return left >= 0 ? -1 : 1;
        if (one->is_of_site != other->is_of_site)
            return one->is_of_site ? 1 : -1;
        if (left != right)
            return left > right ? -1 : 1;
    }
    if (one->rule != other->rule)
        return one->rule < other->rule ? -1 : 1;
    if (one->order != other->order)
        return one->order < other->order ? -1 : 1;
    uint64_t id = one->site ? one->site->id : 0;
    uint64_t other_id = other->site ? other->site->id : 0;
    return (id > other_id) - (id < other_id);
}

static int find_places(struct verdict *verdict)
{
    struct profile *profile = verdict->table->profile;
    int err = 0;

    for (uint32_t i = 0; !err && i < verdict->count; i++) {
        struct finding *finding = &verdict->findings[i];

        if (finding->site)
            err = place_find(&finding->place, profile,
                             &profile->processes[finding->site->process],
                             finding->site->leaf);
    }
    return err;
}

static bool limits(const struct budget *budget, enum site_order order)
{
    for (uint32_t i = 0; i < budget->rule_count; i++)
        if (budget->rules[i].has[order])
            return true;
    return budget->has_baseline;
}

static bool needs_sites(const struct budget *budget)
{
    for (uint32_t i = 0; i < budget->rule_count; i++)
        if (budget->rules[i].scope != SCOPE_TOTAL)
            return true;
    return budget->has_baseline;
}

static bool needs_names(const struct budget *budget)
{
    for (uint32_t i = 0; i < budget->rule_count; i++)
        if (budget->rules[i].scope == SCOPE_FUNCTION ||
            budget->rules[i].scope == SCOPE_SITE)
            return true;
    return budget->has_baseline;
}

/* Ids of sites and functions mean little where most frames have no name. */
static int judge_names(struct verdict *verdict)
{
    struct profile *profile = verdict->table->profile;
    struct quality quality;
    struct view view;
    int err =
        view_init(&view, profile->processes, 0, profile->process_count, ORDER_BYTES, 0);

    if (err)
        return err;
    err = quality_init(&quality, profile, &view);
    if (!err && quality.unnamed_bytes > quality.bytes / 2)
        verdict->inconclusive =
            "most frames have no function's name, and limits of functions "
            "or sites need them";
    if (!err)
        quality_fini(&quality);
    view_fini(&view);
    return err;
}

static int judge_evidence(struct verdict *verdict)
{
    const struct profile *profile = verdict->table->profile;

    for (uint32_t i = 0; i < profile->process_count; i++) {
        const struct process *process = &profile->processes[i];

        if (!(process->header->flags & LEDGER_SITES) && needs_sites(verdict->budget))
            verdict->inconclusive =
                "it was recorded without sites, and the budget has limits "
                "of functions, modules or sites";
        else if (process->end == PROCESS_END_SIGNAL && limits(verdict->budget, ORDER_LIVE))
            verdict->inconclusive =
                "the program was ended by a signal, so that nobody knows "
                "what it would have freed";
    }
    return !verdict->inconclusive && needs_names(verdict->budget) ? judge_names(verdict)
                                                                  : 0;
}

int verdict_init(struct verdict *verdict, const struct budget *budget,
                 const struct site_table *table)
{
    *verdict = (struct verdict){.budget = budget, .table = table};
    int err = judge_evidence(verdict);

    for (uint32_t i = 0; !err && i < budget->rule_count; i++)
        err = judge_rule(verdict, &budget->rules[i]);
    if (!err && budget->has_baseline)
        err = judge_baseline(verdict);
    if (!err)
        err = find_places(verdict);
    if (err) {
        verdict_fini(verdict);
        return err;
    }
    if (verdict->count)
        qsort(verdict->findings, verdict->count, sizeof *verdict->findings, by_excess);
    return 0;
}

void verdict_fini(struct verdict *verdict)
{
    free(verdict->findings);
    *verdict = (struct verdict){0};
}
