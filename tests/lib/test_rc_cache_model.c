/* SPDX-License-Identifier: MIT
 *
 * Caches beside the plainest models of their policies: arrays of keys, the oldest first, which are
 * searched and moved. After each step both have the same keys, and the same values.
 */
#include "lib/rc_cache_fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEYS = 200, ENTRIES = 24, STEPS = 8000, SMALL = ENTRIES / 10 };

struct queue {
    uint64_t keys[4 * KEYS];
    size_t count;
};

struct model {
    enum tare_rc_cache_policy policy;
    struct queue recent, frequent, recent_ghosts, frequent_ghosts;
    uint64_t values[KEYS];
    unsigned used[KEYS];
    uint64_t wanted; /* of the recent ones */
};

static size_t place_of(const struct queue *queue, uint64_t key)
{
    size_t at = 0;

    while (at < queue->count && queue->keys[at] != key)
        at++;
    return at;
}

static bool has(const struct queue *queue, uint64_t key)
{
    return place_of(queue, key) < queue->count;
}

static void drop(struct queue *queue, uint64_t key)
{
    size_t at = place_of(queue, key);

    if (at == queue->count)
        return;
    queue->count--;
    memmove(&queue->keys[at], &queue->keys[at + 1],
            (queue->count - at) * sizeof *queue->keys);
}

static void add(struct queue *queue, uint64_t key)
{
    queue->keys[queue->count++] = key;
}

static uint64_t take_oldest(struct queue *queue)
{
    uint64_t key = queue->keys[0];

    drop(queue, key);
    return key;
}

static bool is_there(const struct model *model, uint64_t key)
{
    return has(&model->recent, key) || has(&model->frequent, key);
}

static void evict_by_clock(struct model *model)
{
    for (;;) {
        uint64_t key = take_oldest(&model->recent);

        if (!model->used[key])
            return;
        model->used[key] = 0;
        add(&model->recent, key);
    }
}

static void evict_by_car(struct model *model)
{
    for (;;) {
        bool from_recent = model->recent.count &&
                           (model->recent.count >= (model->wanted ? model->wanted : 1) ||
                            !model->frequent.count);
        uint64_t key = take_oldest(from_recent ? &model->recent : &model->frequent);

        if (!model->used[key]) {
            add(from_recent ? &model->recent_ghosts : &model->frequent_ghosts, key);
            return;
        }
        model->used[key] = 0;
        add(&model->frequent, key);
    }
}

static void evict_by_s3(struct model *model)
{
    for (;;) {
        bool from_recent =
            model->recent.count && (model->recent.count >= SMALL || !model->frequent.count);
        uint64_t key = take_oldest(from_recent ? &model->recent : &model->frequent);

        if (from_recent && model->used[key] <= 1) {
            add(&model->recent_ghosts, key);
            return;
        }
        if (!from_recent && !model->used[key])
            return;
        model->used[key] = from_recent ? 0 : model->used[key] - 1;
        add(&model->frequent, key);
    }
}

static uint64_t times_longer(const struct queue *one, const struct queue *other)
{
    return one->count > other->count ? one->count / other->count : 1;
}

/* An entry that comes back adapts, and is frequent. */
static void admit(struct model *model, uint64_t key)
{
    bool was_recent = has(&model->recent_ghosts, key),
         was_frequent = has(&model->frequent_ghosts, key);

    if (was_recent && model->policy == TARE_RC_CACHE_CAR) {
        model->wanted += times_longer(&model->frequent_ghosts, &model->recent_ghosts);
        model->wanted = model->wanted < ENTRIES ? model->wanted : ENTRIES;
    } else if (was_frequent) {
        uint64_t less = times_longer(&model->recent_ghosts, &model->frequent_ghosts);

        model->wanted = model->wanted > less ? model->wanted - less : 0;
    }
    drop(&model->recent_ghosts, key);
    drop(&model->frequent_ghosts, key);
    add(was_recent || was_frequent ? &model->frequent : &model->recent, key);
    model->used[key] = 0;
}

static void forget(struct model *model)
{
    struct queue *first = &model->recent_ghosts, *second = &model->frequent_ghosts;

    if (model->policy == TARE_RC_CACHE_S3_FIFO) {
        while (first->count > ENTRIES - SMALL)
            take_oldest(first);
        return;
    }
    while (first->count && model->recent.count + first->count > ENTRIES)
        take_oldest(first);
    while (second->count &&
           model->recent.count + model->frequent.count + first->count + second->count >
               2 * ENTRIES)
        take_oldest(second);
}

/* As many ghosts as entries: the longer list makes room, before one is added. */
static void make_room_for_ghost(struct model *model)
{
    struct queue *first = &model->recent_ghosts, *second = &model->frequent_ghosts;

    if (first->count + second->count >= ENTRIES)
        take_oldest(first->count >= second->count ? first : second);
}

