/* SPDX-License-Identifier: MIT
 *
 * usage: stepping HOW THOUSANDS
 *
 * Forks in the middle of functions of memory, from the handler of the trap after an instruction. The
 * child returns from the handler, ends what was interrupted, and allocates. THOUSANDS of traps may
 * be spent on each function; at so many of its instructions, spread evenly, it is interrupted. HOW is
 *
 *     fork, _Fork   the function that forks
 *     allocates     fork; the child allocates in the handler, too, but only where it was not
 */
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "faults/fault.h"

#if defined(__x86_64__)

enum { BLOCKS = 3, TRAP = 0x100, FEW = 24, TRAPS_OF_FORK = 2000, DEEP = 80 };

static volatile long countdown, steps;
static volatile sig_atomic_t is_child;
static int allocates;
static pid_t (*fork_now)(void) = fork;
static long traps_most;
static uintptr_t libc_start, libc_end;
static void *kept;
static long path;

static struct shared {
    long forks, failed;
    long all; /* instructions, when it was done for the `when`th time */
    int when;
} * shared;

extern void *__libc_malloc(size_t bytes);

NOINLINE static void in_child(void)
{
    for (int i = 0; i < BLOCKS; i++)
        free(fault_kept(malloc((size_t)i * 100 + 1)));
}

/* May or may not be counted. */
NOINLINE static void in_handler(void)
{
    free(fault_kept(malloc(333)));
}

static void handler(int number, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    int in_libc = (uintptr_t)registers[REG_RIP] - libc_start < libc_end - libc_start;
    int status = 1;

    (void)number;
    (void)info;
    steps++;
    if (--countdown > 0)
        return;
    registers[REG_EFL] &= ~TRAP;
    if (countdown < 0)
        return;
    pid_t pid = fork_now();
    if (pid == 0) {
        is_child = 1;
        alarm(20);
        if (allocates && !in_libc)
            in_handler();
        return;
    }
    waitpid(pid, &status, 0);
    shared->forks++;
    if (status && !shared->failed++)
        fault_say("status %x after %ld instructions\n", (unsigned)status, steps);
}

/* Between the two each instruction traps, unless countdown is 0. */
#define STEP_ON()  \
    if (countdown) \
    __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc")
#define STEP_OFF() \
    __asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc")

NOINLINE static void do_malloc(void)
{
    STEP_ON();
    kept = malloc(100);
    STEP_OFF();
    free(fault_kept(kept));
}

NOINLINE static void do_free(void)
{
    kept = fault_kept(malloc(100));
    STEP_ON();
    free(kept);
    STEP_OFF();
}

NOINLINE static void do_realloc(void)
{
    kept = fault_kept(malloc(100));
    STEP_ON();
    kept = realloc(kept, 200);
    STEP_OFF();
    free(fault_kept(kept));
}

NOINLINE static void do_foreign(void)
{
    kept = fault_kept(__libc_malloc(100));
    STEP_ON();
    kept = realloc(kept, 3000);
    STEP_OFF();
    free(fault_kept(kept));
    kept = fault_kept(__libc_malloc(100));
    STEP_ON();
    free(kept);
    STEP_OFF();
}

NOINLINE static void do_map(void)
{
    STEP_ON();
    kept = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(fault_kept(kept), 8192);
    STEP_OFF();
}

NOINLINE static void do_name(void)
{
    STEP_ON();
    prctl(PR_SET_NAME, "stepping");
    STEP_OFF();
}

/* Another stack each time. */
NOINLINE static void do_stack(int depth)
{
    if (depth == 0) {
        kept = malloc(100);
        free(fault_kept(kept));
    } else if (path >> depth & 1) {
        do_stack(depth - 1);
        __asm__ volatile("" ::: "memory");
    } else {
        do_stack(depth - 1);
        __asm__ volatile("nop" ::: "memory");
    }
}

