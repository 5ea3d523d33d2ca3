/* SPDX-License-Identifier: MIT
 *
 * report/report_resident.h - what the resident memory was made of, as a table that adds up.
 *
 * Shape    bytes, share, measured or estimated, what
 * Units    Bytes.
 * Owner    none
 * Threads  Single owner.
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_REPORT_REPORT_RESIDENT_H
#define TARE_REPORT_REPORT_RESIDENT_H

#include "profile/resident.h"
#include "report/json_writer.h"
#include "report/style.h"

void report_resident_text(const struct styled *to, const struct process *processes,
                          uint32_t count);
void report_resident_markdown(FILE *out, const struct process *processes, uint32_t count);

/* A member "resident", null where it is not known. */
void report_resident_json(struct json_writer *json, const struct process *process);

#endif
