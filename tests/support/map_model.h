/* SPDX-License-Identifier: MIT
 *
 * support/map_model.h - a map beside a plain array that does the same.
 *
 * Shape    script -> operations on both -> what differs
 *          operation: { what, key (2 bytes, little-endian), value } ; a script ends where it does
 * Units    bytes of a script
 * Owner    The caller owns the script.
 * Threads  single owner
 * Errors   Says what is wrong, or NULL.
 * Cost     The array has 2^16 places; iterations look at all.
 * Source   none
 */
#ifndef TARE_SUPPORT_MAP_MODEL_H
#define TARE_SUPPORT_MAP_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include <tare/mem.h>

/* Keys that have the bits of `mask` in common have the same hash; 0xffff: none have. `mem` may
 * refuse when `may_fail`. */
const char *map_model_run(struct tare_mem *mem, uint16_t mask, const uint8_t *script,
                          size_t bytes, int may_fail);

#endif
