/* SPDX-License-Identifier: MIT */
#include <tare/map_ordered.h>

#include <errno.h>
#include <string.h>

#include "base/debug.h"

enum { ROOM_LEAST = 8 };

static void free_segment(const struct tare_map *map, struct tare__map_segment *segment,
                         const struct tare__map_order_type *type)
{
    tare_mem_free(map->mem, segment, type->segment_bytes, type->segment_alignment);
}

static void free_list(const struct tare_map *map, struct tare__map_segment *list,
                      const struct tare__map_order_type *type)
{
    while (list) {
        struct tare__map_segment *next = list->next;

        free_segment(map, list, type);
        list = next;
    }
}

static void add_spare(struct tare__map_order *order, struct tare__map_segment *segment)
{
    segment->next = order->spares;
    order->spares = segment;
    order->spare_count++;
}

/* So many more spare segments, or none at all. */
static bool add_spares(const struct tare_map *map, struct tare__map_order *order,
                       size_t count, const struct tare__map_order_type *type)
{
    struct tare__map_segment *list = NULL;

    for (size_t i = 0; i < count; i++) {
        struct tare__map_segment *segment =
            tare_mem_alloc(map->mem, type->segment_bytes, type->segment_alignment);

        if (!segment) {
            free_list(map, list, type);
            return false;
        }
        *segment = (struct tare__map_segment){.next = list};
        list = segment;
    }
    while (list) {
        struct tare__map_segment *next = list->next;

        add_spare(order, list);
        list = next;
    }
    return true;
}

/* More would have numbers of more than 32 bits. */
static size_t most_room(const struct tare__map_order_type *type)
{
    return UINT32_MAX >> type->shift;
}

static bool resize_directory(const struct tare_map *map, struct tare__map_order *order,
                             size_t room, const struct tare__map_order_type *type)
{
    size_t bytes = sizeof(struct tare__map_segment *);

    if (room > most_room(type))
        return false;
    struct tare__map_segment **segments =
        tare_mem_resize(map->mem, order->segments, order->room * bytes, room * bytes,
                        _Alignof(struct tare__map_segment *));
    if (!segments && room)
        return false;
    order->segments = segments;
    order->room = room;
    return true;
}

/* Segments move up in the directory, where others are gone, and their entries have other numbers. */
static void renumber(struct tare_map *map, struct tare__map_order *order,
                     const struct tare__map_order_type *type)
{
    struct tare__map_number *places = map->entries;
    struct tare_map_cursor cursor = {0};
    size_t slots = 0, at, mask = ((size_t)1 << type->shift) - 1;

    if (order->segment_count == order->slots)
        return;
    for (size_t slot = order->first; slot < order->slots; slot++)
        if (order->segments[slot])
            order->segments[slot]->slot = slots++;
    while ((at = tare__map_next(map, &cursor)) != SIZE_MAX) {
        size_t slot = order->segments[places[at].number >> type->shift]->slot;

        places[at].number = (uint32_t)(slot << type->shift | (places[at].number & mask));
    }
    for (size_t slot = order->first; slot < order->slots; slot++)
        if (order->segments[slot])
            order->segments[order->segments[slot]->slot] = order->segments[slot];
    order->end -= (order->slots - slots) << type->shift;
    order->first = 0;
    order->slots = slots;
}

/* What is half empty is renumbered: that many segments have been filled since the last time. */
static bool make_slot(struct tare_map *map, struct tare__map_order *order,
                      const struct tare__map_order_type *type)
{
    if (order->slots < order->room)
        return true;
    if (order->segment_count > order->room / 2 || !order->room) {
        size_t room = order->room ? 2 * order->room : ROOM_LEAST;
        size_t most = most_room(type);

        if (order->room < most &&
            resize_directory(map, order, room < most ? room : most, type))
            return true;
    }
    renumber(map, order, type);
    return order->slots < order->room;
}

bool tare__map_order_grow(struct tare_map *map, struct tare__map_order *order,
                          const struct tare__map_order_type *type)
{
    bool has_room =
        make_slot(map, order, type) && (order->spares || add_spares(map, order, 1, type));

    TARE_AUDIT(tare__map_order_valid(map, order, type));
    return has_room;
}

void tare__map_order_attach(struct tare__map_order *order)
{
    struct tare__map_segment *segment = order->spares;

    order->spares = segment->next;
    order->spare_count--;
    order->segments[order->slots++] = segment;
    order->segment_count++;
}

/* The last segment is gone, and others before it may be. */
static void find_end(struct tare__map_order *order, const struct tare__map_order_type *type)
{
    while (order->slots && !order->segments[order->slots - 1])
        order->slots--;
    order->end = order->slots << type->shift;
    if (order->slots)
        order->end -= (size_t)__builtin_clzll(order->segments[order->slots - 1]->used) -
                      (64 - ((size_t)1 << type->shift));
}

void tare__map_order_detach(const struct tare_map *map, struct tare__map_order *order,
                            size_t slot, const struct tare__map_order_type *type)
{
    struct tare__map_segment *segment = order->segments[slot];

    order->segments[slot] = NULL;
    order->segment_count--;
    if (order->spares)
        free_segment(map, segment, type);
    else
        add_spare(order, segment);
    if (slot + 1 == order->slots)
        find_end(order, type);
    while (order->first < order->slots && !order->segments[order->first])
        order->first++;
    if (!order->slots)
        order->first = 0;
    TARE_AUDIT(tare__map_order_valid(map, order, type));
}

