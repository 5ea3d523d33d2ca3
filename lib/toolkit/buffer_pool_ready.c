/* SPDX-License-Identifier: MIT */
#include <tare/buffer_pool.h>

#define READY_POOL(NAME, ...)                                                  \
    struct tare_buffer_pool *tare_buffer_pool_##NAME(void)                     \
    {                                                                          \
        static const struct tare_buffer_pool_options options = {.name = #NAME, \
                                                                __VA_ARGS__};  \
        static struct tare_buffer_pool pool = {.options = &options};           \
                                                                               \
        return &pool;                                                          \
    }

READY_POOL(any, .usual_bytes = 4 << 10)
READY_POOL(1k, .least_bytes = 1 << 10, .most_bytes = 1 << 10)
READY_POOL(64k, .least_bytes = 64 << 10, .most_bytes = 64 << 10)
READY_POOL(hash, .least_bytes = 32 << 10, .most_bytes = 32 << 10, .alignment = 64)
READY_POOL(tar, .least_bytes = 10 << 10, .most_bytes = 10 << 10)
READY_POOL(io, .least_bytes = 64 << 10, .most_bytes = 128 << 10, .alignment = 4 << 10)
READY_POOL(secure, .usual_bytes = 4 << 10, .is_secure = true, .is_left_out_of_dumps = true)
