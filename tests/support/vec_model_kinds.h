/* SPDX-License-Identifier: MIT
 *
 * support/vec_model_kinds.h - vectors of several kinds, all through the same functions.
 *
 * Shape    kind -> functions that call those of its type
 * Units    Elements; bytes.
 * Owner    as in tare/vec.h
 * Threads  Single owner.
 * Errors   as in tare/vec.h
 * Cost     A call, and a copy of the element.
 * Source   none
 */
#ifndef TARE_SUPPORT_VEC_MODEL_KINDS_H
#define TARE_SUPPORT_VEC_MODEL_KINDS_H

#include "support/vec_model.h"

enum { VEC_MODEL_ELEMENT_MOST = 4096, VEC_MODEL_VEC_MOST = 4 * VEC_MODEL_ELEMENT_MOST };

/* A vector's functions; `vec` is one of its type. */
struct vec_model_ops {
    const struct tare_vec_kind *kind;
    void (*init)(void *vec, struct tare_mem *mem);
    void (*fini)(void *vec);
    bool (*push)(void *vec, const void *value);
    void (*push_unchecked)(void *vec, const void *value);
    bool (*push_n)(void *vec, const void *values, size_t count);
    void *(*push_raw)(void *vec, size_t count);
    bool (*pop)(void *vec, void *value);
    bool (*insert)(void *vec, size_t index, const void *value);
    bool (*insert_n)(void *vec, size_t index, const void *values, size_t count);
    void (*remove)(void *vec, size_t index);
    void (*remove_n)(void *vec, size_t index, size_t count);
    void (*swap_remove)(void *vec, size_t index);
    bool (*reserve)(void *vec, size_t capacity);
    bool (*reserve_for)(void *vec, size_t expected, unsigned headroom_percent);
    void (*shrink)(void *vec);
    void (*truncate)(void *vec, size_t length);
    void (*move)(void *to, void *from);
    void *(*steal)(void *vec, size_t *block_bytes);
    void *(*at)(void *vec, size_t index);
    void *(*last)(void *vec);
};

extern const struct vec_model_ops *const vec_model_kinds[VEC_MODEL_KINDS];

/* How often the destructor ran, and whether it did so with an element that had met it before. */
extern size_t vec_model_destructed;
extern bool vec_model_is_destructed_twice;

#endif
