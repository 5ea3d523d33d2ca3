/* SPDX-License-Identifier: MIT */
#include "html/page_index.h"

uint32_t page_index_find(struct page_index *index, struct page_key key, bool *is_new)
{
    struct page_keys_entry *entry = page_keys_find_or_insert(&index->keys, key, is_new);

    *is_new &= entry != NULL;
    if (*is_new)
        entry->value = index->count++;
    return entry ? entry->value : UINT32_MAX;
}

void page_index_fini(struct page_index *index)
{
    page_keys_fini(&index->keys);
    *index = (struct page_index){0};
}
