/* SPDX-License-Identifier: MIT
 *
 * What buffer pools wipe, and data that has pages of its own.
 */
#include "lib/buffer_fixture.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* A tare_mem that looks at what comes back for words of a secret; what it gives has none. */
enum { SECRET = 0x5e };

static struct spy {
    struct tare_mem mem;
    size_t secret_words;
} spy;

static size_t secret_words(const void *data, size_t bytes)
{
    uint64_t secret, word;
    size_t found = 0;

    memset(&secret, SECRET, sizeof secret);
    for (size_t i = 0; i + sizeof word <= bytes; i += sizeof word) {
        memcpy(&word, (const char *)data + i, sizeof word);
        found += word == secret;
    }
    return found;
}

static void *spy_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                        size_t new_bytes, size_t alignment)
{
    (void)mem;
    if (block)
        spy.secret_words += secret_words(block, old_bytes);
    block = tare_mem_resize(&counter.mem, block, old_bytes, new_bytes, alignment);
    if (block)
        memset(block, 0, new_bytes);
    return block;
}

static void begin_secure(void)
{
    spy = (struct spy){{spy_resize, "spy"}, 0};
    begin((struct tare_buffer_pool_options){.mem = &spy.mem, .is_secure = true});
}

static size_t secrets_in(const struct tare_buffer *buffer)
{
    return secret_words(buffer->data, buffer->capacity_bytes);
}

static void a_secure_pool_wipes_what_was_used(void **state)
{
    (void)state;
    begin_secure();
    struct tare_buffer buffer = take(1024);
    void *data = buffer.data;
    memset(data, SECRET, 1024);
    tare_buffer_commit(&buffer, 1000);
    tare_buffer_free(&buffer);
    assert_int_equal(stats_now().wiped_bytes, 1000);
    buffer = take(1024);
    assert_ptr_equal(buffer.data, data);
    assert_int_equal(secrets_in(&buffer), 3); /* by the length that was used */
    assert_int_equal(((char *)data)[999], 0);
    tare_buffer_free(&buffer);
    assert_int_equal(stats_now().wiped_bytes, 1000);
}

static void a_secure_pool_wipes_what_was_truncated(void **state)
{
    (void)state;
    begin_secure();
    struct tare_buffer buffer = take(1024);
    fill(&buffer, 900, SECRET);
    tare_buffer_truncate(&buffer, 0);
    fill(&buffer, 100, SECRET);
    tare_buffer_truncate(&buffer, 50);
    tare_buffer_free(&buffer);
    buffer = take(1024);
    assert_int_equal(secrets_in(&buffer), 0);
    buffer.used_bytes = 16; /* without commit */
    memset(buffer.data, SECRET, 16);
    tare_buffer_free(&buffer);
    buffer = take(1024);
    assert_int_equal(secrets_in(&buffer), 0);
    tare_buffer_free(&buffer);
}

static void a_secure_pool_leaves_nothing_where_data_was(void **state)
{
    (void)state;
    begin_secure();
    struct tare_buffer small = take(100), moved = take(1024), large = take(2 << 20);
    fill(&small, 100, SECRET);
    fill(&large, 2 << 20, SECRET);
    for (int i = 0; i < 300; i++) {
        fill(&moved, 1000, SECRET);
        if (i % 50 == 0)
            tare_buffer_truncate(&moved, 500);
    }
    fill(&small, 1000, SECRET);
    tare_buffer_free(&small);
    tare_buffer_free(&moved);
    tare_buffer_free(&large);
    tare_buffer_pool_trim(&pool, 0);
    assert_int_equal(spy.secret_words, 0);
}

static void a_secure_pool_wipes_what_is_lost(void **state)
{
    (void)state;
    begin_secure();
    struct tare_buffer lost = take(5000);
    fill(&lost, 5000, SECRET);
    assert_int_equal(tare_buffer_pool_fini(&pool), 1);
    assert_int_equal(spy.secret_words, 0);
}

static void a_pool_that_is_not_secure_wipes_nothing(void **state)
{
    (void)state;
    begin((struct tare_buffer_pool_options){0});
    struct tare_buffer buffer = take(1024);
    fill(&buffer, 1024, SECRET);
    tare_buffer_free(&buffer);
    buffer = take(1024);
    assert_int_equal(secrets_in(&buffer), 1024 / 8);
    assert_int_equal(stats_now().wiped_bytes, 0);
    tare_buffer_free(&buffer);
}

/* What the kernel says of the page at `data`. */
static bool has_page_flag(const void *data, const char *flag)
{
    char line[512];
    bool is_here = false, has = false;
    FILE *maps = fopen("/proc/self/smaps", "r");

    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        unsigned long start, end;

        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            is_here = (uintptr_t)data >= start && (uintptr_t)data < end;
        if (is_here && strncmp(line, "VmFlags:", 8) == 0)
            has = strstr(line, flag);
    }
    fclose(maps);
    return has;
}

static void data_is_left_out_of_dumps_if_asked(void **state)
{
    (void)state;
    for (int asked = 0; asked < 2; asked++) {
        begin((struct tare_buffer_pool_options){.is_left_out_of_dumps = asked});
        for (size_t bytes = 1; bytes < 4 << 20; bytes *= 7) {
            struct tare_buffer buffer = take(bytes);

            fill(&buffer, bytes, 'x');
            assert_int_equal(has_page_flag(buffer.data, " dd"), asked);
            fill(&buffer, bytes, 'y');
            tare_buffer_free(&buffer);
        }
        assert_int_equal(tare_buffer_pool_fini(&pool), 0);
    }
}

static void data_is_blank_in_children_if_asked(void **state)
{
    int status;

    (void)state;
    begin((struct tare_buffer_pool_options){.is_blank_in_children = true});
    struct tare_buffer buffer = take(10000);
    fill(&buffer, 10000, SECRET);
    pid_t child = fork();
    if (child == 0)
        _exit(secrets_in(&buffer) != 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(secrets_in(&buffer), 10000 / 8);
    tare_buffer_free(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEEPS(a_secure_pool_wipes_what_was_used),
        KEEPS(a_secure_pool_wipes_what_was_truncated),
        KEEPS(a_secure_pool_leaves_nothing_where_data_was),
        KEEPS(a_secure_pool_wipes_what_is_lost),
        KEEPS(a_pool_that_is_not_secure_wipes_nothing),
        KEEPS(data_is_left_out_of_dumps_if_asked),
        KEEPS(data_is_blank_in_children_if_asked),
        CHECKED(a_secure_pool_wipes_what_was_truncated),
        CHECKED(a_secure_pool_leaves_nothing_where_data_was),
        PASSES(a_secure_pool_leaves_nothing_where_data_was),
        PASSES(data_is_left_out_of_dumps_if_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
