/* SPDX-License-Identifier: MIT */
#include "cli/live_look.h"

#include "cli/compress_guess.h"
#include "cli/live_blocks.h"
#include "format/content.h"
#include "format/trailer_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RECORDS_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_record),
    BLOCKS_MOST = 1 << 23,
    SAMPLE_MOST = 4 << 20, /* bytes that are compressed */
    POINTER_SHIFT = 61,    /* words of one block of eight are looked at */
    OLD_SHARE = 10,
};

/* What is kept of a block. */
struct content {
    uint64_t hash;
    uint64_t bytes;
    uint32_t site; /* index of `sites` */
    bool is_text;
};

struct looking {
    struct live_look *look;
    struct ledger_file file;
    struct target_memory memory;
    uint32_t *site_of_node; /* index of `sites` + 1 */
    struct content *contents;
    uint32_t content_count, content_room;
    uint32_t site_room;
    uint64_t now_units, sampled;
    int err;
};

static const struct ledger_record *record_of(const struct looking *l, uint32_t number)
{
    if (ledger_file_kind(&l->file, number / RECORDS_PER_EXTENT) != LEDGER_RECORDS)
        return NULL;
    const struct ledger_record *record = ledger_file_record(&l->file, number);
    bool is_node = record->site <
                   (uint64_t)l->file.extents * (LEDGER_EXTENT_BYTES / LEDGER_UNIT_BYTES);
    return record->site && is_node && record->class == LEDGER_HEAP ? record : NULL;
}

/* The record's site, made on first use; NULL: it is no record, or there is no memory. */
static struct ledger_held *site_of(struct looking *l, uint32_t number)
{
    struct live_look *look = l->look;
    const struct ledger_record *record = record_of(l, number);

    if (!record)
        return NULL;
    uint32_t *site = &l->site_of_node[record->site];
    if (!*site && look->count == l->site_room) {
        uint32_t room = 2 * l->site_room + 256;
        struct ledger_held *sites = realloc(look->sites, room * sizeof *sites);

        if (!sites) {
            l->err = -ENOMEM;
            return NULL;
        }
        look->sites = sites;
        l->site_room = room;
    }
    if (!*site) {
        look->sites[look->count] = (struct ledger_held){.record = number};
        *site = ++look->count;
    }
    return &look->sites[*site - 1];
}

static bool make_room(struct looking *l)
{
    uint32_t room = l->content_room ? 2 * l->content_room : 4096;

    if (l->content_count < l->content_room)
        return true;
    struct content *contents =
        room <= BLOCKS_MOST ? realloc(l->contents, room * sizeof *contents) : NULL;
    if (!contents) {
        l->err = -ENOMEM;
        return false;
    }
    l->contents = contents;
    l->content_room = room;
    return true;
}

/* The first bytes, or the pieces, of a block; how many. */
static size_t read_content(const struct looking *l, const struct live_block *block,
                           uint8_t to[CONTENT_WHOLE])
{
    size_t at[CONTENT_PIECES];

    if (block->bytes <= CONTENT_WHOLE) {
        if (!block->content)
            return target_memory_read(&l->memory, block->address, to, block->bytes)
                       ? block->bytes
                       : 0;
        memcpy(to, block->content, block->bytes);
        return block->bytes;
    }
    content_pieces(block->bytes, at);
    for (size_t i = 0; i < CONTENT_PIECES; i++) {
        uint8_t *piece = to + i * CONTENT_PIECE;

        if (block->content)
            memcpy(piece, block->content + at[i], CONTENT_PIECE);
        else if (!target_memory_read(&l->memory, block->address + at[i], piece,
                                     CONTENT_PIECE))
            memset(piece, 0, CONTENT_PIECE);
    }
    return CONTENT_WHOLE;
}

static void count_unwritten(struct ledger_held *site, const struct live_block *block)
{
    if (!block->content || !content_is_filled(block->address, block->when, block->bytes))
        return;
    size_t tail = content_tail(block->content, block->bytes, LEDGER_FILL_BYTE);
    site->unwritten_of_bytes += block->bytes;
    site->unwritten_bytes += tail < sizeof(uint64_t) ? 0 : tail;
}