int tare__map_order_reserve(struct tare_map *map, struct tare__map_order *order,
                            size_t count, const struct tare__map_order_type *type)
{
    size_t segment_entries = (size_t)1 << type->shift, mask = segment_entries - 1;
    size_t left = (segment_entries - (order->end & mask)) & mask;

    if (count <= map->count)
        return 0;
    if (count > UINT32_MAX)
        return -ENOMEM;
    int err = tare__map_reserve(map, count, &type->index);
    if (err || count - map->count <= left)
        return err;
    size_t more = ((count - map->count - left - 1) >> type->shift) + 1;
    if (order->slots + more > order->room) {
        renumber(map, order, type);
        if (order->slots + more > order->room &&
            !resize_directory(map, order, order->slots + more, type))
            return -ENOMEM;
    }
    if (more > order->spare_count &&
        !add_spares(map, order, more - order->spare_count, type))
        return -ENOMEM;
    TARE_AUDIT(tare__map_order_valid(map, order, type));
    return 0;
}

static void free_spares(const struct tare_map *map, struct tare__map_order *order,
                        const struct tare__map_order_type *type)
{
    free_list(map, order->spares, type);
    order->spares = NULL;
    order->spare_count = 0;
}

int tare__map_order_shrink(struct tare_map *map, struct tare__map_order *order,
                           const struct tare__map_order_type *type)
{
    int err = tare__map_shrink(map, &type->index);

    if (err)
        return err;
    free_spares(map, order, type);
    renumber(map, order, type);
    if (order->slots < order->room) /* or there is more room than is used */
        (void)resize_directory(map, order, order->slots, type);
    TARE_AUDIT(tare__map_order_valid(map, order, type));
    return 0;
}

void tare__map_order_clear(struct tare_map *map, struct tare__map_order *order,
                           const struct tare__map_order_type *type)
{
    for (size_t slot = order->first; slot < order->slots; slot++) {
        struct tare__map_segment *segment = order->segments[slot];

        if (!segment)
            continue;
        segment->used = 0;
        add_spare(order, segment);
    }
    order->slots = order->first = order->end = order->segment_count = 0;
    tare__map_clear(map, &type->index);
    TARE_AUDIT(tare__map_order_valid(map, order, type));
}

void tare__map_order_fini(struct tare_map *map, struct tare__map_order *order,
                          const struct tare__map_order_type *type)
{
    tare__map_order_clear(map, order, type);
    free_spares(map, order, type);
    if (order->room)
        (void)resize_directory(map, order, 0, type);
    *order = (struct tare__map_order){0};
    tare__map_fini(map, &type->index);
}

struct tare_map_ordered_stats tare__map_order_stats(const struct tare_map *map,
                                                    const struct tare__map_order *order,
                                                    const struct tare__map_order_type *type)
{
    size_t mask = ((size_t)1 << type->shift) - 1;
    struct tare_map_ordered_stats stats = {
        .entries = map->count,
        .segments = order->segment_count,
        .spare_segments = order->spare_count,
        .index = tare__map_stats(map, &type->index),
    };

    stats.holes = (order->segment_count << type->shift) - map->count -
                  (((mask + 1) - (order->end & mask)) & mask);
    stats.bytes = stats.index.bytes + order->room * sizeof *order->segments +
                  (order->segment_count + order->spare_count) * type->segment_bytes;
    return stats;
}

/* What the segments have, and nothing after the end. */
static bool is_directory_valid(const struct tare_map *map,
                               const struct tare__map_order *order,
                               const struct tare__map_order_type *type)
{
    size_t entries = 0, segments = 0, spares = 0;
    unsigned places = 1u << type->shift;

    for (size_t slot = 0; slot < order->slots; slot++) {
        const struct tare__map_segment *segment = order->segments[slot];
        size_t left = order->end - (slot << type->shift);

        if (!segment)
            continue;
        unsigned filled = segment->used ? 64 - (unsigned)__builtin_clzll(segment->used) : 0;
        if (slot < order->first || !filled || filled > places ||
            (slot + 1 == order->slots && filled != left))
            return false;
        entries += (size_t)__builtin_popcountll(segment->used);
        segments++;
    }
    for (const struct tare__map_segment *spare = order->spares; spare; spare = spare->next)
        if (spare->used || ++spares > order->spare_count)
            return false;
    return entries == map->count && segments == order->segment_count &&
           spares == order->spare_count && order->slots <= order->room;
}

bool tare__map_order_valid(const struct tare_map *map, const struct tare__map_order *order,
                           const struct tare__map_order_type *type)
{
    const struct tare__map_number *places = map->entries;
    size_t at, slots = (order->end + ((size_t)1 << type->shift) - 1) >> type->shift;
    struct tare_map_cursor cursor = {0};

    if (!tare__map_valid(map, &type->index) || slots != order->slots ||
        !is_directory_valid(map, order, type))
        return false;
    while ((at = tare__map_next(map, &cursor)) != SIZE_MAX) {
        size_t number = places[at].number, slot = number >> type->shift;
        size_t bit = number & (((size_t)1 << type->shift) - 1);

        if (slot >= order->slots || !order->segments[slot] ||
            !(order->segments[slot]->used >> bit & 1))
            return false;
    }
    return true;
}
