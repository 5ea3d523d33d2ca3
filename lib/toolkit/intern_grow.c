/* SPDX-License-Identifier: MIT
 *
 * Pages double until they have 1 << INTERN_SPLIT_LOG buckets; then they are split, and when the
 * directory has one place for a page that is to be split, it is doubled first. The directory has at
 * most INTERN_PLACES_A_PAGE places a page, whatever the hashes are: a page that must not be split
 * doubles.
 */
#include "base/debug.h"
#include "toolkit/intern_core.h"

enum {
    INTERN_PLACES_A_PAGE = 4,
    INTERN_SHIFT_MIN = INTERN_SPLIT_LOG, /* lower bits choose the bucket */
};

static uint32_t slots_of(uint32_t log)
{
    return (uint32_t)INTERN_BUCKET_SLOTS << log;
}

bool tare__intern_is_full(const struct intern_page *page)
{
    return page->used >= slots_of(page->log) / 8 * 7;
}

/* With room for some more. */
static uint32_t log_for(uint32_t used)
{
    uint32_t log = INTERN_PAGE_LOG_MIN;

    while (used >= slots_of(log) / 16 * 9)
        log++;
    return log;
}

void tare__intern_put(struct intern_page *page, uint32_t tag, uint32_t handle)
{
    uint32_t mask = (UINT32_C(1) << page->log) - 1;

    TARE_ASSERT(page->used < slots_of(page->log));
    for (uint32_t i = tag;; i++) {
        struct intern_bucket *bucket = &page->buckets[i & mask];

        for (size_t k = 0; k < INTERN_BUCKET_SLOTS; k++) {
            if (__atomic_load_n(&bucket->handles[k], __ATOMIC_RELAXED))
                continue;
            __atomic_store_n(&bucket->tags[k], tag, __ATOMIC_RELEASE);
            __atomic_store_n(&bucket->handles[k], handle, __ATOMIC_RELEASE);
            page->used++;
            return;
        }
    }
}

/* A late reader may be in it still: it must see the new version before it sees another tag or a free
 * slot. */
static void use_again(struct intern_page *page)
{
    __atomic_store_n(&page->version, page->version + 1, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < UINT32_C(1) << page->log; i++)
        for (size_t k = 0; k < INTERN_BUCKET_SLOTS; k++)
            __atomic_store_n(&page->buckets[i].handles[k], 0, __ATOMIC_RELEASE);
}

static struct intern_page *page_new(struct tare__intern_core *core, uint32_t log,
                                    uint32_t shift)
{
    struct intern_page *page = core->spare[log];
    size_t bytes = sizeof *page + (sizeof(struct intern_bucket) << log);

    if (page) {
        core->spare[log] = page->next_spare;
        use_again(page);
    } else {
        page = tare__intern_memory(core, bytes);
        if (!page)
            return NULL;
        memset(page, 0, bytes);
        page->stripe = core->page_serial++ % INTERN_STRIPES;
        page->log = log;
    }
    page->used = 0;
    page->shift = shift;
    core->pages++;
    core->slots += slots_of(log);
    return page;
}

static void page_spare(struct tare__intern_core *core, struct intern_page *page)
{
    page->next_spare = core->spare[page->log];
    core->spare[page->log] = page;
    core->pages--;
    core->slots -= slots_of(page->log);
}

static struct intern_directory *directory_new(struct tare__intern_core *core, uint32_t log)
{
    struct intern_directory *directory =
        tare__intern_memory(core, sizeof *directory + (sizeof directory->places[0] << log));

    if (!directory)
        return NULL;
    directory->count = UINT32_C(1) << log;
    directory->shift = 32 - log;
    return directory;
}

static uintptr_t place_for(const struct intern_page *page)
{
    return (uintptr_t)page | page->log;
}

bool tare__intern_grow_first(struct tare__intern_core *core,
                             const uint64_t keys[INTERN_KEYS])
{
    struct intern_page *page = page_new(core, INTERN_PAGE_LOG_MIN, 32);
    struct intern_directory *directory = page ? directory_new(core, 0) : NULL;

    if (!directory)
        return false;
    memcpy(directory->keys, keys, sizeof directory->keys);
    directory->places[0] = place_for(page);
    __atomic_store_n(&core->directory, directory, __ATOMIC_RELEASE);
    return true;
}

