/* SPDX-License-Identifier: MIT */
#include "profile/match.h"
#include "profile/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void a_pattern_is_found_anywhere(void **state)
{
    (void)state;
    assert_true(match_text("read", "Perl_yyread_all"));
    assert_true(match_text("", "anything"));
    assert_true(match_text("read", "read"));
    assert_true(match_text("aab", "aaab"));
    assert_false(match_text("read", "rea"));
    assert_false(match_text("read", ""));
}

static void anchors_hold_a_pattern_in_place(void **state)
{
    (void)state;
    assert_true(match_text("^read", "read_all"));
    assert_false(match_text("^read", "pread"));
    assert_true(match_text("read$", "pread"));
    assert_false(match_text("read$", "read_all"));
    assert_true(match_text("aa$", "aaa"));
    assert_true(match_text("^read$", "read"));
    assert_false(match_text("^read$", "read read"));
    assert_true(match_text("^$", ""));
    assert_false(match_text("^$", "x"));
    assert_true(match_text("$", "x"));
}

static void a_star_stands_for_anything(void **state)
{
    (void)state;
    assert_true(match_text("std::*::push", "std::vector<int>::push_back"));
    assert_true(match_text("^a*b*c$", "a-b-b-c"));
    assert_false(match_text("^a*b*c$", "a-c-b"));
    assert_true(match_text("*", ""));
    assert_true(match_text("^*$", "x"));
    assert_true(match_text("a**b", "ab"));
    assert_false(match_text("^a*$b", "ab"));
}

static void frames_of_runtimes_are_folded(void **state)
{
    (void)state;
    assert_true(tree_is_folded("std::vector<int>::push_back(int&&)", "app"));
    assert_true(tree_is_folded("void std::__invoke<f(std::string)>()", "app"));
    assert_true(tree_is_folded("<alloc::vec::Vec<T> as core::fmt::Debug>::fmt", "app"));
    assert_true(tree_is_folded("anything", "libc.so.6"));
    assert_true(tree_is_folded("_start", "app"));
    assert_false(tree_is_folded("mine::fill(std::string)", "app"));
    assert_false(tree_is_folded("int mine::fill<std::string>()", "app"));
    assert_false(tree_is_folded("core::run", "app"));
    assert_false(tree_is_folded("main", "libcrypto.so.3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_is_found_anywhere),
        cmocka_unit_test(anchors_hold_a_pattern_in_place),
        cmocka_unit_test(a_star_stands_for_anything),
        cmocka_unit_test(frames_of_runtimes_are_folded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
