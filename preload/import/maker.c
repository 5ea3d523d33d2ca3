/* SPDX-License-Identifier: MIT */
#include "import/maker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { STRING_MOST = 4096, PLACE_STEP = 16 };

int maker_init(struct maker *maker)
{
    struct tare_mem *mem = tare_mem_libc();

    *maker = (struct maker){
        .extents = LEDGER_FIRST_EXTENT,
        .hash = 0xcbf29ce484222325u,
        .nodes.map.mem = mem,
        .strings.map.mem = mem,
        .modules.map.mem = mem,
    };
    void *bytes = mmap(NULL, LEDGER_MAX_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED)
        return -ENOMEM;
    maker->bytes = bytes;
    struct ledger_header *header = maker_header(maker);
    header->magic = LEDGER_MAGIC;
    header->version = LEDGER_VERSION;
    header->header_bytes = LEDGER_HEADER_BYTES;
    header->start_monotonic_ns = 1;
    header->flags = LEDGER_SITES | LEDGER_IMPORTED;
    header->max_extents = LEDGER_MAX_EXTENTS;
    header->end = LEDGER_END_EXIT;
    header->epoch_first = 1;
    return 0;
}

void maker_fini(struct maker *maker)
{
    if (maker->bytes)
        munmap(maker->bytes, LEDGER_MAX_BYTES);
    maker_nodes_fini(&maker->nodes);
    maker_strings_fini(&maker->strings);
    maker_modules_fini(&maker->modules);
    *maker = (struct maker){0};
}

struct ledger_header *maker_header(struct maker *maker)
{
    return (struct ledger_header *)(void *)maker->bytes;
}

static void *at_unit(const struct maker *maker, uint32_t id)
{
    return maker->bytes + (size_t)id * LEDGER_UNIT_BYTES;
}

/* Room for an object, in units; 0: there is none. */
static uint32_t take(struct maker *maker, enum ledger_kind kind, size_t bytes)
{
    uint32_t rounded =
        (uint32_t)(bytes + LEDGER_UNIT_BYTES - 1) / LEDGER_UNIT_BYTES * LEDGER_UNIT_BYTES;

    if (maker->error)
        return 0;
    if (!maker->current[kind] || maker->used[kind] + rounded > LEDGER_EXTENT_BYTES) {
        if (maker->extents == LEDGER_MAX_EXTENTS) {
            maker->error = -EFBIG;
            return 0;
        }
        maker->current[kind] = maker->extents++;
        maker->bytes[LEDGER_HEADER_BYTES + maker->current[kind]] = (uint8_t)kind;
        maker->used[kind] = 0;
    }
    uint32_t offset = maker->current[kind] * LEDGER_EXTENT_BYTES + maker->used[kind];
    maker->used[kind] += rounded;
    return offset / LEDGER_UNIT_BYTES;
}

static uint64_t add_hash(uint64_t hash, const void *bytes, size_t count)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i < count; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash ^ hash >> 29;
}

/* The id of what is new; 0 when its map had no memory for it. */
static uint32_t keep(struct maker *maker, int err, uint32_t id)
{
    if (err)
        maker->error = err;
    return err ? 0 : id;
}

/* Its id; the text loses what a ledger cannot have: what is behind a NUL, or too long. */
static uint32_t add_string(struct maker *maker, struct maker_text *text)
{
    text->bytes = strnlen(text->text ? text->text : "",
                          text->bytes < STRING_MOST - 1 ? text->bytes : STRING_MOST - 1);
    if (!text->bytes)
        return 0;
    const struct maker_strings_entry *found =
        maker_strings_find(&maker->strings, (struct tare_text){text->text, text->bytes});
    if (found)
        return found->value;
    uint32_t id = take(maker, LEDGER_STRINGS, text->bytes + 1);
    if (!id)
        return 0;
    memcpy(at_unit(maker, id), text->text, text->bytes);
    maker->hash = add_hash(maker->hash, text->text, text->bytes);
    return keep(maker,
                maker_strings_insert(&maker->strings,
                                     (struct tare_text){at_unit(maker, id), text->bytes},
                                     id),
                id);
}

void maker_set_command(struct maker *maker, const struct maker_text *command)
{
    struct ledger_header *header = maker_header(maker);
    size_t bytes = command->bytes < LEDGER_COMMAND_BYTES - 1 ? command->bytes
                                                             : LEDGER_COMMAND_BYTES - 1;
    size_t first = 0;

    memset(header->command, 0, sizeof header->command);
    memset(header->executable, 0, sizeof header->executable);
    if (!bytes)
        return;
    memcpy(header->command, command->text, bytes);
    header->command_bytes = (uint32_t)bytes + 1;
    while (first < bytes && first < LEDGER_PATH_BYTES - 1 && header->command[first] != ' ')
        first++;
    memcpy(header->executable, header->command, first);
}

