/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "lib/codec_fixture.h"
#include "modules/codec_core.h"

enum { LIMIT = 1 << 20 };

static struct tare_mem_failer failer;
static struct tare_codec *codec;
static struct tare_codec_block frame, content;

static void create(enum tare_codec_kind kind, int level)
{
    const struct tare_codec_options options = {
        .kind = kind, .level = level, .mem = &failer.mem};

    tare_codec_destroy(&codec);
    assert_int_equal(tare_codec_create(&codec, &options), 0);
}

static int set_up(void **state)
{
    (void)state;
    tare_mem_failer_init(&failer, NULL, 0);
    create(TARE_CODEC_BEST, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tare_codec_block_fini(&frame);
    tare_codec_block_fini(&content);
    tare_codec_destroy(&codec);
    assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
    return 0;
}

static void comes_back(const void *data, size_t bytes)
{
    assert_int_equal(tare_codec_encode(codec, data, bytes, &frame), 0);
    assert_true(frame.bytes <= bytes + TARE_CODEC_HEADER_BYTES);
    assert_int_equal(tare_codec_decode(codec, frame.data, frame.bytes, bytes, &content), 0);
    assert_int_equal(content.bytes, bytes);
    assert_true(!bytes || memcmp(content.data, data, bytes) == 0);
    assert_true(tare__codec_valid(codec) && tare__codec_block_valid(&content));
}

static const struct {
    enum tare_codec_kind kind;
    int level;
} codecs[] = {{TARE_CODEC_BEST, 0},  {TARE_CODEC_STORED, 0}, {TARE_CODEC_ZLIB, 0},
              {TARE_CODEC_ZLIB, 1},  {TARE_CODEC_LZ4, 0},    {TARE_CODEC_LZ4, 1},
              {TARE_CODEC_ZSTD, -3}, {TARE_CODEC_ZSTD, 0},   {TARE_CODEC_ZSTD, 9}};

enum { CODECS = sizeof codecs / sizeof *codecs };

static void each_codec_gives_back_what_it_was_given(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 31, 32, 1000, 70000};
    static char data[70000];

    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        uint64_t seed = 7;

        create(codecs[c].kind, codecs[c].level);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            memset(data, 'x', sizes[i]);
            comes_back(data, sizes[i]);
            for (size_t at = 0; at < sizes[i]; at++)
                data[at] = (char)next_random(&seed);
            comes_back(data, sizes[i]);
        }
    }
}

/* Of any record, with any numbers in it, be they aligned or not. */
static void columns_come_back(uint64_t *seed, size_t record_bytes, size_t count)
{
    static uint8_t data[64 * 300];
    struct tare_codec_field deltas[TARE_CODEC_MOST_DELTAS];
    struct tare_codec_layout layout = {record_bytes, deltas, 0};

    for (size_t at = next_random(seed) % 5; at < record_bytes;
         at += next_random(seed) % 3) {
        uint16_t bytes = (uint16_t)(1 << next_random(seed) % 4);

        if (at + bytes <= record_bytes && layout.delta_count < TARE_CODEC_MOST_DELTAS)
            deltas[layout.delta_count++] = (struct tare_codec_field){(uint16_t)at, bytes};
        at += bytes;
    }
    for (size_t at = 0; at < record_bytes * count; at++)
        data[at] = (uint8_t)(next_random(seed) % 3 ? at : next_random(seed));
    struct tare_codec_part part = {data, record_bytes * count, &layout};
    assert_int_equal(tare_codec_encode_parts(codec, &part, 1, &frame), 0);
    part.data = NULL;
    assert_int_equal(tare_codec_decode_parts(codec, frame.data, frame.bytes, part.bytes,
                                             &content, &part, 1),
                     0);
    assert_int_equal(part.bytes, record_bytes * count);
    assert_true(!part.bytes || memcmp(part.data, data, part.bytes) == 0);
}

static void columns_of_any_record_come_back(void **state)
{
    uint64_t seed = 12345;

    (void)state;
    create(TARE_CODEC_STORED, 0);
    for (size_t record_bytes = 1; record_bytes <= 50; record_bytes++)
        for (size_t count = 0; count <= 50; count++)
            columns_come_back(&seed, record_bytes, count);
    columns_come_back(&seed, 4096, 4);
    columns_come_back(&seed, 600, 32);
}

static void parts_come_back_aligned(void **state)
{
    struct state one;
    struct tare_codec_part parts[STATE_PARTS];

    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        create(codecs[c].kind, codecs[c].level);
        state_make(&one, (uint32_t)c);
        state_parts(&one, parts);
        assert_int_equal(tare_codec_encode_parts(codec, parts, STATE_PARTS, &frame), 0);
        struct tare_codec_part found[STATE_PARTS] = {{0}, {.layout = &record_layout}};
        assert_int_equal(tare_codec_decode_parts(codec, frame.data, frame.bytes, sizeof one,
                                                 &content, found, STATE_PARTS),
                         0);
        assert_true(state_is(&one, found));
        assert_int_equal((uintptr_t)found[1].data % TARE_CODEC_PART_ALIGNMENT, 0);
    }
}

