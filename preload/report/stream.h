/* SPDX-License-Identifier: MIT
 *
 * report/stream.h - whether a stream took all that was written to it.
 *
 * Shape    none
 * Units    none
 * Owner    The caller owns the stream, which stays open.
 * Threads  Single owner.
 * Errors   What the system says, as -ENOSPC; -EIO where an earlier write failed and nothing says why.
 * Cost     What is not written yet.
 * Source   none
 */
#ifndef TARE_REPORT_STREAM_H
#define TARE_REPORT_STREAM_H

#include <stdio.h>

int stream_end(FILE *out);

#endif
