/* SPDX-License-Identifier: MIT
 *
 * tare/buffer_pool.h - byte buffers of many sizes, whose memory is used again and again.
 *
 * Shape    pool -> a tare_pool for each class of sizes -> data
 *              classes: least_bytes, ... 4 KiB, 6 KiB, 8 KiB, 12 KiB, ... most_bytes
 *          alloc    free data of the least class that is large enough
 *          reserve  what does not fit moves into data of a larger class
 *          free     what was used is wiped if the pool is secure; data goes back to its class
 *          Not kept, but malloc's, or mem's if one is given: data of less than aside_bytes or more
 *          than most_bytes, and what grew beyond TARE_BUFFER_GROWTH times its first class.
 * Units    bytes
 * Owner    The caller owns the structs of pools and of buffers; the pool owns data.
 * Threads  The pool: thread-safe, but for init and fini, which must be alone with it. A buffer:
 *          single owner; any thread may free what another allocated. After fork the child has the
 *          pool as it was. Not to be called from signal handlers.
 * Errors   alloc: false, reserve: NULL, when there is no memory. init: -EINVAL, -ENOMEM. A failed
 *          call changes nothing. Data that is freed twice, through two copies of its buffer, ends
 *          the program, where it can be seen.
 * Cost     alloc, free: some forty instructions and a call each, no atomic one: together less time
 *          than glibc's malloc and free of any size. Memory: 32 bytes a buffer, where malloc takes
 *          16, and some 12 KiB a class that is used; free data of at most keep_bytes, and in each
 *          thread that uses a class of at most 256 KiB of it, or two buffers. So below
 *          TARE_BUFFER_ASIDE_BYTES, where that is more than a tenth of the buffer, the pool steps
 *          aside; and what a burst has of more than keep_bytes is allocated anew each time.
 * Source   Bonwick and Adams, "Magazines and Vmem", USENIX 2001, through tare/pool.h.
 *
 *     struct tare_buffer buffer;
 *     if (tare_buffer_alloc(&buffer, tare_buffer_pool_64k(), 0))
 *         tare_buffer_commit(&buffer, fread(buffer.data, 1, buffer.capacity_bytes, file));
 *     ...
 *     tare_buffer_free(&buffer);
 *
 * Under AddressSanitizer and valgrind, and with TARE_POOL_PASSTHROUGH=1, all data is an allocation
 * of its own; otherwise AddressSanitizer reports who touches data that is free.
 */
#ifndef TARE_BUFFER_POOL_H
#define TARE_BUFFER_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tare/capacity.h>
#include <tare/pool.h>

TARE_BEGIN

enum {
    TARE_BUFFER_ASIDE_BYTES = 256,     /* less than this is not kept, */
    TARE_BUFFER_MOST_BYTES = 1 << 20,  /* nor more than this, unless the pool is told so, */
    TARE_BUFFER_GROWTH = 4,            /* nor what grew to more times its first class */
    TARE_BUFFER_KEEP_BYTES = 32 << 20, /* all that is kept, unless the pool is told so */
    TARE_BUFFER_CLASS_BYTES_MIN = 64,  /* of the least class that there can be, */
    TARE_BUFFER_CLASS_BYTES_MAX = 1 << 30, /* and of the greatest */
};

/* What is 0 has the value that is named. */
struct tare_buffer_pool_options {
    const char *name;     /* in statistics; "buffers" */
    struct tare_mem *mem; /* the default */
    size_t alignment;     /* of data; 16. At most 64 KiB, of pages of its own a page */
    size_t least_bytes;   /* of the least class; TARE_BUFFER_ASIDE_BYTES */
    size_t most_bytes;    /* of the greatest; TARE_BUFFER_MOST_BYTES, or least_bytes */
    size_t usual_bytes;   /* of a buffer whose size is not said; least_bytes */
    size_t aside_bytes;   /* less is not kept; TARE_BUFFER_ASIDE_BYTES. 1: all is */
    size_t keep_bytes;    /* free at most, beside threads' own; TARE_BUFFER_KEEP_BYTES */
    bool is_secure;       /* what was used is wiped: on free, and when data moves */
    /* Data has pages of its own, not mem's, and none is less than a page; as far as the kernel can,
     * they are left out of core dumps, */
    bool is_left_out_of_dumps;
    bool is_blank_in_children; /* or are zero in a fork's child, even of buffers in use */
};

