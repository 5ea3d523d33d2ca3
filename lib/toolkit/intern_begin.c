/* SPDX-License-Identifier: MIT
 *
 * How tables begin and end. Until it begins the global one has a directory, a page and a granule
 * that are here, with nothing in them: so lookups need not ask. It begins under the lock of all
 * tables, and is never ended: what it holds is reachable from here, and destructors may use it.
 */
#include "base/debug.h"
#include "toolkit/intern_core.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/random.h>

static struct {
    pthread_mutex_t lock;
    struct intern_fork_item *items;
} forks = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void before_fork(void)
{
    pthread_mutex_lock(&forks.lock);
    for (struct intern_fork_item *item = forks.items; item; item = item->next)
        item->hold(item->of, true);
}

static void after_fork(void)
{
    for (struct intern_fork_item *item = forks.items; item; item = item->next)
        item->hold(item->of, false);
    pthread_mutex_unlock(&forks.lock);
}

static void begin_forks(void)
{
    pthread_atfork(before_fork, after_fork, after_fork);
}

static void lock_forks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, begin_forks);
    pthread_mutex_lock(&forks.lock);
}

static void add_item(struct intern_fork_item *item)
{
    item->next = forks.items;
    item->previous = NULL;
    if (item->next)
        item->next->previous = item;
    forks.items = item;
}

void tare__intern_fork_add(struct intern_fork_item *item)
{
    lock_forks();
    add_item(item);
    pthread_mutex_unlock(&forks.lock);
}

void tare__intern_fork_remove(struct intern_fork_item *item)
{
    lock_forks();
    if (item->previous)
        item->previous->next = item->next;
    else
        forks.items = item->next;
    if (item->next)
        item->next->previous = item->previous;
    pthread_mutex_unlock(&forks.lock);
}

static void hold_core(void *of, bool take)
{
    struct tare__intern_core *core = of;
    int (*change)(pthread_mutex_t * lock) =
        take ? pthread_mutex_lock : pthread_mutex_unlock;

    for (size_t i = 0; i < INTERN_STRIPES; i++)
        change(&core->stripes[i].lock);
    change(&core->growth);
}

/* Bits of the seed, or of chance, spread over 64. */
static uint64_t next_key(uint64_t *state)
{
    uint64_t key = *state += 0x9e3779b97f4a7c15u;

    key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9u;
    key = (key ^ key >> 27) * 0x94d049bb133111ebu;
    return key ^ key >> 31;
}

void tare__intern_keys(uint64_t keys[INTERN_KEYS], uint64_t seed)
{
    const void *random;

    if (!seed && getrandom(keys, INTERN_KEYS * sizeof *keys, GRND_NONBLOCK) ==
                     INTERN_KEYS * sizeof *keys)
        return;
    if (!seed && (random = (const void *)getauxval(AT_RANDOM))) /* the kernel's, 16 bytes */
        memcpy(&seed, random, sizeof seed);
    for (size_t i = 0; i < INTERN_KEYS; i++)
        keys[i] = next_key(&seed);
}

static uint32_t limit_of(size_t asked, size_t otherwise)
{
    size_t limit = asked ? asked : otherwise;

    return limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX;
}

/* Each constant of the image, as its place says; there are no two that are equal. */
static int add_constants(struct tare__intern_core *core,
                         const struct tare_intern_constants *constants)
{
    uint32_t units = (uint32_t)(constants->bytes / INTERN_UNIT_BYTES);

    for (uint32_t unit = 1; unit < units;) {
        size_t bytes = tare_intern_bytes(&core->open, unit);

        if (!tare__intern_take_room(core, bytes))
            return -EINVAL;
        int err = tare__intern_insert_at(core, unit);
        if (err)
            return err;
        unit += (uint32_t)(bytes + 2 + INTERN_UNIT_BYTES - 1) / INTERN_UNIT_BYTES;
    }
    return 0;
}

static void core_fini(struct tare__intern_core *core)
{
    for (size_t i = 0; i < INTERN_STRIPES; i++)
        pthread_mutex_destroy(&core->stripes[i].lock);
    pthread_mutex_destroy(&core->growth);
    tare__intern_memory_fini(core);
}