uint32_t maker_module(struct maker *maker, const struct maker_text *path)
{
    struct maker_text text = path->bytes ? *path : (struct maker_text){"[unknown]", 9};
    uint32_t string = add_string(maker, &text);

    if (!string)
        return 0;
    const struct maker_modules_entry *found = maker_modules_find(&maker->modules, string);
    if (found)
        return found->value;
    uint32_t id = take(maker, LEDGER_MODULES, sizeof(struct ledger_module));
    struct ledger_module *module = at_unit(maker, id);

    if (!id)
        return 0;
    /* As if one behind the other: addresses are the places' numbers. */
    *module = (struct ledger_module){.start = (uint64_t)id << 32,
                                     .end = (uint64_t)(id + 1) << 32,
                                     .bias = (uint64_t)id << 32,
                                     .path = string,
                                     .path_bytes = (uint32_t)text.bytes};
    return keep(maker, maker_modules_insert(&maker->modules, string, id), id);
}

static void add_frame(struct maker *maker, uint32_t module, const struct maker_frame *from)
{
    struct maker_frame frame = *from;
    struct ledger_frame made = {
        .address = maker->next_address,
        .module = module,
        .line = frame.line,
        .function = add_string(maker, &frame.function),
        .file = add_string(maker, &frame.file),
    };
    uint32_t id = take(maker, LEDGER_FRAMES, sizeof made);

    if (!id)
        return;
    made.function_bytes = (uint16_t)frame.function.bytes;
    made.file_bytes = (uint16_t)frame.file.bytes;
    *(struct ledger_frame *)at_unit(maker, id) = made;
}

struct maker_place maker_place(struct maker *maker, uint32_t module,
                               const struct maker_frame *frames, uint32_t count)
{
    const struct maker_frame nameless = {0};

    maker->next_address += PLACE_STEP;
    if (!count) {
        frames = &nameless;
        count = 1;
    }
    for (uint32_t i = 0; module && i < count && i < MAKER_FRAMES_MOST; i++)
        add_frame(maker, module, &frames[i]);
    return (struct maker_place){((uint64_t)module << 32) + maker->next_address, module};
}

uint32_t maker_node(struct maker *maker, struct maker_place place, uint32_t parent)
{
    const struct ledger_node node = {place.ip | LEDGER_IP_EXACT, parent, place.module};

    if (maker->error || !place.module)
        return 0;
    const struct maker_nodes_entry *found = maker_nodes_find(&maker->nodes, node);
    if (found)
        return found->value;
    uint32_t id = take(maker, LEDGER_NODES, sizeof node);
    if (!id)
        return 0;
    *(struct ledger_node *)at_unit(maker, id) = node;
    return keep(maker, maker_nodes_insert(&maker->nodes, node, id), id);
}

void maker_site(struct maker *maker, uint32_t node, const struct maker_counts *counts)
{
    uint32_t id = take(maker, LEDGER_RECORDS, sizeof(struct ledger_record));
    uint64_t live_blocks = counts->live_blocks < counts->allocations ? counts->live_blocks
                                                                     : counts->allocations;
    uint64_t live_bytes =
        counts->live_bytes < counts->bytes ? counts->live_bytes : counts->bytes;

    if (!id)
        return;
    *(struct ledger_record *)at_unit(maker, id) = (struct ledger_record){
        .site = node ? node : LEDGER_NO_STACK,
        .slot = 1,
        .allocations = counts->allocations,
        .bytes = counts->bytes,
        .frees = counts->allocations - live_blocks,
        .freed_bytes = counts->bytes - live_bytes,
        .epoch = 1,
        .peak_bytes =
            counts->bytes_at_peak <= INT64_MAX ? (int64_t)counts->bytes_at_peak : INT64_MAX,
        .temporary = counts->temporary,
    };
    maker_header(maker)->peak_bytes += counts->bytes_at_peak;
    maker->hash = add_hash(maker->hash, counts, sizeof *counts);
}

/* Two imports are never of one build: their addresses are numbers. */
static void set_build_ids(struct maker *maker)
{
    for (uint32_t extent = LEDGER_FIRST_EXTENT; extent < maker->extents; extent++) {
        if (maker->bytes[LEDGER_HEADER_BYTES + extent] != LEDGER_MODULES)
            continue;
        struct ledger_module *modules =
            at_unit(maker, extent * (LEDGER_EXTENT_BYTES / LEDGER_UNIT_BYTES));
        for (size_t i = 0; i < LEDGER_EXTENT_BYTES / sizeof *modules; i++) {
            if (!modules[i].end)
                continue;
            memcpy(modules[i].build_id, &maker->hash, sizeof maker->hash);
            memcpy(modules[i].build_id + 8, &modules[i].start, 8);
            modules[i].build_id_bytes = 16;
        }
    }
}

int maker_write(struct maker *maker, FILE *out)
{
    size_t bytes = (size_t)maker->extents * LEDGER_EXTENT_BYTES;

    if (maker->error)
        return maker->error;
    set_build_ids(maker);
    maker_header(maker)->extents = maker->extents;
    errno = 0;
    if (fwrite(maker->bytes, 1, bytes, out) != bytes || fflush(out))
        return errno ? -errno : -EIO;
    return 0;
}
