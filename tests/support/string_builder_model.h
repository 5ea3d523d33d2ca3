/* SPDX-License-Identifier: MIT
 *
 * support/string_builder_model.h - a string builder beside a plain array of characters.
 *
 * Shape    script of operations, a few bytes each -> the builder and the array
 * Units    bytes
 * Owner    The model owns its array; the builder is at its end when it returns.
 * Threads  Single owner.
 * Errors   What was not as expected, in words; NULL if all was.
 * Cost     O(script)
 * Source   none
 */
#ifndef TARE_SUPPORT_STRING_BUILDER_MODEL_H
#define TARE_SUPPORT_STRING_BUILDER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/string_builder.h>

/* Do what the script says with a builder over `mem`: one that grows, begins in a buffer or stays in
 * one, as the first byte tells. */
const char *string_builder_model_run(struct tare_mem *mem, const uint8_t *script,
                                     size_t bytes, bool memory_may_fail);

#endif