/* Nobody else has it yet. */
static int core_init(struct tare__intern_core *core,
                     const struct tare_intern_options *options)
{
    uint64_t keys[INTERN_KEYS];

    *core = (struct tare__intern_core){
        .mem = options->mem ? options->mem : tare_mem_default(),
        .strings_max = limit_of(options->strings_max, TARE_INTERN_STRINGS),
        .units_max = limit_of(options->bytes_max / INTERN_UNIT_BYTES,
                              TARE_INTERN_BYTES / INTERN_UNIT_BYTES),
        .fork_item = {.hold = hold_core, .of = core},
    };
    for (size_t i = 0; i < INTERN_STRIPES; i++)
        pthread_mutex_init(&core->stripes[i].lock, NULL);
    pthread_mutex_init(&core->growth, NULL);
    tare__intern_keys(keys, options->seed);
    int err = tare__intern_text_first(core, options->constants) &&
                      tare__intern_grow_first(core, keys)
                  ? 0
                  : -ENOMEM;
    if (!err && options->constants)
        err = add_constants(core, options->constants);
    if (err)
        core_fini(core);
    return err;
}

static void core_free(struct tare__intern_core *core)
{
    tare_mem_free(core->mem, core, sizeof *core, _Alignof(struct tare__intern_core));
}

static int core_new(struct tare__intern_core **core,
                    const struct tare_intern_options *options)
{
    static const struct tare_intern_options defaults;
    struct tare_mem *mem;

    options = options ? options : &defaults;
    mem = options->mem ? options->mem : tare_mem_default();
    *core = tare_mem_alloc(mem, sizeof **core, _Alignof(struct tare__intern_core));
    if (!*core)
        return -ENOMEM;
    int err = core_init(*core, options);
    if (err)
        core_free(*core);
    return err;
}

int tare_intern_create(struct tare_intern **table,
                       const struct tare_intern_options *options)
{
    struct tare__intern_core *core;
    int err = core_new(&core, options);

    if (err)
        return err;
    tare__intern_fork_add(&core->fork_item);
    *table = &core->open;
    return 0;
}

void tare_intern_destroy(struct tare_intern **table)
{
    struct tare__intern_core *core = intern_core_of(*table);

    if (!core)
        return;
    TARE_CHECK(*table != tare_intern_global());
    tare__intern_fork_remove(&core->fork_item);
    core_fini(core);
    core_free(core);
    *table = NULL;
}

/* What the global table has until it begins: nothing is in it, and it is full. */
static struct intern_page no_page = {.buckets = {{{0}, {0}}}};
static struct intern_directory no_directory = {
    .shift = 32, .count = 1, .places = {(uintptr_t)&no_page}};
static const char no_text[INTERN_UNIT_BYTES];
static const char *const no_granules[] = {no_text};

static struct tare__intern_core global = {.open = {no_granules},
                                          .directory = &no_directory};

struct tare_intern *tare_intern_global(void)
{
    return &global.open;
}

bool tare__intern_is_unbegun(const struct intern_directory *directory)
{
    return directory == &no_directory;
}

/* Readers use two words of it, and nobody more before it has a directory: that comes last. */
static void become_global(struct tare__intern_core *made)
{
    const size_t rest = offsetof(struct tare__intern_core, mem);
    struct intern_directory *directory = made->directory;

    memcpy((char *)&global + rest, (char *)made + rest, sizeof global - rest);
    for (size_t i = 0; i < INTERN_STRIPES; i++)
        pthread_mutex_init(&global.stripes[i].lock, NULL);
    pthread_mutex_init(&global.growth, NULL);
    global.fork_item.of = &global;
    add_item(&global.fork_item);
    __atomic_store_n(&global.open.granules, made->open.granules, __ATOMIC_RELEASE);
    __atomic_store_n(&global.directory, directory, __ATOMIC_RELEASE);
    core_free(made);
}

int tare_intern_global_begin(const struct tare_intern_options *options)
{
    struct tare__intern_core *made;
    int err = -EALREADY;

    lock_forks();
    if (tare__intern_is_unbegun(global.directory))
        err = core_new(&made, options);
    if (!err)
        become_global(made);
    pthread_mutex_unlock(&forks.lock);
    return err;
}
