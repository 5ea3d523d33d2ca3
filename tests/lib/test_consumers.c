/* SPDX-License-Identifier: MIT
 *
 * Programs of tests/lib/consumers/, built against the installed library: they run, and their malloc
 * and operator new stay their own.
 */
#include "support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <tare/version.h>

#define CONSUMER(name) TEST_BUILD "/consumers/" name
#define FIND_LIBRARY "LD_LIBRARY_PATH=" TEST_BUILD "/stage/lib"
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *const shared[] = {CONSUMER("consumer_c"), CONSUMER("consumer_cc"),
                                     CONSUMER("modules_c"), CONSUMER("modules_cc")};
static const char *const archived[] = {
    CONSUMER("consumer_c_static"), CONSUMER("consumer_cc_static"),
    CONSUMER("modules_c_static"), CONSUMER("modules_cc_static")};

static void runs_well(const char *program, const char *const settings[])
{
    struct run result;

    run(&result, WORDS(program), settings);
    assert_string_equal(result.err, "");
    assert_memory_equal(result.out, "tare " TARE_VERSION "\n",
                        strlen("tare " TARE_VERSION "\n"));
    assert_non_null(strstr(result.out, " works\n"));
    assert_null(strstr(result.out, "fails"));
    assert_int_equal(run_exit(&result), 0);
    run_fini(&result);
}

static void consumers_of_the_shared_library_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        runs_well(shared[i], WORDS(FIND_LIBRARY));
}

static void consumers_of_the_archive_run_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof archived / sizeof *archived; i++)
        runs_well(archived[i], NULL);
}

/* Is a library whose name begins so asked for by the file itself? */
static bool needs(const char *file, const char *library)
{
    struct run result;
    char line[64];

    run(&result, WORDS("readelf", "-d", file), NULL);
    assert_int_equal(run_exit(&result), 0);
    snprintf(line, sizeof line, "Shared library: [%s", library);
    bool found = strstr(result.out, line) != NULL;
    run_fini(&result);
    return found;
}

static void only_consumers_of_the_shared_library_need_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        assert_true(needs(shared[i], strstr(shared[i], "modules") ? "libtare-modules.so.0]"
                                                                  : "libtare.so.0]"));
    for (size_t i = 0; i < sizeof archived / sizeof *archived; i++)
        assert_false(needs(archived[i], "libtare"));
}

static void no_file_names_mimalloc_as_needed(void **state)
{
    (void)state;
    assert_true(needs(TEST_BUILD "/stage/lib/libtare.so", "libc.so"));
    assert_false(needs(TEST_BUILD "/stage/lib/libtare.so", "libmimalloc"));
    for (size_t i = 0; i < sizeof archived / sizeof *archived; i++)
        assert_false(needs(archived[i], "libmimalloc"));
}

#define MALLOC_IS(library)                                                             \
    "malloc " library " " library "\ncalloc " library " " library "\nrealloc " library \
    " " library "\nfree " library " " library "\n"
#define NEW_IS(library)                                                                 \
    "new " library "\nnew[] " library "\nnew(nothrow) " library "\nnew(align) " library \
    "\ndelete " library "\ndelete[] " library "\ndelete(size) " library                 \
    "\ndelete(align) " library "\n"
#define ALL_ARE(c_library, cc_library) \
    MALLOC_IS(c_library) "mimalloc serves\n" MALLOC_IS(c_library) NEW_IS(cc_library)

static const struct {
    const char *program, *library; /* the latter is loaded while it runs */
} kinds[] = {
    {CONSUMER("whose_malloc"), CONSUMER("libwhose_new.so")}, /* C that loads C++ */
    {CONSUMER("whose_new"), NULL},                           /* C++ */
};

static void all_are(const char *preload, const char *expected)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct run result;

        run(&result, WORDS(kinds[i].program, kinds[i].library),
            WORDS(FIND_LIBRARY, preload));
        assert_string_equal(result.err, "");
        assert_string_equal(result.out, expected);
        assert_int_equal(run_exit(&result), 0);
        run_fini(&result);
    }
}

static void malloc_and_new_stay_those_of_the_program(void **state)
{
    (void)state;
    all_are(NULL, ALL_ARE("libc.so.6", "libstdc++.so.6"));
}

/* What the test before this one would see if mimalloc came into the scope of the whole program. */
static void programs_see_where_mimalloc_takes_malloc_and_new(void **state)
{
    (void)state;
    all_are("LD_PRELOAD=libmimalloc.so.2", ALL_ARE("libmimalloc.so.2", "libmimalloc.so.2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(consumers_of_the_shared_library_run),
        cmocka_unit_test(consumers_of_the_archive_run_alone),
        cmocka_unit_test(only_consumers_of_the_shared_library_need_it),
        cmocka_unit_test(no_file_names_mimalloc_as_needed),
        cmocka_unit_test(malloc_and_new_stay_those_of_the_program),
        cmocka_unit_test(programs_see_where_mimalloc_takes_malloc_and_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
