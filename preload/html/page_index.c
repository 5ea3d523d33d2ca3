/* SPDX-License-Identifier: MIT */
#include "html/page_index.h"

#include <stdlib.h>

static uint64_t mix(struct page_key key)
{
    uint64_t hash = (key.a ^ (key.b * 0x9e3779b97f4a7c15u)) * 0xbf58476d1ce4e5b9u;

    hash = (hash ^ (hash >> 31)) * 0x94d049bb133111ebu;
    return hash ^ (hash >> 29);
}

static uint32_t *slot_of(const struct page_index *index, struct page_key key)
{
    uint32_t at = (uint32_t)mix(key) & (index->slot_count - 1);

    for (; index->slots[at]; at = (at + 1) & (index->slot_count - 1)) {
        const struct page_key *found = &index->keys[index->slots[at] - 1];

        if (found->a == key.a && found->b == key.b)
            break;
    }
    return &index->slots[at];
}

static bool grow(struct page_index *index)
{
    uint32_t room = index->room ? 2 * index->room : 512;
    struct page_key *keys = realloc(index->keys, room * sizeof *keys);
    uint32_t *slots = calloc((size_t)room * 2, sizeof *slots);

    if (keys)
        index->keys = keys;
    if (!keys || !slots) {
        free(slots);
        return false;
    }
    free(index->slots);
    index->slots = slots;
    index->slot_count = room * 2;
    index->room = room;
    for (uint32_t i = 0; i < index->count; i++)
        *slot_of(index, index->keys[i]) = i + 1;
    return true;
}

uint32_t page_index_find(struct page_index *index, struct page_key key, bool *is_new)
{
    *is_new = false;
    if (index->count == index->room && !grow(index))
        return UINT32_MAX;
    uint32_t *slot = slot_of(index, key);
    if (!*slot) {
        *is_new = true;
        index->keys[index->count] = key;
        *slot = ++index->count;
    }
    return *slot - 1;
}

void page_index_fini(struct page_index *index)
{
    free(index->keys);
    free(index->slots);
    *index = (struct page_index){0};
}
