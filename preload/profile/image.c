/* SPDX-License-Identifier: MIT */
#include "profile/image.h"

#include "profile/demangle.h"
#include "profile/image_file.h"
#include "profile/image_symbols.h"
#include "profile/image_units.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

enum { INLINED_MAX = 128 }; /* calls inlined into one another */

/* What is known of an address: frames, and symbols that a profile had with it. */
#define TARE_MAP_NAME resolved
#define TARE_MAP_KEY uint64_t
#define TARE_MAP_VALUE struct frames *
#include <tare/map.h>

#define TARE_MAP_NAME remembered
#define TARE_MAP_KEY uint64_t
#define TARE_MAP_VALUE char *
#include <tare/map.h>

struct image {
    char *path;
    uint8_t *build_id;
    size_t build_id_bytes;
    bool is_open, has_read_symbols, has_read_units;
    enum image_state state;
    struct image_file file;
    struct image_symbols symbols;
    struct image_units units;
    struct resolved resolved;
    struct remembered remembered;
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
    image->resolved.map.mem = image->remembered.map.mem = tare_mem_libc();
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
    struct tare_map_cursor at = {0}, name_at = {0};
    const struct resolved_entry *frames;
    const struct remembered_entry *name;

    if (!old)
        return;
    while ((frames = resolved_next(&old->resolved, &at)))
        free(frames->value);
    resolved_fini(&old->resolved);
    while ((name = remembered_next(&old->remembered, &name_at)))
        free(name->value);
    remembered_fini(&old->remembered);
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

static struct frames *find_frames(const struct image *image, uint64_t address)
{
    const struct resolved_entry *found = resolved_find(&image->resolved, address);

    return found ? found->value : NULL;
}

/* Gives the frames, which are the image's from now on, or NULL: no memory for these. */
static struct frames *keep_frames(struct image *image, uint64_t address,
                                  struct frames *frames)
{
    if (frames && resolved_set(&image->resolved, address, frames)) {
        free(frames);
        return NULL;
    }
    return frames;
}

static struct frames *frames_create(uint32_t count)
{
    struct frames *frames = calloc(1, sizeof *frames + count * sizeof *frames->list);

    if (frames)
        frames->count = count;
    return frames;
}

bool image_name_frames(struct image *image, uint64_t address, const struct frame *frames,
                       uint32_t count)
{
    image->is_named = image->is_open = true;
    image->has_read_symbols = image->has_read_units = true;
    image->state = IMAGE_GOOD;
    if (find_frames(image, address))
        return true;
    struct frames *made = frames_create(count);
    if (made)
        memcpy(made->list, frames, count * sizeof *frames);
    return keep_frames(image, address, made) != NULL;
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
    if (remembered_has(&image->remembered, address))
        return true;
    char *copy = strndup(name, bytes);
    if (copy && !remembered_insert(&image->remembered, address, copy))
        return true;
    free(copy);
    return false;
}

const char *image_symbol(struct image *image, uint64_t address)
{
    const struct frames *named = image->is_named ? find_frames(image, address) : NULL;
    const struct remembered_entry *found = remembered_find(&image->remembered, address);

    if (found)
        return found->value;
    return named ? named->list[named->count - 1].function
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

static struct frames *resolve(struct image *image, uint64_t address,
                              struct demangler *demangler)
{
    struct inlined inlined = {.count = 0};
    struct image_units *units = units_of(image);
    Dwarf_Addr at = address - units->bias;
    struct unit *unit = image_units_find(units, at);
    Dwarf_Die *function = unit ? unit_function(unit, at) : NULL;

    if (function)
        find_inlined(function, at, &inlined);
    struct frames *made = frames_create(inlined.count + 1);
    if (!made)
        return NULL;
    struct frame *frame = made->list;
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
    const struct frames *found = find_frames(image, address);

    return found ? found : keep_frames(image, address, resolve(image, address, demangler));
}
