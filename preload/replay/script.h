/* SPDX-License-Identifier: MIT
 *
 * replay/script.h - what tare tells tare-replay to do, and what that says of it: two files in memory.
 *
 * Shape    script: struct script, then struct step, one an event or two
 *          answer: struct played
 * Units    Bytes, nanoseconds.
 * Owner    none
 * Threads  Written before it is read.
 * Errors   none: both programs are of one build.
 * Cost     8 bytes an event.
 * Source   none
 */
#ifndef TARE_REPLAY_SCRIPT_H
#define TARE_REPLAY_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

enum step_kind {
    STEP_MALLOC,
    STEP_CALLOC,
    STEP_REALLOC,
    STEP_ALIGNED,
    STEP_FREE,
    STEP_MORE, /* of the next step: `place` is its alignment's logarithm, `bytes` 2^32 of its size */
    STEP_SITE_ALLOC, /* of the site that is looked at */
    STEP_SITE_RESIZE,
    STEP_SITE_FREE,
};

enum { STEP_PLACES = 1 << 28 };

/* The player's exit status when it would need more memory than there is. */
enum { PLAYER_NO_MEMORY = 5 };

struct step {
    uint32_t kind : 4, place : 28;
    uint32_t bytes;
};

/* What to put in the place of the site's malloc, realloc and free. */
enum substitute {
    SUBSTITUTE_NONE,
    SUBSTITUTE_POOL, /* of objects of `amount` bytes, for blocks of up to that, and half of it at least */
    SUBSTITUTE_ARENA, /* which is reset when all its blocks are gone */
    SUBSTITUTE_INTERN, /* `amount` of 1000 contents are new ones, the others those of earlier ones */
    SUBSTITUTE_VEC,     /* with `amount` bytes inline */
    SUBSTITUTE_RESERVE, /* which begins with room for `amount` bytes */
    SUBSTITUTE_COUNT,
};

struct script {
    uint64_t steps, events;
    uint64_t peak_step;  /* after so many steps the most bytes are live */
    uint64_t peak_bytes; /* so many */
    uint32_t places;
};

/* How a script is to be played. */
struct play {
    enum substitute substitute;
    uint64_t amount;
    bool fills;  /* the site's blocks are filled, as strings are */
    bool empty;  /* no allocator is called: what the rest costs */
    bool weighs; /* sizes are asked for, and the time is not to be used */
};

struct played {
    uint64_t ns; /* of the processor, for all steps */
    uint64_t
        site_calls; /* of malloc and realloc, for the site or by what stands in its place */
    uint64_t most_rss_bytes, rss_at_peak_bytes; /* more than before the first step */
    uint64_t site_bytes_at_peak; /* weighed: held for the site, with headers and slack */
    uint64_t site_most_bytes;    /* at a moment of its own, looked for at 256 moments */
    uint64_t failed;             /* calls that gave nothing */
    char allocator[232];         /* the file that malloc is in */
};

#endif
