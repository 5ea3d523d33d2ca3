/* SPDX-License-Identifier: MIT */
#include "replay/compile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PLACES_FIRST = 1024 };

/* Chains are numbered as they begin, the same in both passes. */
struct compiling {
    struct compiled *to;
    const struct compile_site *site;
    uint32_t *chain_of; /* by place */
    uint32_t places;
    uint32_t chains;
    uint8_t *is_site; /* a bit a chain */
    uint64_t bits;
    uint64_t live, site_live, steps;
    uint64_t votes; /* for the commonest size: Boyer and Moore's */
    FILE *out;      /* NULL: the first pass */
};

static bool reserve_places(struct compiling *c, uint32_t places)
{
    uint32_t room = c->places ? c->places : PLACES_FIRST;

    if (places <= c->places)
        return true;
    while (room < places)
        room *= 2;
    uint32_t *chain_of = realloc(c->chain_of, (size_t)room * sizeof *chain_of);
    if (chain_of)
        c->chain_of = chain_of;
    c->places = chain_of ? room : c->places;
    return chain_of;
}

static bool reserve_bits(struct compiling *c)
{
    uint64_t room = c->bits ? 2 * c->bits : 65536;

    if (c->chains < c->bits)
        return true;
    uint8_t *bits = realloc(c->is_site, room / 8);
    if (!bits)
        return false;
    memset(bits + c->bits / 8, 0, (room - c->bits) / 8);
    c->is_site = bits;
    c->bits = room;
    return true;
}

static bool is_at_site(const struct compiling *c, uint32_t record)
{
    return c->site->is_site && c->site->is_site[record];
}

static bool is_of_site(const struct compiling *c, uint32_t chain)
{
    return c->is_site[chain / 8] >> chain % 8 & 1;
}

static void take_for_site(struct compiling *c, uint32_t chain)
{
    if (!is_of_site(c, chain))
        c->to->site_chains++;
    c->is_site[chain / 8] |= (uint8_t)(1 << chain % 8);
}

static void vote(struct compiling *c, uint64_t bytes)
{
    if (c->to->site_common_bytes == bytes) {
        c->votes++;
    } else if (c->votes) {
        c->votes--;
    } else {
        c->to->site_common_bytes = bytes;
        c->votes = 1;
    }
}

/* A chain begins. */
static int begin_chain(struct compiling *c, const struct trace_event *event)
{
    if (event->place >= STEP_PLACES || c->chains == UINT32_MAX)
        return -EFBIG;
    if (!reserve_places(c, event->place + 1) || !reserve_bits(c))
        return -ENOMEM;
    c->chain_of[event->place] = c->chains;
    if (!c->out && is_at_site(c, event->record)) {
        take_for_site(c, c->chains);
        vote(c, event->bytes);
    }
    c->chains++;
    return 0;
}

static void write_step(struct compiling *c, enum step_kind kind, uint32_t place,
                       uint64_t bytes, uint32_t alignment)
{
    struct step steps[2] = {{STEP_MORE, alignment, (uint32_t)(bytes >> 32)},
                            {kind, place, (uint32_t)bytes}};
    bool more = alignment || bytes >> 32;

    c->steps += 1 + more;
    if (c->out)
        fwrite(more ? steps : steps + 1, sizeof *steps, 1 + more, c->out);
}

static void write_event(struct compiling *c, const struct trace_event *event)
{
    bool of_site = is_of_site(c, c->chain_of[event->place]);
    enum step_kind kind;

    if (event->kind == TRACE_WENT)
        kind = of_site ? STEP_SITE_FREE : STEP_FREE;
    else if (event->kind == TRACE_MOVED)
        kind = of_site ? STEP_SITE_RESIZE : STEP_REALLOC;
    else if (of_site)
        kind = STEP_SITE_ALLOC;
    else if (event->how >= TRACE_ALIGNED)
        kind = STEP_ALIGNED;
    else
        kind = event->how == TRACE_BY_CALLOC ? STEP_CALLOC : STEP_MALLOC;
    uint32_t alignment = kind == STEP_ALIGNED ? (event->how - TRACE_ALIGNED) & 31 : 0;
    write_step(c, kind, event->place, event->kind == TRACE_WENT ? 0 : event->bytes,
               alignment);
    c->to->site_events += c->out && of_site;
}

static void account(struct compiling *c, const struct trace_event *event)
{
    struct script *script = &c->to->script;
    uint64_t came = event->kind == TRACE_WENT ? 0 : event->bytes;
    uint64_t went = event->kind == TRACE_CAME ? 0 : event->old_bytes;

    c->live += came - went;
    if (is_of_site(c, c->chain_of[event->place]))
        c->site_live += came - went;
    script->events++;
    script->steps = c->steps;
    if (c->live > script->peak_bytes) {
        script->peak_bytes = c->live;
        script->peak_step = c->steps;
    }
    if (c->out && c->steps == script->peak_step)
        c->to->site_peak_bytes = c->site_live;
}

static int take_event(struct compiling *c, const struct trace_event *event)
{
    int err = event->kind == TRACE_CAME ? begin_chain(c, event) : 0;

    if (err)
        return err;
    if (!c->out && event->kind == TRACE_MOVED && c->site->any_of_chain &&
        is_at_site(c, event->record))
        take_for_site(c, c->chain_of[event->place]);
    write_event(c, event);
    account(c, event);
    return 0;
}

static int pass(struct compiling *c, const struct process *process)
{
    struct trace trace;
    struct trace_event event;
    int err = trace_open(&trace, &process->file);

    if (err)
        return err;
    c->chains = 0;
    c->live = c->site_live = c->steps = 0;
    c->to->script.events = 0;
    while (!err && trace_next(&trace, &event))
        err = take_event(c, &event);
    c->to->script.places = trace.places;
    c->to->lost = process->lost_trace;
    c->to->damaged = trace.damaged;
    err = err ? err : trace.error;
    trace_close(&trace);
    return err;
}

static int write_script(struct compiling *c, const struct process *process)
{
    int fd = memfd_create("tare-script", MFD_CLOEXEC);
    int copy = fd < 0 ? -1 : dup(fd);

    c->out = copy < 0 ? NULL : fdopen(copy, "w");
    if (!c->out) {
        int err = -errno;
        if (copy >= 0)
            close(copy);
        if (fd >= 0)
            close(fd);
        return err;
    }
    /* the first pass has found all of it; the second one finds the same */
    fwrite(&c->to->script, sizeof c->to->script, 1, c->out);
    int err = pass(c, process);
    if (fclose(c->out) && !err)
        err = -errno;
    c->to->fd = fd;
    return err;
}

int compile_trace(struct compiled *compiled, const struct process *process,
                  const struct compile_site *site)
{
    struct compiling c = {.to = compiled, .site = site};

    *compiled = (struct compiled){.fd = -1};
    int err = pass(&c, process);
    if (!err)
        err = write_script(&c, process);
    if (err && compiled->fd >= 0)
        close(compiled->fd);
    free(c.chain_of);
    free(c.is_site);
    return err;
}
