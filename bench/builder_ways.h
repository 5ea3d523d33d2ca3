/* SPDX-License-Identifier: MIT
 *
 * bench/builder_ways.h - strings put together in several ways: ours and others'.
 *
 * Shape    case -> ways, the first one ours -> a function that makes one string
 * Units    one string, or one builder's life
 * Owner    Each call gives back what it takes, but for what a way is meant to keep.
 * Threads  Single owner.
 * Errors   Ways may be missing. No memory ends the program.
 * Cost     What is measured, and a call.
 * Source   none
 */
#ifndef TARE_BENCH_BUILDER_WAYS_H
#define TARE_BENCH_BUILDER_WAYS_H

#include <stdbool.h>
#include <stddef.h>

enum { BUILDER_CASES = 9, BUILDER_WAYS = 8, BUILDER_INPUTS = 64, BUILDER_PAIRS = 16 };

struct builder_way {
    const char *name;
    void (*run)(size_t i); /* NULL: there is no such way */
    bool is_glibs;
};

struct builder_case {
    const char *name;
    size_t strings; /* in one sample */
    struct builder_way ways[BUILDER_WAYS];
};

extern const struct builder_case builder_cases[BUILDER_CASES];

/* What strings are made of; i may be anything. */
struct builder_image {
    const char *registry, *team, *name, *tag;
};
struct builder_image builder_image(size_t i);
const char *builder_key(size_t i);
const char *builder_word(size_t i);
size_t builder_value(size_t i);

/* Ways of GLib's; they do nothing where it was absent when this was built. */
extern const bool builder_glib_is_missing;
void builder_glib_image(size_t i);
void builder_glib_concat(size_t i);
void builder_glib_line(size_t i);
void builder_glib_join(size_t i);
void builder_glib_strjoin(size_t i);
void builder_glib_short_double(size_t i);
void builder_glib_long_double(size_t i);
double builder_short_double(size_t i);
double builder_long_double(size_t i);

/* Is it there? */
static inline bool builder_way_is_here(const struct builder_way *way)
{
    return way->run && !(way->is_glibs && builder_glib_is_missing);
}

#endif
