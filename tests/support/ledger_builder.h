/* SPDX-License-Identifier: MIT
 *
 * support/ledger_builder.h - ledgers made by hand, for the tests of what reads them.
 *
 * Shape    header, directory and extents in memory; an extent of a kind when one is needed
 * Units    Ids as in format/ledger.h.
 * Owner    Caller owns the struct; it owns the bytes. Pointers into them last until fini.
 * Threads  single owner
 * Errors   The test fails when there is no memory or no room.
 * Cost     1 MiB
 * Source   none
 */
#ifndef TARE_SUPPORT_LEDGER_BUILDER_H
#define TARE_SUPPORT_LEDGER_BUILDER_H

#include "format/ledger.h"

#include <stdbool.h>

enum { BUILDER_EXTENTS = 64 };

struct ledger_builder {
    uint8_t *bytes;
    uint32_t extents;
    uint32_t current[LEDGER_HELD + 1]; /* extent of the kind; 0: none yet */
    uint32_t used[LEDGER_HELD + 1];    /* bytes of it */
};

/* A valid ledger of process 1234, /usr/bin/victim, without any event. */
void builder_init(struct ledger_builder *builder);
void builder_fini(struct ledger_builder *builder);

struct ledger_header *builder_header(struct ledger_builder *builder);
uint32_t builder_string(struct ledger_builder *builder, const char *text);

/* Mapped at 0x10000 * (number of modules so far + 1) with that as its bias. */
uint32_t builder_module(struct ledger_builder *builder, const char *path);
uint32_t builder_node(struct ledger_builder *builder, uint64_t ip, uint32_t parent,
                      uint32_t module);
struct ledger_record *builder_record(struct ledger_builder *builder, uint32_t site,
                                     uint16_t slot);
struct ledger_thread *builder_thread(struct ledger_builder *builder, uint32_t slot,
                                     uint32_t tid, const char *name);

/* A histogram in front of those that the record has, and its growth. */
struct ledger_histogram *builder_histogram(struct ledger_builder *builder,
                                           struct ledger_record *record);
struct ledger_growth *builder_growth(struct ledger_builder *builder,
                                     struct ledger_record *record);

/* Of that record, when most was live or at the end. */
struct ledger_advice *builder_advice(struct ledger_builder *builder,
                                     const struct ledger_record *record);
struct ledger_ends *builder_ends(struct ledger_builder *builder,
                                 const struct ledger_record *record);
struct ledger_held *builder_held(struct ledger_builder *builder,
                                 const struct ledger_record *record, bool at_end);

/* The object itself, to be damaged. */
void *builder_at(struct ledger_builder *builder, uint32_t id);

uint32_t builder_bytes(const struct ledger_builder *builder);
void builder_write(const struct ledger_builder *builder, const char *path);

#endif
