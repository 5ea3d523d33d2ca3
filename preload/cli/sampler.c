/* SPDX-License-Identifier: MIT */
#include "cli/sampler.h"

#include "cli/append_extents.h"
#include "cli/arguments.h"
#include "cli/looks.h"
#include "cli/resident_account.h"
#include "cli/sample_records.h"
#include "profile/ledger_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

enum { COST_PARTS = 40, SOON_MS = 10, NS_PER_MS = 1000000, SLOTS_OF_STAT = 24 };
enum { ACCOUNT_NS = 1000000000 };

/* One ledger of a process that ran when it was last looked at, or has a timeline. */
struct sampled {
    UT_hash_handle hh;
    uint64_t inode;
    char *path;
    int fd;        /* -1: nothing more will come */
    bool is_begun; /* the header was there */
    uint32_t pid;
    uint64_t process_start, start_ns, next_ns;
    struct sampled_records records;
    struct timeline_writer writer;
    struct looks looks;
    struct ledger_resident resident; /* of the looks at it, that when most was resident */
    uint64_t looked_ns, look_next_ns, looked_rss_bytes, most_rss_bytes;
};

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void sampler_init(struct sampler *sampler, const struct run_dir *dir, uint32_t per_second,
                  bool with_pss)
{
    *sampler = (struct sampler){.dir = dir,
                                .per_second = per_second,
                                .with_pss = with_pss,
                                .start_ns = clock_ns(CLOCK_MONOTONIC)};
}

static void stop(struct sampler *sampler, struct sampled *at)
{
    sampler->live -= at->fd >= 0 && at->is_begun;
    if (at->fd >= 0)
        close(at->fd);
    at->fd = -1;
    looks_stop(&at->looks);
    sampled_records_fini(&at->records);
}

/* What /proc says of the process now; false when it is not there any more, or is another one. */
static bool look_at_process(const struct sampled *at, bool with_pss,
                            struct ledger_sample *sample)
{
    char path[64];
    char text[4096];
    uint64_t fields[SLOTS_OF_STAT + 1] = {0};

