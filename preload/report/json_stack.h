/* SPDX-License-Identifier: MIT
 *
 * report/json_stack.h - the counts of a site and its stack, as members of a JSON object.
 *
 * Shape    docs/format.md, SITE and FRAME
 * Units    As profile/process.h.
 * Owner    The caller owns everything.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     Lines of all frames of the stack.
 * Source   none
 */
#ifndef TARE_REPORT_JSON_STACK_H
#define TARE_REPORT_JSON_STACK_H

#include "profile/profile.h"
#include "report/json_writer.h"

/* Member "profiles": the names of the files. */
void json_profiles(struct json_writer *json, const struct profile *profile);

void json_counts(struct json_writer *json, const struct counts *counts);

/* Those that are known of a moment. */
void json_counts_at(struct json_writer *json, const struct counts *counts);

/* Members "stack" and, where it is not whole, "truncated". At most `depth` nodes; 0: all. */
int json_stack(struct json_writer *json, struct profile *profile,
               const struct process *process, uint32_t leaf, uint32_t depth);

#endif
