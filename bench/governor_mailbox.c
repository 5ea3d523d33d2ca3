/* SPDX-License-Identifier: MIT */
#include "bench/governor_mailbox.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "bench/measure.h"

#include <tare/governor.h>

enum { BATCH = 32, ROOM = 256, TENANTS = 16 };

TARE_RING_DEFINE(requests, struct tare_governor_request);
TARE_RING_DEFINE(decisions, struct tare_governor_decision);

struct mailbox {
    struct tare_ring *asked, *answered;
    struct tare_governor *governor;
    int cpu;
    unsigned calls;
};

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void wait_a_little(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* One look at the clock for all that is there. */
static void *serve(void *context)
{
    struct mailbox *mailbox = context;
    struct tare_ring_reader reader = tare_ring_reader_from(mailbox->asked, 0);
    struct tare_governor_request batch[BATCH];
    struct tare_governor_decision answers[BATCH];

    measure_pin(&mailbox->cpu, 1);
    for (unsigned done = 0; done < mailbox->calls;) {
        size_t count = requests_take(&reader, batch, BATCH);
        uint64_t first;

        if (!count) {
            wait_a_little();
            continue;
        }
        int64_t time_ns = now_ns();
        for (size_t i = 0; i < count; i++) {
            batch[i].now_ns = time_ns;
            tare_governor_ask(mailbox->governor, &batch[i], &answers[i]);
        }
        decisions_push_batch(mailbox->answered, answers, count, &first);
        done += (unsigned)count;
    }
    return NULL;
}

/* False: something was denied, or came in another order than it was asked in. */
static bool call(struct mailbox *mailbox, unsigned under_way)
{
    struct tare_ring_reader reader = tare_ring_reader_from(mailbox->answered, 0);
    struct tare_governor_request batch[BATCH];
    struct tare_governor_decision answers[BATCH];
    unsigned asked = 0, answered = 0;
    bool is_right = true;

    while (answered < mailbox->calls) {
        unsigned room = under_way - (asked - answered);
        unsigned count = mailbox->calls - asked;
        uint64_t first;

        count = count < room ? count : room;
        count = count < BATCH ? count : BATCH;
        for (unsigned i = 0; i < count; i++)
            batch[i] = (struct tare_governor_request){.tenant = (asked + i) % TENANTS,
                                                      .quantity = 1};
        if (count)
            asked += (unsigned)requests_push_batch(mailbox->asked, batch, count, &first);
        size_t found = decisions_take(&reader, answers, BATCH);
        for (size_t i = 0; i < found; i++)
            is_right &=
                answers[i].verdict == TARE_GOVERNOR_ALLOW && answers[i].seq == answered + i;
        answered += (unsigned)found;
        if (!found)
            wait_a_little();
    }
    return is_right;
}

static double run(struct mailbox *mailbox, const int *cpus, unsigned under_way)
{
    pthread_t thread;

    mailbox->cpu = cpus[1];
    measure_pin(cpus, 1);
    uint64_t began_ns = measure_now_ns();
    if (pthread_create(&thread, NULL, serve, mailbox))
        return NAN;
    bool is_right = call(mailbox, under_way);
    pthread_join(thread, NULL);
    return is_right ? (double)(measure_now_ns() - began_ns) / mailbox->calls : NAN;
}

double mailbox_ns(const int *cpus, unsigned under_way, unsigned calls)
{
    const struct tare_governor_config config = {.type = TARE_GOVERNOR_QUOTA,
                                                .tenants = TENANTS,
                                                .events = 32,
                                                .quota = {.limit = 1000000000,
                                                          .period_ns = INT64_C(60000000000),
                                                          .burst = 1000000000}};
    struct tare_ring_options asked = {.event_bytes = sizeof(struct tare_governor_request),
                                      .capacity = ROOM,
                                      .is_lossless = true};
    struct tare_ring_options answered = asked;
    struct tare_governor_policy *policy = NULL;
    struct mailbox mailbox = {.calls = calls};
    double ns = NAN;

    answered.event_bytes = sizeof(struct tare_governor_decision);
    if (tare_governor_policy_create(&policy, &config, NULL) == 0 &&
        tare_governor_create(&mailbox.governor, policy) == 0 &&
        tare_ring_create(&mailbox.asked, &asked) == 0 &&
        tare_ring_create(&mailbox.answered, &answered) == 0)
        ns = run(&mailbox, cpus, under_way);
    tare_ring_destroy(&mailbox.answered);
    tare_ring_destroy(&mailbox.asked);
    tare_governor_destroy(&mailbox.governor);
    tare_governor_policy_destroy(&policy);
    return ns;
}
