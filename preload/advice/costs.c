/* SPDX-License-Identifier: MIT */
#include "advice/costs.h"

static const char *const names[COST_COUNT] = {
    [COST_PAIR_SMALL] = "pair_small", [COST_PAIR_MEDIUM] = "pair_medium",
    [COST_PAIR_LARGE] = "pair_large", [COST_PAIR_REMOTE] = "pair_remote",
    [COST_POOL_PAIR] = "pool_pair",   [COST_ARENA] = "arena",
    [COST_INTERN_HIT] = "intern_hit", [COST_INTERN_BYTE] = "intern_byte",
    [COST_REALLOC] = "realloc",       [COST_COPY_BYTE] = "copy_byte",
};

const struct costs costs_typical = {
    .ns =
        {
            [COST_PAIR_SMALL] = 20,
            [COST_PAIR_MEDIUM] = 60,
            [COST_PAIR_LARGE] = 4000,
            [COST_PAIR_REMOTE] = 80,
            [COST_POOL_PAIR] = 4,
            [COST_ARENA] = 2,
            [COST_INTERN_HIT] = 12,
            [COST_INTERN_BYTE] = 0.2,
            [COST_REALLOC] = 60,
            [COST_COPY_BYTE] = 0.1,
        },
};

const char *cost_name(enum cost cost)
{
    return names[cost];
}

double costs_pair(const struct costs *costs, double bytes)
{
    enum { SMALL_MOST = 1024, MEDIUM_MOST = 128 << 10 };

    if (bytes <= SMALL_MOST)
        return costs->ns[COST_PAIR_SMALL];
    return costs->ns[bytes <= MEDIUM_MOST ? COST_PAIR_MEDIUM : COST_PAIR_LARGE];
}
