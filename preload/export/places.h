/* SPDX-License-Identifier: MIT
 *
 * export/places.h - the places in code of all stacks, numbered, with their names made fit to be
 * written into any format.
 *
 * Shape    node of a process -> place -> frames, innermost first -> function
 *                                   `-> mapping
 *          A place is met when it is first asked for. Facts about stacks are places too: where
 *          they end, and what is folded together.
 * Units    Indices; addresses as in the processes, of the first process that had the mapping.
 * Owner    Caller owns the struct; it owns its arrays and strings. The profile outlives it.
 * Threads  Single owner.
 * Errors   -ENOMEM, kept in `error`; from then on every place is place 0.
 * Cost     Memory for each distinct place and function, and 4 bytes a node. The first look at a
 *          place resolves its lines.
 * Source   none
 */
#ifndef TARE_EXPORT_PLACES_H
#define TARE_EXPORT_PLACES_H

#include "profile/profile.h"

#include <tare/map_hash.h>

/* Strings are valid UTF-8 without control characters. */
struct place_function {
    const char *name;
    char *symbol;     /* as the file spells it; NULL: not known */
    uint32_t file;    /* 0: not known */
    uint32_t mapping; /* 0: none */
};

struct place_frame {
    uint32_t function;
    uint32_t line; /* 0: not known */
};

struct place {
    uint64_t address;
    uint32_t mapping; /* 0: none */
    uint32_t first_frame, frame_count;
    bool exact; /* the instruction itself, not behind a call */
};

struct place_mapping {
    struct image *image;
    const struct module *module; /* the first one of that image */
    char *path;
    bool has_functions; /* some have names */
};

/* Places of facts stand before all others: those of enum ledger_special_node by their number. */
enum { PLACE_GENERATED = LEDGER_ALL_SITES + 1, PLACE_OTHER, PLACE_OUTER, PLACE_FIRST };

/* A place by what tells it apart. */
struct place_spot {
    uint64_t address, mapping_and_exact;
};

#define TARE_MAP_NAME place_spots
#define TARE_MAP_KEY struct place_spot
#define TARE_MAP_HASH(key, seed) \
    tare_hash_integer((key)->address, (seed) + (key)->mapping_and_exact)
#define TARE_MAP_EQUAL(a, b) \
    ((a)->address == (b)->address && (a)->mapping_and_exact == (b)->mapping_and_exact)
#define TARE_MAP_VALUE uint32_t
#include <tare/map.h>

#define TARE_MAP_NAME place_texts
#define TARE_MAP_TEXT TARE_MAP_OWNED
#define TARE_MAP_VALUE uint32_t
#include <tare/map.h>

#define TARE_MAP_NAME place_images
#define TARE_MAP_KEY uintptr_t
#define TARE_MAP_VALUE uint32_t
#include <tare/map.h>

struct places {
    struct profile *profile;
    int error;
    uint32_t **of_nodes;   /* by process and node; 0: not met */
    uint32_t **of_modules; /* mappings by process and module; 0: not met */
    struct place *list;
    uint32_t count, room;
    struct place_frame *frames;
    uint32_t frame_count, frame_room;
    struct place_function *functions;
    uint32_t function_count, function_room;
    const char **files; /* from 1 on; 0 is "" */
    uint32_t file_count, file_room;
    struct place_mapping *mappings; /* from 1 on */
    uint32_t mapping_count, mapping_room;
    struct place_spots spots;
    struct place_texts function_texts, file_texts;
    struct place_images images;
};

void places_init(struct places *places, struct profile *profile);
void places_fini(struct places *places);

/* Look it up; places_find is the fast way. */
uint32_t places_meet(struct places *places, uint32_t process, uint32_t node);

static inline uint32_t places_find(struct places *places, uint32_t process, uint32_t node)
{
    uint32_t found = node < NODE_FIRST ? node : places->of_nodes[process][node];

    return found || node < NODE_FIRST ? found : places_meet(places, process, node);
}

static inline const struct place_function *places_function(const struct places *places,
                                                           const struct place_frame *frame)
{
    return &places->functions[frame->function];
}

#endif
