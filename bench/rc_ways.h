/* SPDX-License-Identifier: MIT
 *
 * bench/rc_ways.h - a reference taken and given back, in several ways.
 *
 * Shape    way -> pairs(thread's object, count)
 * Units    pairs
 * Owner    A way owns its objects: the first is one that threads share.
 * Threads  pairs: thread-safe, on one object or on many
 * Errors   none
 * Cost     none that is measured
 * Source   none
 */
#ifndef TARE_BENCH_RC_WAYS_H
#define TARE_BENCH_RC_WAYS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rc_way {
    const char *name;
    void (*pairs)(size_t count);
};

/* Of the shared object with C++: shared_ptr copied and dropped, weak_ptr locked and dropped. */
struct rc_peers {
    struct rc_way shared_ptr, weak_ptr;
};

#define RC_PEERS_SYMBOL "rc_peers"

#ifdef __cplusplus
}
#endif

#endif
