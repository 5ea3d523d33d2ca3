/* SPDX-License-Identifier: MIT
 *
 * tare import: what was exported comes back with the same sums; other programs' files are read; what
 * is none of them is refused.
 */
#include "support/command.h"
#include "support/exported.h"
#include "support/imported.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct profile profile;

static int forget(void **state)
{
    (void)state;
    profile_fini(&profile);
    return 0;
}

/* The sites that have the function as their innermost one. */
static struct counts counts_in(const char *function)
{
    const struct process *process = &profile.processes[0];
    struct counts sum = {0};

    for (uint32_t i = 0; i < process->site_count; i++) {
        const struct node *leaf = &process->nodes[process->sites[i].leaf];
        const struct frames *frames = process->sites[i].leaf < NODE_FIRST
                                          ? NULL
                                          : symbols_frames(&profile.symbols, process, leaf);

        if (frames && frames->list[0].function &&
            !strcmp(frames->list[0].function, function))
            counts_add(&sum, &process->sites[i].counts);
    }
    return sum;
}

static void check_sums(bool with_temporary)
{
    const struct process *process = &profile.processes[0];
    const struct counts *sums = &process->counts;

    assert_int_equal(process->damaged, 0);
    assert_int_equal(sums->allocations, exported_counts.allocations);
    assert_int_equal(sums->frees,
                     exported_counts.allocations - exported_counts.live_blocks);
    assert_int_equal(sums->bytes, exported_counts.bytes);
    assert_int_equal(sums->live_blocks, exported_counts.live_blocks);
    assert_int_equal(sums->live_bytes, exported_counts.live_bytes);
    assert_int_equal(sums->bytes_at_peak, exported_counts.bytes_at_peak);
    assert_int_equal(process->peak_bytes, exported_counts.bytes_at_peak);
    if (with_temporary)
        assert_int_equal(sums->temporary, exported_counts.temporary);
    assert_int_equal(counts_in("sizes_of").allocations, 1000);
}

static void dhat_comes_back(void **state)
{
    size_t bytes;
    const char *text = export_text("dhat", NULL, &bytes);

    (void)state;
    assert_int_equal(imported(&profile, import_dhat, (const uint8_t *)text, bytes), 0);
    check_sums(false);
}

static void heaptrack_comes_back(void **state)
{
    size_t bytes;
    const char *text = export_text("heaptrack", NULL, &bytes);

    (void)state;
    assert_int_equal(imported(&profile, import_heaptrack, (const uint8_t *)text, bytes), 0);
    check_sums(!export_result.untrue_temporary);
}

/* It has no calls, and what is behind massif's threshold stays with the frame above. */
static void massif_comes_back(void **state)
{
    size_t bytes;
    const char *text = export_text("massif", NULL, &bytes);
    const struct process *process;

    (void)state;
    assert_int_equal(imported(&profile, import_massif, (const uint8_t *)text, bytes), 0);
    process = &profile.processes[0];
    assert_int_equal(process->damaged, 0);
    assert_int_equal(process->counts.live_bytes, exported_counts.live_bytes);
    assert_int_equal(process->counts.bytes_at_peak, exported_counts.bytes_at_peak);
    assert_int_equal(process->peak_bytes, exported_counts.bytes_at_peak);
    assert_int_equal(process->counts.allocations, 0);
    assert_int_equal(counts_in("given_away").bytes_at_peak, 70000);
}

static void pprof_comes_back_unpacked_by_the_command(void **state)
{
    char from[512], to[512];

    (void)state;
    snprintf(from, sizeof from, "%s", export_file("pprof", NULL, "x.pb.gz"));
    snprintf(to, sizeof to, "%s", in_folder("x.tare"));
    tare("import", "-o", to, from, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.err, "next: tare report ");
    assert_int_equal(profile_add(&profile, to), 0);
    assert_int_equal(profile_finish(&profile), 0);
    check_sums(true);
    tare("import", "-o", to, from, NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "File exists");
    tare("import", "-o", in_folder("y.tare"), "/usr", NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "tare: /usr: cannot import: Is a directory\n");
    assert_false(exists("y.tare"));
    tare("report", to, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "of stack frames, weighed by bytes, have a function's name");
}

static const char small[] =
    "#include <stdlib.h>\n"
    "void *blocks[1000];\n"
    "__attribute__((noinline)) void sizes_of(int i) { blocks[i] = malloc(i % 40 + 1); }\n"
    "static inline __attribute__((always_inline)) void grow(int i) {\n"
    "    blocks[i] = realloc(blocks[i], 100); }\n"
    "int main(void) {\n"
    "    for (int i = 0; i < 1000; i++) sizes_of(i);\n"
    "    for (int i = 0; i < 400; i++) free(blocks[i]), blocks[i] = 0;\n"
    "    for (int i = 0; i < 10; i++) grow(i);\n"
    "}\n";

/* The program's own bytes are known; the tool sees those of libraries, too. */
static struct counts read_real(const char *const words[], const char *path)
{
    const struct process *process;
    struct counts sum = {0};
    char to[512];

