/* SPDX-License-Identifier: MIT
 *
 * massif's output: snapshots in the order of time, of which some have a tree of who holds the heap.
 * Read are the tree of the peak, and the last snapshot, which is the end. Lines of a tree are
 *      " n2: 4096 0x1234: function (file:line)"
 * with one space a step away from the allocation. What stands behind massif's threshold has no line:
 * it stays with the frame above. Calls are not in the file.
 */
#include "import/import.h"
#include "import/valgrind_frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 1000, AT_PEAK = 0, AT_END = 1 };

#define TARE_MAP_NAME massif_places
#define TARE_MAP_TEXT TARE_MAP_BORROWED
#define TARE_MAP_VALUE struct maker_place
#include <tare/map.h>

struct text {
    const char *at, *end;
};

/* A frame that callers are read of: what none of them explains is its own. */
struct step {
    struct maker_place place;
    uint64_t bytes;
};

struct held {
    uint32_t node;
    uint64_t bytes[2];
};

struct snapshot {
    uint64_t time, bytes;
    const char *tree; /* where its lines begin; NULL: it has none */
    bool is_peak;
};

struct massif {
    struct maker *maker;
    struct massif_places places;
    struct step steps[DEPTH_MOST];
    uint32_t depth; /* of the steps; 0 is the root, which is no frame */
    struct held *held;
    size_t held_count, held_room;
    struct snapshot peak, last;
    uint64_t snapshots;
    uint32_t program;
    bool is_bad, is_in_ms;
};

static bool next_line(struct text *file, struct text *line)
{
    if (file->at >= file->end)
        return false;
    const char *stop = memchr(file->at, '\n', (size_t)(file->end - file->at));
    *line = (struct text){file->at, stop ? stop : file->end};
    file->at = line->end + 1;
    return true;
}

/* Of a line "key=value" or "key: value": the value. */
static bool has_key(struct text line, const char *key, struct text *value)
{
    size_t bytes = strlen(key);

    if ((size_t)(line.end - line.at) < bytes || memcmp(line.at, key, bytes))
        return false;
    *value = (struct text){line.at + bytes, line.end};
    return true;
}

static bool is(struct text text, const char *word)
{
    return (size_t)(text.end - text.at) == strlen(word) &&
           !memcmp(text.at, word, strlen(word));
}

/* Its digits; what stands behind them is left. */
static uint64_t read_number(struct massif *m, struct text *text)
{
    const char *start = text->at;
    uint64_t number = 0;

    for (; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*text->at - '0'), &number))
            m->is_bad = true;
    m->is_bad = m->is_bad || text->at == start;
    return number;
}

static struct maker_text rest_of(struct text text)
{
    return (struct maker_text){text.at, (size_t)(text.end - text.at)};
}

static void add_held(struct massif *m, uint32_t node, int when, uint64_t bytes)
{
    if (m->held_count == m->held_room) {
        size_t room = m->held_room ? 2 * m->held_room : 64;
        struct held *held = realloc(m->held, room * sizeof *held);

        if (!held) {
            m->maker->error = -ENOMEM;
            return;
        }
        m->held = held;
        m->held_room = room;
    }
    m->held[m->held_count] = (struct held){.node = node};
    m->held[m->held_count++].bytes[when] = bytes;
}

/* The steps that are not above `depth` have no more callers. */
static void end_steps(struct massif *m, uint32_t depth, int when)
{
    while (m->depth > depth) {
        struct step *step = &m->steps[--m->depth];
        uint32_t node = LEDGER_OUTERMOST;

        if (!step->bytes)
            continue;
        for (uint32_t i = m->depth; i >= 1; i--)
            node = maker_node(m->maker, m->steps[i].place, node);
        add_held(m, m->depth ? node : 0, when, step->bytes);
    }
}

static struct maker_place place_of(struct massif *m, struct text text)
{
    const struct maker_text name = rest_of(text);
    const struct tare_text key = {name.text, name.bytes};
    const struct massif_places_entry *found = massif_places_find(&m->places, key);

    if (found)
        return found->value;
    struct maker_place place = valgrind_place(m->maker, m->program, &name);
    if (massif_places_insert(&m->places, key, place))
        m->maker->error = -ENOMEM;
    return place;
}

/* false: the line is of no tree. */
static bool read_step(struct massif *m, struct text line, int when)
{
    struct text inside, text = line;

    while (text.at < text.end && *text.at == ' ')
        text.at++;
    uint32_t depth =
        text.at - line.at < DEPTH_MOST ? (uint32_t)(text.at - line.at) : DEPTH_MOST;
    if (text.at == text.end || *text.at++ != 'n')
        return false;
    (void)read_number(m, &text);
    if (m->is_bad || !has_key(text, ": ", &text))
        return false;
    uint64_t bytes = read_number(m, &text);
    if (m->is_bad || depth > m->depth || depth == DEPTH_MOST ||
        !has_key(text, " ", &text)) {
        m->is_bad = true;
        return false;
    }
    end_steps(m, depth, when);
    if (has_key(text, "in ", &inside))
        return true;
    if (depth) {
        uint64_t *left = &m->steps[depth - 1].bytes;

        m->is_bad = m->is_bad || bytes > *left;
        *left -= bytes < *left ? bytes : *left;
    }
    m->steps[m->depth++] =
        (struct step){depth ? place_of(m, text) : (struct maker_place){0}, bytes};
    return true;
}

