/* SPDX-License-Identifier: MIT
 *
 * usage: tare-replay SCRIPT-FD ANSWER-FD REMEDY AMOUNT FLAGS, by tare alone
 *
 * Makes a program's allocations once more, on the malloc that this process was started with. What
 * the player needs itself is shared memory, so that its anonymous memory is the allocator's.
 */
#include "player/player.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, LOOKS = 256, TEXT_BYTES = 4096 };

static const struct script *script;
static struct block *blocks;
static struct play play;
static struct played played;
static const struct way *way; /* NULL: malloc for all */
static uint64_t rss_before, site_bytes, memory_bytes;

static uint64_t cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Anonymous memory in use, to the page. */
static uint64_t rss_bytes(void)
{
    char text[TEXT_BYTES];
    int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    const char *line = strstr(text, "Anonymous:");
    return line ? strtoull(line + sizeof "Anonymous:" - 1, NULL, 10) * 1024 : 0;
}

/* As the program would, once at least, in what is new of it. */
static void touch(char *block, size_t from, size_t bytes)
{
    if (!block || bytes <= from)
        return;
    if (bytes - from > memory_bytes / 2)
        exit(PLAYER_NO_MEMORY);
    for (size_t at = from; at < bytes; at += PAGE)
        block[at] = 1;
    block[bytes - 1] = 1;
}

static size_t weight(const struct block *block)
{
    return block->at ? malloc_usable_size(block->at) + sizeof(size_t) : 0;
}

static void set(struct block *block, void *at, size_t bytes, size_t touched,
                bool is_special)
{
    played.failed += !at;
    *block = (struct block){at, at ? bytes : 0, is_special};
    touch(at, touched, bytes);
}

static void site_malloc(struct block *block, size_t bytes)
{
    static char contents[1 << 16];

    played.site_calls++;
    set(block, malloc(bytes), bytes, 0, false);
    if (play.fills && block->at && bytes <= sizeof contents)
        memcpy(block->at, contents, bytes);
    if (play.weighs)
        site_bytes += weight(block);
}

static void site_free(struct block *block)
{
    if (play.weighs)
        site_bytes -= weight(block);
    free(block->at);
    block->at = NULL;
}

static void site_alloc(uint32_t place, size_t bytes)
{
    struct block *block = &blocks[place];

    if (!way || !way->takes(bytes)) {
        site_malloc(block, bytes);
        return;
    }
    void *at = way->alloc(place, bytes);
    set(block, at, bytes, play.substitute == SUBSTITUTE_INTERN ? bytes : 0, at);
}

static void site_end(uint32_t place)
{
    struct block *block = &blocks[place];

    if (!block->at)
        return;
    if (block->is_special)
        way->free(place, block);
    else
        site_free(block);
    block->at = NULL;
}

/* From the substitute to malloc, or back. */
static void site_move(uint32_t place, size_t bytes)
{
    struct block old = blocks[place];

    if (old.is_special &&
        play.substitute == SUBSTITUTE_INTERN) { /* made anew, as strings are */
        site_end(place);
        site_alloc(place, bytes);
        return;
    }
    blocks[place].at = NULL;
    site_alloc(place, bytes);
    struct block new = blocks[place];
    if (old.at && new.at)
        memcpy(new.at, old.at, old.bytes < bytes ? old.bytes : bytes);
    blocks[place] = old;
    site_end(place);
    blocks[place] = new;
}

static void site_resize(uint32_t place, size_t bytes)
{
    struct block *block = &blocks[place];
    bool stays = way && block->is_special && way->resize && way->takes(bytes);
    size_t old_bytes = block->bytes;

    if (stays) {
        void *at = way->resize(place, block, bytes);
        set(block, at, bytes, old_bytes, at);
    } else if (!block->is_special && (!way || !way->takes(bytes))) {
        if (play.weighs)
            site_bytes -= weight(block);
        played.site_calls++;
        set(block, realloc(block->at, bytes), bytes, old_bytes, false);
        if (play.weighs)
            site_bytes += weight(block);
    } else {
        site_move(place, bytes);
    }
}

