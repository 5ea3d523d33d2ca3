/* SPDX-License-Identifier: MIT
 *
 * A service keeps a table of accounts and a log of its latest events. It saves them as one state file,
 * which is whole at any moment, and loads them when it starts again. Which codec is best for them is
 * measured; the usual one is good enough mostly.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tare/codec.h>

struct account {
    uint64_t id, balance;
    uint32_t plan, flags;
};

struct event {
    uint64_t at_us;
    uint32_t account, amount;
};

enum { ACCOUNTS = 200, EVENTS = 1000, PARTS = 2, LIMIT = 1 << 20, REPETITIONS = 20 };

/* Times go up: their differences are small. Balances are anything. */
static const struct tare_codec_field event_deltas[] = {
    TARE_CODEC_FIELD(struct event, at_us)};
static const struct tare_codec_layout account_layout = {sizeof(struct account), NULL, 0},
                                      event_layout = {sizeof(struct event), event_deltas,
                                                      1};

static struct account accounts[ACCOUNTS];
static struct event events[EVENTS];

static void work(void)
{
    for (unsigned i = 0; i < ACCOUNTS; i++)
        accounts[i] = (struct account){
            .id = 1000 + 7 * i, .balance = i * 12345 % 99991, .plan = i % 3};
    for (unsigned i = 0; i < EVENTS; i++)
        events[i] = (struct event){.at_us = 1700000000000000 + 1000 * i + i * i % 100,
                                   .account = i * i % ACCOUNTS,
                                   .amount = 1 + i % 9};
}

static void show_codecs(const struct tare_codec_part *parts)
{
    struct tare_codec_measured rows[TARE_CODEC_MEASURED];
    size_t count;

    if (tare_codec_measure(parts, PARTS, REPETITIONS, rows, &count))
        return;
    for (size_t i = 0; i < count; i++)
        printf("%-6s level %2d %-7s %6.2fx  %7.1f us, back %6.1f us\n",
               tare_codec_name(rows[i].kind), rows[i].level,
               rows[i].is_columns ? "columns" : "structs",
               (double)rows[i].content_bytes / (double)rows[i].frame_bytes,
               rows[i].encode_ns / 1000, rows[i].decode_ns / 1000);
}

/* What was saved, as another run of the program finds it. */
static int restart(struct tare_codec *codec, const char *path)
{
    struct tare_codec_block state = {0};
    struct tare_codec_part found[PARTS] = {{.layout = &account_layout},
                                           {.layout = &event_layout}};
    int err = tare_codec_load_parts(codec, path, LIMIT, &state, found, PARTS);

    if (!err && (found[0].bytes != sizeof accounts || found[1].bytes != sizeof events ||
                 memcmp(found[0].data, accounts, sizeof accounts) != 0 ||
                 memcmp(found[1].data, events, sizeof events) != 0))
        err = -1;
    tare_codec_block_fini(&state);
    return err;
}

int main(void)
{
    const struct tare_codec_part parts[PARTS] = {
        {accounts, sizeof accounts, &account_layout},
        {events, sizeof events, &event_layout}};
    struct tare_codec *codec = NULL;
    char path[64];

    snprintf(path, sizeof path, "/tmp/example-codec-%ld", (long)getpid());
    work();
    int err = tare_codec_create(&codec, NULL);
    if (!err)
        err = tare_codec_save_parts(codec, path, parts, PARTS);
    if (!err)
        err = restart(codec, path);
    if (err)
        fprintf(stderr, "%s: %s\n", path, tare_codec_explain(err));
    else
        show_codecs(parts);
    unlink(path);
    tare_codec_destroy(&codec);
    return err != 0;
}
