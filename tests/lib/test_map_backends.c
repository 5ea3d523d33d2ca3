/* SPDX-License-Identifier: MIT
 *
 * The best back-end of this target and the plain one have their entries in the same order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define MAP_SCRIPT map_script_native
#include "support/map_script.h"
#include "support/map_plain.h"

static void back_ends_have_the_same_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t native = map_script_native(seed, 10000);

        assert_int_not_equal(native, 0);
        assert_int_equal(native, map_script_plain(seed, 10000));
    }
}

static void back_ends_see_the_same_in_any_group(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        struct tare__map_group group;
        uint64_t words[2] = {random = tare_hash_integer(random, i),
                             random = tare_hash_integer(random, i + 1)};

        if (i % 3 == 0) /* many that are 0, and many that are nearly */
            words[i % 2] &= 0x0101018001000100u;
        memcpy(&group, words, sizeof group);
        uint8_t tag = i % 2 ? group.tags[i % TARE__MAP_PLACES] : (uint8_t)random;
        assert_int_equal(tare__map_used(&group), map_plain_used(&group));
        uint32_t native = 0;
        for (tare__map_mask mask = tare__map_match(&group, tag); mask; mask &= mask - 1)
            native |= 1u << tare__map_lowest(mask);
        assert_int_equal(native, map_plain_match(&group, tag));
        assert_int_equal(tare__map_is_passed(&group, tag),
                         map_plain_is_passed(&group, tag));
        struct tare__map_group dropped = group;
        dropped.tags[i % TARE__MAP_PLACES] = 0;
        tare__map_drop_tag(&group, i % TARE__MAP_PLACES);
        assert_memory_equal(&group, &dropped, sizeof group);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(back_ends_have_the_same_order),
        cmocka_unit_test(back_ends_see_the_same_in_any_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
