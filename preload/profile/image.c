/* SPDX-License-Identifier: MIT */
#include "profile/image.h"

#include "profile/demangle.h"
#include "profile/image_file.h"
#include "profile/image_symbols.h"
#include "profile/image_units.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { INLINED_MAX = 128 }; /* calls inlined into one another */

struct resolved {
    uint64_t address;
    UT_hash_handle hh;
    struct frames frames; /* last: its list follows */
};

/* A symbol that a profile had with it. */
struct remembered {
    uint64_t address;
    UT_hash_handle hh;
    char name[];
};

struct image {
    char *path;
    uint8_t *build_id;
    size_t build_id_bytes;
    bool is_open, has_read_symbols, has_read_units;
    enum image_state state;
    struct image_file file;
    struct image_symbols symbols;
    struct image_units units;
    struct resolved *resolved;
    struct remembered *remembered;
    bool is_named; /* by image_name_frames: `resolved` is all that is known */
};

/* The calls that were inlined at an address, innermost first. */
struct inlined {
    Dwarf_Die calls[INLINED_MAX];
    uint32_t count;
};

struct image *image_create(const char *path, const uint8_t *build_id, size_t build_id_bytes)
{
    struct image *image = calloc(1, sizeof *image);

    if (!image)
        return NULL;
    image->path = strdup(path);
    image->build_id = malloc(build_id_bytes + 1);
    if (!image->path || !image->build_id) {
        image_destroy(&image);
        return NULL;
    }
    memcpy(image->build_id, build_id, build_id_bytes);
    image->build_id_bytes = build_id_bytes;
    return image;
}

void image_destroy(struct image **image)
{
    struct image *old = *image;
    struct resolved *at;
    struct resolved *next;

    if (!old)
        return;
    HASH_ITER(hh, old->resolved, at, next)
    {
        HASH_DEL(old->resolved, at);
        free(at);
    }
    struct remembered *name;
    struct remembered *next_name;
    HASH_ITER(hh, old->remembered, name, next_name)
    {
        HASH_DEL(old->remembered, name);
        free(name);
    }
    image_units_fini(&old->units);
    image_symbols_fini(&old->symbols);
    image_file_close(&old->file);
    free(old->build_id);
    free(old->path);
    free(old);
    *image = NULL;
}

void image_ignore_file(struct image *image)
{
    image->is_open = true;
    image->state = IMAGE_GONE;
}

static struct resolved *find_resolved(struct image *image, uint64_t address)
{
    struct resolved *found;

    HASH_FIND(hh, image->resolved, &address, sizeof address, found);
    return found;
}

bool image_name_frames(struct image *image, uint64_t address, const struct frame *frames,
                       uint32_t count)
{
    image->is_named = image->is_open = true;
    image->has_read_symbols = image->has_read_units = true;
    image->state = IMAGE_GOOD;
    if (find_resolved(image, address))
        return true;
    struct resolved *made = calloc(1, sizeof *made + count * sizeof *frames);
    if (!made)
        return false;
    made->address = address;
    made->frames.count = count;
    memcpy(made->frames.list, frames, count * sizeof *frames);
    HASH_ADD(hh, image->resolved, address, sizeof made->address, made);
    return true;
}

const char *image_path(const struct image *image)
{
    return image->path;
}

const char *image_name(const struct image *image)
{
    const char *slash = strrchr(image->path, '/');

    return slash && slash[1] ? slash + 1 : image->path;
}

enum image_state image_state(struct image *image)
{
    if (!image->is_open) {
        image->is_open = true;
        image->state = image_file_open(&image->file, image->path, image->build_id,
                                       image->build_id_bytes);
    }
    return image->state;
}

static struct image_symbols *symbols_of(struct image *image)
{
    if (image_state(image) == IMAGE_GOOD && !image->has_read_symbols) {
        image->has_read_symbols = true;
        /* Without memory the image is one without symbols. */
        (void)image_symbols_read(&image->symbols, image->file.module);
    }
    return &image->symbols;
}

static struct image_units *units_of(struct image *image)
{
    if (image_state(image) == IMAGE_GOOD && !image->has_read_units) {
        image->has_read_units = true;
        (void)image_units_read(&image->units, image->file.module);
    }
    return &image->units;
}

bool image_has_symbols(struct image *image)
{
    return image->is_named || symbols_of(image)->count > 0;
}

bool image_has_lines(struct image *image)
{
    if (image->is_named)
        return true;
    /* Symbols are looked for in the debug file, too. */
    bool is_known = !image->has_read_units && image_has_symbols(image);

    return (is_known && image_file_has_lines(&image->file)) || units_of(image)->count > 0;
}

