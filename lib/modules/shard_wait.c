/* SPDX-License-Identifier: MIT
 *
 * How the two sides of a port wait for each other: a while by looking, then asleep.
 */
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "modules/shard_core.h"

enum { SPIN_NS = 20000, LOOK_EACH = 32, SLEEP_NS = 100000000 };

void tare__futex_wait(uint32_t *futex, uint32_t value, bool is_limited)
{
    const struct timespec most = {.tv_nsec = SLEEP_NS};

    syscall(SYS_futex, futex, FUTEX_WAIT, value, is_limited ? &most : NULL, NULL, 0);
}

void tare__futex_wake(uint32_t *futex)
{
    syscall(SYS_futex, futex, FUTEX_WAKE, 1, NULL, NULL, 0);
}

bool tare__spin_is_over(struct tare__spin *spin)
{
    struct timespec now;

    tare__pause();
    if (++spin->turns % LOOK_EACH)
        return false;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;

    if (!spin->until_ns)
        spin->until_ns = now_ns + SPIN_NS;
    return now_ns >= spin->until_ns;
}
