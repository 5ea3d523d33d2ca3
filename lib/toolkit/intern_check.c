/* SPDX-License-Identifier: MIT */
#include "toolkit/intern_core.h"

void tare_intern_get_stats(struct tare_intern *table, struct tare_intern_stats *stats)
{
    struct tare__intern_core *core = intern_core_of(table);

    *stats = (struct tare_intern_stats){0};
    if (tare__intern_is_unbegun(intern_directory_of(core)))
        return;
    uint64_t used = __atomic_load_n(&core->used, __ATOMIC_RELAXED);
    stats->strings = used >> 32;
    stats->strings_max = core->strings_max;
    stats->text_bytes = (used & UINT32_MAX) * INTERN_UNIT_BYTES;
    stats->text_bytes_max = (size_t)core->units_max * INTERN_UNIT_BYTES;
    for (size_t i = 0; i < INTERN_STRIPES; i++) {
        struct intern_stripe *stripe = &core->stripes[i];

        pthread_mutex_lock(&stripe->lock);
        stats->inserts += stripe->inserts;
        stats->races += stripe->races;
        stats->refused += stripe->refused;
        stats->failed += stripe->failed;
        pthread_mutex_unlock(&stripe->lock);
    }
    pthread_mutex_lock(&core->growth);
    stats->held_bytes = core->held_bytes + sizeof *core;
    stats->pages = core->pages;
    stats->slots = core->slots;
    stats->directory_pages = core->directory->count;
    stats->grown = core->grown;
    pthread_mutex_unlock(&core->growth);
}

/* Each string of the page is found, and is where its hash says. */
static bool is_page_valid(const struct tare__intern_core *core, uintptr_t place,
                          uint32_t first_tag)
{
    const struct intern_page *page = intern_page_at(place);
    uint32_t used = 0;

    for (uint32_t i = 0; i <= intern_mask_at(place); i++)
        for (size_t k = 0; k < INTERN_BUCKET_SLOTS; k++) {
            uint32_t handle = page->buckets[i].handles[k], tag = page->buckets[i].tags[k];

            if (!handle)
                continue;
            const char *text = tare_intern_text(&core->open, handle);
            size_t bytes = tare_intern_bytes(&core->open, handle);
            used++;
            if (text[bytes] ||
                tag != intern_tag(intern_hash(core->directory->keys, text, bytes)) ||
                (uint64_t)tag >> page->shift != (uint64_t)first_tag >> page->shift ||
                tare__intern_probe(core, place, tag, text, bytes) != handle)
                return false;
        }
    return used == page->used;
}

bool tare__intern_valid(const struct tare_intern *table)
{
    const struct tare__intern_core *core = intern_core_of(table);
    const struct intern_directory *directory = core->directory;
    size_t used = 0, pages = 0, slots = 0;

    if (tare__intern_is_unbegun(directory))
        return true;
    if (directory->count != (uint64_t)1 << (32 - directory->shift))
        return false;
    for (uint32_t i = 0, span; i < directory->count; i += span) {
        const struct intern_page *page = intern_page_at(directory->places[i]);
        uint32_t tag = (uint32_t)((uint64_t)i << directory->shift);

        if (page->shift < directory->shift || page->stripe >= INTERN_STRIPES ||
            intern_mask_at(directory->places[i]) + 1 != UINT32_C(1) << page->log)
            return false;
        span = UINT32_C(1) << (page->shift - directory->shift);
        if (i % span || span > directory->count - i)
            return false;
        for (uint32_t k = 1; k < span; k++)
            if (directory->places[i + k] != directory->places[i])
                return false;
        if (!is_page_valid(core, directory->places[i], tag))
            return false;
        used += page->used;
        pages++;
        slots += (size_t)INTERN_BUCKET_SLOTS << page->log;
    }
    return pages == core->pages && slots == core->slots && used == core->used >> 32;
}
