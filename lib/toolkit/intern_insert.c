/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/debug.h"
#include "toolkit/intern_core.h"

/* With the stripe's lock, in the page that is the right one now. 0: there is no room; *is_grown: the
 * page is another now. */
static uint32_t insert_into(struct tare__intern_core *core, uintptr_t place, uint32_t tag,
                            const char *start, size_t bytes, bool *is_grown)
{
    struct intern_page *page = intern_page_at(place);
    struct intern_stripe *stripe = &core->stripes[page->stripe];
    uint32_t handle = tare__intern_probe(core, place, tag, start, bytes);

    *is_grown = false;
    stripe->inserts++;
    if (handle) {
        stripe->races++;
        return handle;
    }
    if (!tare__intern_take_room(core, bytes)) {
        stripe->refused++;
        return 0;
    }
    *is_grown = tare__intern_is_full(page) && tare__intern_grow(core, place, tag);
    if (!*is_grown && !tare__intern_is_full(page))
        handle = tare__intern_text_add(core, stripe, start, bytes);
    if (handle) {
        tare__intern_put(page, tag, handle);
    } else {
        tare__intern_give_room(core, bytes);
        stripe->failed += !*is_grown;
    }
    return handle;
}

uint32_t tare__intern_insert(struct tare__intern_core *core, const char *start,
                             size_t bytes)
{
    for (;;) {
        struct intern_directory *directory = intern_directory_of(core);

        if (TARE_UNLIKELY(tare__intern_is_unbegun(directory))) {
            int err = tare_intern_global_begin(NULL);

            if (err && err != -EALREADY)
                return 0;
            continue;
        }
        uint32_t tag = intern_tag(intern_hash(directory->keys, start, bytes)), handle = 0;
        uintptr_t place = intern_place_of(directory, tag);
        struct intern_stripe *stripe = &core->stripes[intern_page_at(place)->stripe];
        bool is_grown = true;

        pthread_mutex_lock(&stripe->lock);
        if (intern_place_of(intern_directory_of(core), tag) == place)
            handle = insert_into(core, place, tag, start, bytes, &is_grown);
        pthread_mutex_unlock(&stripe->lock);
        if (handle || !is_grown)
            return handle;
    }
}

int tare__intern_insert_at(struct tare__intern_core *core, uint32_t handle)
{
    const char *text = tare_intern_text(&core->open, handle);
    size_t bytes = tare_intern_bytes(&core->open, handle);
    uint32_t tag = intern_tag(intern_hash(core->directory->keys, text, bytes));

    for (;;) {
        uintptr_t place = intern_place_of(core->directory, tag);

        if (tare__intern_probe(core, place, tag, text, bytes))
            return -EINVAL;
        if (!tare__intern_is_full(intern_page_at(place))) {
            tare__intern_put(intern_page_at(place), tag, handle);
            return 0;
        }
        if (!tare__intern_grow(core, place, tag))
            return -ENOMEM;
    }
}
