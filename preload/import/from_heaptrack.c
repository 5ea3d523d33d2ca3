/* SPDX-License-Identifier: MIT
 *
 * heaptrack's interpreted files, of file versions 1 to 3: all events are replayed, twice, as what
 * each site held at the peak can only be told when the peak is known.
 */
#include "import/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct line {
    const uint8_t *at, *end;
};

struct ip {
    struct line frames; /* module; function, file and line of each, unread */
    struct maker_place place;
    bool is_made;
    /* The C++ library's operator new, which for a recording is the allocator. */
    bool is_new;
};

struct trace {
    uint64_t ip, parent; /* the parent stands before it */
    uint32_t node;
};

struct size {
    uint64_t bytes, trace;
    uint64_t live; /* blocks */
};

struct list {
    void *items;
    uint64_t count, room;
};

struct heaptrack {
    struct maker *maker;
    uint64_t version;
    struct list strings, ips, traces, sizes; /* struct maker_text, ip, trace, size */
    struct maker_counts *sites;              /* by trace */
    uint32_t *modules;                       /* by string */
    uint64_t live, peak, peak_event, events, last, time_ms, peak_ms;
    bool is_second, is_bad;
};

static void *add(struct heaptrack *h, struct list *list, size_t bytes)
{
    if (list->count == list->room) {
        uint64_t room = list->room ? 2 * list->room : 256;
        void *items = realloc(list->items, room * bytes);

        if (!items) {
            h->maker->error = -ENOMEM;
            return NULL;
        }
        list->items = items;
        list->room = room;
    }
    void *item = (uint8_t *)list->items + list->count++ * bytes;
    memset(item, 0, bytes);
    return item;
}

static bool next_hex(struct line *line, uint64_t *value)
{
    const uint8_t *start;

    while (line->at < line->end && *line->at == ' ')
        line->at++;
    *value = 0;
    for (start = line->at; line->at < line->end && *line->at != ' '; line->at++) {
        unsigned c = *line->at;
        unsigned digit = c - '0' < 10 ? c - '0' : c - 'a' < 6 ? c - 'a' + 10 : 16;

        if (digit == 16 || *value >> 60)
            return false;
        *value = *value << 4 | digit;
    }
    return line->at > start;
}

static uint64_t hex(struct heaptrack *h, struct line *line)
{
    uint64_t value;

    h->is_bad |= !next_hex(line, &value);
    return value;
}

static void read_string(struct heaptrack *h, struct line line)
{
    struct maker_text *text = add(h, &h->strings, sizeof *text);

    if (h->version >= 3)
        hex(h, &line);
    if (line.at < line.end && *line.at == ' ')
        line.at++;
    if (text)
        *text = (struct maker_text){(const char *)line.at, (size_t)(line.end - line.at)};
}

static struct maker_text text_of(const struct heaptrack *h, uint64_t number)
{
    const struct maker_text *strings = h->strings.items;

    return number && number <= h->strings.count ? strings[number - 1]
                                                : (struct maker_text){NULL, 0};
}

static void read_ip(struct heaptrack *h, struct line line)
{
    struct ip *ip = add(h, &h->ips, sizeof *ip);

    hex(h, &line);
    if (ip)
        ip->frames = line;
}

static void read_trace(struct heaptrack *h, struct line line)
{
    struct trace *trace = add(h, &h->traces, sizeof *trace);

    if (!trace)
        return;
    trace->ip = hex(h, &line);
    trace->parent = hex(h, &line);
    h->is_bad |= !trace->ip || trace->ip > h->ips.count || trace->parent >= h->traces.count;
}

static void read_size(struct heaptrack *h, struct line line)
{
    struct size *size = add(h, &h->sizes, sizeof *size);

    if (!size)
        return;
    size->bytes = hex(h, &line);
    size->trace = hex(h, &line);
    h->is_bad |= size->trace > h->traces.count || size->bytes >> 48;
}

/* The first pass finds the peak; the second one counts, and stops to look when it is there. */
static void allocate(struct heaptrack *h, struct size *size, uint64_t index)
{
    h->live += size->bytes;
    size->live++;
    h->last = index;
    h->events++;
    if (h->is_second) {
        struct maker_counts *site = &h->sites[size->trace];

        site->allocations++;
        site->bytes += size->bytes;
        site->live_blocks++;
        site->live_bytes += size->bytes;
        for (uint64_t i = 0; h->events == h->peak_event && i <= h->traces.count; i++)
            h->sites[i].bytes_at_peak = h->sites[i].live_bytes;
    } else if (h->live > h->peak) {
        h->peak = h->live;
        h->peak_event = h->events;
        h->peak_ms = h->time_ms;
    }
}

static void release(struct heaptrack *h, struct size *size, uint64_t index)
{
    if (!size->live) { /* from before heaptrack was attached */
        h->last = UINT64_MAX;
        return;
    }
    h->live -= size->bytes;
    size->live--;
    h->events++;
    if (h->is_second) {
        struct maker_counts *site = &h->sites[size->trace];

        site->temporary += h->last == index;
        site->live_blocks--;
        site->live_bytes -= size->bytes;
    }
    h->last = UINT64_MAX;
}

