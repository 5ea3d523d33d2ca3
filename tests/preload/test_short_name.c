/* SPDX-License-Identifier: MIT
 *
 * Names of C++ functions become shorter without becoming wrong.
 */
#include "report/short_name.h"

#include <stdint.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define STRING \
    "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >"

static void check(const char *name, const char *expected)
{
    char text[SHORT_NAME_BYTES];

    assert_string_equal(short_name(text, name), expected);
}

static void plain_names_stay(void **state)
{
    (void)state;
    check("main", "main");
    check("_PyEval_EvalFrameDefault", "_PyEval_EvalFrameDefault");
    check("operator new(unsigned long)", "operator new(unsigned long)");
    check("", "");
}

static void default_arguments_go(void **state)
{
    (void)state;
    check("std::vector<int, std::allocator<int> >::push_back(int const&)",
          "std::vector<int>::push_back(int const&)");
    check("f(std::map<int, " STRING
          ", std::less<int>, std::allocator<std::pair<int const, " STRING " > > >)",
          "f(std::map<int, std::string>)");
}

static void long_names_are_folded(void **state)
{
    (void)state;
    check("void app::configuration::read(app::configuration::options const&, app::stream&, "
          "int)",
          "void app::configuration::read(...)");
    check("app::table<app::an_identifier, app::another_identifier, "
          "app::a_third_one>::find(int)",
          "app::table<...>::find(int)");
}

static void broken_names_do_no_harm(void **state)
{
    char name[3000];
    char text[SHORT_NAME_BYTES];

    (void)state;
    for (size_t bytes = 0; bytes < sizeof name; bytes += 7) {
        for (size_t i = 0; i < bytes; i++)
            name[i] = "std::<(, allocator<>)->"[i * 7919 % 23];
        name[bytes] = '\0';
        assert_true(strlen(short_name(text, name)) < SHORT_NAME_BYTES);
    }
    check("x, std::allocator<", "x, std::allocator<");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_names_stay),
        cmocka_unit_test(default_arguments_go),
        cmocka_unit_test(long_names_are_folded),
        cmocka_unit_test(broken_names_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
