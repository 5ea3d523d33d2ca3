/* SPDX-License-Identifier: MIT
 *
 * advice/waste.h - the detectors: each tells one waste of one site from its evidence.
 *
 * Shape    waste_case -> detector -> finding, or nothing
 * Units    As profile/site_evidence.h and profile/advice_evidence.h.
 * Owner    The caller owns all; a finding's texts are constant.
 * Threads  thread-safe
 * Errors   none
 * Cost     O(buckets).
 * Source   docs/advice.md has thresholds and formulas.
 *
 * A detector looks at nothing but the case. Any numbers may stand in it: a profile may be damaged.
 */
#ifndef TARE_ADVICE_WASTE_H
#define TARE_ADVICE_WASTE_H

#include "advice/costs.h"
#include "advice/remedy.h"
#include "profile/advice_evidence.h"

/* What the names of a stack's functions give away. */
enum waste_name {
    NAME_PLAIN,
    NAME_GROWS_BY_COPY, /* of C++: a vector or string allocates a larger block */
    NAME_TREE_NODE,     /* of std::map and std::set */
    NAME_HASH_NODE,     /* of std::unordered_map and std::unordered_set */
    NAME_TABLE,         /* of the program's own: insert, put, ... */
    NAME_LIBTARE,       /* what it takes for all that others ask of it */
};

/* The whole of what was recorded. */
struct waste_whole {
    double peak_bytes;      /* with what the allocator takes for itself */
    double requested_bytes; /* of these, what was asked for */
    double calls;
    double duration_ns;
    double cpu_ns;
    double copied_bytes; /* by realloc */
    double remote_frees;
    bool is_mimalloc;
};

enum { GROWTH_POINTS = 5 };

struct waste_case {
    const struct site_advice *site;
    const struct waste_whole *whole;
    const struct costs *costs;
    enum waste_name name;
    bool has_growth;                  /* the run was sampled often enough */
    double live_bytes[GROWTH_POINTS]; /* at its beginning, its end, and quarters between */
};

typedef bool waste_fn(const struct waste_case *c, struct finding *finding);

waste_fn waste_duplicates, waste_churn, waste_burst, waste_temporary, waste_growth,
    waste_unwritten, waste_tiny, waste_slack, waste_cold, waste_remote, waste_leak;

/* Whose blocks one looks at together: all that a line asks for, or what one caller of it does. */
enum waste_of { OF_LINE = 1, OF_CALLER = 2 };

struct waste_detector {
    waste_fn *find;
    unsigned of; /* enum waste_of, or both */
};

/* All of them, ended by NULL. */
extern const struct waste_detector waste_detectors[];
enum { WASTES_MAX = 16 };

/* What several of them ask for. */
double case_mean_bytes(const struct waste_case *c);
double case_blocks_at_peak(const struct waste_case *c);

/* Of a block, with what the allocator takes. */
double case_block_bytes(const struct waste_case *c);

/* The size of nearly all blocks; 0: there is none. */
uint64_t case_one_size(const struct waste_case *c);

/* Most of what was looked at is text that fills its block, whose size is another in other runs. */
bool case_is_text(const struct waste_case *c);

/* The least power of two that 19 of 20 blocks do not exceed. */
double case_most_sizes_bytes(const struct waste_case *c);

static inline double part_of(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

#endif
