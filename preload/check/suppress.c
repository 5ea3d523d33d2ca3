/* SPDX-License-Identifier: MIT */
#include "check/suppress.h"

#include "profile/selection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add(struct suppressions *suppressions, const char *pattern)
{
    struct suppression *list =
        realloc(suppressions->list, (suppressions->count + 1) * sizeof *list);
    char *copy = strdup(pattern);

    if (list)
        suppressions->list = list;
    if (!list || !copy) {
        free(copy);
        return -ENOMEM;
    }
    list[suppressions->count++] = (struct suppression){.pattern = copy};
    return 0;
}

static int read_line(struct suppressions *suppressions, char *line)
{
    line += strspn(line, " \t");
    size_t bytes = strlen(line);

    while (bytes && strchr(" \t\r\n", line[bytes - 1]))
        line[--bytes] = '\0';
    if (!*line || *line == '#')
        return 0;
    if (!strncmp(line, "leak:", 5))
        return line[5] ? add(suppressions, line + 5) : -EINVAL;
    return strchr(line, ':') ? 0 : -EINVAL;
}

int suppressions_read(struct suppressions *suppressions, const char *path)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    uint32_t number = 0;
    int err = file ? 0 : -errno;

    while (!err && getline(&line, &room, file) >= 0) {
        number++;
        err = read_line(suppressions, line);
    }
    if (!err && ferror(file))
        err = -EIO;
    suppressions->bad_line = err == -EINVAL ? number : 0;
    free(line);
    if (file)
        fclose(file);
    return err;
}

void suppressions_fini(struct suppressions *suppressions)
{
    for (uint32_t i = 0; i < suppressions->count; i++)
        free(suppressions->list[i].pattern);
    free(suppressions->list);
    *suppressions = (struct suppressions){0};
}

/* While a program runs, its sum may be less than its sites' for a moment. */
static void subtract(uint64_t *from, uint64_t value)
{
    *from -= value < *from ? value : *from;
}

static void take_off(struct suppression *suppression, struct process *process,
                     struct site *site)
{
    suppression->sites++;
    suppression->blocks += site->counts.live_blocks;
    suppression->bytes += site->counts.live_bytes;
    subtract(&process->counts.live_blocks, site->counts.live_blocks);
    subtract(&process->counts.live_bytes, site->counts.live_bytes);
    site->counts.live_blocks = 0;
    site->counts.live_bytes = 0;
}

static int apply_one(struct suppression *suppression, struct symbols *symbols,
                     struct process *process)
{
    uint8_t *nodes = calloc(process->node_count, 1);

    if (!nodes)
        return -ENOMEM;
    selection_mark(suppression->pattern, symbols, process, nodes);
    for (uint32_t i = 0; i < process->site_count; i++)
        if (nodes[process->sites[i].leaf] && process->sites[i].counts.live_blocks)
            take_off(suppression, process, &process->sites[i]);
    free(nodes);
    return 0;
}

int suppressions_apply(struct suppressions *suppressions, struct profile *profile)
{
    int err = 0;

    for (uint32_t i = 0; !err && i < suppressions->count; i++)
        for (uint32_t k = 0; !err && k < profile->process_count; k++)
            err = apply_one(&suppressions->list[i], &profile->symbols,
                            &profile->processes[k]);
    return err;
}
