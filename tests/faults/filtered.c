/* SPDX-License-Identifier: MIT
 *
 * usage: filtered MODE
 *
 * A system call filter that leaves what the C library's allocator itself needs, and what a thread
 * needs; all others fail, or end the process, which itself ends at once or, with "exits", by exit.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "faults/fault.h"

enum { DEPTHS = 400 };

static const int allowed[] = {
    SYS_mmap,  SYS_munmap, SYS_mprotect,     SYS_mremap, SYS_brk,        SYS_madvise,
    SYS_futex, SYS_write,  SYS_rt_sigreturn, SYS_exit,   SYS_exit_group, SYS_clock_gettime};

enum { ALLOWED = sizeof allowed / sizeof *allowed };

NOINLINE static void filtered(int depth)
{
    if (depth > 0) {
        filtered(depth - 1);
        __asm__ volatile("" ::: "memory");
        return;
    }
    free(fault_kept(malloc(60)));
}

static void install(unsigned otherwise)
{
    struct sock_filter code[2 * ALLOWED + 2];
    struct sock_fprog program = {.filter = code, .len = 0};

    code[program.len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                       offsetof(struct seccomp_data, nr));
    for (int i = 0; i < ALLOWED; i++) {
        code[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                           (unsigned)allowed[i], 0, 1);
        code[program.len++] =
            (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, otherwise);
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

int main(int argc, char **argv)
{
    filtered(1);
    install(fault_is(argc, argv, "fails") ? SECCOMP_RET_ERRNO | EPERM
                                          : SECCOMP_RET_KILL_PROCESS);
    for (int i = 0; i < DEPTHS; i++)
        filtered(i);
    fault_say("ok\n");
    fault_counted("filtered", DEPTHS + 1, DEPTHS + 1);
    if (fault_is(argc, argv, "exits"))
        exit(0);
    _exit(0);
}
