/* SPDX-License-Identifier: MIT
 *
 * tests/lib/codec_fixture.h - a state of records for the tests of <tare/codec.h>.
 *
 * Shape    parts: a head of plain bytes, records with two deltas
 * Units    Bytes.
 * Owner    The caller owns the state.
 * Threads  Single owner.
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_TESTS_CODEC_FIXTURE_H
#define TARE_TESTS_CODEC_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tare/codec.h>

#include "support/random.h"

enum { STATE_RECORDS = 100, STATE_PARTS = 2 };

struct record {
    uint64_t time, id;
    uint32_t count;
    uint16_t small;
    uint8_t flag;
};

struct state {
    char head[21];
    struct record records[STATE_RECORDS];
};

static const struct tare_codec_field record_deltas[] = {
    TARE_CODEC_FIELD(struct record, time), TARE_CODEC_FIELD(struct record, count)};
static const struct tare_codec_layout record_layout = {sizeof(struct record), record_deltas,
                                                       2};

/* Different for each number. */
static inline void state_make(struct state *state, uint32_t number)
{
    uint64_t seed = 2654435761u * (number + 1);

    memset(state, 0, sizeof *state);
    memset(state->head, 'a' + (int)(number % 26), sizeof state->head);
    for (uint32_t i = 0; i < STATE_RECORDS; i++)
        state->records[i] =
            (struct record){1700000000000u + 1000 * i + next_random(&seed) % 100,
                            (uint32_t)next_random(&seed), number + 3 * i,
                            (uint16_t)(next_random(&seed) % 5), i % 7 == 0};
}

static inline void state_parts(const struct state *state,
                               struct tare_codec_part parts[STATE_PARTS])
{
    parts[0] = (struct tare_codec_part){state->head, sizeof state->head, NULL};
    parts[1] =
        (struct tare_codec_part){state->records, sizeof state->records, &record_layout};
}

static inline bool state_is(const struct state *state,
                            const struct tare_codec_part parts[STATE_PARTS])
{
    return parts[0].bytes == sizeof state->head &&
           parts[1].bytes == sizeof state->records &&
           memcmp(parts[0].data, state->head, sizeof state->head) == 0 &&
           memcmp(parts[1].data, state->records, sizeof state->records) == 0;
}

/* A new folder, in memory where there is such a place: the tests make many files durable. */
static inline bool folder_make(char *folder, size_t room)
{
    snprintf(folder, room, "%s/codec-test-XXXXXX",
             access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    return mkdtemp(folder) != NULL;
}

#endif
