/* SPDX-License-Identifier: MIT */
#include "bench/codec_state.h"

#include <math.h>
#include <string.h>

static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1d;
}

/* In [0, 1). */
static double next_share(void)
{
    return (double)(next_random() >> 11) / 9007199254740992.0;
}

static const uint32_t limits[] = {1000, 10000, 100000, 1000000};

static struct codec_event make_event(uint64_t at_us, uint64_t sequence)
{
    uint32_t tenant =
        (uint32_t)(CODEC_TENANTS * next_share() * next_share() * next_share());
    bool is_denied = next_share() < 0.04;

    return (struct codec_event){
        .at_us = at_us,
        .sequence = sequence,
        .tenant = tenant,
        .left = (uint32_t)(next_random() % limits[tenant % 4]),
        .cost = 1 + (next_share() < 0.2 ? (uint32_t)(next_random() % 8) : 0),
        .operation = (uint16_t)(next_random() % 4),
        .is_denied = is_denied,
        .reason = (uint8_t)(is_denied ? 1 + next_random() % 3 : 0)};
}

static struct codec_tenant make_tenant(uint32_t plan, uint64_t now_us)
{
    return (struct codec_tenant){.id = next_random() >> 20,
                                 .limit = limits[plan],
                                 .used = next_random() % limits[plan],
                                 .due_us = now_us - next_random() % 1000000,
                                 .seen_us = now_us - next_random() % 1000000,
                                 .plan = plan,
                                 .flags = next_share() < 0.1};
}

void codec_state_make(struct codec_state *state)
{
    static uint64_t now_us = 1700000000000000, sequence = 100000;

    memset(state, 0, sizeof *state);
    for (size_t i = 0; i < CODEC_EVENTS; i++) {
        now_us += (uint64_t)(-log(1 - next_share()) * 1000);
        state->events[i] = make_event(now_us, sequence++);
    }
    for (size_t i = 0; i < CODEC_TENANTS; i++)
        state->tenants[i] = make_tenant((uint32_t)(next_random() % 4), now_us);
}

void codec_state_parts(const struct codec_state *state, bool is_small, bool is_columns,
                       struct tare_codec_part parts[CODEC_PARTS])
{
    static const struct tare_codec_field deltas[] = {
        TARE_CODEC_FIELD(struct codec_event, at_us),
        TARE_CODEC_FIELD(struct codec_event, sequence)};
    static const struct tare_codec_layout events = {sizeof(struct codec_event), deltas, 2},
                                          tenants = {sizeof(struct codec_tenant), NULL, 0};

    parts[0] = (struct tare_codec_part){
        state->tenants,
        sizeof *state->tenants * (is_small ? CODEC_SMALL_TENANTS : CODEC_TENANTS),
        is_columns ? &tenants : NULL};
    parts[1] = (struct tare_codec_part){state->events,
                                        sizeof *state->events *
                                            (is_small ? CODEC_SMALL_EVENTS : CODEC_EVENTS),
                                        is_columns ? &events : NULL};
}
