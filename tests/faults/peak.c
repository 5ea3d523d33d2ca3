/* SPDX-License-Identifier: MIT
 *
 * Allocates and frees at random from four functions and says, from its own book-keeping: the most
 * bytes that were ever live, and what each function held of them at that (first) moment.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOTS = 3000, EVENTS = 300000, SITES = 4 };

#define SITE(NAME)                                            \
    __attribute__((noinline)) static void *NAME(size_t bytes) \
    {                                                         \
        void *block = malloc(bytes);                          \
        *(volatile char *)block = 1;                          \
        return block;                                         \
    }

SITE(site_a)
SITE(site_b)
SITE(site_c)
SITE(site_d)

static void *slots[SLOTS];
static size_t sizes[SLOTS];
static int owners[SLOTS];

int main(void)
{
    void *(*const sites[SITES])(size_t) = {site_a, site_b, site_c, site_d};
    uint64_t random = 12345, live[SITES] = {0}, at_peak[SITES] = {0}, total = 0, peak = 0;
    char line[200];

    for (int i = 0; i < EVENTS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        int slot = (int)((random >> 33) % SLOTS);

        if (slots[slot]) {
            free(slots[slot]);
            slots[slot] = NULL;
            live[owners[slot]] -= sizes[slot];
            total -= sizes[slot];
            continue;
        }
        owners[slot] = (int)(random >> 20) % SITES;
        if (owners[slot] < 0)
            owners[slot] = 0;
        sizes[slot] = (random >> 50) % (i < EVENTS / 2 ? 2000 : 1500) + 1;
        slots[slot] = sites[owners[slot]](sizes[slot]);
        live[owners[slot]] += sizes[slot];
        total += sizes[slot];
        if (total > peak) {
            peak = total;
            memcpy(at_peak, live, sizeof live);
        }
    }
    int bytes =
        snprintf(line, sizeof line, "%llu %llu %llu %llu %llu\n", (unsigned long long)peak,
                 (unsigned long long)at_peak[0], (unsigned long long)at_peak[1],
                 (unsigned long long)at_peak[2], (unsigned long long)at_peak[3]);
    return write(1, line, (size_t)bytes) == bytes ? 0 : 1;
}
