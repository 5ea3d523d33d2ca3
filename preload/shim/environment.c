/* SPDX-License-Identifier: MIT */
#include "shim/environment.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

enum { SETTINGS_MAX = 16, KEPT_BYTES = 8192 };

#define PRELOAD "LD_PRELOAD="
#define PRELOAD_BYTES (sizeof PRELOAD - 1)

/* Copies: programs write over their first environment to show a title. */
static char kept[KEPT_BYTES];
static size_t kept_bytes;

static const char *preload; /* "LD_PRELOAD=SHIM"; NULL: it did not bring us here */
static size_t shim_bytes;   /* of SHIM */
static const char *settings[SETTINGS_MAX]; /* TARE_... */
static size_t setting_count;
static const char *shim_name; /* without folder */

static bool starts(const char *string, const char *with)
{
    return strncmp(string, with, strlen(with)) == 0;
}

static char *keep(const char *string, size_t bytes)
{
    char *copy = kept + kept_bytes;

    if (bytes >= KEPT_BYTES - kept_bytes)
        return NULL;
    memcpy(copy, string, bytes);
    copy[bytes] = '\0';
    kept_bytes += bytes + 1;
    return copy;
}

static const char *base_name(const char *path, size_t bytes)
{
    while (bytes && path[bytes - 1] != '/')
        bytes--;
    return path + bytes;
}

/* The entry of a list that loads this library, and its length. */
static const char *find_shim(const char *list, size_t *bytes)
{
    for (; shim_name && *list; list += *bytes + (list[*bytes] != '\0')) {
        *bytes = 0;
        while (list[*bytes] && list[*bytes] != ':' && list[*bytes] != ' ')
            ++*bytes;
        const char *last = base_name(list, *bytes);
        if ((size_t)(list + *bytes - last) == strlen(shim_name) &&
            memcmp(last, shim_name, strlen(shim_name)) == 0)
            return list;
    }
    return NULL;
}

static void keep_shim(const char *list)
{
    const char *shim = find_shim(list, &shim_bytes);
    char *copy = shim ? keep(list - PRELOAD_BYTES, PRELOAD_BYTES + shim_bytes) : NULL;

    if (!copy)
        return;
    memcpy(copy + PRELOAD_BYTES, shim, shim_bytes);
    preload = copy;
}

void environment_init(void)
{
    extern char **environ;
    Dl_info info;

    if (dladdr(kept, &info) && info.dli_fname)
        shim_name = base_name(info.dli_fname, strlen(info.dli_fname));
    for (char **entry = environ; entry && *entry; entry++) {
        if (starts(*entry, PRELOAD) && !preload)
            keep_shim(*entry + PRELOAD_BYTES);
        if (starts(*entry, "TARE_") && setting_count < SETTINGS_MAX) {
            const char *copy = keep(*entry, strlen(*entry));

            if (copy)
                settings[setting_count++] = copy;
        }
    }
}

/* What stands in an environment already. */
struct present {
    size_t count;
    const char *preload; /* its list */
    bool has_shim, has_setting;
};

static void look(struct present *present, char *const environment[])
{
    size_t bytes;

    *present = (struct present){0};
    for (; environment && environment[present->count]; present->count++) {
        const char *entry = environment[present->count];

        if (starts(entry, PRELOAD) && !present->preload)
            present->preload = entry + PRELOAD_BYTES;
        else if (starts(entry, "TARE_"))
            present->has_setting = true;
    }
    present->has_shim = present->preload && find_shim(present->preload, &bytes);
}

enum environment_verdict environment_judge(char *const environment[], size_t *bytes)
{
    struct present present;

    *bytes = 0;
    if (!preload)
        return ENVIRONMENT_KEPT;
    look(&present, environment);
    if (present.has_shim && (present.has_setting || !setting_count))
        return ENVIRONMENT_KEPT;
    if (!present.preload && (present.has_setting || !setting_count))
        return ENVIRONMENT_TAKEN;
    *bytes = (present.count + setting_count + 2) * sizeof(char *) + PRELOAD_BYTES +
             shim_bytes + 2 + (present.preload ? strlen(present.preload) : 0);
    return ENVIRONMENT_ANEW;
}

char *const *environment_fill(void *memory, char *const environment[])
{
    const char **list = memory;
    struct present present;
    size_t used = 0;

    look(&present, environment);
    char *joined = (char *)(list + present.count + setting_count + 2);
    for (size_t i = 0; i < setting_count && !present.has_setting; i++)
        list[used++] = settings[i];
    if (!present.has_shim) {
        list[used++] = joined;
        memcpy(joined, preload, PRELOAD_BYTES + shim_bytes + 1);
        if (present.preload && *present.preload) {
            joined[PRELOAD_BYTES + shim_bytes] = ':';
            memcpy(joined + PRELOAD_BYTES + shim_bytes + 1, present.preload,
                   strlen(present.preload) + 1);
        }
    }
    for (size_t i = 0; i < present.count; i++) {
        if (present.has_shim || !starts(environment[i], PRELOAD))
            list[used++] = environment[i];
    }
    list[used] = NULL;
    return (char *const *)(uintptr_t)list;
}
