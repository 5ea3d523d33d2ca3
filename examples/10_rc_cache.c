/* SPDX-License-Identifier: MIT
 *
 * Files that are parsed once and kept as long as there is room: threads ask for them by name, one of
 * them parses, and what is in use outlives the cache's interest in it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/rc_cache.h>

struct parsed {
    struct tare_rc rc;
    size_t words;
};

TARE_RC_DEFINE(parsed, struct parsed);

static struct tare_rc_cache *cache;
static unsigned long parsings;

/* Called by one thread for a name; the others wait for what it brings. */
static int parse(struct tare_rc_key name, void *context, void **value, size_t *value_bytes)
{
    struct parsed *parsed;

    (void)context;
    if (memcmp(name.bytes, "src/", 4) != 0)
        return -ENOENT; /* all who asked get it, and the next one may try again */
    parsed = parsed_create();
    if (!parsed)
        return -ENOMEM;
    __atomic_add_fetch(&parsings, 1, __ATOMIC_RELAXED);
    parsed->words = name.number * 100;
    *value = parsed;
    *value_bytes = sizeof *parsed;
    return 0;
}

enum { FILES = 2000, REQUESTS = 100000, THREADS = 4 };

static void name_of(unsigned file, char name[32])
{
    snprintf(name, 32, "src/module_%u.c", file);
}

static void *ask(void *seed)
{
    unsigned state = (unsigned)(size_t)seed;
    size_t words = 0;
    char name[32];

    for (int i = 0; i < REQUESTS; i++) {
        unsigned file = (unsigned)rand_r(&state) % FILES;
        void *value;

        name_of(file * file / FILES, name); /* some are asked for more often */
        if (tare_rc_cache_load(cache, tare_rc_key_text(name), parse, NULL, &value))
            return NULL;
        words += ((struct parsed *)value)->words;
        parsed_release(value);
    }
    return words ? seed : NULL;
}

/* Between enter and leave what is there may be looked at without a reference of one's own. */
static unsigned count_present(void)
{
    unsigned present = 0;
    char name[32];

    for (unsigned file = 0; file < FILES; file++) {
        name_of(file, name);
        tare_rc_cache_enter();
        const struct parsed *parsed = tare_rc_cache_peek(cache, tare_rc_key_text(name));
        present += parsed && parsed->words > 0;
        tare_rc_cache_leave();
    }
    return present;
}

int main(void)
{
    const struct tare_rc_cache_options options = {
        .type = &parsed_rc, .max_entries = 1000, .max_bytes = 256 << 10};
    struct tare_rc_cache_stats stats;
    pthread_t threads[THREADS];
    void *nothing = NULL, *result;
    int failed = 0;

    if (tare_rc_cache_create(&cache, &options))
        return 1;
    for (size_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, ask, (void *)(i + 1)))
            return 1;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &result);
        failed |= !result;
    }
    failed |= tare_rc_cache_load(cache, tare_rc_key_text("doc/index"), parse, NULL,
                                 &nothing) != -ENOENT;
    unsigned present = count_present();
    tare_rc_cache_get_stats(cache, &stats);
    printf("%d requests, %lu parsed, %.1f%% found\n", THREADS * REQUESTS, parsings,
           100.0 * (double)stats.hits / (double)(stats.hits + stats.misses));
    printf("%u are there, in %zu of %zu KiB; %lu were evicted\n", present,
           (stats.own_bytes + stats.bytes + stats.retired_bytes) >> 10,
           options.max_bytes >> 10, (unsigned long)stats.evictions);
    tare_rc_cache_destroy(&cache);
    return failed || present != stats.entries;
}
