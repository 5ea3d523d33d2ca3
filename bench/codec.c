/* SPDX-License-Identifier: MIT
 *
 * usage: codec - <tare/codec.h> beside zlib, zstd and lz4 themselves, in the top folder of the source.
 * Environment: REPS rounds (15). Writes build/bench/codec.tsv.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/codec_ways.h"
#include "bench/results.h"

enum { REPETITIONS = 15, WAYS_MOST = 16, SAMPLES = 256, DICTIONARY_BYTES = 4 << 10 };

static struct codec_state states[CODEC_STATES];

/* One way at work on all states of one size. */
struct run {
    const struct codec_way *way;
    bool is_small;
    struct tare_codec *codec;
    struct tare_codec_block content, frames[CODEC_STATES];
    struct number packed, encode, decode; /* bytes, and microseconds, of one state */
};

static size_t state_bytes(bool is_small)
{
    struct tare_codec_part parts[CODEC_PARTS];

    codec_state_parts(states, is_small, false, parts);
    return parts[0].bytes + parts[1].bytes;
}

/* What a peer is given: the tenants, and the events right behind them. */
static const void *as_bytes(const struct codec_state *state, bool is_small)
{
    static char bytes[sizeof *state];
    struct tare_codec_part parts[CODEC_PARTS];

    if (!is_small)
        return state;
    codec_state_parts(state, is_small, false, parts);
    memcpy(bytes, parts[0].data, parts[0].bytes);
    memcpy(bytes + parts[0].bytes, parts[1].data, parts[1].bytes);
    return bytes;
}

static void encode_one(struct run *run, size_t i)
{
    struct tare_codec_part parts[CODEC_PARTS];

    if (run->way->pack) {
        run->frames[i].bytes =
            run->way->pack(as_bytes(&states[i], run->is_small), state_bytes(run->is_small),
                           run->frames[i].data);
        return;
    }
    codec_state_parts(&states[i], run->is_small, run->way->is_columns, parts);
    if (tare_codec_encode_parts(run->codec, parts, CODEC_PARTS, &run->frames[i]))
        exit(1);
}

static void decode_one(struct run *run, size_t i)
{
    struct tare_codec_part parts[CODEC_PARTS] = {0};
    const struct tare_codec_block *frame = &run->frames[i];

    if (run->way->unpack)
        run->way->unpack(frame->data, frame->bytes, run->content.data,
                         state_bytes(run->is_small));
    else if (tare_codec_decode_parts(run->codec, frame->data, frame->bytes, sizeof *states,
                                     &run->content, parts, CODEC_PARTS))
        exit(1);
}

static void encode_all(void *context)
{
    for (size_t i = 0; i < CODEC_STATES; i++)
        encode_one(context, i);
}

static void decode_all(void *context)
{
    for (size_t i = 0; i < CODEC_STATES; i++)
        decode_one(context, i);
}

/* What comes back is what went in. */
static void check(struct run *run)
{
    struct tare_codec_part expected[CODEC_PARTS], parts[CODEC_PARTS] = {0};

    for (size_t i = 0; !run->way->pack && i < CODEC_STATES; i++) {
        codec_state_parts(&states[i], run->is_small, false, expected);
        if (tare_codec_decode_parts(run->codec, run->frames[i].data, run->frames[i].bytes,
                                    sizeof *states, &run->content, parts, CODEC_PARTS) ||
            memcmp(parts[0].data, expected[0].data, expected[0].bytes) != 0 ||
            memcmp(parts[1].data, expected[1].data, expected[1].bytes) != 0) {
            fprintf(stderr, "%s: another state came back\n", run->way->name);
            exit(1);
        }
    }
}

/* Of the events of other states: they are most of it. */
static void train(bool is_small, struct tare_codec_block *dictionary)
{
    static struct codec_state others[SAMPLES];
    static struct tare_codec_part samples[SAMPLES];
    struct tare_codec_part parts[CODEC_PARTS];

    for (size_t i = 0; i < SAMPLES; i++) {
        codec_state_make(&others[i]);
        codec_state_parts(&others[i], is_small, true, parts);
        samples[i] = parts[1];
    }
    if (tare_codec_train(samples, SAMPLES, DICTIONARY_BYTES, dictionary))
        exit(1);
}

static void run_init(struct run *run, const struct codec_way *way, bool is_small)
{
    struct tare_codec_block dictionary = {0};

    *run = (struct run){.way = way, .is_small = is_small};
    for (size_t i = 0; way->pack && i < CODEC_STATES; i++)
        run->frames[i].data = malloc(CODEC_ROOM);
    if (way->pack) {
        run->content.data = malloc(CODEC_ROOM);
        return;
    }
    if (way->has_dictionary)
        train(is_small, &dictionary);
    const struct tare_codec_options options = {.kind = way->kind,
                                               .level = way->level,
                                               .dictionary = dictionary.data,
                                               .dictionary_bytes = dictionary.bytes};
    if (tare_codec_create(&run->codec, &options))
        exit(1);
    tare_codec_block_fini(&dictionary);
}

static void run_fini(struct run *run)
{
    for (size_t i = 0; i < CODEC_STATES; i++) {
        if (run->way->pack)
            free(run->frames[i].data);
        else
            tare_codec_block_fini(&run->frames[i]);
    }
    if (run->way->pack)
        free(run->content.data);
    else
        tare_codec_block_fini(&run->content);
    tare_codec_destroy(&run->codec);
}

