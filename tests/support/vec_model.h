/* SPDX-License-Identifier: MIT
 *
 * support/vec_model.h - vectors beside a plain array of numbers.
 *
 * Shape    script of operations, a few bytes each -> a vector and the array
 *          An element is filled from its number, whatever its size.
 * Units    elements; a script's length in bytes
 * Owner    The model owns its array; the vector is at its end when it returns.
 * Threads  Single owner.
 * Errors   What was not as expected, in words; NULL if all was.
 * Cost     O(script)
 * Source   none
 */
#ifndef TARE_SUPPORT_VEC_MODEL_H
#define TARE_SUPPORT_VEC_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/vec.h>

/* Elements of 1, 3, 8, 64 (aligned to it) and 4096 bytes; the third has a destructor. */
enum { VEC_MODEL_KINDS = 5 };

/* Do what the script says with a vector of that kind over `mem`. */
const char *vec_model_run(unsigned kind, struct tare_mem *mem, const uint8_t *script,
                          size_t bytes, bool memory_may_fail);

#endif
