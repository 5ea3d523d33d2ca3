/* SPDX-License-Identifier: MIT */
#include "cli/why_nothing.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static bool find_program(const char *name, char *path)
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

static bool has_interpreter(int fd, const Elf64_Ehdr *header)
{
    Elf64_Phdr segment;

    for (unsigned i = 0; i < header->e_phnum && i < SEGMENTS_MAX; i++) {
        off_t at = (off_t)(header->e_phoff + i * sizeof segment);

        if (pread(fd, &segment, sizeof segment, at) == sizeof segment &&
            segment.p_type == PT_INTERP)
            return true;
    }
    return false;
}

static const char *why_elf(int fd, const Elf64_Ehdr *header)
{
    struct stat status;

    if (header->e_ident[EI_CLASS] != ELFCLASS64)
        return "it is a 32-bit program, and the recorder is not";
    if (this_machine != EM_NONE && header->e_machine != this_machine)
        return "it is made for another machine";
    if (!has_interpreter(fd, header))
        return "it is linked statically, so that the recorder cannot be loaded into it";
    if (fstat(fd, &status) == 0 && (status.st_mode & (S_ISUID | S_ISGID)))
        return "it is set-user-ID or set-group-ID, and such programs load no recorder";
    if (fgetxattr(fd, "security.capability", NULL, 0) > 0)
        return "it has file capabilities, and such programs load no recorder";
    return "it allocated nothing, or it brings an allocator of its own";
}

/* The interpreter of a script: the word after "#!". */
static bool find_interpreter(char *line, char *path)
{
    char *word = line + 2 + strspn(line + 2, " \t");

    word[strcspn(word, " \t\r\n")] = '\0';
    return *word && snprintf(path, PATH_MAX, "%s", word) < PATH_MAX;
}

static const char *why_file(const char *path, char *interpreter)
{
    union {
        Elf64_Ehdr elf;
        char line[256];
    } head = {0};
    const char *why = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    interpreter[0] = '\0';
    if (fd < 0)
        return "its file cannot be read";
    ssize_t got = pread(fd, &head, sizeof head.line - 1, 0);
    if (got >= (ssize_t)sizeof head.elf && !memcmp(head.elf.e_ident, ELFMAG, SELFMAG))
        why = why_elf(fd, &head.elf);
    else if (got < 2 || memcmp(head.line, "#!", 2) ||
             !find_interpreter(head.line, interpreter))
        why = "it is neither a program nor a script with an interpreter";
    close(fd);
    return why;
}

const char *why_nothing(const char *program)
{
    enum { SCRIPTS_MAX = 4 };
    char path[PATH_MAX];
    char interpreter[PATH_MAX];
    const char *why = NULL;

    if (!find_program(program, path))
        return "it is not there any more";
    for (int i = 0; !why && i < SCRIPTS_MAX; i++) {
        why = why_file(path, interpreter);
        memcpy(path, interpreter, sizeof path);
    }
    return why ? why : "it is a script of scripts";
}