bool image_remember(struct image *image, uint64_t address, const char *name, size_t bytes)
{
    struct remembered *found;

    HASH_FIND(hh, image->remembered, &address, sizeof address, found);
    if (found)
        return true;
    found = calloc(1, sizeof *found + bytes + 1);
    if (!found)
        return false;
    found->address = address;
    memcpy(found->name, name, bytes);
    HASH_ADD(hh, image->remembered, address, sizeof found->address, found);
    return true;
}

const char *image_symbol(struct image *image, uint64_t address)
{
    const struct resolved *named = image->is_named ? find_resolved(image, address) : NULL;
    struct remembered *found;

    HASH_FIND(hh, image->remembered, &address, sizeof address, found);
    if (found)
        return found->name;
    return named ? named->frames.list[named->frames.count - 1].function
                 : image_symbols_find(symbols_of(image), address);
}

/* Put the inlined calls around `address` below `scope` in front of what is there. */
static void find_inlined(Dwarf_Die *scope, Dwarf_Addr address, struct inlined *found)
{
    Dwarf_Die die;
    bool deeper = dwarf_child(scope, &die) == 0;

    while (deeper) {
        int tag = dwarf_tag(&die);
        bool is_call = tag == DW_TAG_inlined_subroutine;
        bool is_scope = is_call || tag == DW_TAG_lexical_block || tag == DW_TAG_try_block ||
                        tag == DW_TAG_catch_block;

        if (is_scope && dwarf_haspc(&die, address) > 0) {
            if (is_call && found->count < INLINED_MAX)
                found->calls[found->count++] = die;
            deeper = dwarf_child(&die, &die) == 0;
        } else {
            deeper = dwarf_siblingof(&die, &die) == 0;
        }
    }
}

static const char *die_name(struct unit *unit, Dwarf_Die *die, struct demangler *demangler)
{
    Dwarf_Attribute attribute;
    const char *raw = NULL;

    if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ||
        dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute))
        raw = dwarf_formstring(&attribute);
    return raw ? demangle(demangler, raw) : unit_names_find(&unit->names, die);
}

static Dwarf_Word die_number(Dwarf_Die *die, unsigned attribute_name)
{
    Dwarf_Attribute attribute;
    Dwarf_Word number = 0;

    if (dwarf_attr(die, attribute_name, &attribute))
        dwarf_formudata(&attribute, &number);
    return number;
}

static void line_of(struct unit *unit, Dwarf_Addr address, struct frame *frame)
{
    Dwarf_Line *line = dwarf_getsrc_die(&unit->die, address);
    int number;

    if (!line || dwarf_lineno(line, &number) || number <= 0)
        return;
    frame->line = (uint32_t)number;
    frame->file = dwarf_linesrc(line, NULL, NULL);
}

/* Where the inlined call stands in the function around it. */
static void line_of_call(struct unit *unit, Dwarf_Die *call, struct frame *frame)
{
    frame->line = (uint32_t)die_number(call, DW_AT_call_line);
    frame->file = frame->line ? unit_file(unit, die_number(call, DW_AT_call_file)) : NULL;
}

static struct resolved *resolve(struct image *image, uint64_t address,
                                struct demangler *demangler)
{
    struct inlined inlined = {.count = 0};
    struct image_units *units = units_of(image);
    Dwarf_Addr at = address - units->bias;
    struct unit *unit = image_units_find(units, at);
    Dwarf_Die *function = unit ? unit_function(unit, at) : NULL;

    if (function)
        find_inlined(function, at, &inlined);
    struct resolved *made =
        calloc(1, sizeof *made + (inlined.count + 1) * sizeof *made->frames.list);
    if (!made)
        return NULL;
    made->address = address;
    made->frames.count = inlined.count + 1;
    struct frame *frame = made->frames.list;
    if (unit)
        line_of(unit, at, frame);
    for (uint32_t i = inlined.count; i > 0; i--, frame++) {
        frame->function = die_name(unit, &inlined.calls[i - 1], demangler);
        frame->inlined = true;
        line_of_call(unit, &inlined.calls[i - 1], frame + 1);
    }
    const char *symbol = image_symbol(image, address);
    if (symbol)
        frame->function = demangle(demangler, symbol);
    else if (function)
        frame->function = die_name(unit, function, demangler);
    return made;
}

const struct frames *image_frames(struct image *image, uint64_t address,
                                  struct demangler *demangler)
{
    struct resolved *found = find_resolved(image, address);

    if (!found) {
        found = resolve(image, address, demangler);
        if (!found)
            return NULL;
        HASH_ADD(hh, image->resolved, address, sizeof found->address, found);
    }
    return &found->frames;
}