static void model_put(struct model *model, uint64_t key, uint64_t value)
{
    model->values[key] = value;
    if (is_there(model, key)) {
        struct queue *queue = has(&model->recent, key) ? &model->recent : &model->frequent;

        drop(queue, key);
        add(queue, key);
        model->used[key] = 1;
        return;
    }
    if (model->recent.count + model->frequent.count == ENTRIES) {
        if (model->policy != TARE_RC_CACHE_CLOCK)
            make_room_for_ghost(model);
        if (model->policy == TARE_RC_CACHE_CLOCK)
            evict_by_clock(model);
        else if (model->policy == TARE_RC_CACHE_CAR)
            evict_by_car(model);
        else
            evict_by_s3(model);
    }
    admit(model, key);
    forget(model);
}

static void model_get(struct model *model, uint64_t key)
{
    unsigned most = model->policy == TARE_RC_CACHE_S3_FIFO ? 3 : 1;

    if (is_there(model, key) && model->used[key] < most)
        model->used[key]++;
}

static struct tare_rc_key key_of(uint64_t number, char text[24], bool is_text)
{
    if (!is_text)
        return tare_rc_key_number(number * 0x10001);
    snprintf(text, 24, "key %d", (int)number);
    return tare_rc_key_text(text);
}

/* What is popular moves, so that lists adapt. */
static uint64_t random_key(int step)
{
    uint64_t width = lrand48() % 3 ? 20 : KEYS;

    return ((uint64_t)lrand48() % width + (uint64_t)step / 500) % KEYS;
}

static void compare(struct tare_rc_cache *cache, const struct model *model, bool is_text,
                    unsigned long seed, int step)
{
    struct tare_rc_cache_stats stats;
    char text[24];

    tare_rc_cache_enter();
    for (uint64_t key = 0; key < KEYS; key++) {
        struct tare_rc_key at = key_of(key, text, is_text);
        struct rc_wanted wanted = rc_want(cache, at); /* without a mark of use */
        struct rc_found found = tare__rc_find(cache->shards, &wanted);

        if ((found.bucket != NULL) != is_there(model, key) ||
            (found.bucket &&
             ((struct value *)rc_value_of(found.word))->number != model->values[key]))
            fail_msg("key %d, with SEED=%lu, policy %d, step %d", (int)key, seed,
                     model->policy, step);
    }
    tare_rc_cache_leave();
    tare_rc_cache_get_stats(cache, &stats);
    assert_int_equal(stats.recent_entries, model->recent.count);
    assert_int_equal(stats.frequent_entries, model->frequent.count);
    assert_int_equal(stats.ghosts,
                     model->recent_ghosts.count + model->frequent_ghosts.count);
    assert_int_equal(stats.recent_wanted, model->wanted);
}

static void random_steps(enum tare_rc_cache_policy policy, bool is_text, unsigned long seed)
{
    struct tare_rc_cache_options options = rc_cache_options(ENTRIES);
    static struct model model;

    options.policy = policy;
    struct tare_rc_cache *cache = rc_cache_made(&options);
    model = (struct model){.policy = policy};
    srand48((long)seed);
    for (int step = 0; step < STEPS; step++) {
        char text[24];
        uint64_t key = random_key(step), number;
        struct tare_rc_key at = key_of(key, text, is_text);
        bool is_hit = is_there(&model, key);
        unsigned what = lrand48() % 50;

        if (what == 0) {
            assert_int_equal(tare_rc_cache_remove(cache, at), is_hit);
            drop(&model.recent, key);
            drop(&model.frequent, key);
        } else {
            assert_int_equal(rc_cache_has(cache, at, &number), is_hit);
            model_get(&model, key);
        }
        if (what > 1 && (!is_hit || what < 5)) {
            assert_int_equal(rc_cache_put_new(cache, at, (uint64_t)step, 1), 0);
            model_put(&model, key, (uint64_t)step);
        }
        if (step % 16 == 0 || step < 300)
            compare(cache, &model, is_text, seed, step);
        if (step % 256 == 0)
            assert_true(tare__rc_cache_valid(cache));
    }
    tare_rc_cache_destroy(&cache);
}

static void caches_do_as_their_models(void **state)
{
    const char *seed = getenv("SEED");
    unsigned long first = seed ? strtoul(seed, NULL, 10) : 1;

    (void)state;
    for (unsigned long i = first; i < first + (seed ? 1 : 4); i++)
        for (enum tare_rc_cache_policy policy = 0; policy <= TARE_RC_CACHE_S3_FIFO;
             policy++)
            random_steps(policy, i % 2, i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {RC_CACHE_TEST(caches_do_as_their_models)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
