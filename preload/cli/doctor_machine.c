/* SPDX-License-Identifier: MIT */
#include "cli/doctor.h"

#include "cli/find_shim.h"
#include "cli/run_dir.h"
#include "report/units.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { LEDGER_MIB = 256 };

void diagnose(struct diagnosis *to, enum health health, const char *what, const char *mend,
              const char *format, ...)
{
    va_list arguments;

    if (to->count == SYMPTOMS_MAX)
        return;
    struct symptom *symptom = &to->list[to->count++];
    symptom->health = health;
    snprintf(symptom->what, sizeof symptom->what, "%s", what);
    snprintf(symptom->mend, sizeof symptom->mend, "%s", mend ? mend : "");
    va_start(arguments, format);
    vsnprintf(symptom->text, sizeof symptom->text, format, arguments);
    va_end(arguments);
}

static void look_at_recorder(struct diagnosis *to)
{
    char path[PATH_MAX];
    int err = find_shim(path);

    if (!err)
        diagnose(to, HEALTH_GOOD, "recorder", NULL, "%s", path);
    else if (err == -EINVAL)
        diagnose(to, HEALTH_BREAKS, "recorder", "install tare in a folder without them",
                 "%s has a space or a colon in its path, which LD_PRELOAD cannot express",
                 path);
    else
        diagnose(to, HEALTH_BREAKS, "recorder",
                 "keep libtare-preload.so beside the command tare, or in ../lib from there",
                 "libtare-preload.so: %s", strerror(-err));
}

static void look_at_system(struct diagnosis *to)
{
    struct utsname system;
    int major = 0;
    int minor = 0;

    if (uname(&system) || sscanf(system.release, "%d.%d", &major, &minor) != 2)
        return;
    if (major > 5 || (major == 5 && minor >= 14))
        diagnose(to, HEALTH_GOOD, "kernel", NULL, "Linux %s", system.release);
    else
        diagnose(to, HEALTH_BLUNTS, "kernel", "Linux 5.14 or later",
                 "Linux %s cannot fill a mapping ahead, so that profiles take more room",
                 system.release);
}

static void look_at_libc(struct diagnosis *to)
{
    const char *version = gnu_get_libc_version();
    int major = 0;
    int minor = 0;

    if (sscanf(version, "%d.%d", &major, &minor) != 2)
        return;
    if (major > 2 || minor >= 35)
        diagnose(to, HEALTH_GOOD, "C library", NULL, "glibc %s", version);
    else
        diagnose(to, HEALTH_BLUNTS, "C library", "a system with glibc 2.35 or later",
                 "glibc %s: on x86-64 each stack is cut behind its first frame", version);
}

static void look_at_library(struct diagnosis *to, const char *name, enum health without,
                            const char *what, const char *package)
{
    void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);

    if (library)
        diagnose(to, HEALTH_GOOD, what, NULL, "%s", name);
    else
        diagnose(to, without, what, package, "%s is not installed", name);
    if (library)
        dlclose(library);
}

static void look_at_libraries(struct diagnosis *to)
{
#ifdef __x86_64__
    look_at_library(to, "libunwind.so.8", HEALTH_GOOD, "check of stacks",
                    "only TARE_CHECK_STACKS needs it (Debian: libunwind8)");
#else
    look_at_library(to, "libunwind.so.8", HEALTH_BREAKS, "stacks",
                    "install it (Debian: libunwind8): without it stacks have one frame");
#endif
    look_at_library(to, "libmimalloc.so.2", HEALTH_GOOD, "mimalloc",
                    "only --allocator mimalloc needs it (Debian: libmimalloc2.0)");
}

static void look_at_run_dir(struct diagnosis *to)
{
    struct run_dir dir;
    struct statfs status;
    int err = run_dir_create(&dir, "%e.%p.tare");

    if (err) {
        diagnose(to, HEALTH_BREAKS, "recording", "make /dev/shm or this folder writable",
                 "no folder can be made for it: %s", strerror(-err));
        return;
    }
    int folder = (int)(strrchr(dir.path, '/') - dir.path);
    if (statfs(dir.path, &status) == 0 && status.f_type == TMPFS_MAGIC)
        diagnose(to, HEALTH_GOOD, "recording", NULL, "in memory, in %.*s", folder,
                 dir.path);
    else
        diagnose(to, HEALTH_BLUNTS, "recording",
                 "give /dev/shm or $XDG_RUNTIME_DIR 32 MiB of room",
                 "on disk, in %.*s, which slows the program's start", folder, dir.path);
    run_dir_remove(&dir);
    if (dir.watch >= 0)
        close(dir.watch);
}

static void look_at_here(struct diagnosis *to)
{
    struct statfs status;

    if (access(".", W_OK)) {
        diagnose(to, HEALTH_BREAKS, "profiles", "tare run -o /another/folder/%e.%p.tare",
                 "this folder: %s", strerror(errno));
        return;
    }
    if (statfs(".", &status))
        return;
    unsigned long long mib =
        (unsigned long long)status.f_bavail * (unsigned long long)status.f_bsize >> 20;
    if (mib < LEDGER_MIB)
        diagnose(to, HEALTH_BLUNTS, "profiles", "tare run -o /another/folder/%e.%p.tare",
                 "this folder has room for %llu MiB only", mib);
    else
        diagnose(to, HEALTH_GOOD, "profiles", NULL, "go to this folder");
}

static void look_at_limit(struct diagnosis *to, int which, const char *name,
                          const char *mend)
{
    struct rlimit limit;

    if (getrlimit((__rlimit_resource_t)which, &limit) || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur >> 20 >= 2 * LEDGER_MIB)
        return;
    struct text_number bytes;
    diagnose(to, HEALTH_BLUNTS, "limits", mend,
             "%s is limited to %s, so that a profile has less room", name,
             units_bytes(&bytes, limit.rlim_cur));
}

void diagnose_machine(struct diagnosis *to)
{
    look_at_recorder(to);
    look_at_system(to);
    look_at_libc(to);
    look_at_libraries(to);
    look_at_run_dir(to);
    look_at_here(to);
    look_at_limit(to, RLIMIT_FSIZE, "the size of files", "ulimit -f unlimited");
    look_at_limit(to, RLIMIT_AS, "memory", "ulimit -v unlimited");
}