NOINLINE static void do_new_stack(void)
{
    path++;
    STEP_ON();
    do_stack(12);
    STEP_OFF();
}

/* A stack deeper than any before. */
NOINLINE static void do_deep(void)
{
    STEP_ON();
    do_stack(DEEP);
    STEP_OFF();
}

static const struct what {
    void (*function)(void);
    int first, last; /* of the times that it is done in one process; 0: never mind */
} whats[] = {
    {do_malloc, 0, 0},
    {do_free, 0, 0},
    {do_realloc, 0, 0},
    {do_foreign, 0, 0},
    {do_map, 0, 0},
    {do_name, 0, 0},
    {do_new_stack, 0, 0},
    /* about where tables grow */
    {do_new_stack, 88, 100},
    {do_new_stack, 112, 124},
    {do_deep, 1, 1},
};

static int note_libc(struct dl_phdr_info *object, size_t bytes, void *address)
{
    uintptr_t end = 0;

    (void)bytes;
    for (int i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_LOAD)
            end = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr +
                  object->dlpi_phdr[i].p_memsz;
    if ((uintptr_t)address - object->dlpi_addr >= end - object->dlpi_addr)
        return 0;
    libc_start = object->dlpi_addr;
    libc_end = end;
    return 1;
}

/* `function` once, from one place: with how many instructions. */
NOINLINE static long step(void (*function)(void), long until)
{
    steps = 0;
    countdown = until;
    function();
    return steps;
}

/* What the interrupted one does after it has returned. */
static void end_child(void)
{
    for (int i = 0; i < FEW; i++)
        in_child();
    _exit(0);
}

/* A fork takes as long as some traps. */
static long next_stop(long at, long all)
{
    long stops = traps_most / (all / 2 + TRAPS_OF_FORK) + 1;

    return at + all / stops + 1;
}

static void step_through(void (*function)(void))
{
    long all = 0;

    for (int i = 0; i < FEW; i++) /* what comes for the first time takes more */
        all = step(function, 1l << 40);
    for (long at = 1; at <= all; at = next_stop(at, all)) {
        step(function, at);
        if (is_child)
            end_child();
    }
}

/* Of some times the one with most instructions. */
static void find_longest(const struct what *what)
{
    for (int i = 1; i <= what->last; i++) {
        long all = step(what->function, i < what->first ? 0 : 1l << 40);

        if (all > shared->all) {
            shared->all = all;
            shared->when = i;
        }
    }
}

/* Each stop in a process that has done nothing yet but to begin. */
static void step_through_first(const struct what *what)
{
    int status;

    shared->all = 0;
    for (long at = 0; at <= shared->all; at = next_stop(at, shared->all)) {
        pid_t pid = fork();

        if (pid == 0) {
            free(fault_kept(malloc(1)));
            if (at == 0) {
                find_longest(what);
                _exit(0);
            }
            for (int i = 1; i < shared->when; i++)
                step(what->function, 0);
            step(what->function, at);
            if (is_child)
                end_child();
            _exit(0);
        }
        waitpid(pid, &status, 0);
        shared->failed += status != 0;
    }
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

    allocates = fault_is(argc, argv, "allocates");
    fork_now = fault_is(argc, argv, "_Fork") ? _Fork : fork;
    traps_most = argc > 2 ? atol(argv[2]) * 1000 : 0;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                  -1, 0);
    dl_iterate_phdr(note_libc, dlsym(RTLD_DEFAULT, "gnu_get_libc_version"));
    sigaction(SIGTRAP, &action, NULL);
    for (size_t i = 0; i < sizeof whats / sizeof *whats; i++)
        if (whats[i].last)
            step_through_first(&whats[i]);
        else
            step_through(whats[i].function);
    long blocks = shared->forks * BLOCKS * FEW;
    fault_say("%ld failed\n", shared->failed);
    fault_counted("in_child", blocks, blocks);
    return 0;
}

#else

int main(void)
{
    return 0;
}

#endif
