/* SPDX-License-Identifier: MIT
 *
 * A program in C of somebody who installed libtare-modules. The build includes all public headers
 * before it. A header has one function here that uses it, and a line in the table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/codec.h>
#include <tare/governor_log.h>
#include <tare/histogram.h>
#include <tare/metrics.h>
#include <tare/queue.h>
#include <tare/quota.h>
#include <tare/ring.h>
#include <tare/ring_merge.h>
#include <tare/version.h>

struct event {
    uint64_t time, value;
};

TARE_RING_DEFINE(events, struct event);

static bool ring_works(void)
{
    const struct tare_ring_options options = {.event_bytes = sizeof(struct event),
                                              .capacity = 10};
    struct tare_ring *ring;
    struct event batch[20], event = {1, 2};

    if (tare_ring_create(&ring, &options))
        return false;
    for (event.time = 0; event.time < 15; event.time++)
        if (events_push(ring, &event) != event.time)
            return false;
    struct tare_ring_reader reader = tare_ring_reader_from(ring, 0);
    bool works = events_read(&reader, batch, 20) == 10 && reader.lost == 5 &&
                 batch[0].time == 5 && batch[9].time == 14;
    tare_ring_destroy(&ring);
    return works && !ring;
}

static bool codec_works(void)
{
    struct tare_codec_block frame = {0}, content = {0};
    struct tare_codec *codec;

    if (tare_codec_create(&codec, NULL))
        return false;
    bool works = !tare_codec_encode(codec, "state", 5, &frame) &&
                 !tare_codec_decode(codec, frame.data, frame.bytes, 5, &content) &&
                 content.bytes == 5 && !memcmp(content.data, "state", 5);
    tare_codec_block_fini(&frame);
    tare_codec_block_fini(&content);
    tare_codec_destroy(&codec);
    return works;
}

static bool queue_works(void)
{
    struct tare_queue *queue;
    uint64_t in[3] = {1, 2, 3}, out[3] = {0, 0, 0};

    if (tare_queue_create(&queue, sizeof(uint64_t), 4, NULL))
        return false;
    bool works = tare_queue_push(queue, in, 3) == 3 && tare_queue_pop(queue, out, 3) == 3 &&
                 out[2] == 3 && tare_queue_count(queue) == 0;
    tare_queue_destroy(&queue);
    return works;
}

static bool ring_merge_works(void)
{
    const struct tare_ring_options options = {.event_bytes = sizeof(struct event),
                                              .capacity = 10};
    const struct event late = {9, 0}, early = {3, 0};
    struct tare_ring *rings[2] = {NULL, NULL};
    struct tare_ring_merge *merge = NULL;
    struct event out[2];

    if (tare_ring_create(&rings[0], &options) || tare_ring_create(&rings[1], &options) ||
        tare_ring_merge_create(&merge, rings, 2, 0, NULL))
        return false;
    events_push(rings[0], &late);
    events_push(rings[1], &early);
    bool works = tare_ring_merge_read(merge, out, NULL, 2, UINT64_MAX) == 2 &&
                 out[0].time == 3 && out[1].time == 9;
    tare_ring_merge_destroy(&merge);
    tare_ring_destroy(&rings[0]);
    tare_ring_destroy(&rings[1]);
    return works;
}

static bool metrics_works(void)
{
    const struct tare_metric requests = {.name = "requests", .help = "Served"};
    struct tare_metrics_snapshot *snapshot = NULL;
    struct tare_metrics_writer *writer = NULL;
    struct tare_metrics *metrics;

    if (tare_metrics_create(&metrics, 10, NULL))
        return false;
    int id = tare_metrics_add(metrics, &requests);
    bool works = id == 0 && tare_metrics_writer_create(&writer, metrics) == 0 &&
                 tare_metrics_snapshot_create(&snapshot, metrics) == 0;

    if (works) {
        tare_metrics_count(writer, id, 2);
        tare_metrics_take(snapshot);
        works = tare_metrics_value(snapshot, id) == 2;
    }
    tare_metrics_writer_destroy(&writer);
    tare_metrics_snapshot_destroy(&snapshot);
    tare_metrics_destroy(&metrics);
    return works;
}

static bool histogram_works(void)
{
    static uint64_t memory[1500];
    struct tare_histogram *histogram;

    if (tare_histogram_init(&histogram, memory, sizeof memory, 100000))
        return false;
    for (uint64_t value = 1; value <= 1000; value++)
        tare_histogram_record(histogram, value);
    uint64_t median = tare_histogram_percentile(histogram, 0.5);
    return median >= 498 && median <= 502 && tare_histogram_count(histogram) == 1000;
}

static bool governor_works(void)
{
    const struct tare_governor_config config = {
        .type = TARE_GOVERNOR_QUOTA,
        .tenants = 3,
        .events = 4,
        .quota = {.limit = 10, .period_ns = 1000, .burst = 2}};
    const struct tare_governor_request request = {.tenant = 9, .quantity = 2, .now_ns = 1};
    struct tare_governor_policy *policy;
    struct tare_governor *governor;
    struct tare_governor_decision decision;
    uint64_t log[TARE_GOVERNOR_RECORD_BYTES / 8];
    struct tare_quota quota;

    if (tare_governor_policy_create(&policy, &config, NULL) ||
        tare_governor_create(&governor, policy))
        return false;
    bool works = tare_governor_ask(governor, &request, &decision) == TARE_GOVERNOR_ALLOW &&
                 tare_governor_log_put(governor, &request, &decision, log, sizeof log) ==
                     sizeof log &&
                 tare_governor_ask(governor, &request, &decision) == TARE_GOVERNOR_DENY &&
                 decision.retry_after_ns == 200;
    tare_governor_reset(governor);
    works = works && tare_quota_init(&quota, &config.quota) == 0 &&
            tare_quota_check(&quota, 2, 1, &decision) == TARE_GOVERNOR_ALLOW &&
            tare_quota_check(&quota, 1, 1, &decision) == TARE_GOVERNOR_DENY;
    tare_governor_destroy(&governor);
    tare_governor_policy_destroy(&policy);
    return works;
}

static const struct use {
    const char *header;
    bool (*works)(void);
} uses[] = {
    {"codec", codec_works},       {"ring", ring_works},
    {"governor", governor_works}, {"ring_merge", ring_merge_works},
    {"queue", queue_works},       {"histogram", histogram_works},
    {"metrics", metrics_works},
};

int main(void)
{
    int status = EXIT_SUCCESS;

    printf("tare %s\n", TARE_VERSION);
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        bool works = uses[i].works();

        printf("%s %s\n", uses[i].header, works ? "works" : "fails");
        if (!works)
            status = EXIT_FAILURE;
    }
    return status;
}