static void columns_compress_better_than_structs(void **state)
{
    struct state one;
    struct tare_codec_part parts[STATE_PARTS];
    struct tare_codec_info info;

    (void)state;
    state_make(&one, 1);
    state_parts(&one, parts);
    assert_int_equal(tare_codec_encode_parts(codec, parts, STATE_PARTS, &frame), 0);
    size_t columns = frame.bytes;
    parts[1].layout = NULL;
    assert_int_equal(tare_codec_encode_parts(codec, parts, STATE_PARTS, &frame), 0);
    assert_true(columns * 5 < frame.bytes * 4);
    assert_int_equal(tare_codec_peek(frame.data, frame.bytes, &info), 0);
    assert_int_equal(info.frame_bytes, frame.bytes);
    assert_int_equal(info.content_bytes, parts[0].bytes + parts[1].bytes);
    assert_int_equal(info.dictionary, 0);
    assert_int_equal(tare_codec_peek(frame.data, TARE_CODEC_HEADER_BYTES - 1, &info),
                     -ENODATA);
}

static void encode_state(struct state *one)
{
    struct tare_codec_part parts[STATE_PARTS];

    state_make(one, 3);
    state_parts(one, parts);
    assert_int_equal(tare_codec_encode_parts(codec, parts, STATE_PARTS, &frame), 0);
}

static int decode_state(const void *data, size_t bytes)
{
    struct tare_codec_part parts[STATE_PARTS] = {0};
    int err =
        tare_codec_decode_parts(codec, data, bytes, LIMIT, &content, parts, STATE_PARTS);

    assert_true(!err || content.bytes == 0);
    return err;
}

enum { SAMPLES = 200 };

static void train(struct tare_codec_block *dictionary)
{
    static struct state states[SAMPLES];
    static struct tare_codec_part samples[SAMPLES];
    struct tare_codec_part parts[STATE_PARTS];

    for (uint32_t i = 0; i < SAMPLES; i++) {
        state_make(&states[i], i);
        state_parts(&states[i], parts);
        samples[i] = parts[1];
        samples[i].bytes = 20 * sizeof(struct record);
    }
    assert_int_equal(tare_codec_train(samples, SAMPLES, 2048, dictionary), 0);
    assert_true(dictionary->bytes > 0 && dictionary->bytes <= 2048);
}

static void a_dictionary_makes_small_frames_smaller(void **state)
{
    struct tare_codec_block dictionary = {0};
    struct tare_codec *with = NULL;
    struct state one;
    struct tare_codec_part part[STATE_PARTS];

    (void)state;
    train(&dictionary);
    for (int kind = TARE_CODEC_ZLIB; kind < TARE_CODEC_KINDS; kind++) {
        const struct tare_codec_options options = {.kind = (enum tare_codec_kind)kind,
                                                   .dictionary = dictionary.data,
                                                   .dictionary_bytes = dictionary.bytes,
                                                   .mem = &failer.mem};

        create((enum tare_codec_kind)kind, 0);
        state_make(&one, 777);
        state_parts(&one, part);
        part[1].bytes = 20 * sizeof(struct record);
        assert_int_equal(tare_codec_encode_parts(codec, &part[1], 1, &frame), 0);
        size_t without = frame.bytes;
        assert_int_equal(tare_codec_create(&with, &options), 0);
        for (int again = 0; again < 2; again++) {
            assert_int_equal(tare_codec_encode_parts(with, &part[1], 1, &frame), 0);
            assert_true(frame.bytes < without);
            assert_int_equal(tare_codec_decode_parts(codec, frame.data, frame.bytes, LIMIT,
                                                     &content, &part[1], 1),
                             -ENOKEY);
            assert_int_equal(tare_codec_decode_parts(with, frame.data, frame.bytes, LIMIT,
                                                     &content, &part[1], 1),
                             0);
            assert_memory_equal(part[1].data, one.records, 20 * sizeof(struct record));
            part[1].data = one.records;
        }
        /* What was made without one needs none. */
        assert_int_equal(
            tare_codec_encode(codec, "abcabcabcabcabcabcabcabcabc", 27, &frame), 0);
        assert_int_equal(tare_codec_decode(with, frame.data, frame.bytes, LIMIT, &content),
                         0);
        tare_codec_destroy(&with);
    }
    tare_codec_block_fini(&dictionary);
}

static void too_few_samples_make_no_dictionary(void **state)
{
    struct tare_codec_block dictionary = {0};
    const struct tare_codec_part part = {"little", 6, NULL};

    (void)state;
    assert_int_equal(tare_codec_train(&part, 1, 4096, &dictionary), -EINVAL);
    assert_int_equal(tare_codec_train(&part, 0, 4096, &dictionary), -EINVAL);
    assert_int_equal(tare_codec_train(&part, 1, 0, &dictionary), -EINVAL);
    assert_int_equal(dictionary.bytes, 0);
    tare_codec_block_fini(&dictionary);
}