    export_read_by(words);
    snprintf(to, sizeof to, "%s", in_folder("x.tare"));
    tare("import", "-o", to, path, NULL);
    if (run_exit(&result) != 0)
        fail_msg("%s", result.err);
    assert_int_equal(profile_add(&profile, to), 0);
    assert_int_equal(profile_finish(&profile), 0);
    process = &profile.processes[0];
    assert_int_equal(process->damaged, 0);
    for (uint32_t i = 0; i < process->site_count; i++) {
        struct site *site = &process->sites[i];

        for (uint32_t at = site->leaf; at >= NODE_FIRST; at = process->nodes[at].parent) {
            const struct frames *frames =
                symbols_frames(&profile.symbols, process, &process->nodes[at]);

            if (frames->list[0].function && !strcmp(frames->list[0].function, "sizes_of")) {
                counts_add(&sum, &site->counts);
                break;
            }
        }
    }
    assert_int_equal(sum.bytes_at_peak, 25 * (40 * 41 / 2));
    return sum;
}

static void read_real_calls(const char *const words[], const char *path)
{
    struct counts sum = read_real(words, path);

    assert_int_equal(sum.allocations, 1000);
    assert_int_equal(sum.bytes, sum.bytes_at_peak);
    assert_int_equal(sum.live_blocks, 600);
}

/* What was imported has the sites that a recording has. */
static void compare_with_recording(const char *program, const char *sites)
{
    char import[512], recording[512];

    snprintf(import, sizeof import, "%s", in_folder("x.tare"));
    snprintf(recording, sizeof recording, "%s", in_folder("recording.tare"));
    tare("run", "-o", recording, program, NULL);
    assert_int_equal(run_exit(&result), 0);
    tare("diff", import, recording, NULL);
    said(result.out, sites);
    said(result.err, "with an import sites are compared by the names of functions");
    tare("diff", recording, import, recording, NULL);
    said(result.err, "with an import sites are compared by the names of functions");
    tare("diff", recording, recording, NULL);
    assert_string_equal(result.err, "");
}

static void dhat_s_own_file_is_read(void **state)
{
    char program[512], out[600], path[512];

    (void)state;
    assert_int_equal(compile("small", small, "-O1", "-g"), 0);
    snprintf(program, sizeof program, "%s", in_folder("small"));
    snprintf(path, sizeof path, "%s", in_folder("x.dhat"));
    snprintf(out, sizeof out, "--dhat-out-file=%s", path);
    read_real_calls(
        (const char *const[]){"valgrind", "-q", "--tool=dhat", out, program, NULL}, path);
    compare_with_recording(program, "0 are new, 0 gone, 2 as before\n");
}

/* Its last snapshot has no tree: what is not freed has no site, but its sum is known, perhaps
 * without the last block. */
static void massif_s_own_file_is_read(void **state)
{
    char program[512], out[600], path[512];

    (void)state;
    assert_int_equal(compile("small", small, "-O1", "-g"), 0);
    snprintf(program, sizeof program, "%s", in_folder("small"));
    snprintf(path, sizeof path, "%s", in_folder("x.massif"));
    snprintf(out, sizeof out, "--massif-out-file=%s", path);
    read_real((const char *const[]){"valgrind", "-q", "--tool=massif", "--time-unit=B", out,
                                    program, NULL},
              path);
    assert_in_range(profile.processes[0].counts.live_bytes, 13200, 13300 + 20 * 40);
    tare("report", in_folder("x.tare"), NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "at least; calls are not counted\n");
}

static void heaptrack_s_own_file_is_read(void **state)
{
    char program[512], name[512], path[600];

    (void)state;
    assert_int_equal(compile("small", small, "-O1", "-g"), 0);
    snprintf(program, sizeof program, "%s", in_folder("small"));
    snprintf(name, sizeof name, "%s", in_folder("x"));
    export_read_by((const char *const[]){"heaptrack", "-o", name, program, NULL});
    snprintf(path, sizeof path, "%s.%s", name, exists("x.zst") ? "zst" : "gz");
    read_real_calls((const char *const[]){"true", NULL}, path);
    compare_with_recording(program, " 0 are new, ");
}

/* The functions of the only site's stack, innermost first; what is inlined with a '<'. */
static const char *only_stack(import_fn *import, const char *text)
{
    static char names[200];
    const struct process *process;

    assert_int_equal(imported(&profile, import, (const uint8_t *)text, strlen(text)), 0);
    process = &profile.processes[0];
    assert_int_equal(process->site_count, 1);
    names[0] = '\0';
    for (uint32_t at = process->sites[0].leaf; at >= NODE_FIRST;
         at = process->nodes[at].parent) {
        const struct frames *frames =
            symbols_frames(&profile.symbols, process, &process->nodes[at]);

        for (uint32_t i = 0; i < frames->count; i++) {
            const struct frame *frame = &frames->list[i];

            strcat(names, frame->function ? frame->function : "?");
            strcat(names, frame->inlined ? "<" : " ");
        }
    }
    return names;
}

