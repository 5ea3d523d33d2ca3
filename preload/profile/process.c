/* SPDX-License-Identifier: MIT */
#include "profile/process.h"

#include "profile/process_advice.h"
#include "profile/process_counters.h"
#include "profile/process_nodes.h"
#include "profile/resident.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void counts_add(struct counts *sum, const struct counts *more)
{
    sum->allocations += more->allocations;
    sum->frees += more->frees;
    sum->bytes += more->bytes;
    sum->temporary += more->temporary;
    sum->live_blocks += more->live_blocks;
    sum->live_bytes += more->live_bytes;
    sum->bytes_at_peak += more->bytes_at_peak;
}

/* The arguments, with a space in place of each NUL between them. */
static char *command_line(const char *arguments, uint32_t bytes)
{
    while (bytes && !arguments[bytes - 1])
        bytes--;
    char *line = malloc((size_t)bytes + 1);
    if (!line)
        return NULL;
    for (uint32_t i = 0; i < bytes; i++)
        line[i] = arguments[i] ? arguments[i] : ' ';
    line[bytes] = '\0';
    return line;
}

static int copy_names(struct process *process, const char *path)
{
    struct ledger_header *header = process->header;

    header->executable[LEDGER_PATH_BYTES - 1] = '\0';
    if (header->command_bytes > LEDGER_COMMAND_BYTES) {
        header->command_bytes = LEDGER_COMMAND_BYTES;
        process->damaged++;
    }
    const char *slash = strrchr(header->executable, '/');
    const char *program = slash ? slash + 1 : header->executable;
    process->program = strdup(*program ? program : "unknown");
    process->command = command_line(header->command, header->command_bytes);
    process->file_path = strdup(path);
    return process->program && process->command && process->file_path ? 0 : -ENOMEM;
}

static void read_end(struct process *process)
{
    const struct ledger_header *header = process->header;
    int status = (int)header->end_status;

    process->status = -1;
    if (header->end == LEDGER_END_EXIT) {
        process->end = PROCESS_END_EXIT;
    } else if (header->end == LEDGER_END_EXECED) {
        process->end = PROCESS_END_EXEC;
    } else if (header->end == LEDGER_END_WAITED && (status & 0x7f) == 0) {
        process->end = PROCESS_END_EXIT;
        process->status = (status >> 8) & 0xff;
    } else if (header->end == LEDGER_END_WAITED) {
        process->end = PROCESS_END_SIGNAL;
        process->status = status & 0x7f;
    }
}

static void read_times(struct process *process)
{
    const struct ledger_header *header = process->header;

    /* Threads raise the header's late; what sites held at it, and hold now, was live at once. */
    process->peak_bytes = process->counts.live_bytes;
    if (process->counts.bytes_at_peak > process->peak_bytes)
        process->peak_bytes = process->counts.bytes_at_peak;
    if (header->peak_bytes > process->peak_bytes)
        process->peak_bytes = header->peak_bytes;
    if (header->peak_monotonic_ns > header->start_monotonic_ns)
        process->peak_at_ns = header->peak_monotonic_ns - header->start_monotonic_ns;
    if (header->end_monotonic_ns > header->start_monotonic_ns)
        process->duration_ns = header->end_monotonic_ns - header->start_monotonic_ns;
}

int process_from_ledger(struct process *process, struct ledger_file *file, const char *path)
{
    struct node_map map = {0};

    *process = (struct process){.file = *file, .truncated = file->truncated};
    *file = (struct ledger_file){0};
    process->header = (struct ledger_header *)(void *)process->file.bytes;
    read_end(process);
    int err = copy_names(process, path);
    if (!err)
        err = process_read_nodes(process, &process->file, &map);
    if (!err)
        err = process_read_counters(process, &map);
    if (!err)
        err = process_read_advice(process);
    node_map_fini(&map);
    if (err) {
        process_fini(process);
        return err;
    }
    read_times(process);
    process->resident = resident_find(&process->file, &process->damaged);
    ledger_file_drop(&process->file, LEDGER_NODES);
    ledger_file_drop(&process->file, LEDGER_MODULES);
    ledger_file_drop(&process->file, LEDGER_FRAMES);
    return 0;
}

int process_load(struct process *process, const char *path)
{
    struct ledger_file file;
    int err = ledger_file_read(&file, path);

    return err ? err : process_from_ledger(process, &file, path);
}

void process_fini(struct process *process)
{
    for (uint32_t i = 1; i < process->module_count; i++)
        free(process->modules[i].path);
    free(process->modules);
    for (uint32_t i = 0; i < process->named_frame_count; i++) {
        free(process->named_frames[i].function);
        free(process->named_frames[i].file);
    }
    free(process->named_frames);
    free(process->nodes);
    free(process->stack_nodes);
    free(process->sites);
    free(process->mapped_sites);
    free(process->object_sites);
    free(process->next_record);
    free(process->advice);
    free(process->threads);
    free(process->command);
    free(process->program);
    free(process->file_path);
    ledger_file_fini(&process->file);
    *process = (struct process){0};
}
