/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/codec_fixture.h"

enum { LIMIT = 1 << 20, SAVERS = 4, SAVES = 40 };

static char folder[64], path[80];
static struct tare_mem_failer failer;
static struct tare_codec *codec;
static struct tare_codec_block content;

static int set_up(void **state)
{
    (void)state;
    assert_true(folder_make(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/state", folder);
    tare_mem_failer_init(&failer, NULL, 0);
    const struct tare_codec_options options = {.mem = &failer.mem};
    assert_int_equal(tare_codec_create(&codec, &options), 0);
    return 0;
}

/* Nothing but the state itself is left in the folder: it can be removed. */
static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    tare_codec_block_fini(&content);
    tare_codec_destroy(&codec);
    assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
    return 0;
}

static int save(uint32_t number)
{
    struct tare_codec_part parts[STATE_PARTS];
    struct state one;

    state_make(&one, number);
    state_parts(&one, parts);
    return tare_codec_save_parts(codec, path, parts, STATE_PARTS);
}

static int load(struct tare_codec_part parts[STATE_PARTS])
{
    memset(parts, 0, STATE_PARTS * sizeof *parts);
    return tare_codec_load_parts(codec, path, LIMIT, &content, parts, STATE_PARTS);
}

static bool is_there(uint32_t number)
{
    struct tare_codec_part parts[STATE_PARTS];
    struct state one;

    state_make(&one, number);
    return load(parts) == 0 && state_is(&one, parts);
}

static void what_is_saved_is_loaded(void **state)
{
    struct tare_codec_part parts[STATE_PARTS];

    (void)state;
    assert_int_equal(load(parts), -ENOENT);
    for (uint32_t number = 0; number < 3; number++) {
        assert_int_equal(save(number), 0);
        assert_true(is_there(number));
    }
    assert_int_equal(tare_codec_save(codec, path, "plain", 5), 0);
    assert_int_equal(tare_codec_load(codec, path, 5, &content), 0);
    assert_memory_equal(content.data, "plain", 5);
    assert_int_equal(tare_codec_load(codec, path, 4, &content), -EMSGSIZE);
    assert_int_equal(content.bytes, 0);
}

static void a_file_in_the_current_folder_needs_no_path(void **state)
{
    char before[4096];

    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(tare_codec_save(codec, "state", "here", 4), 0);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(tare_codec_load(codec, path, 4, &content), 0);
}

static void *save_often(void *context)
{
    struct tare_codec *own;
    intptr_t err = tare_codec_create(&own, NULL);

    for (uint32_t i = 0; !err && i < SAVES; i++) {
        char data[1000];

        memset(data, 'a' + (int)(intptr_t)context, sizeof data);
        err = tare_codec_save(own, path, data, sizeof data);
    }
    tare_codec_destroy(&own);
    return (void *)err;
}

static void several_save_at_a_time(void **state)
{
    pthread_t threads[SAVERS];
    void *err;

    (void)state;
    assert_int_equal(tare_codec_save(codec, path, "first", 5), 0);
    for (intptr_t i = 0; i < SAVERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, save_often, (void *)i), 0);
    for (int i = 0; i < SAVES; i++)
        assert_int_equal(tare_codec_load(codec, path, 1000, &content), 0);
    for (int i = 0; i < SAVERS; i++) {
        pthread_join(threads[i], &err);
        assert_null(err);
    }
    assert_int_equal(tare_codec_load(codec, path, 1000, &content), 0);
    assert_int_equal(content.bytes, 1000);
}

static void what_is_no_regular_file_is_neither_read_nor_replaced(void **state)
{
    char other[96];

    (void)state;
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(tare_codec_save(codec, other, "target", 6), 0);
    assert_int_equal(symlink("other", path), 0);
    assert_int_equal(tare_codec_save(codec, path, "x", 1), -ELOOP);
    assert_int_equal(tare_codec_load(codec, path, LIMIT, &content), -ELOOP);
    assert_int_equal(tare_codec_load(codec, other, LIMIT, &content), 0);
    unlink(path);
    unlink(other);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(tare_codec_save(codec, path, "x", 1), -EINVAL);
    assert_int_equal(tare_codec_load(codec, path, LIMIT, &content), -EINVAL);
    assert_int_equal(tare_codec_save(codec, folder, "x", 1), -EISDIR);
    assert_int_equal(tare_codec_load(codec, folder, LIMIT, &content), -EISDIR);
    assert_int_equal(tare_codec_save(codec, "", "x", 1), -EISDIR);
    snprintf(other, sizeof other, "%s/", folder);
    assert_int_equal(tare_codec_save(codec, other, "x", 1), -EISDIR);
    snprintf(other, sizeof other, "%s/none/state", folder);
    assert_int_equal(tare_codec_save(codec, other, "x", 1), -ENOENT);
}

static void a_new_file_has_the_old_permissions(void **state)
{
    struct stat status;

    (void)state;
    mode_t before = umask(027);
    assert_int_equal(save(1), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_int_equal(chmod(path, 0604), 0);
    assert_int_equal(save(2), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0604);
    umask(before);
}

static size_t read_file(uint8_t *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    size_t got = fread(bytes, 1, room, file);
    fclose(file);
    return got;
}

static void write_file(const uint8_t *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static void a_file_cut_off_or_changed_anywhere_is_refused(void **state)
{
    static uint8_t bytes[8192];
    struct tare_codec_part parts[STATE_PARTS];

    (void)state;
    assert_int_equal(save(4), 0);
    size_t count = read_file(bytes, sizeof bytes);
    for (size_t cut = 0; cut < count; cut++) {
        write_file(bytes, cut);
        assert_int_equal(load(parts), -EBADMSG);
    }
    for (size_t bit = 0; bit < 8 * count; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        write_file(bytes, count);
        assert_int_equal(load(parts), -EBADMSG);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    write_file(bytes, count + 1);
    assert_int_equal(load(parts), -EBADMSG);
    write_file(bytes, count);
    assert_true(is_there(4));
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    int err = -ENOMEM;
    for (uint64_t n = 1; err; n++) {
        struct tare_mem_failer own;
        struct tare_codec_block block = {0};
        struct tare_codec *made = NULL;
        const struct tare_codec_options options = {.kind = TARE_CODEC_LZ4, .mem = &own.mem};

        assert_int_equal(tare_codec_save(codec, path, "old", 3), 0);
        tare_mem_failer_init(&own, NULL, n);
        err = tare_codec_create(&made, &options);
        if (!err)
            err = tare_codec_save(made, path, "new", 3);
        assert_int_equal(tare_codec_load(codec, path, 3, &content), 0);
        assert_memory_equal(content.data, err ? "old" : "new", 3);
        if (!err)
            err = tare_codec_load(made, path, 3, &block);
        assert_true(err == 0 || err == -ENOMEM);
        tare_codec_block_fini(&block);
        tare_codec_destroy(&made);
        assert_int_equal(tare_mem_counted(&own.counter).live_bytes, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_saved_is_loaded),
        TEST(a_file_in_the_current_folder_needs_no_path),
        TEST(several_save_at_a_time),
        TEST(what_is_no_regular_file_is_neither_read_nor_replaced),
        TEST(a_new_file_has_the_old_permissions),
        TEST(a_file_cut_off_or_changed_anywhere_is_refused),
        TEST(each_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
