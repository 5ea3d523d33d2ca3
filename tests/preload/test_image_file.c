/* SPDX-License-Identifier: MIT
 *
 * Debug information in a file of its own is found where it may lie, and taken only if it is of
 * the same build.
 */
#include "profile/demangle.h"
#include "profile/image.h"
#include "profile/image_file.h"
#include "profile/image_symbols.h"
#include "support/run.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define PROGRAM RUN_FAULT("peak")
#define OTHER_PROGRAM RUN_FAULT("deep")

enum { PATH_BYTES = 4096, LONGER_BYTES = PATH_BYTES + 64 };

static char *folder, *place; /* the latter from the root on, as paths of programs are */
static char program[LONGER_BYTES], debug_file[LONGER_BYTES];
static struct demangler demangler;
static struct image *image;

static int setup(void **state)
{
    (void)state;
    folder = run_folder();
    place = realpath(folder, NULL);
    if (!place)
        return -1;
    snprintf(program, sizeof program, "%s/program", place);
    snprintf(debug_file, sizeof debug_file, "%s/program.debug", place);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    image_destroy(&image);
    demangler_fini(&demangler);
    demangler = (struct demangler){0};
    free(place);
    run_folder_remove(folder);
    return 0;
}

static void objcopy(const char *first, const char *second, const char *from, const char *to)
{
    const char *words[] = {"objcopy", first, second, from, to, NULL};
    struct run result;

    memset(&result, 0, sizeof result);
    run(&result, words, NULL);
    if (run_exit(&result) != 0)
        fail_msg("objcopy: %s", result.err);
    run_fini(&result);
}

/* A program without symbols, which names the debug file of `debugged`. */
static void make_stripped(const char *debugged)
{
    char link[LONGER_BYTES + 32];

    snprintf(link, sizeof link, "--add-gnu-debuglink=%s", debug_file);
    objcopy("--only-keep-debug", "-p", debugged, debug_file);
    objcopy("--strip-all", link, PROGRAM, program);
}

static void move_debug_file(const char *to)
{
    char path[LONGER_BYTES];

    snprintf(path, sizeof path, "%s/%s", place, to);
    assert_int_equal(rename(debug_file, path), 0);
}

/* The address of main, from the program's own table. */
static uint64_t address_of_main(void)
{
    struct image_file file;
    struct image_symbols symbols;
    uint64_t found = 0;
    char *path = realpath(PROGRAM, NULL);

    assert_non_null(path);
    assert_int_equal(image_file_open(&file, path, NULL, 0), IMAGE_GOOD);
    free(path);
    assert_int_equal(image_symbols_read(&symbols, file.module), 0);
    for (size_t i = 0; i < symbols.count; i++) {
        const char *name = image_symbols_find(&symbols, symbols.list[i].address);

        if (name && !strcmp(name, "main"))
            found = symbols.list[i].address;
    }
    image_symbols_fini(&symbols);
    image_file_close(&file);
    assert_true(found);
    return found;
}

static void open_image(void)
{
    image = image_create(program, (const uint8_t *)"", 0);
    assert_non_null(image);
    assert_int_equal(image_state(image), IMAGE_GOOD);
}

static void expect_found(void)
{
    uint64_t address = address_of_main();

    open_image();
    assert_non_null(image_symbol(image, address));
    assert_string_equal(image_symbol(image, address), "main");
    assert_true(image_has_lines(image));
    const struct frames *frames = image_frames(image, address, &demangler);
    const struct frame *outermost = &frames->list[frames->count - 1];
    assert_string_equal(outermost->function, "main");
    assert_non_null(outermost->file);
    assert_non_null(strstr(outermost->file, "peak.c"));
    assert_true(outermost->line > 0);
}

static void expect_not_found(void)
{
    uint64_t address = address_of_main();

    open_image();
    assert_null(image_symbol(image, address));
    assert_false(image_has_lines(image));
    assert_null(image_frames(image, address, &demangler)->list[0].file);
}

static void a_debug_file_lies_beside_the_program(void **state)
{
    (void)state;
    make_stripped(PROGRAM);
    expect_found();
}

static void a_debug_file_lies_in_a_hidden_folder(void **state)
{
    char path[LONGER_BYTES];

    (void)state;
    make_stripped(PROGRAM);
    snprintf(path, sizeof path, "%s/.debug", place);
    assert_int_equal(mkdir(path, 0700), 0);
    move_debug_file(".debug/program.debug");
    expect_found();
}

static void a_debug_file_of_another_name_is_not_looked_for(void **state)
{
    (void)state;
    make_stripped(PROGRAM);
    move_debug_file("other.debug");
    expect_not_found();
}

static void a_debug_file_of_another_build_is_not_taken(void **state)
{
    (void)state;
    make_stripped(PROGRAM);
    unlink(debug_file);
    objcopy("--only-keep-debug", "-p", OTHER_PROGRAM, debug_file);
    expect_not_found();
}

/* What it says of lines before any was read, and afterwards. */
static void lines_are_known_of_without_reading_them(void **state)
{
    struct image_file file;

    (void)state;
    make_stripped(PROGRAM);
    assert_int_equal(image_file_open(&file, program, NULL, 0), IMAGE_GOOD);
    assert_false(image_file_has_lines(&file));
    assert_true(dwfl_module_getsymtab(file.module) > 0);
    assert_true(image_file_has_lines(&file));
    image_file_close(&file);
}

static void a_program_that_is_another_by_now_is_not_taken(void **state)
{
    static const uint8_t build_id[20] = {1, 2, 3};

    (void)state;
    make_stripped(PROGRAM);
    image = image_create(program, build_id, sizeof build_id);
    assert_int_equal(image_state(image), IMAGE_OTHER_BUILD);
    image_destroy(&image);
    unlink(program);
    image = image_create(program, build_id, sizeof build_id);
    assert_int_equal(image_state(image), IMAGE_GONE);
    assert_false(image_has_symbols(image));
}

/* The C library's, where its debug package is installed. */
static void a_program_that_is_gone_is_known_by_its_debug_file(void **state)
{
    struct image_file file;
    const unsigned char *build_id;
    GElf_Addr address;
    Dl_info info;

    (void)state;
    assert_true(dladdr(dlsym(RTLD_DEFAULT, "getppid"), &info));
    assert_int_equal(image_file_open(&file, info.dli_fname, NULL, 0), IMAGE_GOOD);
    int bytes = dwfl_module_build_id(file.module, &build_id, &address);
    image = image_create("/nonexistent/libc.so.6", build_id, bytes > 0 ? (size_t)bytes : 0);
    image_file_close(&file);
    if (bytes <= 0 || image_state(image) == IMAGE_GONE) {
        puts("# the C library's debug file is not here: not tried");
        skip();
    }
    assert_int_equal(image_state(image), IMAGE_GOOD);
    assert_true(image_has_symbols(image));
    assert_true(image_has_lines(image));
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_debug_file_lies_beside_the_program),
        WITH(a_debug_file_lies_in_a_hidden_folder),
        WITH(a_debug_file_of_another_name_is_not_looked_for),
        WITH(a_debug_file_of_another_build_is_not_taken),
        WITH(lines_are_known_of_without_reading_them),
        WITH(a_program_that_is_another_by_now_is_not_taken),
        WITH(a_program_that_is_gone_is_known_by_its_debug_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