struct tare__buffer_core;
struct tare__buffer_class;
struct tare__buffer_node;

/* All-zero but for `options` is a pool that begins at its first alloc: a static one needs no call. */
struct tare_buffer_pool {
    struct tare__buffer_core *core;                 /* NULL: not begun */
    const struct tare_buffer_pool_options *options; /* until it begins */
};

/* All-zero is none. */
struct tare_buffer {
    void *data;            /* NULL: it has none */
    size_t capacity_bytes; /* of data: what was asked for, or more */
    size_t used_bytes;     /* set by commit and truncate */
    /* the pool's */
    size_t most_used_bytes; /* of this data, since it was taken */
    size_t first_bytes;     /* the class that it was taken from first */
    struct tare__buffer_class *home;
    struct tare__buffer_node *node; /* NULL: data is not kept */
};

/* Begin; -EINVAL for sizes or an alignment that cannot be, -ENOMEM. */
TARE_API TARE_NODISCARD int
tare_buffer_pool_init(struct tare_buffer_pool *pool,
                      const struct tare_buffer_pool_options *options);

/* End, and free all data that is kept. The number of buffers that were still in use: lost, and gone
 * now. All-zero pools are left alone. */
TARE_API size_t tare_buffer_pool_fini(struct tare_buffer_pool *pool);

/* Fill in *buffer, which must have no data, with data of `bytes` at least, none of them used,
 * contents undefined; bytes 0: usual_bytes. False when there is no memory: it has none then. */
TARE_API TARE_NODISCARD bool tare_buffer_alloc(struct tare_buffer *buffer,
                                               struct tare_buffer_pool *pool, size_t bytes);

/* Give its data back; *buffer has none then, and nothing is done if it had none. A secure pool
 * wipes as many bytes as ever were used since alloc: what was written and not committed stays. */
TARE_API void tare_buffer_free(struct tare_buffer *buffer);

/* reserve, where there is no room left. */
TARE_API TARE_NODISCARD void *tare__buffer_grow(struct tare_buffer *buffer,
                                                size_t more_bytes);

/* Room for more_bytes behind what is used, which is kept; NULL when there is no memory. data may
 * have moved. */
TARE_NODISCARD TARE_INLINE void *tare_buffer_reserve(struct tare_buffer *buffer,
                                                     size_t more_bytes)
{
    if (TARE_UNLIKELY(more_bytes > buffer->capacity_bytes - buffer->used_bytes))
        return tare__buffer_grow(buffer, more_bytes);
    return (char *)buffer->data + buffer->used_bytes;
}

/* Room for expected_bytes in all, and for headroom, as tare/capacity.h says; false when there is no
 * memory. */
TARE_NODISCARD TARE_INLINE bool tare_buffer_reserve_for(struct tare_buffer *buffer,
                                                        size_t expected_bytes,
                                                        unsigned headroom_percent)
{
    size_t bytes = tare_capacity_for(expected_bytes, headroom_percent);

    return bytes <= buffer->capacity_bytes ||
           tare_buffer_reserve(buffer, bytes - buffer->used_bytes) != NULL;
}

/* So many bytes behind those that are used were written. There must be room for them. */
TARE_INLINE void tare_buffer_commit(struct tare_buffer *buffer, size_t written_bytes)
{
    buffer->used_bytes += written_bytes;
    if (buffer->most_used_bytes < buffer->used_bytes)
        buffer->most_used_bytes = buffer->used_bytes;
}

