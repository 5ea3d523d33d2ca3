/* SPDX-License-Identifier: MIT
 *
 * cli/whatif.h - what tare whatif has measured, and how it tells that.
 *
 * Shape    with malloc, with the remedy, what is saved, what was predicted
 * Units    As replay/script.h and advice/remedy.h.
 * Owner    The caller owns all.
 * Threads  Single owner.
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_CLI_WHATIF_H
#define TARE_CLI_WHATIF_H

#include "cli/predict.h"
#include "cli/replays.h"

enum { SITES_MOST = 64 };

/* The empty way; malloc and the remedy timed; both weighed. */
enum way_number { EMPTY, MALLOC, TRIED, MALLOC_WEIGHED, TRIED_WEIGHED, WAYS };

struct whatif_command {
    struct replay_way ways[WAYS];
    uint64_t ids[SITES_MOST];
    uint32_t id_count;
    uint32_t site_count; /* that have these ids: more, where they differ by line alone */
    enum substitute substitute;
    uint64_t amount;                   /* 0: to be found out */
    struct allocator_choice allocator; /* of all others */
    uint32_t reps;
    bool as_json;
    struct prediction prediction;
};

extern const char *const substitute_names[SUBSTITUTE_COUNT];

void whatif_text(const struct whatif_command *command, const struct process *process,
                 const struct compiled *compiled);
void whatif_json(const struct whatif_command *command, const struct process *process,
                 const struct compiled *compiled);

#endif
