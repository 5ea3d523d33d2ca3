/* SPDX-License-Identifier: MIT */
#include "profile/culprit.h"

#include "profile/site_id.h"

#include <errno.h>
#include <stdlib.h>

/* A stack of one of the tables; those of one key are a group. */
struct member {
    uint64_t key;
    uint32_t table;
    const struct table_entry *at;
};

struct members {
    struct member *list;
    uint32_t count;
    const struct site_table *tables;
    uint32_t table_count;
    enum site_order order;
    uint32_t tables_with_id;
};

static int by_key(const void *a, const void *b)
{
    const struct member *one = a;
    const struct member *other = b;

    if (one->key != other->key)
        return one->key < other->key ? -1 : 1;
    if (one->table != other->table)
        return one->table < other->table ? -1 : 1;
    if (one->at->places != other->at->places)
        return one->at->places < other->at->places ? -1 : 1;
    return (one->at > other->at) - (one->at < other->at);
}

static bool gather(struct members *m, const struct table_entry *const *entries)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < m->table_count; i++) {
        most += entries[i] ? entries[i]->stacks : 0;
        m->tables_with_id += entries[i] != NULL;
    }
    m->list = malloc(most * sizeof *m->list);
    for (uint32_t i = 0; m->list && i < m->table_count; i++) {
        for (uint32_t k = 0; entries[i] && k < entries[i]->stacks; k++) {
            const struct table_entry *at =
                entries[i]->stacks == 1 ? entries[i]
                                        : &m->tables[i].stacks[entries[i]->first_stack + k];

            m->list[m->count++] = (struct member){at->places, i, at};
        }
    }
    return m->list;
}

/* Not comparable: one table's stacks have lines and another's have none, so that nobody knows what
 * is inlined there. */
static int set_inlined(struct members *m, bool *are_comparable)
{
    uint32_t with_lines = 0;

    for (uint32_t table = 0; table < m->table_count; table++) {
        struct profile *profile = m->tables[table].profile;
        bool has_lines = false;

        for (uint32_t i = 0; i < m->count; i++) {
            struct member *member = &m->list[i];

            if (member->table != table)
                continue;
            int err = site_inlined_hash(&profile->symbols,
                                        &profile->processes[member->at->process],
                                        member->at->leaf, &member->key, &has_lines);
            if (err)
                return err;
        }
        with_lines += has_lines;
    }
    *are_comparable = !with_lines || with_lines == m->tables_with_id;
    return 0;
}

/* The places of a table's part of the list: the most that any table has. */
static uint32_t count_lines(const struct members *m, uint32_t from, uint32_t to)
{
    uint32_t most = 0;

    for (uint32_t table = 0; table < m->table_count; table++) {
        const struct member *last = NULL;
        uint32_t lines = 0;

        for (uint32_t i = from; i < to; i++) {
            const struct member *at = &m->list[i];

            if (at->table != table)
                continue;
            lines += !last || last->at->places != at->at->places;
            last = at;
        }
        most = lines > most ? lines : most;
    }
    return most;
}

struct group {
    struct culprit culprit;
    uint64_t change;
    uint32_t tables; /* that it is in */
};

/* By the order's value. */
static void weigh(const struct members *m, uint32_t from, uint32_t to, struct group *group)
{
    struct culprit *culprit = &group->culprit;
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;

    *group = (struct group){.culprit.lines = count_lines(m, from, to)};
    for (uint32_t table = 0; table < m->table_count; table++) {
        const struct table_entry *best = NULL;
        uint64_t sum = 0;

        for (uint32_t i = from; i < to; i++) {
            const struct table_entry *at = m->list[i].at;

            if (m->list[i].table != table)
                continue;
            sum += table_entry_value(at, m->order);
            best = !best || at->most_bytes > best->most_bytes ? at : best;
        }
        if (best) {
            culprit->at = best;
            culprit->profile = m->tables[table].profile;
            group->tables++;
        }
        least = sum < least ? sum : least;
        most = sum > most ? sum : most;
        culprit->first = table ? culprit->first : sum;
        culprit->last = sum;
    }
    group->change = most - least;
}

/* The group that differs most, when there are several, and one of them is in all tables: or else
 * nothing tells which of one table is which of another. */
static bool choose(struct members *m, struct culprit *culprit)
{
    bool is_matched = false;
    uint64_t most = 0;
    uint32_t groups = 0;

    qsort(m->list, m->count, sizeof *m->list, by_key);
    for (uint32_t i = 0, end; i < m->count; i = end, groups++) {
        struct group group;

        for (end = i + 1; end < m->count && m->list[end].key == m->list[i].key;)
            end++;
        weigh(m, i, end, &group);
        is_matched |= group.tables == m->tables_with_id;
        if (groups && group.change <= most)
            continue;
        most = group.change;
        *culprit = group.culprit;
    }
    return is_matched && groups > 1;
}

static int find(struct members *m, struct culprit *culprit)
{
    struct culprit found;
    bool are_comparable;

    culprit->is_known = choose(m, &found);
    if (!culprit->is_known) {
        int err = set_inlined(m, &are_comparable);

        if (err)
            return err;
        culprit->is_known = are_comparable && choose(m, &found);
    }
    if (culprit->is_known) {
        *culprit = found;
        culprit->is_known = true;
    }
    culprit->of_lines = count_lines(m, 0, m->count);
    return 0;
}

int culprit_find(struct culprit *culprit, const struct site_table *tables,
                 const struct table_entry *const *entries, uint32_t count,
                 enum site_order order)
{
    struct members m = {.tables = tables, .table_count = count, .order = order};
    bool has_several = false;

    *culprit = (struct culprit){.of_lines = 1};
    for (uint32_t i = 0; i < count; i++) {
        if (!entries[i])
            continue;
        culprit->at = entries[i];
        culprit->profile = tables[i].profile;
        has_several |= entries[i]->stacks > 1;
    }
    if (!has_several)
        return 0;
    int err = gather(&m, entries) ? find(&m, culprit) : -ENOMEM;
    free(m.list);
    return err;
}
