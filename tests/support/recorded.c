/* SPDX-License-Identifier: MIT */
#include "support/recorded.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

enum { SETTINGS_MAX = 16 };

static void read_ledgers(struct recorded *recorded)
{
    DIR *folder = opendir(recorded->folder);
    struct dirent *entry;
    char path[4096];

    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", recorded->folder, entry->d_name);
        assert_int_equal(profile_add(&recorded->profile, path), 0);
    }
    closedir(folder);
    assert_int_equal(profile_finish(&recorded->profile), 0);
}

void record(struct recorded *recorded, const char *const words[],
            const char *const settings[])
{
    const char *all[SETTINGS_MAX + 1] = {0};
    char shim[4096], output[4096];
    int used = 2;

    memset(recorded, 0, sizeof *recorded);
    recorded->folder = run_folder();
    char *root = realpath(RUN_SHIM, NULL), *folder = realpath(recorded->folder, NULL);
    assert_true(root && folder);
    snprintf(shim, sizeof shim, "LD_PRELOAD=%s", root);
    snprintf(output, sizeof output, "TARE_OUTPUT=%s/%%e.%%p.tare", folder);
    free(root);
    free(folder);
    all[0] = shim;
    all[1] = output;
    for (; settings && *settings && used < SETTINGS_MAX; settings++)
        all[used++] = *settings;
    run(&recorded->run, words, all);
    read_ledgers(recorded);
}

void recorded_fini(struct recorded *recorded)
{
    profile_fini(&recorded->profile);
    run_fini(&recorded->run);
    run_folder_remove(recorded->folder);
}

const struct process *recorded_process(const struct recorded *recorded, uint64_t pid)
{
    const struct process *found = NULL;

    for (uint32_t i = 0; i < recorded->profile.process_count; i++) {
        const struct process *process = &recorded->profile.processes[i];

        if (process->header->pid == pid)
            found = process;
    }
    assert_non_null(found);
    return found;
}

bool recorded_is_in(struct recorded *recorded, const struct process *process, uint32_t leaf,
                    const char *function)
{
    const struct node *node = &process->nodes[leaf];

    if (leaf < NODE_FIRST || !node->module)
        return false;
    if (!function)
        return strcmp(process->modules[node->module].path, process->header->executable) ==
               0;
    const struct frames *frames = symbols_frames(&recorded->profile.symbols, process, node);
    for (uint32_t i = 0; frames && i < frames->count; i++) {
        if (frames->list[i].function && strcmp(frames->list[i].function, function) == 0)
            return true;
    }
    return false;
}

struct counts recorded_in(struct recorded *recorded, const struct process *process,
                          const char *function)
{
    struct counts sum = {0};

    for (uint32_t i = 0; i < process->site_count; i++) {
        if (recorded_is_in(recorded, process, process->sites[i].leaf, function))
            counts_add(&sum, &process->sites[i].counts);
    }
    return sum;
}

int read_numbers(const char **text, uint64_t *numbers, int most)
{
    int count = 0;

    while (count < most && **text && **text != '\n') {
        char *end;

        numbers[count++] = strtoull(*text, &end, 10);
        assert_true(end != *text);
        *text = end + strspn(end, " ");
    }
    if (**text == '\n')
        ++*text;
    return count;
}
