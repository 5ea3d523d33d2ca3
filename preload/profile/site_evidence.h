/* SPDX-License-Identifier: MIT
 *
 * profile/site_evidence.h - what the blocks of a site were like: sizes, lifetimes, growth, slack.
 *
 * Shape    site -> its records of all slots -> histograms, growth; summed when asked for
 * Units    Bytes, blocks. Buckets as in format/ledger.h: bucket b counts values below 2^b that no
 *          bucket before it counts, the last one all that are greater.
 * Owner    The caller owns the struct; nothing is below it.
 * Threads  Single owner.
 * Errors   none
 * Cost     O(slots).
 * Source   Agarwal et al., "Mergeable Summaries", PODS 2012 (commonest size, with one counter).
 */
#ifndef TARE_PROFILE_SITE_EVIDENCE_H
#define TARE_PROFILE_SITE_EVIDENCE_H

#include "profile/process.h"

struct evidence {
    /* Sizes; least and greatest are of blocks known. */
    uint64_t sizes[LEDGER_SIZE_BUCKETS];
    uint64_t size_count, least_bytes, greatest_bytes;
    uint64_t common_bytes;
    uint64_t
        common_blocks; /* at least as many are of common_bytes; 0: no size stands out */

    uint64_t lives[LEDGER_LIFE_BUCKETS];
    uint64_t life_count;

    uint64_t realloc_calls, moves, copied_bytes, chains;
    uint64_t final_sizes[LEDGER_GROWTH_BUCKETS];

    uint64_t remote_frees;
    uint64_t most_bytes, most_blocks;
    bool
        most_is_bound; /* it was not more; several slots had their most at times of their own */

    /* Of slack_allocations only, which asked for slack_asked bytes. */
    uint64_t slack_bytes, slack_allocations, slack_asked_bytes;
};

/* Add what one of the process's sites has in `records`. The most at a time is that of each
 * process, added up. */
void evidence_add(struct evidence *to, const struct process *process, uint32_t records);

/* A record's part of `slack_bytes`. */
uint64_t record_slack_bytes(const struct ledger_record *record);

/* One record alone, and what it has but the most. */
void evidence_add_record(struct evidence *to, const struct process *process,
                         uint32_t number);

/* The first value that bucket b no longer counts; UINT64_MAX for the last one of `buckets`. */
uint64_t evidence_bucket_end(uint32_t bucket, uint32_t buckets);

/* The bucket up to which at least half of what is counted lies; `buckets` when nothing is. */
uint32_t evidence_median(const uint64_t *counts, uint32_t buckets);

#endif
