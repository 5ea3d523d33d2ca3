/* SPDX-License-Identifier: MIT
 *
 * report/json_advice.h - what --advise found out about a site, as JSON.
 *
 * Shape    an object "advice", with an object for each group that was taken
 * Units    Bytes, blocks, frees.
 * Owner    none
 * Threads  Single owner.
 * Errors   none: the caller asks the stream (ferror).
 * Cost     O(buckets).
 * Source   docs/format.md (schema tare.report/1)
 */
#ifndef TARE_REPORT_JSON_ADVICE_H
#define TARE_REPORT_JSON_ADVICE_H

#include "profile/advice_evidence.h"
#include "report/json_writer.h"

/* Nothing, for a site of which there is none. */
void json_advice(struct json_writer *json, const struct site_advice *advice);

/* "looks" of a process. */
void json_looks(struct json_writer *json, const struct process *process);

#endif
