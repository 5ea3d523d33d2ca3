/* SPDX-License-Identifier: MIT */
#include "profile/profile.h"

#include "profile/kept_names.h"
#include "profile/process_end.h"
#include "profile/site_id.h"
#include "profile/view.h"

#include <errno.h>
#include <stdlib.h>

/* Room for one more process; NULL without memory. */
static struct process *next_process(struct profile *profile)
{
    struct process *processes = realloc(
        profile->processes, ((size_t)profile->process_count + 1) * sizeof *processes);

    if (!processes)
        return NULL;
    profile->processes = processes;
    return &processes[profile->process_count];
}

int profile_add(struct profile *profile, const char *path)
{
    struct process *process = next_process(profile);
    int err = process ? process_load(process, path) : -ENOMEM;

    profile->process_count += !err;
    return err;
}

int profile_add_ledger(struct profile *profile, struct ledger_file *file, const char *path)
{
    struct process *process = next_process(profile);
    int err = process ? process_from_ledger(process, file, path) : -ENOMEM;

    if (!process)
        ledger_file_fini(file);
    profile->process_count += !err;
    return err;
}

static int by_start(const void *a, const void *b)
{
    const struct process *one = a;
    const struct process *other = b;
    uint64_t left = one->header->start_monotonic_ns;
    uint64_t right = other->header->start_monotonic_ns;

    if (left != right)
        return left < right ? -1 : 1;
    return (one->header->pid > other->header->pid) -
           (one->header->pid < other->header->pid);
}

/* The part's records go in front of those of the site that is kept. */
static void join_records(void *context, struct site *kept, const struct site *more)
{
    const struct process *process = context;
    uint32_t last = more->records;

    while (process->next_record[last])
        last = process->next_record[last];
    process->next_record[last] = kept->records;
    kept->records = more->records;
}

static int merge(struct process *process, struct site *sites, uint32_t *count,
                 uint32_t index)
{
    for (uint32_t i = 0; i < *count; i++)
        sites[i].process = index;
    uint32_t left = sites_merge(sites, *count, join_records, process);
    if (left == UINT32_MAX)
        return -ENOMEM;
    *count = left;
    return 0;
}

/* The ledger's own names: all frames of an address at once. */
static int name_images(const struct process *process)
{
    enum { FRAMES_MOST = 128 };
    struct frame frames[FRAMES_MOST];
    uint32_t count = 0;

    for (uint32_t i = 0; i < process->named_frame_count; i++) {
        const struct named_frame *from = &process->named_frames[i];
        const struct named_frame *next = from + 1;
        bool goes_on = i + 1 < process->named_frame_count && count + 1 < FRAMES_MOST &&
                       next->module == from->module && next->address == from->address;

        frames[count++] = (struct frame){from->function, from->file, from->line, goes_on};
        if (goes_on)
            continue;
        if (!image_name_frames(process->modules[from->module].image, from->address, frames,
                               count))
            return -ENOMEM;
        count = 0;
    }
    return 0;
}

static int finish_process(struct profile *profile, uint32_t index)
{
    struct process *process = &profile->processes[index];

    for (uint32_t i = 1; i < process->module_count; i++) {
        struct module *module = &process->modules[i];

        module->image = symbols_image(&profile->symbols, module->path, module->build_id,
                                      module->build_id_bytes);
        if (!module->image)
            return -ENOMEM;
    }
    int err = kept_names_read(process, &profile->symbols);
    if (!err)
        err = name_images(process);
    if (!err)
        err = site_places_set(process);
    if (!err)
        err = merge(process, process->sites, &process->site_count, index);
    if (!err)
        err = merge(process, process->mapped_sites, &process->mapped_site_count, index);
    if (!err)
        err = merge(process, process->object_sites, &process->object_site_count, index);
    return err;
}

int profile_finish(struct profile *profile)
{
    int err = 0;

    if (profile->process_count)
        qsort(profile->processes, profile->process_count, sizeof *profile->processes,
              by_start);
    process_ends_set(profile->processes, profile->process_count);
    for (uint32_t i = 0; !err && i < profile->process_count; i++)
        err = finish_process(profile, i);
    return err;
}

void profile_fini(struct profile *profile)
{
    for (uint32_t i = 0; i < profile->process_count; i++)
        process_fini(&profile->processes[i]);
    free(profile->processes);
    symbols_fini(&profile->symbols);
    *profile = (struct profile){0};
}
