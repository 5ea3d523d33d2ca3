/* SPDX-License-Identifier: MIT
 *
 * A library that was built without zstd and lz4: what stands for them is compiled into this program,
 * and so the archive's own are not taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CODEC_WITHOUT_ZSTD
#define CODEC_WITHOUT_LZ4
#include "modules/codec_lz4.c"
#include "modules/codec_zstd.c"

static void a_codec_that_is_absent_cannot_be_created(void **state)
{
    struct tare_codec *codec = NULL;
    const struct tare_codec_options zstd = {.kind = TARE_CODEC_ZSTD},
                                    lz4 = {.kind = TARE_CODEC_LZ4};

    (void)state;
    assert_int_equal(tare_codec_create(&codec, &zstd), -ENOTSUP);
    assert_int_equal(tare_codec_create(&codec, &lz4), -ENOTSUP);
    assert_null(codec);
    assert_string_equal(tare_codec_name(TARE_CODEC_ZSTD), "zstd");
    assert_false(tare_codec_is_built_in(TARE_CODEC_ZSTD));
    assert_true(tare_codec_is_built_in(TARE_CODEC_BEST));
}

static void the_best_is_one_that_is_there(void **state)
{
    struct tare_codec *codec;
    struct tare_codec_block frame = {0};
    struct tare_codec_info info;
    static const char zeros[1000];

    (void)state;
    assert_int_equal(tare_codec_create(&codec, NULL), 0);
    assert_int_equal(tare_codec_encode(codec, zeros, sizeof zeros, &frame), 0);
    assert_int_equal(tare_codec_peek(frame.data, frame.bytes, &info), 0);
    assert_int_equal(info.kind, TARE_CODEC_ZLIB);
    tare_codec_block_fini(&frame);
    tare_codec_destroy(&codec);
}

static void a_frame_of_an_absent_codec_says_so(void **state)
{
    struct tare_codec *codec;
    struct tare_codec_block content = {0};
    char frame[TARE_CODEC_HEADER_BYTES + 10] = {0};
    struct codec_header header = {
        .kind = TARE_CODEC_ZSTD, .content_bytes = 100, .payload_bytes = 10};

    (void)state;
    tare__codec_header_seal(&header, frame + sizeof header);
    memcpy(frame, &header, sizeof header);
    assert_int_equal(tare_codec_create(&codec, NULL), 0);
    assert_int_equal(tare_codec_decode(codec, frame, sizeof frame, 1000, &content),
                     -ENOTSUP);
    tare_codec_destroy(&codec);
}

static void what_is_absent_is_neither_trained_nor_measured(void **state)
{
    struct tare_codec_measured rows[TARE_CODEC_MEASURED];
    struct tare_codec_block dictionary = {0};
    const struct tare_codec_part part = {"some bytes", 10, NULL};
    size_t count;

    (void)state;
    assert_int_equal(tare_codec_train(&part, 1, 100, &dictionary), -ENOTSUP);
    assert_int_equal(tare_codec_measure(&part, 1, 1, rows, &count), 0);
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++)
        assert_true(tare_codec_is_built_in(rows[i].kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_codec_that_is_absent_cannot_be_created),
        cmocka_unit_test(the_best_is_one_that_is_there),
        cmocka_unit_test(a_frame_of_an_absent_codec_says_so),
        cmocka_unit_test(what_is_absent_is_neither_trained_nor_measured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
