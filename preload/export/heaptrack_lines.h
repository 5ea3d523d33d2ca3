/* SPDX-License-Identifier: MIT
 *
 * export/heaptrack_lines.h - the lines of heaptrack's text format, file version 3.
 *
 * Shape    strings, instruction pointers, traces: each stands before what uses it
 * Units    Hexadecimal in the file; times in ms there.
 * Owner    Caller owns the struct; the export outlives it.
 * Threads  Single owner.
 * Errors   -ENOMEM, or samples.error of the export.
 * Cost     Each string, place and trace once.
 * Source   heaptrack's libheaptrack.cpp and accumulatedtracedata.cpp.
 */
#ifndef TARE_EXPORT_HEAPTRACK_LINES_H
#define TARE_EXPORT_HEAPTRACK_LINES_H

#include "export/export.h"

/* Numbers given to what has an index of ours; 0: none yet. */
struct numbers {
    uint32_t *of;
    uint32_t room, last;
};

struct heaptrack {
    struct export *export;
    struct sink *sink;
    struct numbers functions, files, mappings; /* strings */
    uint32_t last_string;
    struct numbers places; /* instruction pointers */
    uint32_t **traces;     /* by process and node */
    uint32_t facts[PLACE_FIRST];
    uint32_t last_trace;
    uint32_t *way; /* nodes of a stack that have no trace yet */
    uint32_t way_room;
};

int heaptrack_init(struct heaptrack *h, struct export *export);
void heaptrack_fini(struct heaptrack *h);

/* The first lines; `remark` says how true the order is. */
void heaptrack_put_head(struct heaptrack *h, const char *remark);

/* The number of a sample's stack, put before if need be. */
uint32_t heaptrack_trace(struct heaptrack *h, const struct sample *sample);

/* The next number, from 0, for blocks of this size and stack. */
void heaptrack_put_size(struct heaptrack *h, uint64_t bytes, uint32_t trace);

/* '+' or '-' of such a block. */
void heaptrack_put_event(struct heaptrack *h, char event, uint64_t index);
void heaptrack_put_time(struct heaptrack *h, uint64_t ns);

/* Events of a trace, in their order; false: none can be had that has all that is exported. */
bool heaptrack_put_traced(struct heaptrack *h);

#endif
