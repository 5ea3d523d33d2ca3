/* SPDX-License-Identifier: MIT
 *
 * A hash table with a block for each entry: map, in insert_visit.
 */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define TARE_MAP_NAME flat_visits
#define TARE_MAP_KEY uint64_t
#define TARE_MAP_VALUE struct visit
struct visit {
    uint64_t first, count;
};
#include <tare/map.h>

enum { PAGES = 50000, CHAINS = 1024 };

#ifdef REMEDIED
static struct flat_visits visits;

static __attribute__((noinline)) void insert_visit(uint64_t page, uint64_t time)
{
    if (flat_visits_insert(&visits, page, (struct visit){time, 1}))
        exit(1);
}

static void drop_visits(void)
{
    flat_visits_fini(&visits);
}
#else
struct entry {
    struct entry *next;
    uint64_t page;
    struct visit visit;
};

static struct entry *chains[CHAINS];

static __attribute__((noinline)) void insert_visit(uint64_t page, uint64_t time)
{
    struct entry *entry = malloc(sizeof *entry);
    struct entry **chain = &chains[page * 2654435761u >> 8 & (CHAINS - 1)];

    if (!entry)
        exit(1);
    *entry = (struct entry){*chain, page, {time, 1}};
    *chain = entry;
}

static void drop_visits(void)
{
    for (unsigned i = 0; i < CHAINS; i++) {
        struct entry *next;

        for (struct entry *entry = chains[i]; entry; entry = next) {
            next = entry->next;
            free(entry);
        }
    }
}
#endif

int main(void)
{
    for (uint64_t i = 0; i < PAGES; i++)
        insert_visit(i * 31 + 7, 1000000 + i);
    nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL); /* looked at while all live */
    drop_visits();
    return 0;
}
