/* SPDX-License-Identifier: MIT
 *
 * import/maker.h - a ledger made of what another profiler found out.
 *
 * Shape    module -> places, each with its frames -> nodes -> one record a site
 * Units    As format/ledger.h.
 * Owner    Caller owns the struct; it owns the ledger until fini.
 * Threads  Single owner.
 * Errors   Kept in `error`, and from then on every id is 0: -ENOMEM, -EFBIG: a ledger has no room
 *          for so much.
 * Cost     As much memory as the ledger has, and some 40 bytes for each node.
 * Source   docs/format.md
 */
#ifndef TARE_IMPORT_MAKER_H
#define TARE_IMPORT_MAKER_H

#include "format/ledger.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <tare/map_hash.h>

enum { MAKER_FRAMES_MOST = 100 }; /* of one place */

/* Texts need no NUL at their end; bytes 0: not known. */
struct maker_text {
    const char *text;
    size_t bytes;
};

struct maker_frame {
    struct maker_text function, file;
    uint32_t line;
};

/* What a site's blocks were in all, and at the peak and the end. */
struct maker_counts {
    uint64_t allocations, bytes, temporary;
    uint64_t live_blocks, live_bytes, bytes_at_peak;
};

/* Ids of what there is. */
#define TARE_MAP_NAME maker_nodes
#define TARE_MAP_KEY struct ledger_node
#define TARE_MAP_HASH(key, seed) tare_hash_text((const char *)(key), sizeof *(key), seed)
#define TARE_MAP_EQUAL(a, b) (!memcmp(a, b, sizeof *(a)))
#define TARE_MAP_VALUE uint32_t
#include <tare/map.h>

#define TARE_MAP_NAME maker_strings
#define TARE_MAP_TEXT TARE_MAP_BORROWED
#define TARE_MAP_VALUE uint32_t
#include <tare/map.h>

#define TARE_MAP_NAME maker_modules
#define TARE_MAP_KEY uint32_t
#define TARE_MAP_VALUE uint32_t
#include <tare/map.h>

struct maker {
    uint8_t *bytes;
    int error;
    uint32_t extents;
    uint32_t current[LEDGER_FRAMES + 1], used[LEDGER_FRAMES + 1];
    struct maker_nodes nodes;
    struct maker_strings strings;
    struct maker_modules modules; /* by their path's string */
    uint64_t next_address, hash;
};

/* A place in a module: what a node needs of it. */
struct maker_place {
    uint64_t ip;
    uint32_t module;
};

int maker_init(struct maker *maker);
void maker_fini(struct maker *maker);

struct ledger_header *maker_header(struct maker *maker);
void maker_set_command(struct maker *maker, const struct maker_text *command);

/* The same one each time for the same path. */
uint32_t maker_module(struct maker *maker, const struct maker_text *path);

/* A new place; frames innermost first, of which the first MAKER_FRAMES_MOST are kept; none: it has
 * no name. */
struct maker_place maker_place(struct maker *maker, uint32_t module,
                               const struct maker_frame *frames, uint32_t count);

/* The node of the place under its caller's, or LEDGER_OUTERMOST; the same one each time. */
uint32_t maker_node(struct maker *maker, struct maker_place place, uint32_t parent);

/* LEDGER_NO_STACK stands for what has no node. */
void maker_site(struct maker *maker, uint32_t node, const struct maker_counts *counts);

/* Complete the ledger and write it. */
int maker_write(struct maker *maker, FILE *out);

#endif
