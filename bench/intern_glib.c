/* SPDX-License-Identifier: MIT */
#include <pthread.h>

#include "bench/intern_ways.h"
#include "bench/measure.h"

#if __has_include(<glib.h>)
#include <glib.h>
#define MISSING NULL

static GStringChunk *chunk_of(void)
{
    static GStringChunk *chunk;

    if (!chunk)
        chunk = g_string_chunk_new(65536);
    return chunk;
}

static void look_up_chunk(const struct tare_text *texts, size_t count)
{
    GStringChunk *chunk = chunk_of();
    uintptr_t sum = 0;

    INTERN_LOOP(sum += (uintptr_t)g_string_chunk_insert_const(chunk, text->start));
    measure_keep(&sum);
}

static void look_up_chunk_mutex(const struct tare_text *texts, size_t count)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    GStringChunk *chunk = chunk_of();
    uintptr_t sum = 0;

    INTERN_LOOP(pthread_mutex_lock(&lock);
                sum += (uintptr_t)g_string_chunk_insert_const(chunk, text->start);
                pthread_mutex_unlock(&lock));
    measure_keep(&sum);
}

static void look_up_quark(const struct tare_text *texts, size_t count)
{
    uintptr_t sum = 0;

    INTERN_LOOP(sum += (uintptr_t)g_intern_string(text->start));
    measure_keep(&sum);
}
#else
#define MISSING "libglib2.0-dev"
#define look_up_chunk NULL
#define look_up_chunk_mutex NULL
#define look_up_quark NULL
#endif

const struct intern_way intern_way_chunk = {"GStringChunk", MISSING, true, false,
                                            look_up_chunk};
const struct intern_way intern_way_chunk_mutex = {"chunk+mutex", MISSING, false, true,
                                                  look_up_chunk_mutex};
const struct intern_way intern_way_quark = {"g_intern", MISSING, false, false,
                                            look_up_quark};
