/* SPDX-License-Identifier: MIT */
#include "profile/process_end.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>

static bool read_text(const char *path, char *text, size_t bytes)
{
    FILE *file = fopen(path, "re");

    if (!file)
        return false;
    size_t got = fread(text, 1, bytes - 1, file);
    fclose(file);
    text[got] = '\0';
    return got > 0;
}

/* The kernel writes it as hexadecimal digits with dashes between. */
static bool is_this_boot(const uint8_t *boot_id)
{
    char text[64];
    int nibbles = 0;

    if (!read_text("/proc/sys/kernel/random/boot_id", text, sizeof text))
        return false;
    for (const char *at = text; *at && nibbles < 32; at++) {
        if (!isxdigit((unsigned char)*at))
            continue;
        int digit = isdigit((unsigned char)*at) ? *at - '0' : (*at | 0x20) - 'a' + 10;
        if (digit != ((boot_id[nibbles / 2] >> (nibbles % 2 ? 0 : 4)) & 15))
            return false;
        nibbles++;
    }
    return nibbles == 32;
}

/* Is there a process of that number which started at that time and is no zombie? */
static bool is_alive(uint32_t pid, uint64_t start)
{
    char path[64];
    char text[2048];
    char state;
    unsigned long long found;

    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    if (!read_text(path, text, sizeof text))
        return false;
    /* The name, in parentheses, may hold anything, parentheses too. */
    const char *after = strrchr(text, ')');
    if (!after ||
        sscanf(after + 1,
               " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
               " %*s %*s %llu",
               &state, &found) != 2)
        return false;
    return state != 'Z' && state != 'X' && found == start;
}

enum maps { MAPS_NOT_READABLE, MAPS_WITHOUT, MAPS_WITH };

/* Some file systems show another device number in maps than stat does, so that a mapping of
 * the same inode counts when either the device fits or the name is one of a profile. */
static enum maps maps_file(uint32_t pid, dev_t device, ino_t inode)
{
    char line[4400];
    enum maps found = MAPS_NOT_READABLE;

    snprintf(line, sizeof line, "/proc/%u/maps", pid);
    FILE *file = fopen(line, "re");
    if (!file)
        return MAPS_NOT_READABLE;
    while (found != MAPS_WITH && fgets(line, sizeof line, file)) {
        unsigned device_major;
        unsigned device_minor;
        unsigned long long number;

        found = MAPS_WITHOUT;
        if (sscanf(line, "%*s %*s %*s %x:%x %llu", &device_major, &device_minor, &number) ==
                3 &&
            number == inode &&
            (makedev(device_major, device_minor) == device || strstr(line, ".tare")))
            found = MAPS_WITH;
    }
    fclose(file);
    return found;
}

enum process_life process_life(const struct ledger_header *header, dev_t device,
                               ino_t inode)
{
    if (!is_this_boot(header->boot_id) || !is_alive(header->pid, header->process_start))
        return LIFE_OVER;
    switch (maps_file(header->pid, device, inode)) {
    case MAPS_WITH:
        return LIFE_GOES_ON;
    case MAPS_WITHOUT:
        return LIFE_EXECED;
    default:
        /* It may have ended since, or belong to somebody else. */
        return is_alive(header->pid, header->process_start) ? LIFE_GOES_ON : LIFE_OVER;
    }
}

static bool is_later_of_same(const struct ledger_header *one,
                             const struct ledger_header *other)
{
    return one->pid == other->pid && one->process_start == other->process_start &&
           !memcmp(one->boot_id, other->boot_id, sizeof one->boot_id) &&
           one->start_monotonic_ns > other->start_monotonic_ns;
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void set_from_life(struct process *process)
{
    switch (process_life(process->header, process->file.device, process->file.inode)) {
    case LIFE_GOES_ON:
        process->end = PROCESS_END_RUNNING;
        process->duration_ns = now_ns() - process->header->start_monotonic_ns;
        break;
    case LIFE_EXECED:
        process->end = PROCESS_END_EXEC;
        break;
    case LIFE_OVER:
        break;
    }
}

void process_ends_set(struct process *processes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; processes[i].end == PROCESS_END_UNKNOWN && k < count; k++)
            if (is_later_of_same(processes[k].header, processes[i].header))
                processes[i].end = PROCESS_END_EXEC;
        if (processes[i].end == PROCESS_END_UNKNOWN)
            set_from_life(&processes[i]);
    }
}
