/* SPDX-License-Identifier: MIT
 *
 * shim/sys.h - system calls that are neither cancellation points nor wrapped by the target.
 *
 * Shape    one inline function a call, straight to the kernel.
 * Units    bytes
 * Owner    A mapping belongs to the caller.
 * Threads  async-signal-safe.
 * Errors   As the system call: -1 or NULL, and errno, which the hooks' slow paths restore.
 * Cost     a system call each.
 * Source   POSIX lists open, read, write and close as cancellation points: a thread with a
 *          pending cancellation must not end inside malloc.
 */
#ifndef TARE_SHIM_SYS_H
#define TARE_SHIM_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

/* The program has begun to forbid itself system calls, and a wrong one might end it. What only informs
 * somebody is not asked of the kernel from now on. */
extern bool sys_may_be_filtered;

static inline int sys_open(const char *path, int flags, int mode)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static inline long sys_read(int fd, void *out, size_t bytes)
{
    return syscall(SYS_read, fd, out, bytes);
}

static inline long sys_write(int fd, const void *data, size_t bytes)
{
    return syscall(SYS_write, fd, data, bytes);
}

/* Whether a process has this number. */
static inline bool sys_is_process(uint32_t number)
{
    return syscall(SYS_kill, (pid_t)number, 0) == 0 || errno == EPERM;
}

static inline void sys_close(int fd)
{
    syscall(SYS_close, fd);
}

/* Up to `bytes` - 1 of a file of /proc or /sys, with a NUL; the number read. */
static inline size_t sys_read_file(const char *path, char *out, size_t bytes)
{
    int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
    size_t used = 0;
    long got;

    if (fd >= 0) {
        while (used < bytes - 1 && (got = sys_read(fd, out + used, bytes - 1 - used)) > 0)
            used += (size_t)got;
        sys_close(fd);
    }
    out[used] = '\0';
    return used;
}

/* The functions of these names are hooked, and count the target's mappings. */
static inline void *sys_map(void *at, size_t bytes, int protection, int flags, int fd)
{
    /* the kernel's results above -4096 are errors, which syscall makes -1: MAP_FAILED */
    return (void *)syscall(SYS_mmap, at, bytes, protection, flags, fd, 0L);
}

static inline void sys_unmap(void *at, size_t bytes)
{
    syscall(SYS_munmap, at, bytes);
}

/* Zeroed private memory that a fork's child finds zeroed again; NULL when there is none. */
static inline void *sys_map_private(size_t bytes)
{
    void *memory = sys_map(NULL, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);

    if (memory == MAP_FAILED)
        return NULL;
    madvise(memory, bytes, MADV_WIPEONFORK);
    return memory;
}

#define SYS_SIGNAL(number) ((uint64_t)1 << ((number)-1))

/* No handler of the target's until sys_restore_signals, but for those of signals that an instruction
 * or a system call of ours may raise: blocked, they would end the target. False where that is
 * forbidden. */
static inline bool sys_block_signals(uint64_t *before)
{
    const uint64_t blocked =
        ~(SYS_SIGNAL(SIGILL) | SYS_SIGNAL(SIGTRAP) | SYS_SIGNAL(SIGBUS) |
          SYS_SIGNAL(SIGFPE) | SYS_SIGNAL(SIGSEGV) | SYS_SIGNAL(SIGSYS));

    return syscall(SYS_rt_sigprocmask, SIG_BLOCK, &blocked, before, sizeof blocked) == 0;
}

static inline void sys_restore_signals(const uint64_t *before)
{
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, before, NULL, sizeof *before);
}

static inline uint64_t sys_clock_ns(clockid_t clock)
{
    struct timespec now = {0};

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
