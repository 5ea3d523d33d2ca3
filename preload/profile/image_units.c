/* SPDX-License-Identifier: MIT */
#include "profile/image_units.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>

enum {
    LOOK_BACK = 64,     /* ranges before an address that are asked whether they cover it */
    NESTING_MAX = 100,  /* of scopes that hold functions */
    RANGES_MAX = 65536, /* of one function or unit */
};

static int add_range(struct code_ranges *ranges, struct code_range range)
{
    if (ranges->count == ranges->room) {
        size_t room = ranges->room ? 2 * ranges->room : 64;
        struct code_range *list = realloc(ranges->list, room * sizeof *list);

        if (!list)
            return -ENOMEM;
        ranges->list = list;
        ranges->room = room;
    }
    ranges->list[ranges->count++] = range;
    return 0;
}

/* All ranges of a unit or function. */
static int add_ranges(struct code_ranges *ranges, Dwarf_Die *die, uint32_t unit)
{
    struct code_range range = {.unit = unit, .die = *die};
    Dwarf_Addr base;
    ptrdiff_t at = 0;

    for (int i = 0; i < RANGES_MAX; i++) {
        at = dwarf_ranges(die, at, &base, &range.low, &range.high);
        if (at <= 0)
            return 0;
        /* Functions that the linker threw away are left at address 0. */
        if (range.low == 0 || range.low >= range.high)
            continue;
        int err = add_range(ranges, range);
        if (err)
            return err;
    }
    return 0;
}

static int by_low(const void *a, const void *b)
{
    const struct code_range *one = a;
    const struct code_range *other = b;

    if (one->low != other->low)
        return one->low < other->low ? -1 : 1;
    return (one->high < other->high) - (one->high > other->high);
}

static struct code_range *range_find(const struct code_ranges *ranges, Dwarf_Addr address)
{
    size_t low = 0;
    size_t high = ranges->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ranges->list[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i > 0 && low - i < LOOK_BACK; i--)
        if (address < ranges->list[i - 1].high)
            return &ranges->list[i - 1];
    return NULL;
}

/* A skeleton stands for a unit in a file of its own (-gsplit-dwarf). */
static Dwarf_Die whole_unit(Dwarf_Die *root)
{
    Dwarf_Die split;
    uint8_t type;

    if (dwarf_cu_info(root->cu, NULL, &type, NULL, &split, NULL, NULL, NULL) == 0 &&
        type == DW_UT_skeleton && split.addr)
        return split;
    return *root;
}

static int add_unit(struct image_units *units, Dwarf_Die *root)
{
    if (units->count == units->room) {
        size_t room = units->room ? 2 * units->room : 64;
        struct unit *list = realloc(units->list, room * sizeof *list);

        if (!list)
            return -ENOMEM;
        units->list = list;
        units->room = room;
    }
    units->list[units->count] = (struct unit){.die = whole_unit(root)};
    return add_ranges(&units->ranges, root, (uint32_t)units->count++);
}

int image_units_read(struct image_units *units, Dwfl_Module *module)
{
    Dwarf_Die *root = NULL;

    *units = (struct image_units){0};
    while ((root = dwfl_module_nextcu(module, root, &units->bias))) {
        int err = add_unit(units, root);
        if (err)
            return err;
    }
    if (units->ranges.count)
        qsort(units->ranges.list, units->ranges.count, sizeof *units->ranges.list, by_low);
    return 0;
}

void image_units_fini(struct image_units *units)
{
    for (size_t i = 0; i < units->count; i++) {
        free(units->list[i].functions.list);
        unit_names_fini(&units->list[i].names);
    }
    free(units->list);
    free(units->ranges.list);
    *units = (struct image_units){0};
}

static bool may_hold_functions(int tag)
{
    switch (tag) {
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
        return true;
    default:
        return false;
    }
}

static void read_functions(struct unit *unit, Dwarf_Die *parent, size_t scope, int nesting)
{
    Dwarf_Die die;

    if (nesting > NESTING_MAX || dwarf_child(parent, &die))
        return;
    do {
        int tag = dwarf_tag(&die);

        if (tag == DW_TAG_subprogram) {
            unit_names_add(&unit->names, &die, scope);
            if (add_ranges(&unit->functions, &die, 0))
                return;
        } else if (may_hold_functions(tag)) {
            read_functions(unit, &die, unit_names_add_scope(&unit->names, &die, scope),
                           nesting + 1);
        }
    } while (dwarf_siblingof(&die, &die) == 0);
}

static void read_unit(struct unit *unit)
{
    size_t count;

    unit->is_read = true;
    unit_names_init(&unit->names, &unit->die);
    read_functions(unit, &unit->die, SCOPE_NONE, 0);
    if (unit->functions.count)
        qsort(unit->functions.list, unit->functions.count, sizeof *unit->functions.list,
              by_low);
    if (dwarf_getsrcfiles(&unit->die, &unit->files, &count))
        unit->files = NULL;
}

struct unit *image_units_find(struct image_units *units, Dwarf_Addr address)
{
    const struct code_range *range = range_find(&units->ranges, address);

    if (!range)
        return NULL;
    struct unit *unit = &units->list[range->unit];
    if (!unit->is_read)
        read_unit(unit);
    return unit;
}

Dwarf_Die *unit_function(struct unit *unit, Dwarf_Addr address)
{
    struct code_range *range = range_find(&unit->functions, address);

    return range ? &range->die : NULL;
}

const char *unit_file(const struct unit *unit, size_t number)
{
    return unit->files ? dwarf_filesrc(unit->files, number, NULL, NULL) : NULL;
}
