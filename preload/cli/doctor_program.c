/* SPDX-License-Identifier: MIT */
#include "cli/doctor.h"

#include "cli/why_nothing.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is told of a program's file. */
struct program_facts {
    bool has_symbols, has_lines, is_go;
    bool has_malloc;       /* it defines one itself */
    const char *sanitizer; /* NULL: none */
    char debug_file[PATH_MAX];
};

static void look_at_symbol(struct program_facts *facts, const char *name, bool is_defined)
{
    static const struct {
        const char *symbol, *name;
    } sanitizers[] = {{"__asan_init", "AddressSanitizer"},
                      {"__tsan_init", "ThreadSanitizer"},
                      {"__msan_init", "MemorySanitizer"}};

    if (is_defined && !strcmp(name, "malloc"))
        facts->has_malloc = true;
    for (size_t i = 0; i < sizeof sanitizers / sizeof *sanitizers; i++)
        if (!strcmp(name, sanitizers[i].symbol))
            facts->sanitizer = sanitizers[i].name;
}

static void look_at_symbols(struct program_facts *facts, Elf *elf, Elf_Scn *section,
                            const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
    GElf_Sym symbol;

    for (size_t i = 0; i < count && i < INT_MAX; i++) {
        const char *name = gelf_getsym(data, (int)i, &symbol)
                               ? elf_strptr(elf, header->sh_link, symbol.st_name)
                               : NULL;

        if (name)
            look_at_symbol(facts, name, symbol.st_shndx != SHN_UNDEF);
    }
}

/* Where a distribution's debug package would be. */
static void look_at_notes(struct program_facts *facts, Elf_Scn *section)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t at = 0, next, name_at, text_at;
    GElf_Nhdr note;

    while (data && (next = gelf_getnote(data, at, &note, &name_at, &text_at)) > 0) {
        const unsigned char *id = (const unsigned char *)data->d_buf + text_at;
        char *to = facts->debug_file;

        at = next;
        if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 || note.n_descsz < 2 ||
            note.n_descsz > 64)
            continue;
        to += sprintf(to, "/usr/lib/debug/.build-id/%02x/", id[0]);
        for (unsigned i = 1; i < note.n_descsz; i++)
            to += sprintf(to, "%02x", id[i]);
        strcpy(to, ".debug");
    }
}

static void look_at_section(struct program_facts *facts, Elf *elf, Elf_Scn *section,
                            const char *name)
{
    GElf_Shdr header;

    if (!gelf_getshdr(section, &header))
        return;
    facts->has_symbols |= header.sh_type == SHT_SYMTAB;
    facts->has_lines |= name && !strcmp(name, ".debug_line");
    facts->is_go |= name && !strcmp(name, ".go.buildinfo");
    if (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM)
        look_at_symbols(facts, elf, section, &header);
    else if (header.sh_type == SHT_NOTE)
        look_at_notes(facts, section);
}

static bool read_facts(struct program_facts *facts, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t names;

    *facts = (struct program_facts){0};
    if (fd < 0 || elf_version(EV_CURRENT) == EV_NONE)
        return false;
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    bool is_elf = elf && elf_kind(elf) == ELF_K_ELF && elf_getshdrstrndx(elf, &names) == 0;
    for (Elf_Scn *at = is_elf ? elf_nextscn(elf, NULL) : NULL; at;
         at = elf_nextscn(elf, at)) {
        GElf_Shdr header;

        if (gelf_getshdr(at, &header))
            look_at_section(facts, elf, at, elf_strptr(elf, names, header.sh_name));
    }
    elf_end(elf);
    close(fd);
    return is_elf;
}

static void tell_names(struct diagnosis *to, const struct program_facts *facts,
                       const char *path)
{
    bool has_debug_file = facts->debug_file[0] && access(facts->debug_file, R_OK) == 0;
    bool is_installed = !strncmp(path, "/usr/", 5) || !strncmp(path, "/bin/", 5);

    if (facts->has_lines || has_debug_file)
        diagnose(to, HEALTH_GOOD, "names", NULL, "functions and lines of %s are known",
                 path);
    else if (facts->has_symbols)
        diagnose(to, HEALTH_BLUNTS, "names", "build it with -g",
                 "%s has functions' names, but no lines", path);
    else
        diagnose(
            to, HEALTH_BLUNTS, "names",
            is_installed ? "install its package's -dbgsym package"
                         : "build it with -g, and do not strip it",
            "%s is stripped: of functions that it does not export stacks show addresses",
            path);
}

/* How to mend what `tare run` refuses, by a word of the reason. */
static const char *mend_of(const char *why)
{
    static const struct {
        const char *word, *mend;
    } mends[] = {
        {"statically", "link it without -static"},
        {"set-user-ID", "run a copy without that bit (cp makes one)"},
        {"set-group-ID", "run a copy without that bit (cp makes one)"},
        {"file capabilities", "run a copy (cp leaves them out), or run it as root"},
        {"32-bit", "build it for 64 bits"},
        {"musl", "build it on a system with glibc"},
        {"another C library", "build it on a system with glibc"},
        {"another machine", "run it where it belongs"},
        {"interpreter", "install the interpreter, or mend its first line"},
    };

    for (size_t i = 0; i < sizeof mends / sizeof *mends; i++)
        if (strstr(why, mends[i].word))
            return mends[i].mend;
    return NULL;
}

static void tell_allocator(struct diagnosis *to, const struct program_facts *facts,
                           const char *path)
{
    if (facts->sanitizer)
        diagnose(to, HEALTH_BREAKS, "allocator", "build it without -fsanitize",
                 "%s is built with %s, which is the allocator itself", path,
                 facts->sanitizer);
    else if (facts->has_malloc)
        diagnose(to, HEALTH_BREAKS, "allocator",
                 "link that allocator as a shared library, or leave it out",
                 "%s has a malloc of its own, and nothing of it is seen", path);
    else if (facts->is_go)
        diagnose(to, HEALTH_BLUNTS, "allocator",
                 "use Go's own heap profile for its objects",
                 "%s is a Go program: only what it takes through C is counted", path);
}

void diagnose_program(struct diagnosis *to, const char *program)
{
    struct target target = look_at_target(program);
    struct program_facts facts;
    char path[PATH_MAX];

    if (!find_program(program, path) || access(path, F_OK)) {
        diagnose(to, HEALTH_BREAKS, "program", "give its path", "%s is not found", program);
        return;
    }
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        diagnose(to, HEALTH_BREAKS, "program", "give the path of a file in it",
                 "%s is a folder", path);
        return;
    }
    if (access(path, X_OK)) {
        diagnose(to, HEALTH_BREAKS, "program", "chmod +x, or start its interpreter",
                 "%s cannot be executed", path);
        return;
    }
    if (target.why) {
        diagnose(to, HEALTH_BREAKS, "program", mend_of(target.why), "%s: %s", path,
                 target.why);
        return;
    }
    if (!read_facts(&facts, path)) {
        diagnose(to, HEALTH_GOOD, "program", NULL,
                 "%s is a script: it is its interpreter that will be recorded", path);
        return;
    }
    diagnose(to, HEALTH_GOOD, "program", NULL, "%s can be recorded", path);
    tell_allocator(to, &facts, path);
    tell_names(to, &facts, path);
}
