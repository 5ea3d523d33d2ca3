/* SPDX-License-Identifier: MIT
 *
 * Frames of generated code, for which there are no unwind tables, with nothing in rbp that points
 * anywhere; the code is replaced under the same addresses.
 */
#include <stdint.h>
#include <sys/mman.h>

#include "faults/fault.h"

enum { CALLS = 2000 };

NOINLINE static void called(void)
{
    free(fault_kept(malloc(40)));
}

/* push rbp; sub rsp, 16 * (room + 1); mov rbp, junk; mov rax, called; call rax; add rsp, ...;
 * pop rbp; ret */
static void generate(unsigned char *code, int room, uint64_t junk)
{
    static const unsigned char parts[] = {0x55, 0x48, 0x81, 0xec, 0, 0, 0, 0, 0x48, 0xbd};
    uint32_t bytes = 16 * (uint32_t)(room + 1);
    void (*target)(void) = called;

    memcpy(code, parts, sizeof parts);
    memcpy(code + 4, &bytes, 4);
    memcpy(code + 10, &junk, 8);
    memcpy(code + 18, "\x48\xb8", 2);
    memcpy(code + 20, &target, 8);
    memcpy(code + 28, "\xff\xd0\x48\x81\xc4", 5);
    memcpy(code + 33, &bytes, 4);
    memcpy(code + 37, "\x5d\xc3", 2);
}

/* Tell what the code is called, as runtimes do. */
static void name_code(const unsigned char *code)
{
    char path[64];

    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
    FILE *map = fopen(path, "w");
    CHECK(map);
    fprintf(map, "%lx 1000 made_at_run_time:1\n", (unsigned long)(uintptr_t)code);
    CHECK(fclose(map) == 0);
}

/* With an argument the code has a name. */
int main(int argc, char **argv)
{
    static const uint64_t junk[] = {0, 1, 8, 0xdeadbeefdeadbeef, 0x7fffffffffff, 0x1000};
    unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long calls = 0;

    (void)argv;
    if (code == MAP_FAILED)
        return 2;
    if (argc > 1)
        name_code(code);
#ifdef __x86_64__
    for (int i = 0; i < CALLS; i++) {
        uint64_t value = junk[i % 6];
        void (*function)(void) = (void (*)(void))(uintptr_t)code;

        if (i % 7 == 0)
            value =
                (uint64_t)&value + (uint64_t)i * 8; /* near the stack, or past its end */
        generate(code, i % 5, value);
        function();
        calls++;
    }
#else
    for (; calls < CALLS; calls++)
        called();
#endif
    fault_say("%ld\n", calls);
    fault_counted("called", calls, calls);
    return 0;
}
