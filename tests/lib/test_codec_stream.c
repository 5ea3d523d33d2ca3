/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/codec_fixture.h"

enum { LIMIT = 1 << 20, BYTES = 10000, FRAME_BYTES = 700 };

static char folder[64], path[80];
static struct tare_mem_failer failer;
static struct tare_codec *codec;
static uint8_t data[BYTES], found[BYTES + 1];

static int set_up(void **state)
{
    uint64_t seed = 1;

    (void)state;
    assert_true(folder_make(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/stream", folder);
    tare_mem_failer_init(&failer, NULL, 0);
    const struct tare_codec_options options = {.mem = &failer.mem};
    assert_int_equal(tare_codec_create(&codec, &options), 0);
    for (size_t i = 0; i < BYTES; i++)
        data[i] = (uint8_t)(next_random(&seed) % 7 + i / 1000);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    tare_codec_destroy(&codec);
    assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
    return 0;
}

/* In pieces of step bytes. */
static int write_stream(struct tare_codec *with, size_t bytes, size_t frame_bytes,
                        size_t step)
{
    struct tare_codec_writer *writer;
    int err = tare_codec_writer_create(&writer, with, path, frame_bytes);

    if (err)
        return err;
    for (size_t at = 0; !err && at < bytes; at += step)
        err = tare_codec_write(writer, data + at, step < bytes - at ? step : bytes - at);
    if (!err)
        err = tare_codec_writer_commit(writer);
    tare_codec_writer_destroy(&writer);
    assert_null(writer);
    return err;
}

/* What could be read, of at most BYTES + 1. */
static int read_stream(struct tare_codec *with, size_t limit_bytes, size_t step,
                       size_t *bytes)
{
    struct tare_codec_reader *reader;
    int err = tare_codec_reader_create(&reader, with, path, limit_bytes);
    size_t got = step;

    *bytes = 0;
    if (err)
        return err;
    while (!err && got == step && *bytes < sizeof found) {
        step = step < sizeof found - *bytes ? step : sizeof found - *bytes;
        err = tare_codec_read(reader, found + *bytes, step, &got);
        *bytes += got;
    }
    if (err) /* and so it stays */
        assert_int_equal(tare_codec_read(reader, found, 1, &got), err);
    tare_codec_reader_destroy(&reader);
    assert_null(reader);
    return err;
}

static void what_is_written_is_read(void **state)
{
    static const size_t sizes[] = {0,    1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1,
                                   BYTES};
    size_t bytes;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t step = 1; step < 2 * BYTES; step = step * 7 + 3) {
            assert_int_equal(write_stream(codec, sizes[i], i % 2 ? FRAME_BYTES : 0, step),
                             0);
            memset(found, 0, sizeof found);
            assert_int_equal(read_stream(codec, LIMIT, step, &bytes), 0);
            assert_int_equal(bytes, sizes[i]);
            assert_memory_equal(found, data, bytes);
        }
}

static void what_is_not_committed_changes_nothing(void **state)
{
    struct tare_codec_writer *writer;
    size_t bytes;

    (void)state;
    assert_int_equal(write_stream(codec, 100, 0, 100), 0);
    assert_int_equal(tare_codec_writer_create(&writer, codec, path, FRAME_BYTES), 0);
    assert_int_equal(tare_codec_write(writer, data, BYTES), 0);
    tare_codec_writer_destroy(&writer);
    tare_codec_writer_destroy(&writer);
    assert_int_equal(read_stream(codec, LIMIT, BYTES, &bytes), 0);
    assert_int_equal(bytes, 100);
}

static void a_writer_that_committed_takes_no_more(void **state)
{
    struct tare_codec_writer *writer;

    (void)state;
    assert_int_equal(tare_codec_writer_create(&writer, codec, path, 0), 0);
    assert_int_equal(tare_codec_writer_commit(writer), 0);
    assert_int_equal(tare_codec_write(writer, data, 1), -EINVAL);
    assert_int_equal(tare_codec_writer_commit(writer), -EINVAL);
    tare_codec_writer_destroy(&writer);
    assert_int_equal(
        tare_codec_writer_create(&writer, codec, path, (size_t)TARE_CODEC_MOST_BYTES + 1),
        -EFBIG);
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

static void a_stream_cut_off_or_changed_anywhere_is_refused(void **state)
{
    static uint8_t file[BYTES];
    size_t bytes;

    (void)state;
    assert_int_equal(write_stream(codec, 1500, FRAME_BYTES, 1500), 0);
    size_t count = read_file(file, sizeof file);
    for (size_t cut = 0; cut < count; cut++) {
        write_file(file, cut);
        assert_int_equal(read_stream(codec, LIMIT, BYTES, &bytes), -EBADMSG);
        assert_memory_equal(found, data, bytes);
    }
    for (size_t bit = 0; bit < 8 * count; bit++) {
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
        write_file(file, count);
        assert_int_equal(read_stream(codec, LIMIT, BYTES, &bytes), -EBADMSG);
        assert_memory_equal(found, data, bytes);
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    write_file(file, count + 1);
    assert_int_equal(read_stream(codec, LIMIT, BYTES, &bytes), -EBADMSG);
}

/* Each frame is whole, but there are others than were written. */
static void frames_left_out_or_exchanged_are_noticed(void **state)
{
    static uint8_t file[BYTES], changed[BYTES];
    struct tare_codec_info first, second;
    size_t bytes;

    (void)state;
    assert_int_equal(write_stream(codec, 3 * FRAME_BYTES, FRAME_BYTES, BYTES), 0);
    size_t count = read_file(file, sizeof file);
    assert_int_equal(tare_codec_peek(file, count, &first), 0);
    assert_int_equal(tare_codec_peek(file + first.frame_bytes, count, &second), 0);
    write_file(file + first.frame_bytes, count - first.frame_bytes);
    assert_int_equal(read_stream(codec, LIMIT, BYTES, &bytes), -EBADMSG);
    memcpy(changed, file + first.frame_bytes, second.frame_bytes);
    memcpy(changed + second.frame_bytes, file, first.frame_bytes);
    memcpy(changed + second.frame_bytes + first.frame_bytes,
           file + first.frame_bytes + second.frame_bytes,
           count - first.frame_bytes - second.frame_bytes);
    write_file(changed, count);
    assert_int_equal(read_stream(codec, LIMIT, BYTES, &bytes), -EBADMSG);
    write_file(file, count);
    assert_int_equal(read_stream(codec, LIMIT, BYTES, &bytes), 0);
}

static void the_limit_is_that_of_a_frame(void **state)
{
    size_t bytes;

    (void)state;
    assert_int_equal(write_stream(codec, BYTES, FRAME_BYTES, BYTES), 0);
    assert_int_equal(read_stream(codec, FRAME_BYTES - 1, BYTES, &bytes), -EMSGSIZE);
    assert_int_equal(read_stream(codec, FRAME_BYTES, BYTES, &bytes), 0);
    assert_int_equal(bytes, BYTES);
}

static void saved_files_and_streams_are_told_apart(void **state)
{
    struct tare_codec_block content = {0};
    size_t bytes;

    (void)state;
    assert_int_equal(tare_codec_save(codec, path, data, 10), 0);
    assert_int_equal(read_stream(codec, LIMIT, BYTES, &bytes), -EBADMSG);
    for (size_t length = 0; length <= 10; length += 10) {
        assert_int_equal(write_stream(codec, length, 0, 10), 0);
        assert_int_equal(tare_codec_load(codec, path, LIMIT, &content), -EBADMSG);
    }
    tare_codec_block_fini(&content);
}

static void each_allocation_may_fail(void **state)
{
    int err = -ENOMEM;

    (void)state;
    for (uint64_t n = 1; err; n++) {
        struct tare_mem_failer own;
        struct tare_codec *made = NULL;
        const struct tare_codec_options options = {.kind = TARE_CODEC_LZ4, .mem = &own.mem};
        size_t bytes = 0;

        unlink(path);
        tare_mem_failer_init(&own, NULL, n);
        err = tare_codec_create(&made, &options);
        if (!err)
            err = write_stream(made, BYTES, FRAME_BYTES, BYTES);
        if (!err)
            err = read_stream(made, LIMIT, BYTES, &bytes);
        assert_true(err == -ENOMEM || (err == 0 && bytes == BYTES));
        tare_codec_destroy(&made);
        assert_int_equal(tare_mem_counted(&own.counter).live_bytes, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_read),
        TEST(what_is_not_committed_changes_nothing),
        TEST(a_writer_that_committed_takes_no_more),
        TEST(a_stream_cut_off_or_changed_anywhere_is_refused),
        TEST(frames_left_out_or_exchanged_are_noticed),
        TEST(the_limit_is_that_of_a_frame),
        TEST(saved_files_and_streams_are_told_apart),
        TEST(each_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
