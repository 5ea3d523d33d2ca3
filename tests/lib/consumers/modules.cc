/* SPDX-License-Identifier: MIT
 *
 * A program in C++ of somebody who installed libtare-modules. The build includes all public headers
 * before it. A header has one function here that uses it, and a line in the table.
 */
#include <cstdio>
#include <cstdlib>

#include <tare/codec.h>
#include <tare/governor_log.h>
#include <tare/histogram.h>
#include <tare/metrics.h>
#include <tare/queue.h>
#include <tare/quota.h>
#include <tare/rc.h>
#include <tare/ring.h>
#include <tare/ring_merge.h>
#include <tare/version.h>

namespace
{

struct event {
    uint64_t time, value;
};

TARE_RING_DEFINE(events, event);

bool ring_works()
{
    tare_ring_options options = {};
    tare_ring *ring;
    event batch[20], one = {1, 2};

    options.event_bytes = sizeof(event);
    options.capacity = 10;
    if (tare_ring_create(&ring, &options))
        return false;
    for (one.time = 0; one.time < 15; one.time++)
        if (events_push(ring, &one) != one.time)
            return false;
    tare_ring_reader reader = tare_ring_reader_from(ring, 0);
    bool works = events_read(&reader, batch, 20) == 10 && reader.lost == 5 &&
                 batch[0].time == 5 && batch[9].time == 14;
    tare_ring_destroy(&ring);
    return works && !ring;
}

bool codec_works()
{
    static const tare_codec_field deltas[] = {TARE_CODEC_FIELD(event, time)};
    static const tare_codec_layout layout = {sizeof(event), deltas, 1};
    const event states[3] = {{1, 9}, {2, 8}, {3, 7}};
    tare_codec_part part = {states, sizeof states, &layout};
    tare_codec_block frame = {}, content = {};
    tare_codec *codec;

    if (tare_codec_create(&codec, nullptr))
        return false;
    bool works = !tare_codec_encode_parts(codec, &part, 1, &frame) &&
                 !tare_codec_decode_parts(codec, frame.data, frame.bytes, sizeof states,
                                          &content, &part, 1) &&
                 static_cast<const event *>(part.data)[2].value == 7;
    tare_codec_block_fini(&frame);
    tare_codec_block_fini(&content);
    tare_codec_destroy(&codec);
    return works;
}

bool queue_works()
{
    tare_queue *queue;
    uint64_t in[3] = {1, 2, 3}, out[3] = {0, 0, 0};

    if (tare_queue_create(&queue, sizeof(uint64_t), 4, nullptr))
        return false;
    bool works = tare_queue_push(queue, in, 3) == 3 && tare_queue_pop(queue, out, 3) == 3 &&
                 out[2] == 3 && tare_queue_count(queue) == 0;
    tare_queue_destroy(&queue);
    return works;
}

bool ring_merge_works()
{
    tare_ring_options options = {};
    const event late = {9, 0}, early = {3, 0};
    tare_ring *rings[2] = {nullptr, nullptr};
    tare_ring_merge *merge = nullptr;
    event out[2];

    options.event_bytes = sizeof(event);
    options.capacity = 10;
    if (tare_ring_create(&rings[0], &options) || tare_ring_create(&rings[1], &options) ||
        tare_ring_merge_create(&merge, rings, 2, 0, nullptr))
        return false;
    events_push(rings[0], &late);
    events_push(rings[1], &early);
    bool works = tare_ring_merge_read(merge, out, nullptr, 2, UINT64_MAX) == 2 &&
                 out[0].time == 3 && out[1].time == 9;
    tare_ring_merge_destroy(&merge);
    tare_ring_destroy(&rings[0]);
    tare_ring_destroy(&rings[1]);
    return works;
}

bool metrics_works()
{
    tare_metric requests = {};
    tare_metrics_snapshot *snapshot = nullptr;
    tare_metrics_writer *writer = nullptr;
    tare_metrics *metrics;

    requests.name = "requests";
    requests.help = "Served";
    if (tare_metrics_create(&metrics, 10, nullptr))
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

bool histogram_works()
{
    static uint64_t memory[1500];
    tare_histogram *histogram;

    if (tare_histogram_init(&histogram, memory, sizeof memory, 100000))
        return false;
    for (uint64_t value = 1; value <= 1000; value++)
        tare_histogram_record(histogram, value);
    uint64_t median = tare_histogram_percentile(histogram, 0.5);
    return median >= 498 && median <= 502 && tare_histogram_count(histogram) == 1000;
}

bool governor_works()
{
    tare_governor_config config = {};
    tare_governor_request request = {};
    tare_governor_decision decision;
    tare_governor_policy *policy;
    tare_governor *governor;
    tare_quota quota;

    config.type = TARE_GOVERNOR_QUOTA;
    config.tenants = 3;
    config.events = 4;
    config.quota.limit = 10;
    config.quota.period_ns = 1000;
    config.quota.burst = 2;
    request.op = TARE_GOVERNOR_CHECK;
    request.quantity = 2;
    if (tare_governor_policy_create(&policy, &config, nullptr) ||
        tare_governor_create(&governor, policy))
        return false;
    bool works = tare_governor_ask(governor, &request, &decision) == TARE_GOVERNOR_ALLOW &&
                 tare_governor_ask(governor, &request, &decision) == TARE_GOVERNOR_DENY &&
                 tare_quota_init(&quota, &config.quota) == 0 &&
                 tare_quota_check(&quota, 2, 1, &decision) == TARE_GOVERNOR_ALLOW &&
                 tare_governor_replay(governor, nullptr, 0, nullptr) == 0;
    tare_governor_destroy(&governor);
    tare_governor_policy_destroy(&policy);
    return works;
}

/* Of libtare: by the macro, with options left out, of which compilers would warn. */
struct picture {
    tare_rc rc;
    int *ended;
};

void end_picture(void *object)
{
    ++*static_cast<picture *>(object)->ended;
}

TARE_RC_DEFINE(picture, picture, .destruct = end_picture);

bool typed_rc_works()
{
    int ended = 0;
    picture *one = picture_create();

    if (!one)
        return false;
    one->ended = &ended;
    picture_release(picture_acquire(one));
    bool works = ended == 0;
    picture_release(one);
    return works && ended == 1;
}

const struct {
    const char *header;
    bool (*works)();
} uses[] = {
    {"codec", codec_works},       {"ring", ring_works},
    {"governor", governor_works}, {"ring_merge", ring_merge_works},
    {"queue", queue_works},       {"histogram", histogram_works},
    {"metrics", metrics_works},   {"typed rc", typed_rc_works},
};

} // namespace

int main()
{
    int status = EXIT_SUCCESS;

    std::printf("tare %s\n", TARE_VERSION);
    for (const auto &use : uses) {
        bool works = use.works();

        std::printf("%s %s\n", use.header, works ? "works" : "fails");
        if (!works)
            status = EXIT_FAILURE;
    }
    return status;
}
