/* SPDX-License-Identifier: MIT
 *
 * Fleets of governors.
 */
#include "bench/governor_ways.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/measure.h"

#define SECOND INT64_C(1000000000)

enum { EVENTS = 32, TENANTS = 16, STEP_NS = 50, HUGE_PAGE = 2 << 20 };

static const uint64_t attribute[] = {7};

struct tare_governor_config governor_config(enum tare_governor_type type, uint32_t answers)
{
    struct tare_governor_config config = {
        .type = type, .tenants = TENANTS, .events = EVENTS, .answers = answers};

    switch (type) {
    case TARE_GOVERNOR_QUOTA:
        config.quota =
            (struct tare_governor_quota){.limit = 1000, .period_ns = SECOND, .burst = 100};
        break;
    case TARE_GOVERNOR_ENTITLEMENT:
        memset(config.entitlement.features, TARE_GOVERNOR_SWITCH, 32);
        break;
    case TARE_GOVERNOR_BILLING:
        config.billing = (struct tare_governor_billing){.credit_limit = 1000};
        config.answers = answers ? answers : 1; /* cannot be without */
        break;
    case TARE_GOVERNOR_SUBSCRIPTION:
        config.subscription.dunning_ns = SECOND;
        break;
    default:
        config.compliance = (struct tare_governor_compliance){
            .rules = {{.compare = TARE_GOVERNOR_EQUAL,
                       .value = 1,
                       .effect = TARE_GOVERNOR_DENIES},
                      {.compare = TARE_GOVERNOR_LESS, .value = 5},
                      {.compare = TARE_GOVERNOR_LESS, .value = 10}},
            .rule_count = 3};
    }
    return config;
}

static struct tare_governor_request check_of(enum tare_governor_type type)
{
    return (struct tare_governor_request){.op = TARE_GOVERNOR_CHECK,
                                          .quantity = 1,
                                          .amount = 1,
                                          .feature = 3,
                                          .attributes = attribute,
                                          .attribute_count =
                                              type == TARE_GOVERNOR_COMPLIANCE};
}

/* What makes a tenant known and allowed. */
static void introduce(struct tare_governor *governor, enum tare_governor_type type,
                      uint32_t tenant)
{
    struct tare_governor_request request = {.tenant = tenant,
                                            .version = 1,
                                            .now_ns = 1,
                                            .quantity = 1,
                                            .feature = 3,
                                            .amount = 10,
                                            .id = {tenant + 1, 1}};
    struct tare_governor_decision decision;

    switch (type) {
    case TARE_GOVERNOR_ENTITLEMENT:
        request.op = TARE_GOVERNOR_GRANT;
        break;
    case TARE_GOVERNOR_BILLING:
        request.op = TARE_GOVERNOR_CHARGE;
        break;
    case TARE_GOVERNOR_SUBSCRIPTION:
        request.op = TARE_GOVERNOR_ACTIVATE;
        request.until_ns = INT64_MAX / 4;
        break;
    case TARE_GOVERNOR_COMPLIANCE:
        request.op = TARE_GOVERNOR_CLEAR;
        break;
    default:
        break;
    }
    if (tare_governor_ask(governor, &request, &decision) != TARE_GOVERNOR_ALLOW)
        abort();
}

