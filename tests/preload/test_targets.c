/* SPDX-License-Identifier: MIT
 *
 * Programs that cannot be recorded: told before they start, and why.
 */
#include "support/command.h"
#include "support/run.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void static_programs_are_refused_before_the_start(void **state)
{
    (void)state;
    if (compile("static", "int main(void) { return 3; }", "-static", "-O1") != 0)
        skip();
    tare(in_folder("static"), NULL);
    assert_int_equal(run_exit(&result), 125);
    said(result.err, "cannot be recorded: it is linked statically");
}

/* A file of the folder that can be executed. */
static const char *executable(const char *name, const void *bytes, size_t count)
{
    const char *path = in_folder(name);
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0755), 0);
    return path;
}

static void refused(const char *name, const void *bytes, size_t count, int status,
                    const char *why)
{
    tare(executable(name, bytes, count), NULL);
    assert_int_equal(run_exit(&result), status);
    said(result.err, why);
    assert_int_equal(result.out_bytes, 0);
}

/* The beginning of a program that asks for `loader`. */
struct program {
    Elf64_Ehdr elf;
    Elf64_Phdr segment;
    char loader[64];
};

static struct program program_of(unsigned char class, Elf64_Half machine,
                                 const char *loader)
{
    struct program program = {
        .elf = {.e_ident = {0x7f, 'E', 'L', 'F', class, ELFDATA2LSB, EV_CURRENT},
                .e_type = ET_DYN,
                .e_machine = machine,
                .e_phoff = offsetof(struct program, segment),
                .e_phnum = 1},
        .segment = {.p_type = PT_INTERP,
                    .p_offset = offsetof(struct program, loader),
                    .p_filesz = strlen(loader) + 1},
    };

    memcpy(program.loader, loader, strlen(loader) + 1);
    return program;
}

static void programs_of_other_kinds_are_refused_before_the_start(void **state)
{
    static const char nonsense[] = "\0\1\2 no program";
    struct program own;
    FILE *self = fopen("/proc/self/exe", "re");

    (void)state;
    assert_int_equal(fread(&own, sizeof own.elf, 1, self), 1);
    fclose(self);
    struct program program =
        program_of(ELFCLASS64, own.elf.e_machine, "/lib/ld-musl-x86_64.so.1");
    refused("musl", &program, sizeof program, 125,
            "cannot be recorded: it uses the C library musl");
    program = program_of(ELFCLASS32, EM_386, "/lib/ld-linux.so.2");
    refused("narrow", &program, sizeof program, 125,
            "cannot be recorded: it is a 32-bit program");
    program = program_of(ELFCLASS64, EM_S390, "/lib/ld64.so.1");
    refused("other", &program, sizeof program, 126,
            "cannot run: it is made for another machine");
    refused("nonsense", nonsense, sizeof nonsense, 126,
            "it is neither a program nor a script");
    refused("script", "#!/nonexistent\n", 15, 127, "its interpreter is not there");
    tare(executable("text", "exit 5\n", 7), NULL);
    assert_int_equal(run_exit(&result), 5);
}

static void programs_of_others_rights_are_refused_before_the_start(void **state)
{
    char *program = strdup(in_folder("true"));
    struct run copied;

    (void)state;
    run(&copied, (const char *const[]){"cp", "/bin/true", program, NULL}, NULL);
    assert_int_equal(run_exit(&copied), 0);
    run_fini(&copied);
    bool can_give = chown(program, 1, 1) == 0;
    assert_int_equal(chmod(program, 04755), 0);
    if (can_give) {
        tare(program, NULL);
        assert_int_equal(run_exit(&result), 125);
        said(result.err, "cannot be recorded: it is set-user-ID");
    } else { /* one's own rights are no other's */
        tare(program, NULL);
        assert_int_equal(run_exit(&result), 0);
    }
    free(program);
}

static void programs_with_their_own_allocator_are_explained(void **state)
{
    (void)state;
    tare(RUN_FAULT("own_malloc"), NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.err, "it brings an allocator of its own, or one was preloaded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_COMMAND(static_programs_are_refused_before_the_start),
        WITH_COMMAND(programs_of_other_kinds_are_refused_before_the_start),
        WITH_COMMAND(programs_of_others_rights_are_refused_before_the_start),
        WITH_COMMAND(programs_with_their_own_allocator_are_explained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
