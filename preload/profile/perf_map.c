/* SPDX-License-Identifier: MIT */
#include "profile/perf_map.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_BACK = 16 };

static const off_t most_bytes = (off_t)256 << 20;

static int by_start(const void *a, const void *b)
{
    const struct perf_map_entry *one = a;
    const struct perf_map_entry *other = b;

    if (one->start != other->start)
        return one->start < other->start ? -1 : 1;
    return (one->line > other->line) - (one->line < other->line);
}

static bool read_number(char **at, uint64_t *number)
{
    char *end;

    if (!isxdigit((unsigned char)**at))
        return false;
    errno = 0;
    *number = strtoull(*at, &end, 16);
    *at = end;
    return !errno && *(*at)++ == ' ';
}

/* The name reaches to the end of the line. */
static bool read_line(struct perf_map_entry *entry, char *line)
{
    char *at = line;

    if (!read_number(&at, &entry->start) || !read_number(&at, &entry->bytes) || !*at ||
        !entry->bytes)
        return false;
    entry->name = at;
    return true;
}

/* Takes over the text, which ends in NUL. */
static int take(struct perf_map *map, char *text)
{
    size_t lines = 1;
    size_t line = 0;

    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    *map = (struct perf_map){.text = text, .list = calloc(lines, sizeof *map->list)};
    if (!map->list) {
        perf_map_fini(map);
        return -ENOMEM;
    }
    for (char *at = text; *at; line++) {
        char *end = at + strcspn(at, "\n");
        bool is_last = !*end;

        *end = '\0';
        map->list[map->count].line = line;
        if (read_line(&map->list[map->count], at))
            map->count++;
        at = is_last ? end : end + 1;
    }
    if (map->count)
        qsort(map->list, map->count, sizeof *map->list, by_start);
    return 0;
}

int perf_map_parse(struct perf_map *map, const char *text, size_t bytes)
{
    char *copy = strndup(text, bytes);

    *map = (struct perf_map){0};
    return copy ? take(map, copy) : -ENOMEM;
}

static int read_text(int fd, char **text)
{
    struct stat status;
    size_t used = 0;

    if (fstat(fd, &status))
        return -errno;
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
        status.st_size > most_bytes)
        return -EPERM;
    *text = malloc((size_t)status.st_size + 1);
    if (!*text)
        return -ENOMEM;
    while (used < (size_t)status.st_size) {
        ssize_t got = read(fd, *text + used, (size_t)status.st_size - used);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    (*text)[used] = '\0';
    return 0;
}

int perf_map_read(struct perf_map *map, const char *path)
{
    char *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    *map = (struct perf_map){0};
    if (fd < 0)
        return -errno;
    int err = read_text(fd, &text);
    close(fd);
    return err ? err : take(map, text);
}

void perf_map_fini(struct perf_map *map)
{
    free(map->list);
    free(map->text);
    *map = (struct perf_map){0};
}

/* Code is moved and thrown away, and its place used again: of those that cover the address the
 * nearest, and of these the latest. */
const char *perf_map_find(const struct perf_map *map, uint64_t address)
{
    size_t low = 0;
    size_t high = map->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (map->list[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i > 0 && low - i < LOOK_BACK; i--)
        if (address - map->list[i - 1].start < map->list[i - 1].bytes)
            return map->list[i - 1].name;
    return NULL;
}