static void count_age(struct looking *l, struct ledger_held *site,
                      const struct live_block *block)
{
    uint64_t when = time_of(block->when);

    if (when > l->now_units || l->now_units - when <= l->now_units / OLD_SHARE)
        return;
    site->old_blocks++;
    site->old_bytes += block->bytes;
    if (block->bytes < LEDGER_PAGE_BYTES || !block->content || l->sampled >= SAMPLE_MOST)
        return;
    const uint8_t *page = block->content + (block->bytes - LEDGER_PAGE_BYTES) / 2;
    site->sampled_bytes += LEDGER_PAGE_BYTES;
    site->compressed_bytes += compress_guess(page, LEDGER_PAGE_BYTES);
    l->sampled += LEDGER_PAGE_BYTES;
}

static void count_pointers(const struct looking *l, struct ledger_held *site,
                           const uint8_t *content, size_t bytes)
{
    for (size_t at = 0; at + sizeof(uint64_t) <= bytes; at += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, content + at, sizeof word);
        site->words++;
        site->pointer_words += word && target_memory_range(&l->memory, word) != NULL;
    }
}

static bool add_block(void *context, const struct live_block *block)
{
    struct looking *l = context;
    uint8_t content[CONTENT_WHOLE];
    struct ledger_held *site = l->err ? NULL : site_of(l, block->record);

    if (!site || !make_room(l))
        return false;
    site->blocks++;
    site->bytes += block->bytes;
    l->look->live_bytes += block->bytes;
    if (!block->bytes)
        return true;
    size_t bytes = read_content(l, block, content);
    struct content *to = &l->contents[l->content_count++];
    *to = (struct content){
        .hash = content_hash(content, bytes, block->bytes),
        .bytes = block->bytes,
        .site = (uint32_t)(site - l->look->sites),
        .is_text = content_is_text(content, block->bytes > CONTENT_WHOLE ? CONTENT_PIECE
                                                                         : block->bytes),
    };
    count_unwritten(site, block);
    count_age(l, site, block);
    if ((block->address >> 4) * 0x9e3779b97f4a7c15u >> POINTER_SHIFT == 0)
        count_pointers(l, site, content, bytes);
    return true;
}

static int by_hash(const void *a, const void *b)
{
    const struct content *one = a;
    const struct content *other = b;

    if (one->hash != other->hash)
        return one->hash < other->hash ? -1 : 1;
    return (one->site > other->site) - (one->site < other->site);
}

/* Equal contents stand together, and of these those of one site. */
static void count_contents(struct looking *l)
{
    if (l->content_count)
        qsort(l->contents, l->content_count, sizeof *l->contents, by_hash);
    for (uint32_t first = 0, end; first < l->content_count; first = end) {
        const struct content *content = &l->contents[first];

        for (end = first; end < l->content_count && l->contents[end].hash == content->hash;)
            end++;
        bool shared = l->contents[end - 1].site != content->site;
        for (uint32_t i = first; i < end; i++) {
            const struct content *at = &l->contents[i];
            struct ledger_held *site = &l->look->sites[at->site];

            site->text_blocks += at->is_text;
            site->text_bytes += at->is_text ? at->bytes : 0;
            if (i > first && at[-1].site == at->site)
                continue;
            site->distinct_blocks++;
            site->distinct_bytes += at->bytes;
            site->elsewhere_blocks += shared;
            site->elsewhere_bytes += shared ? at->bytes : 0;
        }
    }
}

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int look_at_process(struct looking *l)
{
    const struct ledger_header *header = ledger_file_header(&l->file);
    uint64_t now = monotonic_ns();
    size_t nodes = (size_t)l->file.extents * (LEDGER_EXTENT_BYTES / LEDGER_UNIT_BYTES);

    l->now_units = (now - header->start_monotonic_ns) / LEDGER_LIFE_UNIT_NS;
    l->site_of_node = calloc(nodes + 1, sizeof *l->site_of_node);
    if (!l->site_of_node)
        return -ENOMEM;
    int err = target_memory_open(&l->memory, (pid_t)header->pid);
    if (err)
        return err;
    bool done =
        live_blocks_find(&l->memory, header->block_key, now + LIVE_LOOK_NS, add_block, l);
    target_memory_fini(&l->memory);
    return l->err ? l->err : done ? 0 : -ETIME;
}

int live_look_take(struct live_look *look, const char *path, live_look_read_fn *read,
                   void *context)
{
    struct looking l = {.look = look};

    *look = (struct live_look){0};
    int err = ledger_file_read(&l.file, path);
    if (!err)
        err = look_at_process(&l);
    read(context);
    if (!err)
        count_contents(&l);
    ledger_file_fini(&l.file);
    free(l.site_of_node);
    free(l.contents);
    if (err)
        live_look_fini(look);
    return err;
}

void live_look_fini(struct live_look *look)
{
    free(look->sites);
    *look = (struct live_look){0};
}
