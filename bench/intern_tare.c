/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "bench/intern_ways.h"
#include "bench/measure.h"

enum { BATCH = 16 };

static struct tare_intern *table_of(void)
{
    static struct tare_intern *table;

    if (!table && tare_intern_create(&table, NULL))
        exit(1);
    return table;
}

static void look_up(const struct tare_text *texts, size_t count)
{
    struct tare_intern *table = table_of();
    uint32_t sum = 0;

    INTERN_LOOP(sum += tare_intern_insert(table, text->start, text->bytes));
    measure_keep(&sum);
}

static void look_up_batches(const struct tare_text *texts, size_t count)
{
    struct tare_intern *table = table_of();
    uint32_t handles[BATCH];

    for (size_t i = 0; i < count; i += BATCH) {
        tare_intern_insert_many(table, texts + i, handles,
                                count - i < BATCH ? count - i : BATCH);
        measure_keep(handles);
    }
}

const struct intern_way intern_way_tare = {.name = "tare", .look_up = look_up};
const struct intern_way intern_way_tare_batch = {
    .name = "tare, 16 a time", .is_other_use = true, .look_up = look_up_batches};