/* reserve, copy and commit; false: no memory, nothing changed. */
TARE_NODISCARD TARE_INLINE bool tare_buffer_append(struct tare_buffer *buffer,
                                                   const void *bytes, size_t count_bytes)
{
    void *to = tare_buffer_reserve(buffer, count_bytes);

    if (!to)
        return false;
    if (count_bytes)
        memcpy(to, bytes, count_bytes);
    tare_buffer_commit(buffer, count_bytes);
    return true;
}

/* Only the first used_bytes are used still; not more than were. */
TARE_INLINE void tare_buffer_truncate(struct tare_buffer *buffer, size_t used_bytes)
{
    if (used_bytes < buffer->used_bytes)
        buffer->used_bytes = used_bytes;
}

/* The buffer goes elsewhere: *buffer is all-zero then, and a scope will not free it. */
TARE_NODISCARD TARE_INLINE struct tare_buffer tare_buffer_steal(struct tare_buffer *buffer)
{
    struct tare_buffer stolen = *buffer;

    memset(buffer, 0, sizeof *buffer);
    return stolen;
}

/* As tare_buffer_alloc; without data when there is no memory. Copying it takes some nanoseconds. */
TARE_NODISCARD TARE_INLINE struct tare_buffer tare_buffer_new(struct tare_buffer_pool *pool,
                                                              size_t bytes)
{
    struct tare_buffer buffer;

    (void)!tare_buffer_alloc(&buffer, pool, bytes);
    return buffer;
}

/* TARE_BUFFER_SCOPED(variable, pool, bytes): a buffer, or none, which is freed at the end of
 * the block. */
#define TARE_BUFFER_SCOPED(variable, pool, bytes)                            \
    struct tare_buffer variable __attribute__((cleanup(tare_buffer_free))) = \
        tare_buffer_new(pool, bytes)

/* Give back data that no thread needs now, until at most keep_bytes of it are free; what other
 * threads' caches hold stays. Gives the number of bytes given back. */
TARE_API size_t tare_buffer_pool_trim(struct tare_buffer_pool *pool, size_t keep_bytes);

/* Data that is kept when it is free. Other data is the allocator's, and not counted but where it
 * is said. */
struct tare_buffer_pool_stats {
    char name[TARE_POOL_NAME_BYTES];
    uint64_t hits;                   /* taken again */
    uint64_t misses;                 /* allocated when it was taken */
    uint64_t moves;                  /* all data that had become too small, */
    uint64_t outgrown;               /* of which into data that is not kept */
    uint64_t refused;                /* allocs and reserves for which there was no memory */
    uint64_t wiped_bytes;            /* all that a secure pool wiped */
    size_t live_buffers, live_bytes; /* in use; bytes of their data */
    size_t kept_buffers, kept_bytes; /* free */
};

/* The numbers now; exact while no other thread is at work. Takes time for each buffer there is. */
TARE_API void tare_buffer_pool_get_stats(struct tare_buffer_pool *pool,
                                         struct tare_buffer_pool_stats *stats);

/* Pools for everyone, that begin when first used:
 *     any     256 B to 1 MiB, the class that fits; usually 4 KiB
 *     1k      1 KiB: messages, log lines, small serialisation
 *     64k     64 KiB: large serialisation
 *     hash    32 KiB, at a cache line: what is read to be hashed
 *     tar     10 KiB: twenty records of 512 bytes
 *     io      64 KiB to 128 KiB, at a page: reads and writes, direct ones too
 *     secure  as any; wiped, and left out of core dumps */
TARE_API struct tare_buffer_pool *tare_buffer_pool_any(void);
TARE_API struct tare_buffer_pool *tare_buffer_pool_1k(void);
TARE_API struct tare_buffer_pool *tare_buffer_pool_64k(void);
TARE_API struct tare_buffer_pool *tare_buffer_pool_hash(void);
TARE_API struct tare_buffer_pool *tare_buffer_pool_tar(void);
TARE_API struct tare_buffer_pool *tare_buffer_pool_io(void);
TARE_API struct tare_buffer_pool *tare_buffer_pool_secure(void);

TARE_END

#endif
