/* SPDX-License-Identifier: MIT
 *
 * tare/governor_log.h - requests that were answered, so that a snapshot and what came after it are the
 * state.
 *
 * Shape    [record][record]...   record: [hash][seq][low mark][request][attributes]
 *          Bytes in the caller's memory: to a file, a socket or elsewhere they are the caller's to bring.
 * Units    bytes; a record has TARE_GOVERNOR_RECORD_BYTES and 8 for each attribute
 * Owner    the caller's memory
 * Threads  single owner, as the governor
 * Errors   A record that is damaged, cut off or out of turn ends a replay; what was before it counts.
 * Cost     put: some ten nanoseconds. replay: what the requests cost.
 * Source   none
 *
 *     tare_governor_ask(governor, &request, &decision);
 *     bytes = tare_governor_log_put(governor, &request, &decision, buffer, sizeof buffer);
 *     write(log, buffer, bytes);                                  before the caller hears of the answer
 *
 * After a crash: tare_governor_restore of the latest snapshot, or an empty governor, and
 *
 *     tare_governor_replay(governor, log, bytes, NULL);
 *
 * give the state, the events and the answers, bit for bit; times are in the requests. Counters of errors,
 * repetitions and stale clocks are the snapshot's: requests that changed nothing else are not in the log.
 * Tenants that tare_governor_admit made known, and another policy, need a snapshot after them.
 */
#ifndef TARE_GOVERNOR_LOG_H
#define TARE_GOVERNOR_LOG_H

#include <tare/governor.h>

TARE_BEGIN

enum { TARE_GOVERNOR_RECORD_BYTES = 112 };

/* The record of an answered request at `log`, which is aligned to 8 bytes; gives its bytes. 0: there are
 * fewer than it needs, or nothing is to be recorded (an error, a peek, an answer that was repeated). */
TARE_API TARE_NODISCARD size_t tare_governor_log_put(
    struct tare_governor *governor, const struct tare_governor_request *request,
    const struct tare_governor_decision *decision, void *log, size_t bytes);

/* Ask again what is in the log, aligned to 8 bytes, and was not yet asked; gives how many requests that
 * were. It ends at the first record that is none or does not follow; *good_bytes, unless it is NULL:
 * where that is. */
TARE_API size_t tare_governor_replay(struct tare_governor *governor, const void *log,
                                     size_t bytes, size_t *good_bytes);

TARE_END

#endif
