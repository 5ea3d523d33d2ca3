/* SPDX-License-Identifier: MIT */
#include "cli/looks.h"

#include "cli/append_extents.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_held),
    WORTH_BYTES = 65536,
    GROWTH_PARTS = 10,
    COST_PARTS = 10,
};

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool put(int fd, const void *value, size_t bytes, size_t at)
{
    return pwrite(fd, value, bytes, (off_t)at) == (ssize_t)bytes;
}

void looks_init(struct looks *looks, const char *path, const struct ledger_header *header)
{
    *looks = (struct looks){.fd = -1};
    if (!(header->flags & LEDGER_ADVISED))
        return;
    looks->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
}

void looks_stop(struct looks *looks)
{
    if (looks->fd >= 0)
        close(looks->fd);
    looks->fd = -1;
}

void looks_fini(struct looks *looks)
{
    looks_stop(looks);
    live_look_fini(&looks->most);
    live_look_fini(&looks->end);
    *looks = (struct looks){.fd = -1};
}

static void say(const struct looks *looks, enum ledger_look state)
{
    uint32_t look = state;

    put(looks->fd, &look, sizeof look, offsetof(struct ledger_header, look));
}

/* The process need not wait for what is done with what was read. If it did not, what was read last
 * was not there any more. */
static void say_done(void *context)
{
    struct looks *looks = context;
    uint64_t end = 1;

    if (pread(looks->fd, &end, sizeof end,
              offsetof(struct ledger_header, end_monotonic_ns)) != (ssize_t)sizeof end ||
        end)
        looks->too_late = true;
    say(looks, LEDGER_LOOK_DONE);
}

static void say_nothing(void *context)
{
    (void)context;
}

/* A process that is gone is no reason to complain. */
static void note_error(struct looks *looks, int err)
{
    if (err == -EPERM || err == -EACCES || err == -ENOSYS)
        looks->error = err;
}

void looks_answer(struct looks *looks, const char *path)
{
    uint32_t look;

    if (looks->fd < 0 ||
        pread(looks->fd, &look, sizeof look, offsetof(struct ledger_header, look)) !=
            (ssize_t)sizeof look ||
        look != LEDGER_LOOK_WANTED)
        return;
    say(looks, LEDGER_LOOK_BEGUN);
    live_look_fini(&looks->end);
    note_error(looks, live_look_take(&looks->end, path, say_done, looks));
    if (looks->too_late)
        live_look_fini(&looks->end);
}

void looks_tick(struct looks *looks, const char *path, int64_t live_bytes)
{
    struct live_look look;
    uint64_t start = now_ns();

    if (looks->fd < 0 || looks->error || start < looks->next_ns ||
        live_bytes < WORTH_BYTES ||
        live_bytes <= looks->most_live + looks->most_live / GROWTH_PARTS)
        return;
    int err = live_look_take(&look, path, say_nothing, NULL);
    note_error(looks, err);
    if (!err) {
        live_look_fini(&looks->most);
        looks->most = look;
        looks->most_live = live_bytes;
    }
    uint64_t end = now_ns();
    looks->next_ns = end + COST_PARTS * (end - start);
}

static void fill(struct ledger_held *held, const struct live_look *look, uint32_t *at,
                 uint32_t at_end)
{
    char *extents = (char *)held;

    for (uint32_t i = 0; i < look->count; i++, ++*at) {
        struct ledger_held *to =
            (void *)(extents + (size_t)(*at / PER_EXTENT) * LEDGER_EXTENT_BYTES);

        to += *at % PER_EXTENT;
        *to = look->sites[i];
        to->at_end = at_end;
    }
}

int looks_write(const struct looks *looks, const char *path)
{
    uint8_t kinds[LEDGER_MAX_EXTENTS];
    const struct live_look *most =
        looks->end.live_bytes > looks->most.live_bytes ? &looks->end : &looks->most;
    uint32_t count = (most->count + looks->end.count + PER_EXTENT - 1) / PER_EXTENT;
    uint32_t at = 0;

    if (!count)
        return looks->error;
    if (count > LEDGER_MAX_EXTENTS)
        return -ENOSPC;
    struct ledger_held *held = calloc(count, LEDGER_EXTENT_BYTES);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    int err = fd < 0 ? -errno : held ? 0 : -ENOMEM;
    if (!err) {
        fill(held, most, &at, 0);
        fill(held, &looks->end, &at, 1);
        memset(kinds, LEDGER_HELD, count);
        err = append_extents(path, (const uint8_t *)held, kinds, count);
    }
    if (!err && (!put(fd, &most->live_bytes, sizeof most->live_bytes,
                      offsetof(struct ledger_header, held_live_bytes)) ||
                 !put(fd, &looks->end.live_bytes, sizeof looks->end.live_bytes,
                      offsetof(struct ledger_header, end_live_bytes))))
        err = -errno;
    if (fd >= 0)
        close(fd);
    free(held);
    return err;
}
