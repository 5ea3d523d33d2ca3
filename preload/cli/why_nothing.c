/* SPDX-License-Identifier: MIT */
#include "cli/why_nothing.h"

#include "cli/arguments.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#if defined(__x86_64__)
static const Elf64_Half this_machine = EM_X86_64;
#elif defined(__aarch64__)
static const Elf64_Half this_machine = EM_AARCH64;
#else
static const Elf64_Half this_machine = EM_NONE; /* any */
#endif

enum { SEGMENTS_MAX = 256 };

bool find_program(const char *name, char path[PATH_MAX])
{
    const char *at = getenv("PATH");

    if (strchr(name, '/'))
        return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
    while (at && *at) {
        int bytes = (int)strcspn(at, ":");

        if (snprintf(path, PATH_MAX, "%.*s/%s", bytes, at, name) < PATH_MAX &&
            access(path, X_OK) == 0)
            return true;
        at += bytes + (at[bytes] == ':');
    }
    return false;
}

/* The path of the loader that a program asks for; "" when it asks for none. */
static void read_loader(int fd, const Elf64_Ehdr *header, char loader[PATH_MAX])
{
    Elf64_Phdr segment;

    loader[0] = '\0';
    for (unsigned i = 0; i < header->e_phnum && i < SEGMENTS_MAX; i++) {
        off_t at = (off_t)(header->e_phoff + i * sizeof segment);

        if (pread(fd, &segment, sizeof segment, at) != sizeof segment ||
            segment.p_type != PT_INTERP)
            continue;
        ssize_t bytes =
            pread(fd, loader, segment.p_filesz < PATH_MAX ? segment.p_filesz : PATH_MAX - 1,
                  (off_t)segment.p_offset);
        loader[bytes > 0 ? bytes : 0] = '\0';
        if (bytes <= 0)
            strcpy(loader, "?");
        return;
    }
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Would exec give it another user's rights? Then the loader heeds no LD_PRELOAD (AT_SECURE). */
static const char *why_privileged(int fd)
{
    struct stat status;
    struct statvfs system;

    if (fstat(fd, &status) || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
        (fstatvfs(fd, &system) == 0 && (system.f_flag & ST_NOSUID)))
        return NULL;
    if ((status.st_mode & S_ISUID) && status.st_uid != getuid())
        return "it is set-user-ID, and such programs load no recorder";
    if ((status.st_mode & S_ISGID) && (status.st_mode & S_IXGRP) &&
        status.st_gid != getgid())
        return "it is set-group-ID, and such programs load no recorder";
    if (getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
        return "it has file capabilities, and such programs load no recorder";
    return NULL;
}

static void look_at_elf(struct target *target, const char *path, int fd,
                        const Elf64_Ehdr *header)
{
    char loader[PATH_MAX];

    if (header->e_ident[EI_CLASS] != ELFCLASS64) {
        target->why = "it is a 32-bit program, and the recorder is not";
        return;
    }
    if (this_machine != EM_NONE && header->e_machine != this_machine) {
        target->status = STATUS_NOT_EXECUTABLE;
        target->why = "it is made for another machine";
        return;
    }
    read_loader(fd, header, loader);
    /* The loader itself can be called with a program to run. */
    if (!loader[0] && strncmp(base_name(path), "ld-", 3) != 0 &&
        strcmp(base_name(path), "ld.so") != 0)
        target->why =
            "it is linked statically, so that the recorder cannot be loaded into it";
    else if (strncmp(base_name(loader), "ld-musl", 7) == 0)
        target->why = "it uses the C library musl, and the recorder needs glibc";
    else if (strncmp(base_name(loader), "ld-uClibc", 9) == 0 ||
             strncmp(base_name(loader), "linker", 6) == 0)
        target->why = "it uses another C library, and the recorder needs glibc";
    else
        target->why = why_privileged(fd);
}

/* The interpreter of a script: the word after "#!". */
static bool find_interpreter(char *line, char *path)
{
    char *word = line + 2 + strspn(line + 2, " \t");

    word[strcspn(word, " \t\r\n")] = '\0';
    return *word && snprintf(path, PATH_MAX, "%s", word) < PATH_MAX;
}

/* What execvp gives to the shell when the kernel does not want it; as bash decides it. */
static bool is_text(const char *bytes, ssize_t count)
{
    const char *line_end = count > 0 ? memchr(bytes, '\n', (size_t)count) : NULL;

    return count <= 0 ||
           !memchr(bytes, '\0', line_end ? (size_t)(line_end - bytes) : (size_t)count);
}

/* One file; `path` becomes its interpreter's, or "". */
static void look_at_file(struct target *target, char path[PATH_MAX])
{
    union {
        Elf64_Ehdr elf;
        char line[256];
    } head = {0};
    char interpreter[PATH_MAX] = "";
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 || fstat(fd, &status) || !S_ISREG(status.st_mode)) {
        path[0] = '\0'; /* may still be executable: starting it will tell */
    } else {
        ssize_t got = pread(fd, &head, sizeof head.line - 1, 0);

        if (got >= (ssize_t)sizeof head.elf && !memcmp(head.elf.e_ident, ELFMAG, SELFMAG)) {
            target->status = STATUS_FAILED;
            look_at_elf(target, path, fd, &head.elf);
        } else if (got >= 2 && !memcmp(head.line, "#!", 2)) {
            if (find_interpreter(head.line, interpreter) && access(interpreter, F_OK) &&
                errno == ENOENT) {
                target->status = STATUS_NOT_FOUND;
                target->why = "it is a script, and its interpreter is not there";
            }
        } else if (!is_text(head.line, got)) {
            target->status = STATUS_NOT_EXECUTABLE;
            target->why = "it is neither a program nor a script";
        }
        memcpy(path, interpreter, sizeof interpreter);
    }
    if (fd >= 0)
        close(fd);
}

struct target look_at_target(const char *program)
{
    enum { SCRIPTS_MAX = 5 }; /* as many as the kernel follows */
    struct target target = {0};
    char path[PATH_MAX];

    if (!find_program(program, path) || access(path, X_OK))
        return target;
    for (int i = 0; !target.why && path[0] && i < SCRIPTS_MAX; i++)
        look_at_file(&target, path);
    if (!target.why)
        target.status = STATUS_DONE;
    return target;
}

const char *why_nothing(const char *program)
{
    const char *why = look_at_target(program).why;

    return why ? why
               : "it allocated nothing, ended before its libraries were there, or became "
                 "another program without them";
}
