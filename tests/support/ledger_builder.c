/* SPDX-License-Identifier: MIT */
#include "support/ledger_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static uint32_t add_extent(struct ledger_builder *builder, enum ledger_kind kind)
{
    uint32_t extent = builder->extents++;

    assert_true(extent < BUILDER_EXTENTS);
    builder->bytes[LEDGER_HEADER_BYTES + extent] = (uint8_t)kind;
    builder->current[kind] = extent;
    builder->used[kind] = 0;
    builder_header(builder)->extents = builder->extents;
    return extent;
}

/* The file offset of room for an object. */
static uint32_t take(struct ledger_builder *builder, enum ledger_kind kind, uint32_t bytes)
{
    uint32_t rounded =
        (bytes + LEDGER_UNIT_BYTES - 1) / LEDGER_UNIT_BYTES * LEDGER_UNIT_BYTES;

    if (!builder->current[kind] || builder->used[kind] + rounded > LEDGER_EXTENT_BYTES)
        add_extent(builder, kind);
    uint32_t offset = builder->current[kind] * LEDGER_EXTENT_BYTES + builder->used[kind];
    builder->used[kind] += rounded;
    return offset;
}

void builder_init(struct ledger_builder *builder)
{
    static const char command[] = "victim\0--quick";

    memset(builder, 0, sizeof *builder);
    builder->bytes = aligned_alloc(4096, BUILDER_EXTENTS * LEDGER_EXTENT_BYTES);
    assert_non_null(builder->bytes);
    memset(builder->bytes, 0, BUILDER_EXTENTS * LEDGER_EXTENT_BYTES);
    builder->extents = LEDGER_FIRST_EXTENT;
    struct ledger_header *header = builder_header(builder);
    header->magic = LEDGER_MAGIC;
    header->version = LEDGER_VERSION;
    header->header_bytes = LEDGER_HEADER_BYTES;
    header->pid = 1234;
    header->parent_pid = 1;
    header->process_start = 77;
    header->start_realtime_ns = 1700000000u * UINT64_C(1000000000);
    header->start_monotonic_ns = 5000000000u;
    header->flags = LEDGER_SITES;
    header->extents = builder->extents;
    header->max_extents = LEDGER_MAX_EXTENTS;
    header->command_bytes = sizeof command;
    memcpy(header->command, command, sizeof command);
    strcpy(header->executable, "/usr/bin/victim");
}

void builder_fini(struct ledger_builder *builder)
{
    free(builder->bytes);
    memset(builder, 0, sizeof *builder);
}

struct ledger_header *builder_header(struct ledger_builder *builder)
{
    return (struct ledger_header *)(void *)builder->bytes;
}

void *builder_at(struct ledger_builder *builder, uint32_t id)
{
    return builder->bytes + (size_t)id * LEDGER_UNIT_BYTES;
}

uint32_t builder_string(struct ledger_builder *builder, const char *text)
{
    uint32_t offset = take(builder, LEDGER_STRINGS, (uint32_t)strlen(text));

    memcpy(builder->bytes + offset, text, strlen(text));
    return offset / LEDGER_UNIT_BYTES;
}

uint32_t builder_module(struct ledger_builder *builder, const char *path)
{
    uint32_t string = builder_string(builder, path);
    uint32_t offset = take(builder, LEDGER_MODULES, sizeof(struct ledger_module));
    uint32_t number =
        builder->used[LEDGER_MODULES] / (uint32_t)sizeof(struct ledger_module);
    struct ledger_module *module = builder_at(builder, offset / LEDGER_UNIT_BYTES);

    module->start = module->bias = (uint64_t)number * 0x10000;
    module->end = module->start + 0x10000;
    module->path = string;
    module->path_bytes = (uint32_t)strlen(path);
    return offset / LEDGER_UNIT_BYTES;
}

uint32_t builder_node(struct ledger_builder *builder, uint64_t ip, uint32_t parent,
                      uint32_t module)
{
    uint32_t offset = take(builder, LEDGER_NODES, sizeof(struct ledger_node));
    struct ledger_node *node = builder_at(builder, offset / LEDGER_UNIT_BYTES);

    *node = (struct ledger_node){ip, parent, module};
    return offset / LEDGER_UNIT_BYTES;
}

struct ledger_record *builder_record(struct ledger_builder *builder, uint32_t site,
                                     uint16_t slot)
{
    uint32_t offset = take(builder, LEDGER_RECORDS, sizeof(struct ledger_record));
    struct ledger_record *record = builder_at(builder, offset / LEDGER_UNIT_BYTES);

    record->site = site;
    record->slot = slot;
    return record;
}

struct ledger_thread *builder_thread(struct ledger_builder *builder, uint32_t slot,
                                     uint32_t tid, const char *name)
{
    uint32_t offset = take(builder, LEDGER_THREADS, sizeof(struct ledger_thread));
    struct ledger_thread *thread = builder_at(builder, offset / LEDGER_UNIT_BYTES);

    thread->slot = slot;
    thread->tid = tid;
    thread->served = 1;
    memcpy(thread->name, name, strnlen(name, LEDGER_NAME_BYTES));
    return thread;
}

struct ledger_histogram *builder_histogram(struct ledger_builder *builder,
                                           struct ledger_record *record)
{
    uint32_t offset = take(builder, LEDGER_EVIDENCE, sizeof(struct ledger_histogram));
    struct ledger_histogram *histogram = builder_at(builder, offset / LEDGER_UNIT_BYTES);

    histogram->next = record->histogram;
    record->histogram = offset / LEDGER_LINE_BYTES;
    return histogram;
}

struct ledger_growth *builder_growth(struct ledger_builder *builder,
                                     struct ledger_record *record)
{
    uint32_t offset = take(builder, LEDGER_EVIDENCE, sizeof(struct ledger_growth));

    record->growth = offset / LEDGER_LINE_BYTES;
    return builder_at(builder, offset / LEDGER_UNIT_BYTES);
}

/* An object that begins with the number of its record. */
static void *take_for(struct ledger_builder *builder, enum ledger_kind kind, uint32_t bytes,
                      const struct ledger_record *record)
{
    uint64_t at = (uint64_t)((const uint8_t *)record - builder->bytes);
    uint32_t *object = builder_at(builder, take(builder, kind, bytes) / LEDGER_UNIT_BYTES);

    *object = (uint32_t)(at / sizeof *record);
    return object;
}

struct ledger_advice *builder_advice(struct ledger_builder *builder,
                                     const struct ledger_record *record)
{
    return take_for(builder, LEDGER_ADVICE, sizeof(struct ledger_advice), record);
}

struct ledger_ends *builder_ends(struct ledger_builder *builder,
                                 const struct ledger_record *record)
{
    return take_for(builder, LEDGER_ENDS, sizeof(struct ledger_ends), record);
}

struct ledger_held *builder_held(struct ledger_builder *builder,
                                 const struct ledger_record *record, bool at_end)
{
    struct ledger_held *held =
        take_for(builder, LEDGER_HELD, sizeof(struct ledger_held), record);

    held->at_end = at_end;
    return held;
}

uint32_t builder_bytes(const struct ledger_builder *builder)
{
    return builder->extents * LEDGER_EXTENT_BYTES;
}

void builder_write(const struct ledger_builder *builder, const char *path)
{
    FILE *file = fopen(path, "wbe");

    assert_non_null(file);
    assert_int_equal(fwrite(builder->bytes, 1, builder_bytes(builder), file),
                     builder_bytes(builder));
    assert_int_equal(fclose(file), 0);
}
