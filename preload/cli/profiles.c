/* SPDX-License-Identifier: MIT */
#include "cli/profiles.h"

#include "cli/find_ledger.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool go_online(const char *verb)
{
    switch (symbols_go_online()) {
    case 0:
        return true;
    case -EDESTADDRREQ:
        usage_error(verb, "--debuginfod needs servers, in DEBUGINFOD_URLS");
        return false;
    default:
        usage_error(verb,
                    "--debuginfod needs libdebuginfod: apt-get install libdebuginfod1");
        return false;
    }
}

bool profiles_select(struct selection *selection, const char *verb, int letter)
{
    static const enum select_kind kinds[] = {SELECT_FOCUS, SELECT_IGNORE, SELECT_MODULE,
                                             SELECT_THREAD};

    if (letter == OPTION_DEBUGINFOD)
        return go_online(verb);
    if (selection_add(selection, kinds[letter - OPTION_FOCUS], optarg) == 0)
        return true;
    message(verb, "not enough memory");
    return false;
}

static int add_file(struct profile *profile, const char *path)
{
    int err = profile_add(profile, path);

    if (!err)
        return STATUS_DONE;
    if (err == -ENOENT && *path && path[strspn(path, "0123456789")] == '\0')
        message(path,
                "cannot read: no such file; a program that runs: tare report --live %s",
                path);
    else
        message(path, "cannot read: %s", ledger_file_error(err));
    return STATUS_UNREADABLE;
}

static int is_profile(const struct dirent *entry)
{
    return fnmatch("*.tare", entry->d_name, FNM_PERIOD) == 0;
}

static int add_folder(struct profile *profile, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_profile, alphasort);
    int status = STATUS_DONE;

    if (count <= 0) {
        message(folder, "cannot read: %s",
                count < 0 ? strerror(errno) : "no file there is named *.tare");
        if (!count)
            free(entries);
        return STATUS_UNREADABLE;
    }
    for (int i = 0; i < count; i++) {
        char *path = NULL;

        if (status == STATUS_DONE &&
            asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0) {
            message(folder, "not enough memory");
            status = STATUS_UNREADABLE;
        } else if (status == STATUS_DONE) {
            status = add_file(profile, path);
            free(path);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

int profiles_add(struct profile *profile, const char *path)
{
    struct stat status;

    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return add_folder(profile, path);
    return add_file(profile, path);
}

int profiles_add_newest(struct profile *profile)
{
    char *path = find_ledger_newest();

    if (!path) {
        message(".", "no profile: no file here is named *.tare");
        return STATUS_UNREADABLE;
    }
    message(path, "the newest profile here");
    int status = add_file(profile, path);
    free(path);
    return status;
}

static bool has_sites(const struct profile *profile)
{
    for (uint32_t i = 0; i < profile->process_count; i++) {
        const struct process *process = &profile->processes[i];

        if (process->site_count || process->mapped_site_count || process->object_site_count)
            return true;
    }
    return false;
}

int profiles_finish(struct profile *profile, const struct selection *selection,
                    const char *verb)
{
    int err = profile_finish(profile);

    if (!err)
        err = selection_apply(selection, profile);
    if (err) {
        message(verb, "%s", strerror(-err));
        return STATUS_UNREADABLE;
    }
    if (selection->count && !has_sites(profile))
        message(verb, "nothing of the profile is selected");
    return STATUS_DONE;
}

static bool is_imported(const struct profile *profile)
{
    for (uint32_t i = 0; i < profile->process_count; i++)
        if (profile->processes[i].header->flags & LEDGER_IMPORTED)
            return true;
    return false;
}

void profiles_with_imports(struct profile *profiles, uint32_t count, const char *verb)
{
    uint32_t imported = 0;

    for (uint32_t i = 0; i < count; i++)
        imported += is_imported(&profiles[i]);
    for (uint32_t i = 0; i < count; i++)
        profiles[i].is_with_imports = imported > 0;
    if (imported)
        message(verb, "with an import sites are compared by the names of functions, from "
                      "main on: their ids are not those of reports");
}

int profiles_finish_table(struct profile *profile, struct site_table *table,
                          const struct selection *selection, const char *verb)
{
    int status = profiles_finish(profile, selection, verb);

    if (status == STATUS_DONE && site_table_init(table, profile, selection->count > 0)) {
        message(verb, "not enough memory");
        status = STATUS_UNREADABLE;
    }
    return status;
}

int profiles_read(struct profile *profile, const struct selection *selection,
                  const char *verb, int count, char **paths)
{
    int status = count ? STATUS_DONE : profiles_add_newest(profile);

    for (int i = 0; status == STATUS_DONE && i < count; i++)
        status = profiles_add(profile, paths[i]);
    return status == STATUS_DONE ? profiles_finish(profile, selection, verb) : status;
}

static const char *why_not_whole(const struct process *process)
{
    if (process->header->flags & LEDGER_BYPASSED)
        return "it recorded nothing: the program has an allocator of its own";
    if (process->truncated)
        return "the file is incomplete";
    if (process->damaged)
        return "the file is damaged";
    if (process->header->lost_events)
        return "events were lost while it was recorded";
    if (process->end == PROCESS_END_RUNNING)
        return "the program still runs";
    return NULL;
}

bool profiles_are_whole(const struct profile *profile)
{
    bool are_whole = true;

    for (uint32_t i = 0; i < profile->process_count; i++) {
        const char *why = why_not_whole(&profile->processes[i]);

        if (why)
            message(profile->processes[i].file_path, "says too little: %s", why);
        are_whole &= !why;
    }
    return are_whole;
}