/* All places change under the growth lock, which the caller has. */
static bool double_directory(struct tare__intern_core *core)
{
    struct intern_directory *old = core->directory;
    struct intern_directory *directory = directory_new(core, 32 - old->shift + 1);

    if (!directory)
        return false;
    memcpy(directory->keys, old->keys, sizeof directory->keys);
    for (uint32_t i = 0; i < directory->count; i++)
        directory->places[i] = old->places[i / 2];
    __atomic_store_n(&core->directory, directory, __ATOMIC_RELEASE);
    return true;
}

static bool may_split(const struct tare__intern_core *core, const struct intern_page *page)
{
    const struct intern_directory *directory = core->directory;

    return page->log >= INTERN_SPLIT_LOG &&
           (page->shift > directory->shift ||
            (directory->shift > INTERN_SHIFT_MIN &&
             directory->count / 2 < core->pages * (INTERN_PLACES_A_PAGE / 4)));
}

/* As the page of all tags that are equal to `tag` above its shift. */
static void name_page(struct tare__intern_core *core, uint32_t tag,
                      const struct intern_page *page)
{
    struct intern_directory *directory = core->directory;
    uint32_t count = UINT32_C(1) << (page->shift - directory->shift);
    uint32_t first = (uint32_t)((uint64_t)tag >> directory->shift) & ~(count - 1);

    for (uint32_t i = first; i < first + count; i++)
        __atomic_store_n(&directory->places[i], place_for(page), __ATOMIC_RELEASE);
}

/* Which of two halves a tag is in. */
static uint32_t half_of(uint32_t tag, uint32_t shift)
{
    return tag >> (shift - 1) & 1;
}

static void count_halves(const struct intern_page *page, uint32_t used[2])
{
    used[0] = used[1] = 0;
    for (uint32_t i = 0; i < UINT32_C(1) << page->log; i++)
        for (size_t k = 0; k < INTERN_BUCKET_SLOTS; k++)
            if (page->buckets[i].handles[k])
                used[half_of(page->buckets[i].tags[k], page->shift)]++;
}

/* All that is in it goes to the two, which may be one; then they are found, and it is not. */
static void replace(struct tare__intern_core *core, struct intern_page *page, uint32_t tag,
                    struct intern_page *const halves[2])
{
    uint32_t high = UINT32_C(1) << (page->shift - 1);

    for (uint32_t i = 0; i < UINT32_C(1) << page->log; i++)
        for (size_t k = 0; k < INTERN_BUCKET_SLOTS; k++) {
            uint32_t its_tag = page->buckets[i].tags[k];
            uint32_t handle = page->buckets[i].handles[k];

            if (handle)
                tare__intern_put(halves[half_of(its_tag, page->shift)], its_tag, handle);
        }
    name_page(core, tag & ~high, halves[0]);
    name_page(core, tag | high, halves[1]);
    page_spare(core, page);
    core->grown++;
}

static bool enlarge(struct tare__intern_core *core, struct intern_page *page, uint32_t tag)
{
    struct intern_page *larger =
        page->log < INTERN_PAGE_LOG_MAX ? page_new(core, page->log + 1, page->shift) : NULL;

    if (!larger)
        return false;
    replace(core, page, tag, (struct intern_page *[]){larger, larger});
    return true;
}

static bool split(struct tare__intern_core *core, struct intern_page *page, uint32_t tag)
{
    struct intern_page *halves[2];
    uint32_t used[2];

    if (page->shift == core->directory->shift && !double_directory(core))
        return false;
    count_halves(page, used);
    halves[0] = page_new(core, log_for(used[0]), page->shift - 1);
    if (!halves[0])
        return false;
    halves[1] = page_new(core, log_for(used[1]), page->shift - 1);
    if (!halves[1]) {
        page_spare(core, halves[0]);
        return false;
    }
    replace(core, page, tag, halves);
    return true;
}

bool tare__intern_grow(struct tare__intern_core *core, uintptr_t place, uint32_t tag)
{
    struct intern_page *page = intern_page_at(place);

    pthread_mutex_lock(&core->growth);
    bool is_grown =
        may_split(core, page) ? split(core, page, tag) : enlarge(core, page, tag);
    pthread_mutex_unlock(&core->growth);
    return is_grown;
}