static int encode_and_decode(enum tare_codec_kind kind, struct tare_mem *mem)
{
    struct tare_codec_part parts[STATE_PARTS], found[STATE_PARTS] = {0};
    struct tare_codec *made = NULL;
    struct state one;
    const struct tare_codec_options options = {
        .kind = kind, .dictionary = "records", .dictionary_bytes = 7, .mem = mem};
    int err = tare_codec_create(&made, &options);

    state_make(&one, 5);
    state_parts(&one, parts);
    if (!err)
        err = tare_codec_encode_parts(made, parts, STATE_PARTS, &frame);
    if (!err)
        err = tare_codec_decode_parts(made, frame.data, frame.bytes, LIMIT, &content, found,
                                      STATE_PARTS);
    assert_true(!made || tare__codec_valid(made));
    assert_true(err || state_is(&one, found));
    assert_true(!err || !content.bytes);
    tare_codec_destroy(&made);
    return err;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    for (int kind = TARE_CODEC_STORED; kind < TARE_CODEC_KINDS; kind++) {
        int err = -ENOMEM;

        for (uint64_t n = 1; err; n++) {
            struct tare_mem_failer own;

            tare_mem_failer_init(&own, NULL, n);
            err = encode_and_decode((enum tare_codec_kind)kind, &own.mem);
            assert_true(err == 0 || err == -ENOMEM);
            assert_int_equal(own.has_failed, err != 0);
            tare_codec_block_fini(&frame);
            tare_codec_block_fini(&content);
            assert_int_equal(tare_mem_counted(&own.counter).live_bytes, 0);
        }
    }
}

static void blocks_used_again_need_no_allocation(void **state)
{
    struct state one;

    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        create(codecs[c].kind, codecs[c].level);
        encode_state(&one);
        assert_int_equal(decode_state(frame.data, frame.bytes), 0);
        uint64_t before = tare_mem_counted(&failer.counter).allocations;
        for (int i = 0; i < 100; i++) {
            encode_state(&one);
            assert_int_equal(decode_state(frame.data, frame.bytes), 0);
        }
        assert_int_equal(tare_mem_counted(&failer.counter).allocations, before);
    }
}

static void each_error_has_its_sentence(void **state)
{
    static const int errors[] = {-EINVAL,    -ENOMEM, -EFBIG,   -EBADMSG, -EMSGSIZE,
                                 -ENOTSUP,   -ENOKEY, -EPROTO,  -ELOOP,   -EAGAIN,
                                 -ESHUTDOWN, -ECHILD, -ENODATA, -ENOSPC};

    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        for (size_t other = 0; other < i; other++)
            assert_string_not_equal(tare_codec_explain(errors[i]),
                                    tare_codec_explain(errors[other]));
    assert_non_null(tare_codec_explain(0));
    assert_non_null(tare_codec_explain(5));
    assert_string_equal(tare_codec_name(TARE_CODEC_LZ4), "lz4");
    assert_null(tare_codec_name(TARE_CODEC_BEST));
    assert_null(tare_codec_name(TARE_CODEC_KINDS));
    assert_false(tare_codec_is_built_in(TARE_CODEC_KINDS));
}

static void each_codec_is_measured(void **state)
{
    struct tare_codec_measured rows[TARE_CODEC_MEASURED];
    struct tare_codec_part parts[STATE_PARTS];
    struct state one;
    size_t count;

    (void)state;
    state_make(&one, 9);
    state_parts(&one, parts);
    assert_int_equal(tare_codec_measure(parts, STATE_PARTS, 3, rows, &count), 0);
    assert_int_equal(count, TARE_CODEC_MEASURED);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rows[i].content_bytes, parts[0].bytes + parts[1].bytes);
        assert_true(rows[i].encode_ns >= rows[i].encode_least_ns &&
                    rows[i].encode_least_ns > 0);
        assert_true(rows[i].decode_ns >= rows[i].decode_least_ns &&
                    rows[i].decode_least_ns > 0);
        assert_int_equal(rows[i].is_columns, i % 2);
        if (rows[i].is_columns && rows[i].kind != TARE_CODEC_STORED)
            assert_true(rows[i].frame_bytes < rows[i - 1].frame_bytes);
    }
    assert_int_equal(tare_codec_measure(parts, STATE_PARTS, 0, rows, &count), -EINVAL);
    assert_int_equal(tare_codec_measure(parts, 0, 1, rows, &count), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_codec_gives_back_what_it_was_given),
        TEST(columns_of_any_record_come_back),
        TEST(parts_come_back_aligned),
        TEST(columns_compress_better_than_structs),
        TEST(a_dictionary_makes_small_frames_smaller),
        TEST(too_few_samples_make_no_dictionary),
        TEST(each_allocation_may_fail),
        TEST(blocks_used_again_need_no_allocation),
        TEST(each_error_has_its_sentence),
        TEST(each_codec_is_measured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
