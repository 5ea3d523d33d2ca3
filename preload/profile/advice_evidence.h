/* SPDX-License-Identifier: MIT
 *
 * profile/advice_evidence.h - what `tare run --advise` finds out about a site beyond plain recording.
 *
 * Shape    site -> its records of all slots -> struct ledger_advice, ledger_ends, ledger_held
 *              `-> struct site_advice: summed when asked for, beside what is always recorded
 * Units    Blocks, bytes, frees. Buckets of ends: advice_end_of.
 * Owner    The caller owns the struct; nothing is below it.
 * Threads  Single owner.
 * Errors   none: what damage left out reads as not taken.
 * Cost     O(slots).
 * Source   Flajolet et al., "HyperLogLog", AofA 2007 (distinct contents);
 *          Misra, Gries, "Finding repeated elements", 1982 (commonest content).
 *
 * What "taken" means. Each group says with `is_taken` whether anybody looked. Where it is false,
 * all of the group is 0 and means nothing: the process ran without --advise, or what the group
 * needs was switched off (TARE_ADVISE=nofill) or refused, or the site has had too few blocks to be
 * looked at. Where it is true, zeros are findings. Each group says of how many blocks or frees it
 * speaks, which may be fewer than the site's: what is counted is a sample. Scale by the ratio.
 *
 * A site has these groups only once more than ADVICE_BLOCKS_MIN of its blocks were freed by one
 * thread, or one of ADVICE_BLOCK_BYTES_MIN bytes or more; `held` and `at_end` have no such limit.
 */
#ifndef TARE_PROFILE_ADVICE_EVIDENCE_H
#define TARE_PROFILE_ADVICE_EVIDENCE_H

#include "profile/process.h"
#include "profile/site_evidence.h"

enum {
    ADVICE_BLOCKS_MIN = 32,
    ADVICE_BLOCK_BYTES_MIN = 4096,
    ADVICE_COMMONEST = 4,
};

/* Contents of blocks at their free. The last of a block is what a realloc chain ends with; what
 * realloc takes is not looked at. Blocks of 0 bytes are left out. Of more than 256 bytes, a part of
 * the content is looked at: equal ones are always found equal, and nearly all others different. */
struct advice_contents {
    bool is_taken;
    uint64_t blocks, bytes; /* looked at */
    uint64_t distinct;      /* estimated contents among them, within 7 % most often */
    uint64_t text_blocks,
        text_bytes; /* printable up to a NUL or the end, of 2 bytes or more */
    /* The commonest contents: each stands in at least so many of the blocks; 0: none stands out. */
    uint64_t commonest_blocks[ADVICE_COMMONEST];
};

/* Contents of blocks that are live at one moment, as `tare run` read them from outside. Only where
 * the allocator is glibc's, and `tare run` may read the process. */
struct advice_held {
    bool
        is_taken; /* some block of the site was found; process_looks tells of looks without */
    uint64_t blocks, bytes;
    /* Contents that the site holds at that moment, each counted once; the rest is held twice. */
    uint64_t distinct_blocks, distinct_bytes;
    /* Of the distinct ones, those that another site holds, too. */
    uint64_t elsewhere_blocks, elsewhere_bytes;
    uint64_t text_blocks, text_bytes;
    uint64_t
        unwritten_bytes; /* at the ends of those that a pattern was laid in, see below */
    uint64_t unwritten_of_bytes;
    uint64_t old_blocks, old_bytes; /* older than a tenth of the run so far */
    /* A sample of the blocks of 4 KiB or more that are old: what a fast compressor makes of it. */
    uint64_t sampled_bytes, compressed_bytes;
    uint64_t words,
        pointer_words; /* of a sample: that are addresses of the process's heaps */
};

/* Bytes behind the last one that was written. A block of up to 64 KiB is filled when it is
 * allocated, unless calloc gives it (then `zero`); of a larger one whole pages that were never
 * touched count. Holes before the last written byte do not. */
struct advice_unwritten {
    bool is_taken;
    uint64_t blocks, bytes, unwritten_bytes;
    /* Of calloc's: trailing zeros. Zeros may have been written. */
    bool has_zeroed;
    uint64_t zeroed_blocks, zeroed_bytes, zero_tail_bytes;
};

/* Where realloc chains end, told apart more finely than evidence.final_sizes. As there, a chain is
 * counted at the site of its last realloc. */
enum { ADVICE_END_BUCKETS = 60 };
struct advice_ends {
    bool is_taken;
    uint64_t chains;
    uint64_t p50_bytes, p95_bytes; /* the least bucket's end that so many do not pass */
    uint64_t greatest_bytes;       /* exact */
    uint64_t counts[ADVICE_END_BUCKETS];
};

/* How blocks of the site die. */
struct advice_deaths {
    bool is_taken;
    uint64_t frees; /* looked at: by the thread that allocated */
    /* Frees that hit the newest live block of that thread: a stack's order. Those of temporary
     * blocks, which hit it by nature, are among them: counts.temporary tells how many. */
    uint64_t newest;
    /* Runs: frees of the site by one thread, without an allocation at the site by that thread
     * between. A burst is a long one. */
    uint64_t runs, run_frees, longest_run;
    /* Of a sample of frees: the function that allocated had not returned yet; its caller, too, or
     * only it, had not. A call from the same place, with the same stack pointer, passes for one. */
    uint64_t frames_looked_at, in_function, in_caller;
};

/* Allocations that came after a free, at the same site by the same thread, of a block of the same
 * size, each free counted once: what a free list of the site would have served. */
struct advice_reuse {
    bool is_taken;
    uint64_t allocations; /* looked at */
    uint64_t reused;
};

struct site_advice {
    /* Always recorded, with or without --advise. */
    struct counts counts;
    struct evidence evidence;

    bool is_advised; /* some process that the site is of ran with --advise */
    struct advice_contents contents;
    struct advice_held held;   /* when most was live, of the moments looked at */
    struct advice_held at_end; /* at exit; not taken where the process was killed */
    struct advice_unwritten unwritten;
    struct advice_ends ends;
    struct advice_deaths deaths;
    struct advice_reuse reuse;
};

/* The first size that a bucket of advice_ends no longer counts; UINT64_MAX for the last. Four
 * buckets a power of two, from 16 bytes on. */
uint64_t advice_end_of(uint32_t bucket);

/* Did the process run with --advise? */
bool process_is_advised(const struct process *process);

/* The looks at live blocks that `held` and `at_end` are of. */
struct process_looks {
    /* False: nobody could look, or less than 64 KiB were live, which is not worth it. */
    bool held_is_taken, end_is_taken;
    /* What the whole heap held then. Compare with the process's peak: a peak between two looks was
     * not seen. */
    uint64_t held_live_bytes, end_live_bytes;
};
struct process_looks process_looks(const struct process *process);

/* Add what one of the process's sites has in `records`, and its counts. Contents are told apart within a process: distinct ones of
 * several are added up. */
void site_advice_add(struct site_advice *to, const struct process *process,
                     const struct counts *counts, uint32_t records);

#endif
