/* SPDX-License-Identifier: MIT
 *
 * Sessions by number: large values, pointers to them that stay good, met in the order in which they
 * began.
 */
#include <stdio.h>

struct session {
    unsigned requests;
    char user[32], buffer[400];
};

/* The words of <tare/map.h>; a program goes from one to the other by the name of the header. */
#define TARE_MAP_NAME sessions
#define TARE_MAP_KEY uint64_t
#define TARE_MAP_VALUE struct session
#include <tare/map_ordered.h>

static struct session *session_begin(struct sessions *sessions, uint64_t id,
                                     const char *user)
{
    bool is_new;
    struct sessions_entry *entry = sessions_find_or_insert(sessions, id, &is_new);

    if (!entry)
        return NULL;
    if (is_new)
        entry->value.requests = 0;
    snprintf(entry->value.user, sizeof entry->value.user, "%s", user);
    return &entry->value;
}

int main(void)
{
    struct sessions sessions = {0}; /* all-zero is an empty map */
    struct tare_map_cursor cursor = {0};
    struct sessions_entry *entry;
    struct session *held = session_begin(&sessions, 900, "ada");
    uint64_t last = 0;

    /* A thousand more: the first is still where it was. */
    for (uint64_t id = 1; held && id < 1000; id++)
        if (id != 900 && !session_begin(&sessions, id, "guest"))
            held = NULL;
    if (!held)
        return 1;
    held->requests = 3;

    /* Those without requests end, but for the newest one. */
    while ((entry = sessions_next(&sessions, &cursor)))
        if (!entry->value.requests && entry->key != 999)
            sessions_remove_entry(&sessions, entry);
    memset(&cursor, 0, sizeof cursor);
    while ((entry = sessions_next(&sessions, &cursor))) {
        printf("%llu: %s, %u requests\n", (unsigned long long)entry->key, entry->value.user,
               entry->value.requests);
        last = entry->key;
    }
    struct tare_map_ordered_stats stats = sessions_stats(&sessions);
    printf("%zu entries in %zu segments, %zu holes\n", stats.entries, stats.segments,
           stats.holes);
    bool works =
        stats.entries == 2 && last == 999 && &sessions_find(&sessions, 900)->value == held;
    sessions_fini(&sessions);
    return !works;
}