static void read_event(struct heaptrack *h, char event, struct line line)
{
    uint64_t index = hex(h, &line);
    struct size *sizes = h->sizes.items;

    if (index >= h->sizes.count)
        h->is_bad = true;
    else if (event == '+')
        allocate(h, &sizes[index], index);
    else
        release(h, &sizes[index], index);
}

static void read_definition(struct heaptrack *h, char type, struct line line)
{
    struct line rest = line;

    switch (type) {
    case 'v':
        hex(h, &rest);
        h->version = hex(h, &rest);
        break;
    case 'X':
        maker_set_command(h->maker, &(struct maker_text){(const char *)line.at + 1,
                                                         (size_t)(line.end - line.at) - 1});
        break;
    case 's':
        read_string(h, line);
        break;
    case 'i':
        read_ip(h, line);
        break;
    case 't':
        read_trace(h, line);
        break;
    case 'a':
        read_size(h, line);
        break;
    default:
        break;
    }
}

static void read_line(struct heaptrack *h, struct line line)
{
    char type = (char)*line.at++;

    if (line.at == line.end || *line.at != ' ')
        return;
    if (type == '+' || type == '-')
        read_event(h, type, line);
    else if (type == 'c')
        h->time_ms = hex(h, &line);
    else if (!h->is_second)
        read_definition(h, type, line);
}

static void read_lines(struct heaptrack *h, const uint8_t *data, size_t bytes)
{
    const uint8_t *end = data + bytes;

    h->live = h->events = 0;
    h->last = UINT64_MAX;
    for (const uint8_t *at = data; at < end && !h->is_bad && !h->maker->error;) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));

        stop = stop ? stop : end;
        if (stop > at)
            read_line(h, (struct line){at, stop});
        at = stop + 1;
    }
}

static bool has(const struct maker_text *text, const char *part)
{
    return text->bytes && memmem(text->text, text->bytes, part, strlen(part));
}

static bool is_new(const struct maker_text *module, const struct maker_text *function)
{
    static const char name[] = "operator new";

    return function->bytes > strlen(name) && !memcmp(function->text, name, strlen(name)) &&
           (has(module, "/libstdc++.") || has(module, "/libc++."));
}

static struct maker_place place_of(struct heaptrack *h, struct ip *ip)
{
    struct maker_frame frames[MAKER_FRAMES_MOST];
    struct line line = ip->frames;
    uint64_t module, function, file, number;
    uint32_t count = 0;

    if (ip->is_made)
        return ip->place;
    ip->is_made = true;
    if (!next_hex(&line, &module) || module > h->strings.count)
        module = 0;
    while (count < MAKER_FRAMES_MOST && next_hex(&line, &function)) {
        /* Where no line is known the function stands alone. */
        if (!next_hex(&line, &file) || !next_hex(&line, &number))
            file = number = 0;
        frames[count++] =
            (struct maker_frame){text_of(h, function), text_of(h, file), (uint32_t)number};
    }
    const struct maker_text path = text_of(h, module);
    ip->is_new = count && is_new(&path, &frames[0].function);
    if (!h->modules[module])
        h->modules[module] = maker_module(h->maker, &path);
    ip->place = maker_place(h->maker, h->modules[module], frames, count);
    return ip->place;
}

/* Parents stand before their children, so that they have their nodes. */
static void make_sites(struct heaptrack *h)
{
    struct trace *traces = h->traces.items;
    struct ip *ips = h->ips.items;

    for (uint64_t i = 0; i < h->traces.count && !h->maker->error; i++) {
        uint32_t parent = traces[i].parent ? traces[traces[i].parent - 1].node : 0;
        struct ip *ip = &ips[traces[i].ip - 1];
        struct maker_place place = place_of(h, ip);

        traces[i].node = ip->is_new ? parent : maker_node(h->maker, place, parent);
    }
    for (uint64_t i = 0; i <= h->traces.count; i++)
        if (h->sites[i].allocations)
            maker_site(h->maker, i ? traces[i - 1].node : 0, &h->sites[i]);
}

static int read_twice(struct heaptrack *h, const uint8_t *data, size_t bytes)
{
    struct ledger_header *header = maker_header(h->maker);

    read_lines(h, data, bytes);
    if (h->is_bad || h->version < 1 || h->version > 3)
        return h->is_bad || !h->version ? -EBADMSG : -ENOTSUP;
    h->sites = calloc(h->traces.count + 1, sizeof *h->sites);
    h->modules = calloc(h->strings.count + 1, sizeof *h->modules);
    if (!h->sites || !h->modules)
        return -ENOMEM;
    for (uint64_t i = 0; i < h->sizes.count; i++)
        ((struct size *)h->sizes.items)[i].live = 0;
    h->is_second = true;
    read_lines(h, data, bytes);
    make_sites(h);
    if (h->time_ms < UINT32_MAX) {
        header->peak_monotonic_ns = header->start_monotonic_ns + h->peak_ms * 1000000;
        header->end_monotonic_ns = header->start_monotonic_ns + h->time_ms * 1000000;
    }
    return 0;
}

int import_heaptrack(struct maker *maker, const uint8_t *data, size_t bytes)
{
    struct heaptrack h = {.maker = maker};
    int err = read_twice(&h, data, bytes);

    free(h.strings.items);
    free(h.ips.items);
    free(h.traces.items);
    free(h.sizes.items);
    free(h.sites);
    free(h.modules);
    return err;
}