static void take_step(const struct step *step, size_t bytes, size_t alignment)
{
    struct block *block = &blocks[step->place];
    size_t old_bytes = block->bytes;

    switch ((enum step_kind)step->kind) {
    case STEP_MALLOC:
        set(block, malloc(bytes), bytes, 0, false);
        break;
    case STEP_CALLOC:
        set(block, calloc(1, bytes), bytes, 0, false);
        break;
    case STEP_REALLOC:
        set(block, realloc(block->at, bytes), bytes, old_bytes, false);
        break;
    case STEP_ALIGNED:
        set(block, memalign(alignment, bytes), bytes, 0, false);
        break;
    case STEP_FREE:
        free(block->at);
        break;
    case STEP_SITE_ALLOC:
        site_alloc(step->place, bytes);
        break;
    case STEP_SITE_RESIZE:
        site_resize(step->place, bytes);
        break;
    case STEP_SITE_FREE:
        site_end(step->place);
        break;
    case STEP_MORE:
        break;
    }
}

/* As take_step, but for the allocator. */
static void skip_step(const struct step *step, size_t bytes)
{
    blocks[step->place] = (struct block){(char *)blocks, bytes, false};
}

static void look(bool at_peak)
{
    uint64_t rss = rss_bytes(), more = rss > rss_before ? rss - rss_before : 0;
    uint64_t held = site_bytes + (way ? way_held_bytes() : 0);

    if (more > memory_bytes / 4 * 3)
        exit(PLAYER_NO_MEMORY);
    if (more > played.most_rss_bytes)
        played.most_rss_bytes = more;
    if (held > played.site_most_bytes)
        played.site_most_bytes = held;
    if (at_peak) {
        played.rss_at_peak_bytes = more;
        played.site_bytes_at_peak = held;
    }
}

static void take_steps(const struct step *steps, uint64_t from, uint64_t to)
{
    uint64_t start = cpu_ns();

    for (uint64_t i = from; i < to; i++) {
        const struct step *step = &steps[i];
        size_t bytes = step->bytes, alignment = 0;

        if (step->kind == STEP_MORE) {
            alignment = (size_t)1 << step->place;
            bytes = (size_t)step->bytes << 32 | steps[i + 1].bytes;
            step = &steps[++i];
        }
        if (play.empty)
            skip_step(step, bytes);
        else
            take_step(step, bytes, alignment);
    }
    played.ns += cpu_ns() - start;
}

/* Looks at the peak and at LOOKS other moments, none of them between STEP_MORE and its step. */
static void play_all(void)
{
    const struct step *steps = (const struct step *)(script + 1);
    uint64_t peak = script->peak_step, at = 0;

    rss_before = rss_bytes();
    for (uint64_t i = 1; i <= LOOKS; i++) {
        uint64_t to = script->steps * i / LOOKS;

        to += to < script->steps && to && steps[to - 1].kind == STEP_MORE;
        if (at < peak && peak <= to) {
            take_steps(steps, at, peak);
            look(true);
            at = peak;
        }
        take_steps(steps, at, to);
        at = to;
        if (!play.empty)
            look(false);
    }
}

static bool map_script(int fd)
{
    struct stat status;

    if (fstat(fd, &status) || status.st_size < (off_t)sizeof *script)
        return false;
    script = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (script == MAP_FAILED)
        return false;
    blocks = mmap(NULL, (script->places + 1) * sizeof *blocks, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return blocks != MAP_FAILED;
}

/* Whose malloc is it? */
static void name_allocator(void)
{
    void *function = dlsym(RTLD_DEFAULT, "malloc");
    Dl_info info;

    if (function && dladdr(function, &info) && info.dli_fname)
        snprintf(played.allocator, sizeof played.allocator, "%s", info.dli_fname);
}

int main(int argc, char **argv)
{
    if (argc != 6 || !map_script(atoi(argv[1]))) {
        fputs("tare-replay: a part of tare, which starts it itself\n", stderr);
        return 2;
    }
    play.substitute = (enum substitute)atoi(argv[3]) % SUBSTITUTE_COUNT;
    play.amount = strtoull(argv[4], NULL, 10);
    play.fills = strchr(argv[5], 'f');
    play.empty = strchr(argv[5], 'e');
    play.weighs = strchr(argv[5], 'w');
    memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * PAGE;
    name_allocator();
    way = play.substitute ? &ways[play.substitute] : NULL;
    if (way && !way->begin(&play, script->places + 1))
        return 3;
    play_all();
    if (way)
        played.site_calls += way_calls();
    return write(atoi(argv[2]), &played, sizeof played) == sizeof played ? 0 : 4;
}
