/* SPDX-License-Identifier: MIT
 *
 * Names of functions become readable, and what changes from build to build is found in them.
 */
#include "profile/demangle.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void check(const char *raw, const char *expected)
{
    struct demangler demangler = {0};
    const char *first = demangle(&demangler, raw);

    assert_string_equal(first, expected);
    assert_ptr_equal(demangle(&demangler, raw), first);
    demangler_fini(&demangler);
}

static void names_are_demangled(void **state)
{
    (void)state;
    check("main", "main");
    check("_ZN3app5buildEi", "app::build(int)");
    check("_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write");
    check("_RNvC3foo3bar", "foo::bar");
    check("_RNvNtNtCs1234_7mycrate3foo3bar3baz", "mycrate::foo::bar::baz");
    check("_RINvNtC3std3mem8align_ofdE", "std::mem::align_of::<f64>");
    check("_RNCNvC3foo4main0", "foo::main::{closure#0}");
    check("_RNvYNtC3foo3BarNtB4_5Trait4call", "<foo::Bar as foo::Trait>::call");
    check("_RNvC3foo3bar.llvm.123", "foo::bar");
    check("_D8demangle4testFaZv", "demangle.test(char)");
    check("_D3std4conv__T2toTiZQgFNaNfQlZi", "std.conv.to!(int).to(ifloat)");
    check("_Dmain", "D main");
    check("_DYNAMIC", "_DYNAMIC");
    check("_Znonsense", "_Znonsense");
    check("malloc@@GLIBC_2.2.5", "malloc");
    check("work.part.0", "work");
    check("_ZN3app5buildEi.cold", "app::build(int)");
}

static void base_leaves_out_marks_of_clones(void **state)
{
    (void)state;
    assert_int_equal(name_base_bytes("f.isra.0.cold"), 1);
    assert_int_equal(name_base_bytes("main.main"), 9);
    assert_int_equal(name_base_bytes(".cold"), 5);
    assert_int_equal(name_base_bytes("@x"), 2);
    assert_int_equal(name_base_bytes(""), 0);
}

static void hashes_of_rust_names_are_found(void **state)
{
    static const char name[] = "_ZN4core3fmt5write17h0123456789abcdefE";

    (void)state;
    assert_ptr_equal(name_rust_hash(name, strlen(name)), name + 18);
    assert_null(name_rust_hash("_ZN3app5buildEi", 15));
    assert_null(name_rust_hash("E", 1));
}

static void hostile_names_end(void **state)
{
    char *name = malloc(1 << 20);

    (void)state;
    assert_non_null(name);
    memset(name, 'P', (1 << 20) - 1);
    name[(1 << 20) - 1] = '\0';
    memcpy(name, "_Z1f", 4);
    check(name, name);
    name[4000] = '\0';
    check(name, name);
    memset(name, 'A', 4000);
    memcpy(name, "_D1f", 4);
    check(name, name);
    memset(name, 'N', 4000);
    memcpy(name, "_R", 2);
    check(name, name);
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_demangled),
        cmocka_unit_test(base_leaves_out_marks_of_clones),
        cmocka_unit_test(hashes_of_rust_names_are_found),
        cmocka_unit_test(hostile_names_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
