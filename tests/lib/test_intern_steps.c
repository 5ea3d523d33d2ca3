/* SPDX-License-Identifier: MIT
 *
 * Each way in which a lookup and an insertion can come between each other, one after the other. The
 * table's sources are here once more, with a hook before each atomic load and behind each atomic
 * store. A reader is stopped before its n-th load; then a writer begins and is stopped, for ever,
 * behind its m-th store; then the reader goes on: for all n and m. All on one thread, over memory
 * that is put back as it was before each case.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>

#include <cmocka.h>

static void before_load(void);
static void after_store(void);
static void take_lock(void);
static void give_lock(void);

#define __atomic_load_n(...) (before_load(), __atomic_load_n(__VA_ARGS__))
#define __atomic_store_n(...) (__atomic_store_n(__VA_ARGS__), after_store())
#define pthread_mutex_lock(lock) ((void)(lock), take_lock())
#define pthread_mutex_unlock(lock) ((void)(lock), give_lock())
#define INTERN_SPLIT_LOG 4 /* pages are small, and soon used again */

#include "toolkit/intern.c"
#include "toolkit/intern_begin.c"
#include "toolkit/intern_check.c"
#include "toolkit/intern_grow.c"
#include "toolkit/intern_insert.c"
#include "toolkit/intern_text.c"

enum {
    STRINGS = 400,
    LONGEST = 4000, /* such a string has a granule of its own */
#ifdef __SANITIZE_THREAD__
    SCENES_MAX = 1, /* it sees one thread here */
    WRITTEN = 2,    /* what the writer inserts, at most */
#else
    SCENES_MAX = 12,
    WRITTEN = 60,
#endif
    MEMORY_BYTES = 1 << 19,
    NEVER = INT32_MAX,
};

static char strings[STRINGS][LONGEST + 1];
static uint32_t handles[STRINGS];
static struct tare_intern *table;

/* Memory that is taken and not given back, and what was in it. */
static _Alignas(64) char memory[MEMORY_BYTES];
static char snapshot[MEMORY_BYTES];
static size_t memory_used, snapshot_used;

static void *take_memory(struct tare_mem *mem, void *old, size_t old_bytes, size_t bytes,
                         size_t alignment)
{
    (void)mem;
    (void)old_bytes;
    if (old)
        return NULL;
    size_t start = (memory_used + alignment - 1) & ~(alignment - 1);
    assert_true(start + bytes <= MEMORY_BYTES);
    memory_used = start + bytes;
    return memory + start;
}

static struct tare_mem own_memory = {.resize = take_memory, .name = "own"};

static void keep_table(void)
{
    snapshot_used = memory_used;
    memcpy(snapshot, memory, memory_used);
}

static void put_table_back(void)
{
    memory_used = snapshot_used;
    memcpy(memory, snapshot, memory_used);
}

/* What comes between. */
static struct {
    bool is_reading, is_writing, was_between;
    int loads, stop_at_load, stores, stop_at_store;
    int locks;
    void (*write)(void);
    jmp_buf stopped;
} run;

static void come_between(void)
{
    run.is_writing = run.was_between = true;
    if (!setjmp(run.stopped))
        run.write();
    run.is_writing = false;
    run.locks = 0;
}

static void before_load(void)
{
    if (run.is_reading && !run.is_writing && !run.locks && run.loads++ == run.stop_at_load)
        come_between();
}

static void after_store(void)
{
    if (run.is_writing && run.stores++ == run.stop_at_store)
        longjmp(run.stopped, 1);
}

static void take_lock(void)
{
    before_load();
    run.locks++;
}

static void give_lock(void)
{
    run.locks--;
}

static uint32_t insert_string(size_t number)
{
    return tare_intern_insert(table, strings[number], strlen(strings[number]));
}

static uint32_t find_string(size_t number)
{
    return tare_intern_find(table, strings[number], strlen(strings[number]));
}

static bool is_string(uint32_t handle, size_t number)
{
    return tare_intern_bytes(table, handle) == strlen(strings[number]) &&
           strcmp(tare_intern_text(table, handle), strings[number]) == 0;
}

static uintptr_t place_of(size_t number)
{
    const struct intern_directory *directory = intern_core_of(table)->directory;

    return intern_place_of(
        directory,
        intern_tag(intern_hash(directory->keys, strings[number], strlen(strings[number]))));
}

static uint64_t grown(void)
{
    return intern_core_of(table)->grown + intern_core_of(table)->granule_room;
}

static struct tare_intern *new_table(void)
{
    const struct tare_intern_options options = {.mem = &own_memory, .seed = 1};

    assert_int_equal(tare_intern_create(&table, &options), 0);
    return table;
}

/* Of lengths that the fast path knows, longer ones, and some so long that granules are soon many. */
static void make_strings(void)
{
    for (size_t i = 0; i < STRINGS; i++) {
        size_t bytes = i % 8 == 7 ? LONGEST : 3 + i % 5 * 11;

        memset(strings[i], '-', bytes);
        memcpy(strings[i],
               &(char[]){(char)('0' + i / 100), (char)('0' + i / 10 % 10),
                         (char)('0' + i % 10)},
               3);
    }
}

/* After so many strings an insertion makes a page give way, or the array of granules. `known` is one
 * of those that are in the page. */
struct scene {
    size_t strings, known, last;
};

