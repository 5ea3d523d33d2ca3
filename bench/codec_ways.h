/* SPDX-License-Identifier: MIT
 *
 * bench/codec_ways.h - the ways to compress a state that bench/codec.c measures.
 *
 * Shape    way -> pack, unpack of one state
 * Units    Bytes.
 * Owner    A way owns what begin made, until end.
 * Threads  Single owner.
 * Errors   What cannot fail here ends the program.
 * Cost     That of the way.
 * Source   none
 */
#ifndef TARE_BENCH_CODEC_WAYS_H
#define TARE_BENCH_CODEC_WAYS_H

#include "bench/codec_state.h"

enum { CODEC_STATES = 64, CODEC_ROOM = 64 << 10 };

struct codec_way {
    const char *name;
    /* Ours: a codec. */
    enum tare_codec_kind kind;
    int level;
    bool is_columns, has_dictionary;
    /* A peer: a library called as its manual says, on the state as it is. NULL: ours. */
    size_t (*pack)(const void *data, size_t bytes, void *to);
    void (*unpack)(const void *packed, size_t packed_bytes, void *to, size_t bytes);
};

/* Ends with one without a name. */
extern const struct codec_way codec_ways[];

#endif
