/* SPDX-License-Identifier: MIT */
#include "cli/survivors.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_setting(const char *setting, const char *variable, const char *value)
{
    size_t bytes = strlen(variable);

    return !strncmp(setting, variable, bytes) && setting[bytes] == '=' &&
           !strcmp(setting + bytes + 1, value);
}

/* A zombie's environment reads as empty. */
static bool has_setting(const char *pid, const char *variable, const char *value)
{
    char path[64];
    char *setting = NULL;
    size_t room = 0;
    bool found = false;

    snprintf(path, sizeof path, "/proc/%.20s/environ", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    while (!found && getdelim(&setting, &room, '\0', file) > 0)
        found = is_setting(setting, variable, value);
    free(setting);
    fclose(file);
    return found;
}

bool survivors_exist(const char *variable, const char *value)
{
    const struct dirent *entry;
    bool found = false;
    DIR *dir = opendir("/proc");

    while (dir && !found && (entry = readdir(dir)))
        found = isdigit((unsigned char)entry->d_name[0]) &&
                has_setting(entry->d_name, variable, value);
    if (dir)
        closedir(dir);
    return found;
}
