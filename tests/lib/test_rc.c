/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/single_threaded.h>

#include <tare/rc.h>

#include "toolkit/rc_core.h"

struct node {
    int number;
    struct tare_rc rc;
    struct node *left, *right;
};

struct other {
    struct tare_rc rc;
    struct node *node;
};

static int destructed, freed;
static struct tare_mem_failer failer;

static void forget_node(void *object);
static void forget_other(void *object);

TARE_RC_DEFINE(node, struct node, .destruct = forget_node, .mem = &failer.mem);
TARE_RC_DEFINE(other, struct other, .destruct = forget_other, .mem = &failer.mem);

static void forget_node(void *object)
{
    struct node *node = object;

    destructed++;
    node_release(node->left);
    node_release(node->right);
}

static void forget_other(void *object)
{
    destructed++;
    node_release(((struct other *)object)->node);
}

static int set_up(void **state)
{
    (void)state;
    destructed = freed = 0;
    tare_mem_failer_init(&failer, NULL, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(failer.counter.live_bytes, 0);
    return 0;
}

static struct node *make(int number)
{
    struct node *node = node_create();

    assert_non_null(node);
    node->number = number;
    node->left = node->right = NULL;
    return node;
}

static void the_last_release_ends_the_object(void **state)
{
    (void)state;
    struct node *node = make(1);
    assert_ptr_equal(node_acquire(node), node);
    node_release(node);
    assert_int_equal(destructed, 0);
    assert_true(tare__rc_valid(&node->rc));
    node_release(node);
    assert_int_equal(destructed, 1);
    node_release(NULL);
}

static void create_fails_without_memory(void **state)
{
    (void)state;
    failer.fail_at = 1;
    assert_null(node_create());
}

static void a_scope_releases_unless_it_is_stolen_from(void **state)
{
    struct node *kept;

    (void)state;
    {
        TARE_RC_SCOPED(node, gone) = make(1);
        TARE_RC_SCOPED(node, stolen) = make(2);
        assert_int_equal(gone->number, 1);
        kept = node_steal(&stolen);
    }
    assert_int_equal(destructed, 1);
    node_release(kept);
}

static void a_weak_reference_gives_a_strong_one_while_there_is_any(void **state)
{
    (void)state;
    struct node *node = make(1);
    struct node_weak *weak = node_weak_acquire(node);
    assert_ptr_equal(node_weak_lock(weak), node);
    node_release(node);
    node_release(node);
    assert_int_equal(destructed, 1);
    assert_true(failer.counter.live_bytes > 0);
    assert_null(node_weak_lock(weak));
    node_weak_release(weak);
    node_weak_release(NULL);
    assert_int_equal(failer.counter.live_bytes, 0);
}

static struct node_weak *of_itself;

static void look_for_itself(void *object)
{
    (void)object;
    destructed++;
    assert_null(tare_rc_weak_lock(&node_rc, of_itself));
}

static void an_object_that_ends_is_not_to_be_had(void **state)
{
    struct tare_rc_type type = node_rc;

    (void)state;
    type.destruct = look_for_itself;
    of_itself = tare_rc_weak_acquire(&type, make(1));
    tare_rc_release(&type, of_itself);
    tare_rc_weak_release(&type, of_itself);
    of_itself = (struct node_weak *)(void *)make(1); /* and where nobody else knows it */
    tare_rc_release(&type, of_itself);
    assert_int_equal(destructed, 2);
}

static void a_batch_owns_what_it_took(void **state)
{
    enum { COUNT = 10 };
    struct tare_rc_batch batch;

    (void)state;
    struct node *node = make(1), *outside;
    node_batch_begin(&batch, node, COUNT);
    assert_int_equal(node->rc.counts & TARE__RC_STRONG, 1 + COUNT);
    node_release(node);
    for (int i = 0; i < 3 * COUNT; i++)
        assert_ptr_equal(node_batch_take(&batch), node);
    for (int i = 0; i < 3 * COUNT - 1; i++)
        tare_rc_batch_give(&batch);
    assert_in_range(batch.left + batch.given, 1, 2 * COUNT);
    outside = node;
    tare_rc_batch_end(&batch);
    assert_int_equal(node->rc.counts & TARE__RC_STRONG, 1);
    assert_int_equal(destructed, 0);
    node_release(outside);
    assert_int_equal(destructed, 1);
    node_batch_begin(&batch, node = make(2), 1);
    node_release(node);
    assert_ptr_equal(node_batch_take(&batch), node);
    tare_rc_batch_give(&batch);
    tare_rc_batch_end(&batch); /* the last one */
    assert_int_equal(destructed, 2);
}

static void a_saturated_object_is_never_freed(void **state)
{
    (void)state;
    struct node *node = make(1);
    node->rc.counts = TARE__RC_WEAK | INT32_MAX;
    node_acquire(node);
    assert_int_equal(node->rc.counts, TARE__RC_WEAK | (uint64_t)3 << 30);
    for (int i = 0; i < 1000; i++) {
        node_release(node);
        assert_int_equal(node->rc.counts, TARE__RC_WEAK | (uint64_t)3 << 30);
    }
    struct node_weak *weak = node_weak_acquire(node);
    assert_ptr_equal(node_weak_lock(weak), node);
    node_weak_release(weak);
    assert_int_equal(destructed, 0);
    node->rc.counts = TARE__RC_FIRST;
    node_release(node);
}

static void saturated_weak_references_keep_the_memory(void **state)
{
    (void)state;
    struct node *node = make(1);
    node->rc.counts = (uint64_t)INT32_MAX << 32 | 1;
    struct node_weak *weak = node_weak_acquire(node);
    assert_int_equal(node->rc.counts, (uint64_t)3 << 62 | 1);
    node_weak_release(weak);
    assert_int_equal(node->rc.counts, (uint64_t)3 << 62 | 1);
    node_release(node);
    assert_int_equal(destructed, 1);
    assert_int_equal(node->rc.counts, (uint64_t)3 << 62);
    assert_null(node_weak_lock(weak));
    node->rc.counts = TARE__RC_WEAK;
    node_weak_release(weak);
}

/* A million frames of forget_node do not fit on a stack. */
static void long_lists_take_no_stack(void **state)
{
    enum { LENGTH = 1000000 };
    struct node *list = NULL;

    (void)state;
    for (int i = 0; i < LENGTH; i++) {
        struct node *node = make(i);

        node->right = list;
        if (i % 2)
            node->left = make(-i);
        list = node;
    }
    node_release(list);
    assert_int_equal(destructed, LENGTH + LENGTH / 2);
}

static void what_a_destruct_releases_may_be_of_other_types(void **state)
{
    struct other *other = other_create();

    (void)state;
    other->node = make(1);
    struct node *kept = node_acquire(other->node);
    other_release(other);
    assert_int_equal(destructed, 1);
    node_release(kept);
    assert_int_equal(destructed, 2);
}

enum { TYPES = 12 };
static struct tare_rc_type many_types[TYPES];

static void forget_next(void *object)
{
    struct node *next = ((struct node *)object)->right;

    destructed++;
    if (next)
        tare_rc_release(&many_types[next->number], next);
    next = ((struct node *)object)->left;
    if (next)
        tare_rc_release(&many_types[next->number], next);
}

/* More than can wait apart: some are destructed in place. */
static void more_types_than_there_is_room_for_end_too(void **state)
{
    struct node *root = make(0), *leaf;

    (void)state;
    for (int i = 0; i < TYPES; i++) {
        many_types[i] = node_rc;
        many_types[i].destruct = forget_next;
    }
    leaf = root;
    for (int i = 1; i < 10000; i++) {
        leaf->left = make(i % TYPES);
        leaf->right = make((i + 5) % TYPES);
        leaf = leaf->right;
    }
    tare_rc_release(&many_types[0], root);
    assert_int_equal(destructed, 1 + 2 * 9999);
}

static void count_free(void *object)
{
    (void)object;
    freed++;
}

static void objects_may_be_anywhere(void **state)
{
    static struct node here;
    const struct tare_rc_type type = {.rc_offset = offsetof(struct node, rc),
                                      .free = count_free};

    (void)state;
    tare_rc_init(&here.rc);
    tare_rc_release(&type, tare_rc_acquire(&type, &here));
    assert_int_equal(freed, 0);
    tare_rc_release(&type, &here);
    assert_int_equal(freed, 1);
}

TARE_POOL_DEFINE(plain, struct node);
TARE_RC_DEFINE(pooled, struct node, .pool = &plain_pool);

static void objects_may_be_of_a_pool(void **state)
{
    struct tare_pool_stats stats;

    (void)state;
    struct node *node = pooled_create();
    assert_non_null(node);
    tare_pool_get_stats(&plain_pool, &stats);
    assert_int_equal(stats.live_objects, 1);
    pooled_release(node);
    assert_int_equal(tare_pool_fini(&plain_pool), 0);
}

static int told;
static struct rc_watch watch;

static void tell(struct rc_watch *watched)
{
    assert_ptr_equal(watched, &watch);
    assert_int_equal(destructed, 0);
    told++;
}

static void a_watch_is_told_once_and_before_the_destruct(void **state)
{
    (void)state;
    struct node *node = make(1);
    struct rc_watch second = {tell};
    struct node_weak *weak = node_weak_acquire(node);
    told = 0;
    watch.died = tell;
    assert_true(tare__rc_watch_set(&node->rc, &watch));
    assert_false(tare__rc_watch_set(&node->rc, &second));
    assert_false(tare__rc_watch_clear(&node->rc, &second));
    assert_true(tare__rc_watch_clear(&node->rc, &watch));
    assert_true(tare__rc_watch_set(&node->rc, &watch));
    node_release(node);
    assert_int_equal(told, 1);
    assert_false(tare__rc_watch_clear(&node->rc, &watch));
    node_weak_release(weak);
}

static void *do_nothing(void *unused)
{
    return unused;
}

/* The same, when counting is atomic: from the first thread on. */
static int begin_threads(void **state)
{
    pthread_t thread;

    (void)state;
    return pthread_create(&thread, NULL, do_nothing, NULL) || pthread_join(thread, NULL) ||
           __libc_single_threaded;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    TEST(the_last_release_ends_the_object),
    TEST(create_fails_without_memory),
    TEST(a_scope_releases_unless_it_is_stolen_from),
    TEST(a_weak_reference_gives_a_strong_one_while_there_is_any),
    TEST(an_object_that_ends_is_not_to_be_had),
    TEST(a_batch_owns_what_it_took),
    TEST(a_saturated_object_is_never_freed),
    TEST(saturated_weak_references_keep_the_memory),
    TEST(long_lists_take_no_stack),
    TEST(what_a_destruct_releases_may_be_of_other_types),
    TEST(more_types_than_there_is_room_for_end_too),
    TEST(objects_may_be_anywhere),
    TEST(objects_may_be_of_a_pool),
    TEST(a_watch_is_told_once_and_before_the_destruct),
};

int main(void)
{
    int failed = cmocka_run_group_tests_name("one thread", tests, NULL, NULL);

    return failed | cmocka_run_group_tests_name("threads", tests, begin_threads, NULL);
}