static struct number per_state_us(const struct samples *samples)
{
    struct number all = samples_number(samples);

    return (struct number){all.least / CODEC_STATES / 1000,
                           all.median / CODEC_STATES / 1000};
}

static size_t measure(struct run *runs, bool is_small)
{
    struct measure_way ways[2 * WAYS_MOST] = {
        0}; /* there and back of each, in the same rounds */
    unsigned repetitions = measure_repetitions("REPS", REPETITIONS);
    size_t count = 0;

    for (const struct codec_way *way = codec_ways; way->name; way++) {
        if (!way->pack && !tare_codec_is_built_in(way->kind))
            continue;
        run_init(&runs[count], way, is_small);
        ways[2 * count] = (struct measure_way){.run = encode_all, .context = &runs[count]};
        ways[2 * count + 1] =
            (struct measure_way){.run = decode_all, .context = &runs[count]};
        count++;
    }
    measure_ways(ways, 2 * count, repetitions);
    for (size_t i = 0; i < count; i++) {
        double sum = 0;

        check(&runs[i]);
        for (size_t state = 0; state < CODEC_STATES; state++)
            sum += (double)runs[i].frames[state].bytes;
        runs[i].packed = number_of(sum / CODEC_STATES);
        runs[i].encode = per_state_us(&ways[2 * i].ns);
        runs[i].decode = per_state_us(&ways[2 * i + 1].ns);
    }
    return count;
}

static void print_runs(const struct run *runs, size_t count, bool is_small)
{
    double bytes = (double)state_bytes(is_small);

    printf("%-32s %7s %7s %17s %17s\n", is_small ? "state of 1.5 KB" : "state of 20 KB",
           "bytes", "ratio", "encode us", "decode us");
    for (size_t i = 0; i < count; i++)
        printf("%-32s %7.0f %6.2fx %8.2f %8.2f %8.2f %8.2f\n", runs[i].way->name,
               runs[i].packed.median, bytes / runs[i].packed.median, runs[i].encode.least,
               runs[i].encode.median, runs[i].decode.least, runs[i].decode.median);
    putchar('\n');
}

static void add_row(struct results *results, const struct run *run, const char *metric,
                    const char *unit, struct number ours, const struct run *peer,
                    struct number theirs)
{
    results_add(results, &(struct result){.name = run->way->name,
                                          .metric = metric,
                                          .unit = unit,
                                          .ours = ours,
                                          .peer = peer->way->name,
                                          .theirs = theirs});
}

/* Beside the plain form: the structs as they are, and zlib; it is the first way. */
static void add_rows(struct results *results, const struct run *runs, size_t count)
{
    const struct run *peer = runs;
    bool is_small = peer->is_small;

    for (size_t i = 0; i < count; i++) {
        if (runs[i].way->pack)
            continue;
        add_row(results, &runs[i], is_small ? "bytes-1.5KB" : "bytes-20KB", "B",
                runs[i].packed, peer, peer->packed);
        add_row(results, &runs[i], is_small ? "encode-1.5KB" : "encode-20KB", "us",
                runs[i].encode, peer, peer->encode);
        add_row(results, &runs[i], is_small ? "decode-1.5KB" : "decode-20KB", "us",
                runs[i].decode, peer, peer->decode);
    }
}

static void add_targets(struct results *results, const struct run *runs, size_t count,
                        const char *name, const char *const what[3], double ratio,
                        double us)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(runs[i].way->name, name) != 0)
            continue;
        const struct target bytes = {
            .what = what[0],
            .value = number_of(runs[i].packed.median * ratio / (double)state_bytes(false)),
            .limit = 1};
        const struct target encode = {
            .what = what[1], .value = runs[i].encode, .limit = us};
        results_add_target(results, &bytes);
        results_add_target(results, &encode);
        results_add_share(results, what[2], runs[i].decode, runs[i].encode, 0.5);
    }
}

static const char *const zstd_targets[] = {"20 KB, columns and zstd: bytes, of 1/4",
                                           "20 KB, columns and zstd: encode, us",
                                           "20 KB, columns and zstd: decode, of encode"};
static const char *const lz4_targets[] = {"20 KB, columns and lz4: bytes, of 1/3.5",
                                          "20 KB, columns and lz4: encode, us",
                                          "20 KB, columns and lz4: decode, of encode"};

int main(void)
{
    static struct run runs[2][WAYS_MOST];
    struct results results = {0};
    int cpus[MEASURE_CPUS] = {-1};

    if (!measure_cpus(cpus) || measure_pin(cpus, 1))
        fputs("not bound to a processor\n", stderr);
    for (size_t i = 0; i < CODEC_STATES; i++)
        codec_state_make(&states[i]);
    printf("States of a governor, %d of them in turn, %u repetitions after one to warm up; "
           "least "
           "and median of one state.\n\n",
           CODEC_STATES, measure_repetitions("REPS", REPETITIONS));
    for (int small = 0; small < 2; small++) {
        size_t count = measure(runs[small], small);

        print_runs(runs[small], count, small);
        add_rows(&results, runs[small], count);
        if (!small) {
            add_targets(&results, runs[0], count, "columns, zstd -1", zstd_targets, 4, 40);
            add_targets(&results, runs[0], count, "columns, lz4", lz4_targets, 3.5, 15);
        }
        for (size_t i = 0; i < count; i++)
            run_fini(&runs[small][i]);
    }
    results_print(&results, stdout);
    results_print_targets(&results, stdout);
    return results_end(&results, "codec") ? 0 : 1;
}