void fleet_begin(struct fleet *fleet, int type, size_t count, uint32_t answers)
{
    *fleet = (struct fleet){.type = type,
                            .types = type < TARE_GOVERNOR_TYPES ? 1 : TARE_GOVERNOR_TYPES,
                            .now_ns = 1,
                            .random = 88172645463325252,
                            .next_id = 1000,
                            .has_answers = answers > 0};
    size_t most = 0;
    for (size_t t = 0; t < fleet->types; t++) {
        enum tare_governor_type of =
            (enum tare_governor_type)(fleet->types == 1 ? (size_t)type : t);
        struct tare_governor_config config = governor_config(of, answers);

        if (tare_governor_policy_create(&fleet->policies[t], &config, NULL))
            abort();
        fleet->checks[t] = check_of(of);
        size_t bytes = tare_governor_bytes(fleet->policies[t]);
        most = bytes > most ? bytes : most;
    }
    fleet->count = count > fleet->types ? count : fleet->types;
    fleet->groups = fleet->count / fleet->types;
    fleet->bytes = fleet->count * most + 2 * HUGE_PAGE;
    fleet->memory = mmap(NULL, fleet->bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fleet->governors = calloc(fleet->count, sizeof *fleet->governors);
    if (fleet->memory == MAP_FAILED || !fleet->governors)
        abort();
    madvise(fleet->memory, fleet->bytes, MADV_HUGEPAGE);
    char *first = fleet->memory + -(uintptr_t)fleet->memory % HUGE_PAGE;
    for (size_t i = 0; i < fleet->count; i++) {
        const struct tare_governor_policy *policy = fleet->policies[i % fleet->types];

        if (tare_governor_init(&fleet->governors[i], first + i * most, most, policy))
            abort();
        for (uint32_t tenant = 0; tenant < GOVERNOR_TENANTS; tenant++)
            introduce(fleet->governors[i], tare_governor_policy_config(policy)->type,
                      tenant);
    }
}

void fleet_end(struct fleet *fleet)
{
    munmap(fleet->memory, fleet->bytes);
    free(fleet->governors);
    for (int t = 0; t < TARE_GOVERNOR_TYPES; t++)
        tare_governor_policy_destroy(&fleet->policies[t]);
}

/* Some governor; of mixed ones that of the next type, or of any. */
static inline size_t choose(struct fleet *fleet, uint32_t *tenant)
{
    uint64_t random = governor_random(&fleet->random);
    size_t group = (random >> 32) * fleet->groups >> 32;

    *tenant = random % GOVERNOR_TENANTS;
    if (fleet->type == GOVERNOR_MIXED)
        fleet->turn = (random >> 16 & 0xffff) * fleet->types >> 16;
    else
        fleet->turn = fleet->turn + 1 < fleet->types ? fleet->turn + 1 : 0;
    return group * fleet->types + fleet->turn;
}

/* Compliance's events are released when there is no more room, which is part of it. */
static inline void ask(struct tare_governor *governor,
                       const struct tare_governor_request *request,
                       struct tare_governor_decision *decision)
{
    if (tare_governor_ask(governor, request, decision) != TARE_GOVERNOR_ERROR)
        return;
    struct tare_ring *ring = tare_governor_ring(governor);
    tare_ring_release(ring, tare_ring_next(ring));
    if (tare_governor_ask(governor, request, decision) == TARE_GOVERNOR_ERROR)
        abort();
}

static inline const struct tare_governor_request *prepare(struct fleet *fleet,
                                                          size_t *which)
{
    uint32_t tenant;

    *which = choose(fleet, &tenant);
    struct tare_governor_request *request = &fleet->checks[fleet->turn];
    request->tenant = tenant;
    request->now_ns = fleet->now_ns += STEP_NS;
    if (fleet->has_answers)
        request->id[0] = fleet->next_id++;
    return request;
}

void fleet_check(struct fleet *fleet, size_t checks)
{
    struct tare_governor_decision decision;
    size_t which;

    for (size_t i = 0; i < checks; i++) {
        const struct tare_governor_request *request = prepare(fleet, &which);

        ask(fleet->governors[which], request, &decision);
        measure_keep(&decision);
    }
}

void fleet_check_clock(struct fleet *fleet, size_t checks)
{
    struct tare_governor_decision decision;
    size_t which;

    for (size_t i = 0; i < checks; i++) {
        fleet->now_ns = (int64_t)measure_now_ns();
        const struct tare_governor_request *request = prepare(fleet, &which);

        ask(fleet->governors[which], request, &decision);
        measure_keep(&decision);
    }
}

void fleet_check_batches(struct fleet *fleet, size_t checks)
{
    static struct tare_governor_decision decisions[GOVERNOR_BATCH];
    static struct tare_governor_request requests[GOVERNOR_BATCH];
    static struct tare_governor *governors[GOVERNOR_BATCH];
    size_t which;

    for (size_t i = 0; i < checks; i += GOVERNOR_BATCH) {
        for (size_t k = 0; k < GOVERNOR_BATCH; k++) {
            requests[k] = *prepare(fleet, &which);
            governors[k] = fleet->governors[which];
        }
        tare_governor_ask_many(governors, requests, decisions, GOVERNOR_BATCH);
        measure_keep(decisions);
    }
}

uint64_t governor_ticks(void)
{
#if defined(__x86_64__)
    unsigned cpu;

    return __builtin_ia32_rdtscp(&cpu);
#else
    return measure_now_ns();
#endif
}

void fleet_ticks(struct fleet *fleet, uint32_t *ticks, size_t checks, bool is_empty)
{
    struct tare_governor_decision decision;
    size_t which;

    for (size_t i = 0; i < checks; i++) {
        const struct tare_governor_request *request = prepare(fleet, &which);
        uint64_t begin = governor_ticks();

        if (!is_empty)
            ask(fleet->governors[which], request, &decision);
        measure_keep(&decision);
        ticks[i] = (uint32_t)(governor_ticks() - begin);
    }
}
