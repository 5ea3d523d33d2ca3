/* SPDX-License-Identifier: MIT
 *
 * Words of a text, counted and then listed: a map from text to numbers. And the same by many at a
 * time, for keys that are in memory already.
 */
#include <stdio.h>
#include <string.h>

/* counts_find, counts_find_or_insert, ... and struct counts, struct counts_entry. */
#define TARE_MAP_NAME counts
#define TARE_MAP_TEXT TARE_MAP_BORROWED
#define TARE_MAP_VALUE unsigned
#include <tare/map.h>

/* A set: no values. */
#define TARE_MAP_NAME ids
#define TARE_MAP_KEY uint64_t
#include <tare/map.h>

static const char text[] =
    "the map has what the map was given and no more than the map was given";

static int count_words(struct counts *counts)
{
    for (const char *at = text; *at;) {
        struct tare_text word = {at, strcspn(at, " ")};
        bool is_new;
        struct counts_entry *entry = counts_find_or_insert(counts, word, &is_new);

        if (!entry)
            return -1;
        entry->value = is_new ? 1 : entry->value + 1;
        at += word.bytes + strspn(at + word.bytes, " ");
    }
    return 0;
}

/* Removes on the way what was there once. */
static void print_frequent(struct counts *counts)
{
    struct tare_map_cursor cursor = {0};
    struct counts_entry *entry;

    while ((entry = counts_next(counts, &cursor)))
        if (entry->value == 1)
            counts_remove_entry(counts, entry);
        else
            printf("%.*s: %u times\n", (int)entry->key.bytes, entry->key.start,
                   entry->value);
}

static int sieve(void)
{
    enum { KEYS = 10000 };
    static uint64_t keys[KEYS];
    static struct ids_entry *found[KEYS];
    struct ids ids = {0};

    for (uint64_t i = 0; i < KEYS; i++)
        keys[i] = i * i;
    if (ids_insert_many(&ids, keys, KEYS))
        return -1;
    for (uint64_t i = 0; i < KEYS; i++)
        keys[i] = i;
    size_t squares = ids_find_many(&ids, keys, KEYS, found);
    struct tare_map_stats stats = ids_stats(&ids);
    printf("%zu squares below %d; %.1f bytes an entry of 8, %zu not in their first group\n",
           squares, KEYS, (double)stats.bytes / (double)stats.entries, stats.displaced);
    ids_fini(&ids);
    return squares == 100 ? 0 : -1;
}

int main(void)
{
    struct counts counts = {0}; /* all-zero is an empty map */
    int failed = count_words(&counts);

    print_frequent(&counts);
    failed |=
        counts_count(&counts) != 4 || counts_find(&counts, tare_text_of("the"))->value != 3;
    counts_fini(&counts);
    return failed || sieve();
}
