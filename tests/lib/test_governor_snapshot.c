/* SPDX-License-Identifier: MIT
 *
 * Snapshots: the same policy, snapshot and requests give the same state, bit for bit; what is damaged is
 * refused and changes nothing.
 */
#include "lib/governor_script.h"

#include "support/governor_seed.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>

enum { REQUESTS = 4000 };

static void run(struct governed *governed, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        uint64_t attribute;
        struct tare_governor_request request = script_request(i, &attribute);

        ask(governed, &request);
        script_release(governed, i);
        if (i % 64 == 0)
            assert_true(tare__governor_valid(governed->governor));
    }
}

static void restored_governors_go_on_as_the_others(void **state)
{
    (void)state;
    for (int type = 0; type < TARE_GOVERNOR_TYPES; type++) {
        struct tare_governor_config config = script_config((enum tare_governor_type)type);
        struct governed straight = govern(&config), from_start = govern(&config);

        run(&straight, 1, REQUESTS);
        for (uint64_t stop = 1; stop < REQUESTS; stop += REQUESTS / 7) {
            struct governed restored;
            size_t bytes;

            config.seed = stop; /* its map has another order */
            restored = govern(&config);
            run(&from_start, stop == 1 ? 1 : stop - REQUESTS / 7, stop);
            void *snapshot = saved(&from_start, &bytes);
            run(&restored, 1, stop / 2); /* which is forgotten */
            assert_int_equal(tare_governor_restore(restored.governor, snapshot, bytes), 0);
            same_state(&restored, &from_start);
            run(&restored, stop, REQUESTS);
            same_state(&restored, &straight);
            govern_end(&restored);
            free(snapshot);
        }
        assert_true(tare_ring_next(tare_governor_ring(straight.governor)) > 300);
        govern_end(&straight);
        govern_end(&from_start);
    }
}

static void snapshots_that_are_cut_off_or_damaged_change_nothing(void **state)
{
    (void)state;
    for (int type = 0; type < TARE_GOVERNOR_TYPES; type++) {
        struct tare_governor_config config = script_config((enum tare_governor_type)type);
        struct governed governed = govern(&config), other = govern(&config);
        size_t bytes, before_bytes;

        run(&governed, 1, 300);
        run(&other, 300, 400);
        unsigned char *snapshot = saved(&governed, &bytes);
        void *before = saved(&other, &before_bytes);
        for (size_t cut = 0; cut < bytes; cut++)
            assert_int_equal(tare_governor_restore(other.governor, snapshot, cut),
                             -EBADMSG);
        for (size_t bit = 0; bit < bytes * 8; bit++) {
            snapshot[bit / 8] ^= (unsigned char)(1 << bit % 8);
            assert_int_equal(tare_governor_restore(other.governor, snapshot, bytes),
                             -EBADMSG);
            snapshot[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        void *after = saved(&other, &bytes);
        assert_int_equal(bytes, before_bytes);
        assert_memory_equal(before, after, bytes);
        assert_int_equal(tare_governor_save(other.governor, after, bytes - 1), 0);
        free(snapshot);
        free(before);
        free(after);
        govern_end(&governed);
        govern_end(&other);
    }
}

static void a_snapshot_is_of_its_policy_s_type_and_room(void **state)
{
    struct tare_governor_config config = script_config(TARE_GOVERNOR_QUOTA);
    struct governed governed = govern(&config);
    size_t bytes;

    (void)state;
    run(&governed, 1, 300);
    void *snapshot = saved(&governed, &bytes);
    config.tenants = 2;
    struct governed small = govern(&config);
    assert_int_equal(tare_governor_restore(small.governor, snapshot, bytes), -EBADMSG);
    govern_end(&small);
    config = script_config(TARE_GOVERNOR_BILLING);
    struct governed billing = govern(&config);
    assert_int_equal(tare_governor_restore(billing.governor, snapshot, bytes), -EBADMSG);
    govern_end(&billing);
    govern_end(&governed);
    free(snapshot);
}

/* Such a tenant would make room for another, and its grants would stay for ever. */
static void a_tenant_without_a_version_has_no_grants(void **state)
{
    struct tare_governor_config config = script_config(TARE_GOVERNOR_ENTITLEMENT);
    struct governed governed = govern(&config);
    size_t bytes;

    (void)state;
    ALLOWS(&governed, GRANT, .tenant = 1, .feature = 2, .value = 7, .version = 1);
    uint8_t *snapshot = saved(&governed, &bytes);
    uint8_t *version = snapshot + bytes - sizeof(struct tare__tenant);
    assert_int_equal(*version, 1);
    assert_int_equal(seed_restore(governed.governor, snapshot, bytes), 0);
    *version = 0;
    assert_int_equal(seed_restore(governed.governor, snapshot, bytes), -EBADMSG);
    free(snapshot);
    govern_end(&governed);
}

static void sixteen_tenants_and_32_events_fit_2_KiB(void **state)
{
    (void)state;
    for (int type = 0; type < TARE_GOVERNOR_TYPES; type++) {
        struct tare_governor_config config = script_config((enum tare_governor_type)type);
        struct tare_governor_policy *policy;

        config.tenants = 16;
        config.events = 32;
        config.answers = type == TARE_GOVERNOR_BILLING; /* which cannot be without */
        config.entitlement.grants =
            type == TARE_GOVERNOR_ENTITLEMENT ? 0 : config.entitlement.grants;
        assert_int_equal(tare_governor_policy_create(&policy, &config, NULL), 0);
        assert_true(tare_governor_bytes(policy) <=
                    (type == TARE_GOVERNOR_BILLING ? 2176 : 2048));
        tare_governor_policy_destroy(&policy);
    }
}

/* Else the fuzzer would look at nothing but what refuses them. */
static void the_fuzzer_s_seeds_are_snapshots_of_now(void **state)
{
    glob_t seeds;

    (void)state;
    assert_int_equal(glob("tests/fuzz/corpus/fuzz_governor/[as]*-*", 0, NULL, &seeds), 0);
    assert_true(seeds.gl_pathc >= 5);
    for (size_t i = 0; i < seeds.gl_pathc; i++) {
        static uint8_t seed[4096];
        struct tare_governor *governor;
        FILE *file = fopen(seeds.gl_pathv[i], "re");

        assert_non_null(file);
        size_t bytes = fread(seed, 1, sizeof seed, file);
        fclose(file);
        assert_true(bytes >= 2 && bytes >= 2 + seed[1] * 8u);
        struct tare_governor_policy *policy = seed_policy(seed[0]);
        assert_int_equal(tare_governor_create(&governor, policy), 0);
        if (seed_restore(governor, seed + 2, seed[1] * 8u))
            fail_msg("%s", seeds.gl_pathv[i]);
        tare_governor_destroy(&governor);
        tare_governor_policy_destroy(&policy);
    }
    globfree(&seeds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restored_governors_go_on_as_the_others),
        cmocka_unit_test(snapshots_that_are_cut_off_or_damaged_change_nothing),
        cmocka_unit_test(a_snapshot_is_of_its_policy_s_type_and_room),
        cmocka_unit_test(a_tenant_without_a_version_has_no_grants),
        cmocka_unit_test(sixteen_tenants_and_32_events_fit_2_KiB),
        cmocka_unit_test(the_fuzzer_s_seeds_are_snapshots_of_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
