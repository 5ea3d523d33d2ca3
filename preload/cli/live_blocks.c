/* SPDX-License-Identifier: MIT */
#include "cli/live_blocks.h"

#include "format/ledger.h"
#include "format/trailer_layout.h"

#include <string.h>
#include <time.h>

enum {
    WINDOW_BYTES = 1 << 20,
    ALIGNMENT = 16,
    CHUNK_MIN = 32,
    FLAG_BITS = 7,
    FLAG_MAPPED = 2,
};

struct window {
    const struct target_memory *memory;
    const struct memory_range *range;
    uint64_t key, start;
    size_t bytes;
    uint8_t *content;
};

static uint64_t word_at(const struct window *window, uint64_t address)
{
    uint64_t word;

    memcpy(&word, window->content + (address - window->start), sizeof word);
    return word;
}

static bool is_within(const struct window *window, uint64_t address, uint64_t bytes)
{
    return address >= window->start && address + bytes <= window->start + window->bytes;
}

/* The trailer and the word before it; a block's end may lie behind the window. */
static bool read_end(const struct window *window, uint64_t at, uint64_t words[2])
{
    if (is_within(window, at, 16)) {
        words[0] = word_at(window, at);
        words[1] = word_at(window, at + 8);
        return true;
    }
    return target_memory_read(window->memory, at, words, 16);
}

/* Usable bytes of a block there; 0: no size stands in front. */
static uint64_t usable_at(const struct window *window, uint64_t address)
{
    uint64_t word = word_at(window, address - 8);
    uint64_t chunk = word & ~(uint64_t)FLAG_BITS;

    if (chunk < CHUNK_MIN || chunk % ALIGNMENT || chunk > window->range->end - address + 16)
        return 0;
    return chunk - (word & FLAG_MAPPED ? 16 : 8);
}

static bool read_block(const struct window *window, uint64_t address, uint64_t usable,
                       struct live_block *block)
{
    uint64_t words[2];

    if (usable < 16 || !read_end(window, address + usable - 16, words))
        return false;
    uint64_t word = words[1];
    uint64_t slack = word >> TRAILER_SLACK_SHIFT & TRAILER_FAR;
    if (slack == TRAILER_FAR)
        slack = words[0];
    if ((word & ((1u << TRAILER_CHECK_BITS) - 1)) !=
            trailer_check(window->key, (const void *)(uintptr_t)address, word, slack) ||
        slack > usable - TRAILER_BYTES)
        return false;
    *block = (struct live_block){
        .address = address,
        .bytes = usable - TRAILER_BYTES - slack,
        .record = (uint32_t)(word >> TRAILER_RECORD_SHIFT),
        .when = (uint32_t)(word >> TRAILER_CHECK_BITS) & ((1u << TRAILER_WHEN_BITS) - 1),
    };
    if (is_within(window, address, block->bytes))
        block->content = window->content + (address - window->start);
    return true;
}

/* From `at` on; where it goes on, which may be behind the window. */
static uint64_t search(const struct window *window, uint64_t at, live_block_fn *found,
                       void *context)
{
    uint64_t end = window->start + window->bytes;

    while (at < end) {
        uint64_t usable = usable_at(window, at);
        struct live_block block;

        if (usable && read_block(window, at, usable, &block) && found(context, &block))
            at += (usable + 8 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        else
            at += ALIGNMENT;
    }
    return at;
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool live_blocks_find(const struct target_memory *memory, uint64_t key, uint64_t until_ns,
                      live_block_fn *found, void *context)
{
    static uint8_t content[WINDOW_BYTES + LEDGER_PAGE_BYTES];

    for (uint32_t i = 0; i < memory->range_count; i++) {
        const struct memory_range *range = &memory->ranges[i];
        uint64_t at = range->start + ALIGNMENT;

        while (at < range->end) {
            /* the page before, too: the size of the first block stands in front of it */
            uint64_t start = (at - 8) / LEDGER_PAGE_BYTES * LEDGER_PAGE_BYTES;
            uint64_t bytes = range->end - start;
            struct window window = {memory, range, key, start, 0, content};

            window.bytes = bytes < sizeof content ? bytes : sizeof content;
            if (now_ns() > until_ns)
                return false;
            if (target_memory_pages(memory, start, content, window.bytes))
                at = search(&window, at, found, context);
            else
                at = (start + window.bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
    }
    return true;
}