    snprintf(path, sizeof path, "/proc/%" PRIu32 "/stat", at->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return false;
    text[got] = '\0';
    const char *word = strrchr(text, ')'); /* behind the name, field 2 */
    for (int field = 3; word && field <= SLOTS_OF_STAT; field++) {
        word = strchr(word + 1, ' ');
        if (word)
            fields[field] = strtoull(word + 1, NULL, 10);
    }
    sample->minor_faults = fields[10];
    sample->major_faults = fields[12];
    sample->rss_bytes = fields[24] * (uint64_t)sysconf(_SC_PAGESIZE);
    if (with_pss)
        sample->pss_bytes = sample_pss(at->pid);
    return fields[22] == at->process_start && sample->rss_bytes;
}

/* What is only part of a timeline is none. */
static void take(struct sampler *sampler, struct sampled *at, struct ledger_sample *sample)
{
    const uint8_t *changes;

    if (!sampled_records_read(&at->records, at->fd, sample, &changes) &&
        !timeline_add(&at->writer, sample, changes))
        return;
    timeline_writer_fini(&at->writer);
    stop(sampler, at);
}

static uint64_t ns_after(uint64_t time, uint64_t start)
{
    return time > start ? time - start : 0;
}

/* What happened since the latest sample, so that the sums are the ledger's. */
static void take_last(struct sampler *sampler, struct sampled *at)
{
    struct ledger_header header;
    struct ledger_sample sample = {0};

    sample.at_ns = ns_after(clock_ns(CLOCK_MONOTONIC), at->start_ns);
    if (pread(at->fd, &header, sizeof header, 0) == (ssize_t)sizeof header &&
        header.end_monotonic_ns)
        sample.at_ns = ns_after(header.end_monotonic_ns, at->start_ns);
    if (at->writer.count) {
        const struct ledger_sample *before = &at->writer.samples[at->writer.count - 1].head;

        sample.minor_faults = before->minor_faults;
        sample.major_faults = before->major_faults;
        if (sample.at_ns < before->at_ns)
            sample.at_ns = before->at_ns;
    }
    take(sampler, at, &sample);
    stop(sampler, at);
}

/* A process that becomes another program goes on in another ledger. */
static void end_predecessor(struct sampler *sampler, const struct sampled *now)
{
    for (struct sampled *at = sampler->list; at; at = at->hh.next)
        if (at != now && at->fd >= 0 && at->is_begun && at->pid == now->pid &&
            at->process_start == now->process_start && at->start_ns < now->start_ns)
            take_last(sampler, at);
}

static bool begin(struct sampler *sampler, struct sampled *at)
{
    struct ledger_header header;

    if (pread(at->fd, &header, sizeof header, 0) != (ssize_t)sizeof header ||
        header.magic != LEDGER_MAGIC)
        return false;
    at->pid = header.pid;
    at->process_start = header.process_start;
    at->start_ns = header.start_monotonic_ns;
    at->is_begun = true;
    looks_init(&at->looks, at->path, &header);
    sampler->live++;
    end_predecessor(sampler, at);
    return true;
}

/* Often at first, so that a short life is seen too; and not so often that it costs. */
static uint64_t pause_after(const struct sampler *sampler, const struct sampled *at,
                            uint64_t now, uint64_t cost)
{
    uint64_t most = 1000000000u / sampler->per_second;
    uint64_t pause = ns_after(now, at->start_ns) / 20;

    if (pause < (uint64_t)SOON_MS * NS_PER_MS)
        pause = (uint64_t)SOON_MS * NS_PER_MS;
    if (pause > most)
        pause = most;
    if (at->writer.thinnings < 32)
        pause <<= at->writer.thinnings;
    cost *= (uint64_t)COST_PARTS * sampler->live;
    return pause > cost ? pause : cost;
}

/* When memory has grown by a tenth, or later by a hundredth. */
static bool is_account_due(const struct sampled *at, const struct ledger_sample *sample,
                           uint64_t now)
{
    uint64_t parts = now < at->looked_ns + ACCOUNT_NS ? 10 : 100;

    return now >= at->look_next_ns &&
           sample->rss_bytes > at->looked_rss_bytes + at->looked_rss_bytes / parts;
}

static void account(const struct sampler *sampler, struct sampled *at,
                    const struct ledger_sample *sample, uint64_t now)
{
    struct ledger_resident found;
    uint64_t before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    int err = resident_account_take(&found, at->pid, at->fd, at->inode);
    uint64_t cost = clock_ns(CLOCK_THREAD_CPUTIME_ID) - before;

    at->looked_ns = now;
    at->looked_rss_bytes = sample->rss_bytes;
    at->look_next_ns = now + cost * (uint64_t)COST_PARTS * sampler->live;
    found.at_ns = sample->at_ns;
    if (!err && found.rss_bytes > at->resident.rss_bytes)
        at->resident = found;
}

static void tick_one(struct sampler *sampler, struct sampled *at, uint64_t now)
{
    struct ledger_sample sample = {0};
    uint64_t before = clock_ns(CLOCK_THREAD_CPUTIME_ID);

    if (!at->is_begun && !begin(sampler, at))
        return;
    bool goes_on = look_at_process(at, sampler->with_pss, &sample);
    if (!goes_on) {
        take_last(sampler, at);
        return;
    }
    sample.at_ns = ns_after(now, at->start_ns);
    take(sampler, at, &sample);
    looks_tick(&at->looks, at->path, sample.live_bytes);
    if (at->most_rss_bytes < sample.rss_bytes)
        at->most_rss_bytes = sample.rss_bytes;
    if (at->fd >= 0 && is_account_due(at, &sample, now))
        account(sampler, at, &sample, now);
    at->next_ns =
        now + pause_after(sampler, at, now, clock_ns(CLOCK_THREAD_CPUTIME_ID) - before);
}

static void add(struct sampler *sampler, const struct dirent *entry)
{
    uint64_t inode = entry->d_ino;
    struct sampled *at;

    HASH_FIND(hh, sampler->list, &inode, sizeof inode, at);
    if (at)
        return;
    at = calloc(1, sizeof *at);
    if (!at || asprintf(&at->path, "%s/%s", sampler->dir->path, entry->d_name) < 0) {
        free(at);
        return;
    }
    at->fd = open(at->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    at->inode = inode;
    at->looks.fd = -1;
    HASH_ADD(hh, sampler->list, inode, sizeof inode, at);
}

/* A folder's time is only known to some milliseconds. */
static void look_for_ledgers(struct sampler *sampler)
{
    const struct dirent *entry;
    struct timespec now;
    struct stat folder;

    clock_gettime(CLOCK_REALTIME, &now);
    if (stat(sampler->dir->path, &folder) ||
        (folder.st_mtim.tv_sec == sampler->dir_changed.tv_sec &&
         folder.st_mtim.tv_nsec == sampler->dir_changed.tv_nsec &&
         now.tv_sec > folder.st_mtim.tv_sec + 1))
        return;
    sampler->dir_changed = folder.st_mtim;
    DIR *dir = opendir(sampler->dir->path);
    while (dir && (entry = readdir(dir)))
        if (fnmatch("*.tare*", entry->d_name, 0) == 0)
            add(sampler, entry);
    if (dir)
        closedir(dir);
}

int sampler_tick(void *context)
{
    struct sampler *sampler = context;
    uint64_t now = clock_ns(CLOCK_MONOTONIC);

    if (!sampler->per_second)
        return -1;
    uint64_t next = now + 1000000000u / sampler->per_second;
    uint64_t soon = now + (uint64_t)SOON_MS * NS_PER_MS;
    if (now < sampler->start_ns + 1000000000u && next > soon)
        next = soon;
    look_for_ledgers(sampler);
    for (struct sampled *at = sampler->list; at; at = at->hh.next) {
        looks_answer(&at->looks, at->path);
        if (at->fd >= 0 && at->next_ns <= now + NS_PER_MS)
            tick_one(sampler, at, now);
        if (at->looks.fd >= 0 && at->fd >= 0 && next > soon)
            next = soon; /* it may wait for an answer */
        if (at->fd >= 0 && at->is_begun && at->next_ns < next)
            next = at->next_ns;
    }
    uint64_t pause = ns_after(next, clock_ns(CLOCK_MONOTONIC));
    return (int)((pause + NS_PER_MS - 1) / NS_PER_MS);
}

static int write_account(const struct ledger_resident *resident, const char *path)
{
    const uint8_t kind = LEDGER_RESIDENT;
    uint8_t *extent = calloc(1, LEDGER_EXTENT_BYTES);

    if (!extent)
        return -ENOMEM;
    memcpy(extent, resident, sizeof *resident);
    int err = append_extents(path, extent, &kind, 1);
    free(extent);
    return err;
}

void sampler_leave(struct sampler *sampler, const char *path)
{
    enum { FEWEST = 2 };
    struct sampled *at = sampler->list;

    while (at && strcmp(at->path, path) != 0)
        at = at->hh.next;
    if (!at)
        return;
    if (at->fd >= 0 && at->writer.count)
        take_last(sampler, at);
    int err = at->writer.count >= FEWEST ? timeline_write(&at->writer, path) : 0;
    if (err)
        message(path, "has no timeline: %s", strerror(-err));
    err = looks_write(&at->looks, path);
    if (err && !sampler->has_complained++)
        message(path, "what its live blocks held is not known: %s", strerror(-err));
    if (at->resident.most_rss_bytes < at->most_rss_bytes)
        at->resident.most_rss_bytes = at->most_rss_bytes;
    err = at->resident.rss_bytes ? write_account(&at->resident, path) : 0;
    if (err)
        message(path, "has no account of its memory: %s", strerror(-err));
}

void sampler_fini(struct sampler *sampler)
{
    struct sampled *at;
    struct sampled *next;

    HASH_ITER(hh, sampler->list, at, next)
    {
        HASH_DEL(sampler->list, at);
        stop(sampler, at);
        timeline_writer_fini(&at->writer);
        looks_fini(&at->looks);
        free(at->path);
        free(at);
    }
}
