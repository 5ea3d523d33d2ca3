/* SPDX-License-Identifier: MIT
 *
 * report/json_evidence.h - a site's evidence as JSON.
 *
 * Shape    an object "evidence", without the parts that say nothing
 * Units    Bytes, nanoseconds, blocks.
 * Owner    none
 * Threads  Single owner.
 * Errors   none: the caller asks the stream (ferror).
 * Cost     O(buckets).
 * Source   docs/format.md (schema tare.report/1)
 */
#ifndef TARE_REPORT_JSON_EVIDENCE_H
#define TARE_REPORT_JSON_EVIDENCE_H

#include "profile/site_evidence.h"
#include "report/json_writer.h"

void json_evidence(struct json_writer *json, const struct evidence *evidence);

#endif
