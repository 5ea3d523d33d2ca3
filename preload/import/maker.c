/* SPDX-License-Identifier: MIT */
#include "import/maker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { STRING_MOST = 4096, PLACE_STEP = 16 };

int maker_init(struct maker *maker)
{
    *maker = (struct maker){.extents = LEDGER_FIRST_EXTENT, .hash = 0xcbf29ce484222325u};
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
    free(maker->nodes.slots);
    free(maker->strings.slots);
    free(maker->modules.slots);
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

typedef bool equal_fn(const struct maker *maker, uint32_t id, const void *key);
typedef uint64_t hash_fn(const struct maker *maker, uint32_t id);

/* Where the key is, or belongs. */
static uint32_t *slot_of(const struct maker *maker, const struct maker_keys *keys,
                         uint64_t hash, equal_fn *equal, const void *key)
{
    for (uint64_t at = hash;; at++) {
        uint32_t *slot = &keys->slots[at & (keys->slot_count - 1)];

        if (!*slot || equal(maker, *slot, key))
            return slot;
    }
}

static bool has_room(struct maker *maker, struct maker_keys *keys, hash_fn *hash)
{
    if (2 * keys->used < keys->slot_count)
        return true;
    struct maker_keys more = {.slot_count = keys->slot_count ? 2 * keys->slot_count : 1024,
                              .used = keys->used};
    more.slots = calloc(more.slot_count, sizeof *more.slots);
    if (!more.slots) {
        maker->error = -ENOMEM;
        return false;
    }
    for (uint64_t i = 0; i < keys->slot_count; i++) {
        uint64_t at = keys->slots[i] ? hash(maker, keys->slots[i]) : 0;

        while (keys->slots[i] && more.slots[at & (more.slot_count - 1)])
            at++;
        if (keys->slots[i])
            more.slots[at & (more.slot_count - 1)] = keys->slots[i];
    }
    free(keys->slots);
    *keys = more;
    return true;
}

/* A string in the ledger has no length: it ends where its zeros begin. */
static size_t string_bytes(const struct maker *maker, uint32_t id)
{
    return strnlen(at_unit(maker, id), STRING_MOST);
}

static uint64_t hash_of_string(const struct maker *maker, uint32_t id)
{
    return add_hash(1, at_unit(maker, id), string_bytes(maker, id));
}

static bool is_string(const struct maker *maker, uint32_t id, const void *key)
{
    const struct maker_text *text = key;

    return string_bytes(maker, id) == text->bytes &&
           !memcmp(at_unit(maker, id), text->text, text->bytes);
}

/* Its id; the text loses what a ledger cannot have: what is behind a NUL, or too long. */
static uint32_t add_string(struct maker *maker, struct maker_text *text)
{
    text->bytes = strnlen(text->text ? text->text : "",
                          text->bytes < STRING_MOST - 1 ? text->bytes : STRING_MOST - 1);
    if (!text->bytes || !has_room(maker, &maker->strings, hash_of_string))
        return 0;
    uint32_t *slot = slot_of(maker, &maker->strings, add_hash(1, text->text, text->bytes),
                             is_string, text);
    if (*slot)
        return *slot;
    uint32_t id = take(maker, LEDGER_STRINGS, text->bytes + 1);
    if (!id)
        return 0;
    memcpy(at_unit(maker, id), text->text, text->bytes);
    maker->hash = add_hash(maker->hash, text->text, text->bytes);
    maker->strings.used++;
    return *slot = id;
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

static uint64_t hash_of_module(const struct maker *maker, uint32_t id)
{
    const struct ledger_module *module = at_unit(maker, id);

    return add_hash(1, &module->path, sizeof module->path);
}

static bool is_module(const struct maker *maker, uint32_t id, const void *key)
{
    const struct ledger_module *module = at_unit(maker, id);

    return module->path == *(const uint32_t *)key;
}

uint32_t maker_module(struct maker *maker, const struct maker_text *path)
{
    struct maker_text text = path->bytes ? *path : (struct maker_text){"[unknown]", 9};
    uint32_t string = add_string(maker, &text);

    if (!string || !has_room(maker, &maker->modules, hash_of_module))
        return 0;
    uint32_t *slot = slot_of(maker, &maker->modules, add_hash(1, &string, sizeof string),
                             is_module, &string);
    if (*slot)
        return *slot;
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
    maker->modules.used++;
    return *slot = id;
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

static uint64_t hash_of_node(const struct maker *maker, uint32_t id)
{
    return add_hash(1, at_unit(maker, id), sizeof(struct ledger_node));
}

static bool is_node(const struct maker *maker, uint32_t id, const void *key)
{
    return !memcmp(at_unit(maker, id), key, sizeof(struct ledger_node));
}

uint32_t maker_node(struct maker *maker, struct maker_place place, uint32_t parent)
{
    const struct ledger_node node = {place.ip | LEDGER_IP_EXACT, parent, place.module};

    if (maker->error || !place.module || !has_room(maker, &maker->nodes, hash_of_node))
        return 0;
    uint32_t *slot =
        slot_of(maker, &maker->nodes, add_hash(1, &node, sizeof node), is_node, &node);
    if (*slot)
        return *slot;
    uint32_t id = take(maker, LEDGER_NODES, sizeof node);
    if (!id)
        return 0;
    *(struct ledger_node *)at_unit(maker, id) = node;
    maker->nodes.used++;
    return *slot = id;
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
    if (fwrite(maker->bytes, 1, bytes, out) != bytes || fflush(out))
        return -EIO;
    return 0;
}
