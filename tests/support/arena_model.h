/* SPDX-License-Identifier: MIT
 *
 * support/arena_model.h - an arena beside a plain list of what must be in it.
 *
 * Shape    script of operations, a few bytes each -> the arena and the list
 *          Each object is filled when it is made and compared before it goes; each cleanup is
 *          expected in its turn.
 * Units    bytes
 * Owner    The model owns its list; the arena is gone when it returns.
 * Threads  Single owner.
 * Errors   What was not as expected, in words; NULL if all was.
 * Cost     O(script)
 * Source   none
 */
#ifndef TARE_SUPPORT_ARENA_MODEL_H
#define TARE_SUPPORT_ARENA_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/arena.h>

/* Do what the script says with `arena`, which has just begun, and end it. */
const char *arena_model_run(struct tare_arena *arena, const uint8_t *script, size_t bytes,
                            bool memory_may_fail);

#endif
