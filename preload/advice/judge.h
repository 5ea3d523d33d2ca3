/* SPDX-License-Identifier: MIT
 *
 * advice/judge.h - what is worth doing about a profile, best first.
 *
 * Shape    profile -> sites, and spots that several have -> detectors -> the best finding of each
 *              -> those of one remedy under one caller are offered once, there
 *              -> pieces of advice, by what they are worth
 * Units    As advice/remedy.h; worth is a part of the whole, from 0 to 1.
 * Owner    The caller owns the struct; names belong to the profile.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     All sites' evidence, and names of the stacks of those that could be worth it.
 * Source   docs/advice.md
 */
#ifndef TARE_ADVICE_JUDGE_H
#define TARE_ADVICE_JUDGE_H

#include "advice/waste.h"
#include "profile/profile.h"

enum { JUDGE_OTHERS = 4, JUDGE_IDS = 64 };

struct advice {
    uint64_t id;            /* of the site that is worth most */
    uint32_t process, leaf; /* its stack */
    uint32_t frame;         /* the node in it of the line that asks, which all sites have */
    uint32_t site_count, id_count;
    uint64_t ids[JUDGE_IDS]; /* theirs, the first ones; some sites have the same */
    struct finding finding;  /* of that site; the saving is that of all */
    double worth;
    enum remedy others[JUDGE_OTHERS]; /* that were worth less */
    unsigned other_count;
};

struct judgement {
    struct waste_whole whole;
    struct advice *list;
    uint32_t count;
    bool is_advised; /* evidence was taken for it; else many wastes cannot be seen */
};

/* Another site that it is for. */
void advice_add_site(struct advice *advice, uint64_t id);

/* `with_little`: also what is not worth it. */
int judge(struct judgement *judgement, struct profile *profile, const struct costs *costs,
          bool with_little);
void judgement_fini(struct judgement *judgement);

#endif
