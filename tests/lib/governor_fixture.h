/* SPDX-License-Identifier: MIT
 *
 * What the tests of governors have in common: governors of a config, and requests in one line.
 */
#ifndef LIB_GOVERNOR_FIXTURE_H
#define LIB_GOVERNOR_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <tare/governor.h>

#include "modules/governor_core.h"

#define SECOND INT64_C(1000000000)

struct governed {
    struct tare_governor_policy *policy;
    struct tare_governor *governor;
    struct tare_governor_decision decision; /* the latest */
};

static inline struct governed govern(const struct tare_governor_config *config)
{
    struct governed made = {0};

    assert_int_equal(tare_governor_policy_create(&made.policy, config, NULL), 0);
    assert_int_equal(tare_governor_create(&made.governor, made.policy), 0);
    return made;
}

static inline void govern_end(struct governed *governed)
{
    assert_true(tare__governor_valid(governed->governor));
    tare_governor_destroy(&governed->governor);
    tare_governor_policy_destroy(&governed->policy);
}

static inline enum tare_governor_verdict ask(struct governed *governed,
                                             const struct tare_governor_request *request)
{
    return tare_governor_ask(governed->governor, request, &governed->decision);
}

/* ASK(&governed, CHECK, .tenant = 1, ...) */
#define ASK(governed, what, ...) \
    ask(governed, &(struct tare_governor_request){.op = TARE_GOVERNOR_##what, __VA_ARGS__})

#define ALLOWS(governed, what, ...) \
    assert_int_equal(ASK(governed, what, __VA_ARGS__), TARE_GOVERNOR_ALLOW)

#define DENIES(governed, why, what, ...)                                        \
    do {                                                                        \
        assert_int_equal(ASK(governed, what, __VA_ARGS__), TARE_GOVERNOR_DENY); \
        assert_int_equal((governed)->decision.reason, TARE_GOVERNOR_##why);     \
    } while (0)

#define REFUSES(governed, why, what, ...)                                        \
    do {                                                                         \
        assert_int_equal(ASK(governed, what, __VA_ARGS__), TARE_GOVERNOR_ERROR); \
        assert_int_equal((governed)->decision.reason, TARE_GOVERNOR_##why);      \
    } while (0)

/* Its snapshot, to be freed; *bytes of it. */
static inline void *saved(const struct governed *governed, size_t *bytes)
{
    size_t most = tare_governor_snapshot_bytes(governed->policy);
    void *snapshot = calloc(1, most);

    assert_non_null(snapshot);
    *bytes = tare_governor_save(governed->governor, snapshot, most);
    assert_true(*bytes && *bytes <= most);
    return snapshot;
}

static inline void same_state(const struct governed *a, const struct governed *b)
{
    size_t bytes, other_bytes;
    void *one = saved(a, &bytes);
    void *other = saved(b, &other_bytes);

    assert_int_equal(bytes, other_bytes);
    assert_memory_equal(one, other, bytes);
    free(one);
    free(other);
}

#endif
