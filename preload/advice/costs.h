/* SPDX-License-Identifier: MIT
 *
 * advice/costs.h - what allocating and its remedies cost on this machine.
 *
 * Shape    cost -> nanoseconds, and how far measurements of it lay apart
 *          measured once -> a file in the user's cache -> read ever after
 * Units    Nanoseconds; of a byte where the name says so.
 * Owner    The caller owns the struct.
 * Threads  Single owner; measuring starts a thread, and waits for it.
 * Errors   costs_read: -ENOENT, what the system says, or -EBADMSG for a file that is not one.
 *          costs_measure: -ENOMEM, -EAGAIN.
 * Cost     Measuring takes half a second.
 * Source   XDG Base Directory Specification
 */
#ifndef TARE_ADVICE_COSTS_H
#define TARE_ADVICE_COSTS_H

#include <stdbool.h>

enum cost {
    COST_PAIR_SMALL,  /* malloc and free of 16 to 1024 bytes */
    COST_PAIR_MEDIUM, /* of more than that */
    COST_PAIR_LARGE,  /* of more than 128 KiB */
    COST_PAIR_REMOTE, /* small ones that one thread allocates while another frees */
    COST_POOL_PAIR,
    COST_ARENA,       /* an object of an arena, its part of the reset included */
    COST_INTERN_HIT,  /* a short string that is in the table */
    COST_INTERN_BYTE, /* for each byte of it */
    COST_REALLOC,     /* a step of growth, without what it copies */
    COST_COPY_BYTE,
    COST_COUNT,
};

struct costs {
    double ns[COST_COUNT];     /* the least: what disturbs makes it more */
    double spread[COST_COUNT]; /* by how much the median was more, as a part of it */
};

/* What they are about, where nothing is measured. */
extern const struct costs costs_typical;

const char *cost_name(enum cost cost);

/* Of malloc and free for blocks of so many bytes. */
double costs_pair(const struct costs *costs, double bytes);

int costs_measure(struct costs *costs);

/* The file has a line for each cost; one that lacks any, or that has what no cost can be, is not one. */
int costs_read(struct costs *costs, const char *path);
int costs_write(const struct costs *costs, const char *path);

/* From the cache; else measured, and kept there if that can be. False: neither could be, and they
 * are the typical ones. */
bool costs_of_machine(struct costs *costs);

#endif
