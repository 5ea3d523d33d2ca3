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

static const struct {
    enum tare_codec_kind kind;
    int level;
} codecs[] = {{TARE_CODEC_BEST, 0},  {TARE_CODEC_STORED, 0}, {TARE_CODEC_ZLIB, 0},
              {TARE_CODEC_ZLIB, 1},  {TARE_CODEC_LZ4, 0},    {TARE_CODEC_LZ4, 1},
              {TARE_CODEC_ZSTD, -3}, {TARE_CODEC_ZSTD, 0},   {TARE_CODEC_ZSTD, 9}};

enum { CODECS = sizeof codecs / sizeof *codecs };

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

static void a_frame_cut_off_anywhere_is_refused(void **state)
{
    struct state one;

    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        create(codecs[c].kind, codecs[c].level);
        encode_state(&one);
        for (size_t bytes = 0; bytes < frame.bytes; bytes++)
            assert_int_equal(decode_state(frame.data, bytes), -EBADMSG);
        assert_int_equal(decode_state(frame.data, frame.bytes), 0);
    }
}

static void a_frame_with_any_bit_changed_is_refused(void **state)
{
    struct state one;

    (void)state;
    for (size_t c = 1; c < CODECS; c += 2) {
        create(codecs[c].kind, codecs[c].level);
        encode_state(&one);
        uint8_t *bytes = frame.data;
        for (size_t bit = 0; bit < 8 * frame.bytes; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(decode_state(frame.data, frame.bytes), -EBADMSG);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_int_equal(decode_state(frame.data, frame.bytes), 0);
    }
}

static void no_more_is_decoded_than_the_limit(void **state)
{
    static const char zeros[100000];

    (void)state;
    assert_int_equal(tare_codec_encode(codec, zeros, sizeof zeros, &frame), 0);
    uint64_t before = tare_mem_counted(&failer.counter).allocations;
    assert_int_equal(
        tare_codec_decode(codec, frame.data, frame.bytes, sizeof zeros - 1, &content),
        -EMSGSIZE);
    assert_int_equal(tare_mem_counted(&failer.counter).allocations, before);
    assert_int_equal(
        tare_codec_decode(codec, frame.data, frame.bytes, sizeof zeros, &content), 0);
}

/* A frame whose header says otherwise, with checksums that are right. */
static void reseal(size_t field, uint8_t value)
{
    struct codec_header header;

    memcpy(&header, frame.data, sizeof header);
    ((uint8_t *)&header)[field] = value;
    tare__codec_header_seal(&header, (uint8_t *)frame.data + sizeof header);
    memcpy(frame.data, &header, sizeof header);
}

static void a_frame_that_somebody_made_up_is_refused(void **state)
{
    struct state one;

    (void)state;
    encode_state(&one);
    reseal(offsetof(struct codec_header, kind), TARE_CODEC_KINDS);
    assert_int_equal(decode_state(frame.data, frame.bytes), -ENOTSUP);
    encode_state(&one);
    reseal(offsetof(struct codec_header, kind), TARE_CODEC_BEST);
    assert_int_equal(decode_state(frame.data, frame.bytes), -EBADMSG);
    encode_state(&one);
    reseal(offsetof(struct codec_header, kind), TARE_CODEC_LZ4);
    assert_int_equal(decode_state(frame.data, frame.bytes), -EBADMSG);
    encode_state(&one);
    reseal(offsetof(struct codec_header, flags), 128);
    assert_int_equal(decode_state(frame.data, frame.bytes), -EBADMSG);
    encode_state(&one);
    reseal(offsetof(struct codec_header, flags), 0);
    assert_int_equal(decode_state(frame.data, frame.bytes), -EBADMSG);
    encode_state(&one);
    reseal(offsetof(struct codec_header, content_bytes), 1);
    assert_int_equal(decode_state(frame.data, frame.bytes), -EBADMSG);
    encode_state(&one);
    reseal(offsetof(struct codec_header, dictionary), 9);
    assert_int_equal(decode_state(frame.data, frame.bytes), -ENOKEY);
    encode_state(&one);
    ((uint8_t *)frame.data)[TARE_CODEC_HEADER_BYTES] = 3; /* one part more */
    reseal(offsetof(struct codec_header, zero), 0);
    assert_int_equal(decode_state(frame.data, frame.bytes), -EBADMSG);
}

static void other_parts_than_there_are_are_refused(void **state)
{
    static const struct tare_codec_layout wider = {sizeof(struct record) + 8, NULL, 0};
    struct tare_codec_part parts[STATE_PARTS + 1] = {0};
    struct state one;

    (void)state;
    encode_state(&one);
    for (size_t count = 0; count <= STATE_PARTS + 1; count++)
        assert_int_equal(tare_codec_decode_parts(codec, frame.data, frame.bytes, LIMIT,
                                                 &content, parts, count),
                         count == STATE_PARTS ? 0 : -EPROTO);
    parts[1].layout = &wider;
    assert_int_equal(tare_codec_decode_parts(codec, frame.data, frame.bytes, LIMIT,
                                             &content, parts, STATE_PARTS),
                     -EPROTO);
    assert_int_equal(tare_codec_encode(codec, "plain", 5, &frame), 0);
    assert_int_equal(tare_codec_decode_parts(codec, frame.data, frame.bytes, LIMIT,
                                             &content, &parts[1], 1),
                     -EPROTO);
}

static void impossible_arguments_are_refused(void **state)
{
    static const struct tare_codec_field fields[] = {
        {0, 8}, {4, 4}, {12, 8}, {8, 3}, {8, 0}};
    static const struct tare_codec_layout layouts[] = {
        {16, fields, 2},     /* overlap */
        {16, fields + 2, 1}, /* beyond the record */
        {16, fields + 3, 1}, /* no number */
        {16, fields + 4, 1},
        {0, NULL, 0},
        {TARE_CODEC_RECORD_BYTES + 1, NULL, 0},
        {16, fields, TARE_CODEC_MOST_DELTAS + 1}};
    static const char data[TARE_CODEC_RECORD_BYTES + 1];
    struct tare_codec_part part = {data, 0, NULL}, many[TARE_CODEC_MOST_PARTS + 1] = {0};

    (void)state;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        part.layout = &layouts[i];
        part.bytes = layouts[i].record_bytes;
        assert_int_equal(tare_codec_encode_parts(codec, &part, 1, &frame), -EINVAL);
    }
    part = (struct tare_codec_part){data, sizeof(struct record) + 1, &record_layout};
    assert_int_equal(tare_codec_encode_parts(codec, &part, 1, &frame), -EINVAL);
    assert_int_equal(tare_codec_encode_parts(codec, many, 0, &frame), -EINVAL);
    assert_int_equal(tare_codec_encode_parts(codec, NULL, 0, &frame), -EINVAL);
    assert_int_equal(
        tare_codec_encode_parts(codec, many, TARE_CODEC_MOST_PARTS + 1, &frame), -EINVAL);
    assert_int_equal(tare_codec_encode_parts(codec, many, TARE_CODEC_MOST_PARTS, &frame),
                     0);
    assert_int_equal(tare_codec_encode(codec, NULL, 1, &frame), -EINVAL);
    assert_int_equal(
        tare_codec_encode(codec, data, (size_t)TARE_CODEC_MOST_BYTES + 1, &frame), -EFBIG);
    many[0] = many[1] = (struct tare_codec_part){data, TARE_CODEC_MOST_BYTES, NULL};
    assert_int_equal(tare_codec_encode_parts(codec, many, 2, &frame), -EFBIG);
    assert_int_equal(frame.bytes, 0);
}

