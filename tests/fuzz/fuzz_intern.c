/* SPDX-License-Identifier: MIT
 *
 * A script of operations on two tables and a counted one: they must do as plain lists of what is in
 * them, also where memory is refused and limits are reached.
 *     input: { request to refuse first, 0: none (1 byte), and whether all behind it (bit 0) }
 *            { strings at most, of each table (1) } { text bytes at most, in 16 (1) }
 *            { operation (1), string (1) }...
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/intern.h>

#include "toolkit/intern_core.h"

enum { TABLES = 2, STRINGS = 256, LONGEST = 700, BATCH = 20 };

static const char *wrong;
static char strings[STRINGS][LONGEST + 1];
static size_t lengths[STRINGS];

static struct model {
    struct tare_intern *tables[TABLES];
    uint32_t handles[TABLES][STRINGS]; /* 0: it is not there */
    struct tare_intern_counted *counted;
    const char *texts[STRINGS];
    size_t counts[STRINGS];
    struct tare_mem_failer failer;
    bool has_limits;
} model;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void expect(bool holds, const char *otherwise)
{
    if (!holds && !wrong)
        wrong = otherwise;
}

/* Number i is as long as i, and some are longer: short, middle and long ones, and ones with a length
 * word. NUL and high bytes are in it. */
static void make_strings(void)
{
    for (size_t i = 0; i < STRINGS; i++) {
        lengths[i] = i % 32 == 31 ? LONGEST - i : i % 64;
        memset(strings[i], (int)(i % 4 * 85), lengths[i]);
        if (lengths[i])
            strings[i][lengths[i] / 2] = (char)i;
    }
}

/* Of the empty strings the first; others are unlike. */
static size_t number_of(uint8_t byte)
{
    return lengths[byte] ? byte : 0;
}

static void expect_handle(size_t table, size_t number, uint32_t handle)
{
    uint32_t *known = &model.handles[table][number];

    if (!handle) {
        expect(!*known, "a string that is there is not found");
        expect(model.has_limits || model.failer.has_failed, "refused without a reason");
        return;
    }
    expect(!*known || *known == handle, "a second handle");
    expect(tare_intern_bytes(model.tables[table], handle) == lengths[number] &&
               !memcmp(tare_intern_text(model.tables[table], handle), strings[number],
                       lengths[number] + 1),
           "another text");
    for (size_t i = 0; !*known && i < STRINGS; i++)
        expect(model.handles[table][i] != handle, "a handle for two strings");
    *known = handle;
}

static void insert_many(size_t table, uint8_t from)
{
    struct tare_text texts[BATCH];
    uint32_t handles[BATCH];
    size_t found = 0, count = from % BATCH + 1;

    for (size_t i = 0; i < count; i++) {
        size_t number = number_of((uint8_t)(from + i));

        texts[i] = (struct tare_text){strings[number], lengths[number]};
    }
    size_t done = tare_intern_insert_many(model.tables[table], texts, handles, count);
    for (size_t i = 0; i < done; i++)
        expect_handle(table, number_of((uint8_t)(from + i)), handles[i]);
    if (done < count)
        expect_handle(table, number_of((uint8_t)(from + done)), 0);
    for (size_t i = 0; i < count; i++)
        found += model.handles[table][number_of((uint8_t)(from + i))] != 0;
    expect(tare_intern_find_many(model.tables[table], texts, handles, count) == found,
           "another number of strings is found");
}

static void acquire(size_t number)
{
    const char *text =
        tare_intern_counted_acquire(model.counted, strings[number], lengths[number]);

    if (!text) {
        expect(!model.counts[number], "a counted string that is there is refused");
        expect(model.has_limits || model.failer.has_failed, "refused without a reason");
        return;
    }
    expect(!model.counts[number]++ || text == model.texts[number], "a second text");
    expect(tare_intern_counted_bytes(text) == lengths[number] &&
               !memcmp(text, strings[number], lengths[number] + 1),
           "another counted text");
    model.texts[number] = text;
}

static void release(size_t number)
{
    if (!model.counts[number])
        return;
    model.counts[number]--;
    tare_intern_counted_release(model.counted, model.texts[number]);
}

static void operate(uint8_t operation, uint8_t byte)
{
    size_t table = operation / 8 % TABLES, number = number_of(byte);
    const char *start = strings[number];

    switch (operation % 8) {
    case 0:
    case 1:
        expect_handle(table, number,
                      tare_intern_insert(model.tables[table], start, lengths[number]));
        break;
    case 2:
        expect(tare_intern_find(model.tables[table], start, lengths[number]) ==
                   model.handles[table][number],
               "find says otherwise");
        break;
    case 3:
        insert_many(table, byte);
        break;
    case 4:
    case 5:
        acquire(number);
        break;
    case 6:
        release(number);
        break;
    default:
        if (!model.counts[number])
            break;
        model.counts[number]++;
        expect(tare_intern_counted_retain(model.texts[number]) == model.texts[number],
               "retain gives another text");
    }
}

static bool begin(const uint8_t head[3])
{
    struct tare_intern_options options = {.mem = &model.failer.mem,
                                          .strings_max = head[1],
                                          .bytes_max = (size_t)head[2] * 16,
                                          .seed = 1};
    bool is_begun = true;

    memset(&model, 0, sizeof model);
    model.has_limits = head[1] || head[2];
    tare_mem_failer_init(&model.failer, NULL, head[0] / 2);
    model.failer.fail_on = head[0] & 1;
    for (size_t i = 0; i < TABLES; i++)
        is_begun &= !tare_intern_create(&model.tables[i], &options);
    return is_begun & !tare_intern_counted_create(&model.counted, &options);
}

static void end(void)
{
    size_t held = 0;

    for (size_t i = 0; i < STRINGS; i++)
        held += model.counts[i] != 0;
    for (size_t i = 0; i < TABLES; i++) {
        expect(!model.tables[i] || tare__intern_valid(model.tables[i]), "a table is bent");
        tare_intern_destroy(&model.tables[i]);
    }
    if (model.counted) {
        expect(tare__intern_counted_valid(model.counted), "the counted table is bent");
        expect(tare_intern_counted_destroy(&model.counted) == held, "others are held");
    }
    expect(!tare_mem_counted(&model.failer.counter).live_bytes, "memory is lost");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes < 3)
        return 0;
    if (!lengths[1])
        make_strings();
    if (begin(data))
        for (size_t i = 3; i + 1 < bytes; i += 2)
            operate(data[i], data[i + 1]);
    end();
    if (wrong) {
        fprintf(stderr, "wrong: %s\n", wrong);
        abort();
    }
    return 0;
}
