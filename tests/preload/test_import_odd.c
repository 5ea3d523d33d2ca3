/* SPDX-License-Identifier: MIT
 *
 * tare import: files that say less, or more often, than those that profilers write.
 */
#include "support/command.h"
#include "support/imported.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The profile that the command makes of a file of these bytes. */
static const char *import_of(const void *bytes, size_t count)
{
    static char from[512], to[512];
    FILE *file;

    snprintf(from, sizeof from, "%s", in_folder("x.file"));
    snprintf(to, sizeof to, "%s", in_folder("x.tare"));
    file = fopen(from, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
    tare("import", "-o", to, from, NULL);
    assert_int_equal(run_exit(&result), 0);
    return to;
}

/* Nobody counts calls there: what one of them asked for is not known. */
static void massif_is_advised_on_without_calls(void **state)
{
    static const char text[] =
        "desc: x\ncmd: ./x\ntime_unit: B\nsnapshot=0\ntime=9\nmem_heap_B=1000\n"
        "heap_tree=peak\nn1: 1000 (heap)\n n2: 1000 0x1: wrap (a.c:3)\n"
        "  n0: 600 0x2: f (a.c:10)\n  n0: 400 0x3: g (a.c:20)\n";

    (void)state;
    tare("advise", import_of(text, sizeof text - 1), NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "peak 1000 B");
}

/* A field, or half of it: a number, or what comes next has so many bytes. */
static void put(uint8_t **to, unsigned tag, size_t value)
{
    *(*to)++ = (uint8_t)tag;
    for (; value > 127; value >>= 7)
        *(*to)++ = (uint8_t)(value | 128);
    *(*to)++ = (uint8_t)value;
}

/* A function of many fields, in many lines: that it is read once, not once a line, shows in the time. */
static void pprof_s_functions_are_read_once(void **state)
{
    enum { MANY = 60000, LINES = 100, NUMBER = 8, MESSAGE = 2 };
    static uint8_t file[16 * MANY];
    static const char *const names[] = {"", "alloc_objects", "alloc_space", "f"};
    uint8_t *to = file;
    clock_t start = clock();
    struct profile profile = {0};

    (void)state;
    for (unsigned type = 1; type <= 2; type++) {
        put(&to, 1 * NUMBER + MESSAGE, 2);
        put(&to, 1 * NUMBER, type);
    }
    for (unsigned i = 0; i < 4; i++) {
        put(&to, 6 * NUMBER + MESSAGE, strlen(names[i]));
        to = (uint8_t *)stpcpy((char *)to, names[i]);
    }
    put(&to, 5 * NUMBER + MESSAGE, 2 + 2 * MANY);
    put(&to, 1 * NUMBER, 1);
    for (unsigned i = 0; i < MANY; i++)
        put(&to, 2 * NUMBER, 3);
    for (unsigned id = 1; id <= MANY / LINES; id++) {
        put(&to, 4 * NUMBER + MESSAGE, (id > 127 ? 3 : 2) + 4 * LINES);
        put(&to, 1 * NUMBER, id);
        for (unsigned line = 0; line < LINES; line++) {
            put(&to, 4 * NUMBER + MESSAGE, 2);
            put(&to, 1 * NUMBER, 1);
        }
        put(&to, 2 * NUMBER + MESSAGE, (id > 127 ? 3 : 2) + 4);
        put(&to, 1 * NUMBER, id);
        put(&to, 2 * NUMBER, 1);
        put(&to, 2 * NUMBER, 16);
    }
    assert_int_equal(imported(&profile, import_pprof, file, (size_t)(to - file)), 0);
    assert_int_equal(profile.processes[0].counts.allocations, MANY / LINES);
    assert_true(clock() - start < 4 * CLOCKS_PER_SEC);
    profile_fini(&profile);
}

/* One of two functions in a line has no name: so do those that some compilers inline. */
static void a_page_is_made_of_what_has_no_name(void **state)
{
    static const uint8_t file[] = "\x0a\x02\x08\x01"
                                  "\x0a\x02\x08\x02" /* types */
                                  "\x2a\x02\x08\x01"
                                  "\x2a\x04\x08\x02\x10\x03" /* functions */
                                  "\x22\x0a\x08\x01"
                                  "\x22\x02\x08\x01"
                                  "\x22\x02\x08\x02"                 /* the place */
                                  "\x12\x06\x08\x01\x10\x0a\x10\x7f" /* the sample */
                                  "\x32\x00"
                                  "\x32\x0d"
                                  "alloc_objects"
                                  "\x32\x0b"
                                  "alloc_space"
                                  "\x32\x05"
                                  "outer";
    char page[512];

    (void)state;
    snprintf(page, sizeof page, "%s", in_folder("x.html"));
    tare("html", "-o", page, import_of(file, sizeof file - 1), NULL);
    assert_int_equal(run_exit(&result), 0);
}

/* What unpacks to more than any profile would is not unpacked to its end. */
static void a_bomb_is_refused(void **state)
{
    struct run packed;
    char path[512], line[600];

    (void)state;
    snprintf(path, sizeof path, "%s", in_folder("x.zst"));
    snprintf(line, sizeof line, "head -c 100000000 /dev/zero | zstd -q >'%s'", path);
    run(&packed, (const char *const[]){"sh", "-c", line, NULL}, NULL);
    int status = run_exit(&packed);
    run_fini(&packed);
    if (status == 127)
        skip();
    assert_int_equal(status, 0);
    tare("import", "-o", in_folder("y.tare"), path, NULL);
    assert_int_equal(run_exit(&result), 3);
    if (strstr(result.err, "by zstd, without which"))
        skip();
    said(result.err, "x.zst: cannot import: is more than a profile has room for");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_COMMAND(massif_is_advised_on_without_calls),
        cmocka_unit_test(pprof_s_functions_are_read_once),
        WITH_COMMAND(a_page_is_made_of_what_has_no_name),
        WITH_COMMAND(a_bomb_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
