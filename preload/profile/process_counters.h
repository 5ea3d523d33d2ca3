/* SPDX-License-Identifier: MIT
 *
 * profile/process_counters.h - the records of a ledger, summed by site and by thread.
 *
 * Shape    record -> site of its node, among those of the heap, of mappings or of objects by its
 *                    class
 *                 -> thread of its slot, of the heap only
 * Units    As profile/process.h.
 * Owner    The process owns the arrays.
 * Threads  Single owner.
 * Errors   -ENOMEM. Objects that make no sense are counted in process->damaged.
 * Cost     One pass over the records.
 * Source   none
 */
#ifndef TARE_PROFILE_PROCESS_COUNTERS_H
#define TARE_PROFILE_PROCESS_COUNTERS_H

#include "profile/process.h"

struct node_map;

/* When the nodes are read: set the sites, threads and sums. */
int process_read_counters(struct process *process, const struct node_map *map);

/* Count sites anew, of the slots only that are not 0 in `slots`; sites without any of it go. */
void process_keep_slots(struct process *process, const uint8_t *slots);

/* A record by its number, which a site's `records` or next_record said. */
const struct ledger_record *process_record(const struct process *process, uint32_t number);

/* Add what it counts. Live numbers wrap where they are negative; of blocks there is none. */
void process_add_record(const struct process *process, struct counts *to,
                        const struct ledger_record *record);

#endif
