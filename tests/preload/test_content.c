/* SPDX-License-Identifier: MIT
 *
 * Fingerprints, text and ends of blocks; and what a compressor would make of them.
 */
#include "cli/compress_guess.h"
#include "format/content.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { MOST = 512 };

static uint64_t hash_of(const void *data, size_t bytes)
{
    return content_hash(data, bytes, bytes);
}

static void each_byte_and_the_length_count(void **state)
{
    uint8_t data[MOST] = {0};

    (void)state;
    for (size_t bytes = 1; bytes < MOST; bytes++) {
        uint64_t hash = hash_of(data, bytes);

        assert_true(hash != hash_of(data, bytes - 1));
        for (size_t i = 0; i < bytes; i++) {
            data[i] ^= 0x80;
            assert_true(hash_of(data, bytes) != hash);
            data[i] ^= 0x80;
        }
        assert_true(hash_of(data, bytes) == hash);
    }
}

static void pieces_lie_in_the_block(void **state)
{
    size_t at[CONTENT_PIECES];

    (void)state;
    for (size_t bytes = CONTENT_WHOLE + 1; bytes < 100000; bytes += bytes / 7) {
        content_pieces(bytes, at);
        assert_int_equal(at[0], 0);
        assert_int_equal(at[CONTENT_PIECES - 1], bytes - CONTENT_PIECE);
        for (int i = 1; i < CONTENT_PIECES; i++)
            assert_true(at[i] >= at[i - 1] + CONTENT_PIECE);
    }
}

static bool is_text(const char *text, size_t bytes)
{
    return content_is_text(text, bytes);
}

static void text_is_told_from_numbers(void **state)
{
    static const uint64_t pointer = 0x00007f1234567890u;
    char line[MOST];

    (void)state;
    assert_true(is_text("word", 5));
    assert_true(is_text("word without end", 16));
    assert_true(is_text("gr\xc3\xbc\xc3\x9f", 8));
    assert_true(is_text("word\0\x01\x02", 7));
    assert_false(is_text("abc", 4));
    assert_false(is_text("", 1));
    assert_false(is_text("word\x01", 6));
    assert_false(is_text("word\xc3 ", 7));
    assert_false(content_is_text(&pointer, sizeof pointer));
    memset(line, 'a', sizeof line);
    assert_true(is_text(line, sizeof line));
}

static void tails_are_counted_to_the_byte(void **state)
{
    uint8_t data[100];

    (void)state;
    for (size_t written = 0; written <= sizeof data; written++) {
        memset(data, 0xe7, sizeof data);
        memset(data, 1, written);
        assert_int_equal(content_tail(data, sizeof data, 0xe7), sizeof data - written);
    }
}

static void a_fill_is_chosen_by_size(void **state)
{
    uint32_t chosen = 0;

    (void)state;
    for (uint32_t i = 0; i < 4000; i++) {
        assert_true(content_is_filled(i * 32, 7, FILL_ALWAYS_BYTES));
        assert_false(content_is_filled(i * 32, 7, FILL_MAX_BYTES + 1));
        chosen += content_is_filled(0x7f0000000000 + i * 2048, 7, 2000);
    }
    assert_in_range(chosen, 800, 1200);
}

static void guesses_are_between_noise_and_zeros(void **state)
{
    static uint8_t noise[4096], zeros[4096], text[4096];
    uint64_t random = 88172645463325252u;

    (void)state;
    for (size_t i = 0; i < sizeof noise; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        noise[i] = (uint8_t)random;
        text[i] = (uint8_t) "the quick brown fox jumps over the lazy dog "[i % 44];
    }
    assert_in_range(compress_guess(noise, sizeof noise), 4000, 4096);
    assert_in_range(compress_guess(zeros, sizeof zeros), 1, 40);
    assert_in_range(compress_guess(text, sizeof text), 40, 200);
    assert_int_equal(compress_guess(noise, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_byte_and_the_length_count),
        cmocka_unit_test(pieces_lie_in_the_block),
        cmocka_unit_test(text_is_told_from_numbers),
        cmocka_unit_test(tails_are_counted_to_the_byte),
        cmocka_unit_test(a_fill_is_chosen_by_size),
        cmocka_unit_test(guesses_are_between_noise_and_zeros),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
