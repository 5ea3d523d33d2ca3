/* SPDX-License-Identifier: MIT
 *
 * Listeners that are added at each turn, and never removed: leak, in add_listener.
 */
#include <ctime>

#include <cstdint>

enum { ROUNDS = 80, LISTENERS = 20, KEPT = 40 };

struct listener {
    listener *next;
    uint32_t events[500];
};

static listener *first;
static unsigned count;

static __attribute__((noinline)) void add_listener(unsigned number)
{
    listener *added = new listener;

    added->next = first;
    for (unsigned i = 0; i < 500; i++)
        added->events[i] = number * 2654435761u + i * 40503u;
    first = added;
    count++;
}

#ifdef REMEDIED
static void remove_listeners()
{
    for (; count > KEPT; count--) {
        listener *next = first->next;

        delete first;
        first = next;
    }
}
#else
static void remove_listeners()
{
}
#endif

int main()
{
    const timespec pause = {0, 5000000};

    for (unsigned i = 0; i < ROUNDS; i++) {
        for (unsigned k = 0; k < LISTENERS; k++)
            add_listener(i * LISTENERS + k);
        remove_listeners();
        nanosleep(&pause, nullptr);
    }
    return 0;
}
