/* SPDX-License-Identifier: MIT
 *
 * toolkit/rc_core.h - being told of an object's end.
 *
 * Shape    rc.link -> watch, while the object lives
 * Units    none
 * Owner    Who set the watch, until the object's end takes it: then it is died's.
 * Threads  thread-safe. Taking is one exchange, clearing one compare and exchange: one of the two
 *          gets it.
 * Errors   none
 * Cost     none to objects that nobody watches
 * Source   none
 */
#ifndef TARE_TOOLKIT_RC_CORE_H
#define TARE_TOOLKIT_RC_CORE_H

#include <stdbool.h>

#include <tare/rc.h>

/* Told once, when the last strong reference is gone and before destruct. Who watches holds a weak
 * reference. */
struct rc_watch {
    void (*died)(struct rc_watch *watch);
};

/* The caller has a strong reference; false: another watches already. */
bool tare__rc_watch_set(struct tare_rc *rc, struct rc_watch *watch);

/* False: died has it, and was called or will be. */
bool tare__rc_watch_clear(struct tare_rc *rc, struct rc_watch *watch);

/* Are these counts of something that somebody holds? */
bool tare__rc_valid(const struct tare_rc *rc);

#endif
