/* SPDX-License-Identifier: MIT
 *
 * player/player.h - a script in the making: its blocks, and what stands in for one site's malloc.
 *
 * Shape    step -> block of its place -> malloc, or the substitute's functions
 * Units    bytes
 * Owner    The player owns all.
 * Threads  Single owner.
 * Errors   A call that gives nothing is counted; the block is NULL then.
 * Cost     What the allocator costs, and some 3 ns a step.
 * Source   none
 */
#ifndef TARE_PLAYER_PLAYER_H
#define TARE_PLAYER_PLAYER_H

#include <stddef.h>

#include "replay/script.h"

struct block {
    char *at;
    uint64_t bytes : 63, is_special : 1; /* the substitute's own, not malloc's */
};

/* A substitute: blocks that it does not take are malloc's. */
struct way {
    bool (*begin)(const struct play *play, uint32_t places);
    bool (*takes)(size_t bytes);
    void *(*alloc)(uint32_t place, size_t bytes);
    void *(*resize)(uint32_t place, struct block *block, size_t bytes);
    void (*free)(uint32_t place, struct block *block);
};

extern const struct way ways[SUBSTITUTE_COUNT];

/* Bytes held by the substitute itself, of malloc and in structs of the program's; how often it called
 * malloc and realloc. */
size_t way_held_bytes(void);
uint64_t way_calls(void);

#endif
