/* SPDX-License-Identifier: MIT */
#include "profile/image_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
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