static void levels_beyond_zlib_s_are_its_best_and_fastest(void **state)
{
    struct state one;

    (void)state;
    create(TARE_CODEC_ZLIB, -100);
    encode_state(&one);
    assert_int_equal(codec->level, 1);
    create(TARE_CODEC_ZLIB, 22);
    encode_state(&one);
    assert_int_equal(codec->level, 9);
}

static void impossible_options_are_refused(void **state)
{
    static const struct tare_codec_options refused[] = {
        {.kind = TARE_CODEC_KINDS},
        {.level = 23},
        {.level = -101},
        {.dictionary_bytes = 1},
        {.dictionary = "x", .dictionary_bytes = SIZE_MAX}};
    struct tare_codec *none = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_equal(tare_codec_create(&none, &refused[i]), -EINVAL);
    tare_codec_destroy(&none);
    assert_int_equal(tare_codec_create(&none, NULL), 0);
    tare_codec_destroy(&none);
    assert_null(none);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_frame_cut_off_anywhere_is_refused),
        TEST(a_frame_with_any_bit_changed_is_refused),
        TEST(no_more_is_decoded_than_the_limit),
        TEST(a_frame_that_somebody_made_up_is_refused),
        TEST(other_parts_than_there_are_are_refused),
        TEST(impossible_arguments_are_refused),
        TEST(levels_beyond_zlib_s_are_its_best_and_fastest),
        TEST(impossible_options_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