/* Frames of one address are one place, but the same frame again is another call. */
static void dhat_s_frames_are_those_of_a_recording(void **state)
{
    (void)state;
    assert_string_equal(
        only_stack(import_dhat,
                   "{\"dhatFileVersion\": 2, \"mode\": \"heap\", \"cmd\": \"x\",\"pps\": "
                   "[{\"tb\": 8, \"tbk\": 1, \"fs\": [1, 2, 3, 3, 3, 4, 5, 6, 9]}],"
                   "\"ftbl\": [\"[root]\","
                   "\"0x1: operator new(unsigned long) (in /v/vgpreload_dhat-x.so)\","
                   "\"0x2: take (x.c:1)\", \"0x2: again (x.c:2)\", \"0x3: in (x.c:3)\","
                   "\"0x3: out (x.c:4)\", \"0x4: ??? (in /v/vgpreload_not.so)\"]}"),
        "take<again again again in<out ? ");
}

/* The library's operator new is the allocator, the program's is not; a name may have no line. */
static void heaptrack_s_frames_are_those_of_a_recording(void **state)
{
    static const char text[] = "v 10400 3\ns 4 /a/x\ns 12 /a/libstdc++.so.6\n"
                               "s 12 operator new(int)\ns 4 main\ns 3 x.c\n"
                               "i 10 1 4\ni 20 1 3 5 1 4 5 2\ni 30 2 3\n"
                               "t 1 0\nt 2 1\nt 3 2\na 8 3\n+ 0\n";

    (void)state;
    assert_string_equal(only_stack(import_heaptrack, text), "operator new(int)<main main ");
}

static void what_is_no_profile_is_refused(void **state)
{
    static const struct {
        const char *text;
        int error;
    } files[] = {
        {"", -EBADMSG},
        {"{", -EBADMSG},
        {"{}", -EBADMSG},
        {"{\"dhatFileVersion\": 3, \"mode\": \"heap\", \"pps\": []}", -ENOTSUP},
        {"{\"dhatFileVersion\": 2, \"mode\": \"copy\", \"pps\": []}", -ENOTSUP},
        {"{\"dhatFileVersion\": 2, \"mode\": \"heap\"}", -ENOTSUP},
        {"v 10400 4\n", -ENOTSUP},
        {"v 10400 3\n+ 0\n", -EBADMSG},
        {"v 10400 3\nt 1 0\n", -EBADMSG},
        {"v 10400 3\ni 1 1 1 1 1\nt 1 1\n", -EBADMSG},
        {"desc: massif\n", -EBADMSG},
        {"desc: x\nsnapshot=0\ntime=99999999999999999999999\n", -EBADMSG},
        {"desc: x\nsnapshot=0\nheap_tree=peak\nn1: 8 (heap)\n  n0: 8 0x1: f\n", -EBADMSG},
        {"desc: x\nsnapshot=0\nheap_tree=peak\nn1: 8 (heap)\n n0: 9 0x1: f\n", -EBADMSG},
        {"hello", -EBADMSG},
        {"\n\x02\x08\x01", -ENOTSUP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int err = imported(&profile, import_any, (const uint8_t *)files[i].text,
                           strlen(files[i].text));

        if (err != files[i].error)
            fail_msg("%s: %d", files[i].text, err);
        profile_fini(&profile);
    }
    tare("import", "/dev/null", NULL);
    assert_int_equal(run_exit(&result), 3);
    tare("import", "/nonexistent", NULL);
    assert_int_equal(run_exit(&result), 3);
    tare("import", NULL);
    assert_int_equal(run_exit(&result), 2);
}

static void a_full_disk_is_told_as_such(void **state)
{
    struct maker maker = {0};
    FILE *full = fopen("/dev/full", "we");

    (void)state;
    assert_non_null(full);
    assert_int_equal(maker_init(&maker), 0);
    assert_int_equal(maker_write(&maker, full), -ENOSPC);
    maker_fini(&maker);
    fclose(full);
}

#define KEPT(test) cmocka_unit_test_setup_teardown(test, NULL, forget)

static int forget_both(void **state)
{
    forget(state);
    return command_teardown(state);
}

#define BOTH(test) cmocka_unit_test_setup_teardown(test, command_setup, forget_both)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEPT(dhat_comes_back),
        KEPT(heaptrack_comes_back),
        KEPT(massif_comes_back),
        BOTH(pprof_comes_back_unpacked_by_the_command),
        BOTH(dhat_s_own_file_is_read),
        BOTH(massif_s_own_file_is_read),
        BOTH(heaptrack_s_own_file_is_read),
        KEPT(dhat_s_frames_are_those_of_a_recording),
        KEPT(heaptrack_s_frames_are_those_of_a_recording),
        BOTH(what_is_no_profile_is_refused),
        cmocka_unit_test(a_full_disk_is_told_as_such),
    };

    return cmocka_run_group_tests(tests, exported_setup, exported_teardown);
}