/* Those of a snapshot whose tree is not there are held by nobody that is known. */
static void read_tree(struct massif *m, const struct snapshot *snapshot, const char *end,
                      int when)
{
    struct text line, file = {snapshot->tree, end};

    if (!snapshot->tree) {
        if (snapshot->bytes)
            add_held(m, 0, when, snapshot->bytes);
        return;
    }
    while (!m->is_bad && !m->maker->error && next_line(&file, &line))
        if (!read_step(m, line, when))
            break;
    end_steps(m, 0, when);
}

/* The peak's tree may be missing, where massif was told so: then the largest that has one. */
static bool is_before(const struct snapshot *a, const struct snapshot *b)
{
    if (a->is_peak != b->is_peak)
        return b->is_peak;
    if (!a->tree != !b->tree)
        return b->tree != NULL;
    return a->bytes < b->bytes;
}

static void end_snapshot(struct massif *m)
{
    if (m->snapshots && is_before(&m->peak, &m->last))
        m->peak = m->last;
}

static void read_line(struct massif *m, struct text line, const char *next)
{
    struct text value;

    if (has_key(line, "cmd: ", &value)) {
        struct maker_text command = rest_of(value);
        maker_set_command(m->maker, &command);
    } else if (has_key(line, "time_unit: ", &value)) {
        m->is_in_ms = is(value, "ms");
    } else if (has_key(line, "snapshot=", &value)) {
        end_snapshot(m);
        m->last = (struct snapshot){0};
        m->snapshots++;
    } else if (has_key(line, "time=", &value)) {
        m->last.time = read_number(m, &value);
    } else if (has_key(line, "mem_heap_B=", &value)) {
        m->last.bytes = read_number(m, &value);
    } else if (has_key(line, "heap_tree=", &value) && !is(value, "empty")) {
        m->last.tree = next;
        m->last.is_peak = is(value, "peak");
    }
}

static int by_node(const void *a, const void *b)
{
    const struct held *one = a;
    const struct held *other = b;

    return (one->node > other->node) - (one->node < other->node);
}

/* What was held at a time was allocated, whatever else was. */
static void make_sites(struct massif *m)
{
    if (m->held_count)
        qsort(m->held, m->held_count, sizeof *m->held, by_node);
    for (size_t i = 0, next; i < m->held_count; i = next) {
        struct held sum = {0};

        for (next = i; next < m->held_count && m->held[next].node == m->held[i].node;
             next++)
            for (int when = AT_PEAK; when <= AT_END; when++)
                sum.bytes[when] += m->held[next].bytes[when];
        maker_site(m->maker, m->held[i].node,
                   &(struct maker_counts){
                       .bytes = sum.bytes[AT_PEAK] > sum.bytes[AT_END] ? sum.bytes[AT_PEAK]
                                                                       : sum.bytes[AT_END],
                       .live_bytes = sum.bytes[AT_END],
                       .bytes_at_peak = sum.bytes[AT_PEAK],
                   });
    }
}

static int read_all(struct massif *m, struct text file)
{
    struct ledger_header *header = maker_header(m->maker);
    const char *end = file.end;
    struct text line;

    while (!m->is_bad && next_line(&file, &line))
        read_line(m, line, file.at < end ? file.at : end);
    end_snapshot(m);
    if (m->is_bad || !m->snapshots)
        return -EBADMSG;
    const struct maker_text program = {header->executable, strlen(header->executable)};
    m->program = maker_module(m->maker, &program);
    read_tree(m, &m->peak, end, AT_PEAK);
    read_tree(m, &m->last, end, AT_END);
    make_sites(m);
    if (m->is_in_ms && m->last.time < UINT32_MAX && m->peak.time <= m->last.time) {
        header->peak_monotonic_ns = header->start_monotonic_ns + m->peak.time * 1000000;
        header->end_monotonic_ns = header->start_monotonic_ns + m->last.time * 1000000;
    }
    return m->is_bad ? -EBADMSG : 0;
}

int import_massif(struct maker *maker, const uint8_t *data, size_t bytes)
{
    const char *start = (const char *)data;
    struct massif *m = calloc(1, sizeof *m);

    if (!m)
        return -ENOMEM;
    m->maker = maker;
    m->places.map.mem = tare_mem_libc();
    int err = read_all(m, (struct text){start, start + bytes});
    massif_places_fini(&m->places);
    free(m->held);
    free(m);
    return err;
}
