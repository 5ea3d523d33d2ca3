/* SPDX-License-Identifier: MIT */
#include "profile/image_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Is there a file of that name where debug files of `path` are looked for? */
static bool has_candidate(const char *path, const char *name)
{
    static const char *const places[][2] = {
        {"", ""}, {"", ".debug/"}, {"/usr/lib/debug", ""}};
    const char *slash = strrchr(path, '/');
    int folder_bytes = slash ? (int)(slash - path) + 1 : 0;

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char candidate[4096];
        int used = snprintf(candidate, sizeof candidate, "%s%.*s%s%s", places[i][0],
                            folder_bytes, path, places[i][1], name);

        if (used < (int)sizeof candidate && access(candidate, R_OK) == 0)
            return true;
    }
    return false;
}

/* libdwfl's own search, where it finds nothing, loads a client for servers of debug files. That
 * takes longer than all else, and nobody is to be asked unless servers are still named
 * (profile/symbols.h). */
static int find_debuginfo(Dwfl_Module *module, void **user, const char *name,
                          Dwarf_Addr base, const char *path, const char *link,
                          GElf_Word checksum, char **found)
{
    int fd =
        dwfl_build_id_find_debuginfo(module, user, name, base, path, link, checksum, found);

    if (fd >= 0 ||
        (!getenv("DEBUGINFOD_URLS") && (!path || !link || !has_candidate(path, link))))
        return fd;
    return dwfl_standard_find_debuginfo(module, user, name, base, path, link, checksum,
                                        found);
}

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = find_debuginfo,
    .section_address = dwfl_offline_section_address,
};

void image_file_close(struct image_file *file)
{
    if (file->session)
        dwfl_end(file->session);
    *file = (struct image_file){0};
}

static bool open_path(struct image_file *file, const char *path)
{
    GElf_Addr bias;

    file->session = dwfl_begin(&callbacks);
    if (!file->session)
        return false;
    dwfl_report_begin(file->session);
    file->module = dwfl_report_elf(file->session, path, path, -1, 0, true);
    dwfl_report_end(file->session, NULL, NULL);
    if (file->module && dwfl_module_getelf(file->module, &bias) && bias == 0)
        return true;
    image_file_close(file);
    return false;
}

/* A file whose build-id was not recorded is taken as it is. */
static bool is_build(const struct image_file *file, const uint8_t *build_id, size_t bytes)
{
    const unsigned char *bits;
    GElf_Addr address;
    int found = dwfl_module_build_id(file->module, &bits, &address);

    if (!bytes)
        return true;
    /* Longer ids than a ledger has room for are recorded as their beginning. */
    return found >= (int)bytes && !memcmp(bits, build_id, bytes);
}

static bool open_debug_file(struct image_file *file, const uint8_t *build_id, size_t bytes)
{
    char path[128];
    int used = snprintf(path, sizeof path, "/usr/lib/debug/.build-id/%02x/", build_id[0]);

    for (size_t i = 1; i < bytes; i++)
        used += snprintf(path + used, sizeof path - (size_t)used, "%02x", build_id[i]);
    snprintf(path + used, sizeof path - (size_t)used, ".debug");
    if (access(path, R_OK) || !open_path(file, path))
        return false;
    if (is_build(file, build_id, bytes))
        return true;
    image_file_close(file);
    return false;
}

enum image_state image_file_open(struct image_file *file, const char *path,
                                 const uint8_t *build_id, size_t build_id_bytes)
{
    enum image_state state = IMAGE_GONE;

    *file = (struct image_file){0};
    if (path[0] != '/')
        return IMAGE_NO_ELF;
    if (open_path(file, path)) {
        if (is_build(file, build_id, build_id_bytes))
            return IMAGE_GOOD;
        image_file_close(file);
        state = IMAGE_OTHER_BUILD;
    }
    if (build_id_bytes && open_debug_file(file, build_id, build_id_bytes))
        return IMAGE_GOOD;
    return state;
}

static bool elf_has_lines(Elf *elf)
{
    size_t names;
    Elf_Scn *section = NULL;

    if (!elf || elf_getshdrstrndx(elf, &names))
        return false;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        const char *name =
            gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;

        if (name && (!strcmp(name, ".debug_line") || !strcmp(name, ".zdebug_line")))
            return header.sh_type != SHT_NOBITS;
    }
    return false;
}

static bool path_has_lines(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    bool found = elf_has_lines(elf);
    elf_end(elf);
    close(fd);
    return found;
}

bool image_file_has_lines(const struct image_file *file)
{
    GElf_Addr bias;
    const char *debug_path = NULL;

    if (elf_has_lines(dwfl_module_getelf(file->module, &bias)))
        return true;
    dwfl_module_info(file->module, NULL, NULL, NULL, NULL, NULL, NULL, &debug_path);
    return debug_path && path_has_lines(debug_path);
}