static struct scene scenes[SCENES_MAX];
static size_t scene_count;

/* A scene lasts until the next one begins, where its page is used again, mostly. */
static void find_scenes(void)
{
    memory_used = 0;
    new_table();
    scene_count = 0;
    for (size_t i = 0; i + WRITTEN < STRINGS && scene_count < SCENES_MAX; i++) {
        uint64_t before = grown();
        struct scene scene = {.strings = i, .known = i, .last = i + WRITTEN};
        uintptr_t place = place_of(i);

        for (size_t k = 0; k < i; k++)
            if (place_of(k) == place)
                scene.known = k;
        handles[i] = insert_string(i);
        assert_int_not_equal(handles[i], 0);
        if (grown() != before)
            scenes[scene_count++] = scene;
    }
    tare_intern_destroy(&table);
    for (size_t i = 0; i + 1 < scene_count; i++)
        if (scenes[i + 1].strings < scenes[i].last)
            scenes[i].last = scenes[i + 1].strings;
}

static const struct scene *scene;

static void begin_scene(const struct scene *begun)
{
    scene = begun;
    memory_used = 0;
    new_table();
    for (size_t i = 0; i < scene->strings; i++)
        handles[i] = insert_string(i);
    keep_table();
}

static void insert_more(void)
{
    for (size_t i = scene->strings; i <= scene->last; i++)
        (void)!insert_string(i);
}

/* The reader, with the writer after so many loads, who gets as far as that. False: one of them was at
 * its end before. */
static bool read_between(uint32_t (*read)(size_t number), size_t number, int load,
                         int store, uint32_t *handle)
{
    put_table_back();
    run.loads = run.stores = run.locks = 0;
    run.was_between = false;
    run.stop_at_load = load;
    run.stop_at_store = store;
    run.is_reading = true;
    *handle = read(number);
    run.is_reading = false;
    return run.was_between && (store == NEVER || run.stores > store);
}

static void what_is_there_is_always_found(void **state)
{
    size_t cases = 0;
    uint32_t handle;

    (void)state;
    run.write = insert_more;
    for (size_t i = 0; i < scene_count; i++) {
        begin_scene(&scenes[i]);
        for (int load = 0; read_between(find_string, scene->known, load, 0, &handle);
             load++)
            for (int store = 0;
                 read_between(find_string, scene->known, load, store, &handle); store++) {
                assert_int_equal(handle, handles[scene->known]);
                cases++;
            }
    }
    assert_true(cases > 1000);
}

static void what_is_found_is_what_was_asked_for(void **state)
{
    uint32_t handle;

    (void)state;
    run.write = insert_more;
    for (size_t i = 0; i < scene_count; i++) {
        begin_scene(&scenes[i]);
        for (int load = 0; read_between(find_string, scene->strings, load, 0, &handle);
             load++)
            for (int store = 0;
                 read_between(find_string, scene->strings, load, store, &handle); store++)
                assert_true(!handle || is_string(handle, scene->strings));
    }
}

/* With insertions that come between whole, as those that wait for a lock do. */
static void insert_between(size_t number)
{
    uint32_t handle;

    for (int load = 0; read_between(insert_string, number, load, NEVER, &handle); load++) {
        assert_true(is_string(handle, number));
        assert_int_equal(find_string(number), handle);
        for (size_t i = 0; i < scene->strings; i++)
            assert_int_equal(find_string(i), handles[i]);
        assert_true(tare__intern_valid(table));
    }
}

static void what_is_inserted_is_there_once(void **state)
{
    (void)state;
    run.write = insert_more;
    for (size_t i = 0; i < scene_count; i++) {
        begin_scene(&scenes[i]);
        insert_between(scene->strings);
        insert_between(scene->last + 1);
    }
}

#define WORDS(X, NAME) X(NAME, one, "one")
TARE_INTERN_CONSTANTS(word, WORDS);

static void begin_global(void)
{
    const struct tare_intern_options options = {.mem = &own_memory,
                                                .constants = &word_constants};

    (void)!tare_intern_global_begin(&options);
}

static uint32_t find_one(size_t unused)
{
    (void)unused;
    return tare_intern_find(&global.open, "one", 3);
}

static bool begin_between(int load, int store, const struct tare__intern_core *unbegun)
{
    uint32_t handle;

    global = *unbegun;
    forks.items = NULL;
    if (!read_between(find_one, 0, load, store, &handle))
        return false;
    assert_true(!handle || handle == word_one);
    assert_int_equal(find_one(0), tare__intern_is_unbegun(global.directory) ? 0 : word_one);
    return true;
}

static void the_global_table_begins_at_once(void **state)
{
    const struct tare__intern_core unbegun = global;

    (void)state;
    memory_used = 0;
    keep_table();
    run.write = begin_global;
    for (int load = 0; begin_between(load, 0, &unbegun); load++)
        for (int store = 0; begin_between(load, store, &unbegun); store++)
            ;
    global = unbegun;
    forks.items = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_always_found),
        cmocka_unit_test(what_is_found_is_what_was_asked_for),
        cmocka_unit_test(what_is_inserted_is_there_once),
        cmocka_unit_test(the_global_table_begins_at_once),
    };

    make_strings();
    find_scenes();
    return cmocka_run_group_tests_name("intern_steps", tests, NULL, NULL);
}
