/* SPDX-License-Identifier: MIT */
#include "support/exported.h"

#include <errno.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct recorded exported;
struct counts exported_counts;
struct export_result export_result;
static char *text;
static size_t text_bytes;
static struct run reader;

int exported_setup(void **state)
{
    static const char victims[] = RUN_FAULT("evidence") "; " RUN_FAULT("stacks") " 3";

    (void)state;
    record(&exported, (const char *const[]){"sh", "-c", victims, NULL}, NULL);
    for (uint32_t i = 0; i < exported.profile.process_count; i++)
        counts_add(&exported_counts, &exported.profile.processes[i].counts);
    assert_true(exported.profile.process_count >= 3);
    assert_true(exported_counts.live_bytes && exported_counts.temporary);
    return 0;
}

int exported_teardown(void **state)
{
    (void)state;
    free(text);
    run_fini(&reader);
    recorded_fini(&exported);
    return 0;
}

/* Exports put a profile's sites in another order, and may change their counts. */
static void read_again(struct profile *profile)
{
    for (uint32_t i = 0; i < exported.profile.process_count; i++)
        assert_int_equal(profile_add(profile, exported.profile.processes[i].file_path), 0);
    assert_int_equal(profile_finish(profile), 0);
}

const char *export_text(const char *format, const struct export_options *options,
                        size_t *bytes)
{
    const struct export_options none = {0};
    struct profile profile = {0};

    free(text);
    FILE *out = open_memstream(&text, &text_bytes);
    assert_non_null(out);
    read_again(&profile);
    assert_non_null(export_format_find(format));
    assert_int_equal(export_profile(out, &profile, export_format_find(format),
                                    options ? options : &none, &export_result),
                     0);
    assert_int_equal(fclose(out), 0);
    profile_fini(&profile);
    if (bytes)
        *bytes = text_bytes;
    return text;
}

const char *export_file(const char *format, const struct export_options *options,
                        const char *name)
{
    static char path[4096];

    snprintf(path, sizeof path, "%s/%s", exported.folder, name);
    export_text(format, options, NULL);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, text_bytes, file), text_bytes);
    assert_int_equal(fclose(file), 0);
    return path;
}

const char *export_read_by(const char *const words[])
{
    run_fini(&reader);
    run(&reader, words, NULL);
    if (run_exit(&reader) == 127) {
        print_message("%s is not here\n", words[0]);
        skip();
    }
    if (run_exit(&reader) != 0)
        fail_msg("%s ended with %d: %s", words[0], run_exit(&reader), reader.err);
    return reader.out;
}

const char *export_read_errors(void)
{
    return reader.err;
}

struct export_options by_metric(enum site_order order)
{
    return (struct export_options){.has_order = true, .order = order};
}

uint64_t number_after(const char *in, const char *words)
{
    const char *found = NULL;

    for (const char *at = strstr(in, words); at; at = strstr(at + 1, words))
        found = at;
    if (!found)
        fail_msg("\"%s\" is not in:\n%.4000s", words, in);
    return strtoull(found + strlen(words), NULL, 10);
}
