/* SPDX-License-Identifier: MIT
 *
 * bench/codec_state.h - states of a quota governor, made up: what bench/codec.c compresses.
 *
 * Shape    a state: tenants, then events, of the sizes below
 * Units    Bytes; times in microseconds.
 * Owner    The caller owns the state.
 * Threads  Single owner: the random numbers are one row.
 * Errors   none
 * Cost     none that is measured
 * Source   none
 *
 * Ids have 44 random bits, events come at random (Poisson, 1000 a second) and mostly from a few
 * tenants, one in 25 is denied, what a tenant has left is anything below its limit.
 */
#ifndef TARE_BENCH_CODEC_STATE_H
#define TARE_BENCH_CODEC_STATE_H

#include <tare/codec.h>

struct codec_tenant {
    uint64_t id, limit, used, due_us, seen_us;
    uint32_t plan, flags;
};

struct codec_event {
    uint64_t at_us, sequence;
    uint32_t tenant, left, cost;
    uint16_t operation;
    uint8_t is_denied, reason;
};

/* 20,320 bytes together; and a small governor's, 1,536. */
enum {
    CODEC_TENANTS = 100,
    CODEC_EVENTS = 485,
    CODEC_SMALL_TENANTS = 16,
    CODEC_SMALL_EVENTS = 24,
    CODEC_PARTS = 2
};

struct codec_state {
    struct codec_tenant tenants[CODEC_TENANTS];
    struct codec_event events[CODEC_EVENTS];
};

/* A new one each time, the same row in each run. */
void codec_state_make(struct codec_state *state);

/* Its parts, as arrays of structs with their layouts, or without. */
void codec_state_parts(const struct codec_state *state, bool is_small, bool is_columns,
                       struct tare_codec_part parts[CODEC_PARTS]);

#endif
