/* SPDX-License-Identifier: MIT */
#include "profile/unit_names.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORIGINS_MAX = 8, SCOPE_BYTES_MAX = 4096 };

void unit_names_init(struct unit_names *names, Dwarf_Die *unit)
{
    *names = (struct unit_names){0};
    switch (dwarf_srclang(unit)) {
    case DW_LANG_C_plus_plus:
    case DW_LANG_C_plus_plus_03:
    case DW_LANG_C_plus_plus_11:
    case DW_LANG_C_plus_plus_14:
    case DW_LANG_Rust:
    case DW_LANG_D:
        names->is_wanted = true;
        break;
    default:
        break;
    }
}

void unit_names_fini(struct unit_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->list[i].full);
    for (size_t i = 0; i < names->scope_count; i++)
        free(names->scopes[i]);
    free(names->list);
    free(names->scopes);
    *names = (struct unit_names){0};
}

/* Room for one more of `bytes`; false for want of memory. */
static bool grow(void **list, size_t *room, size_t count, size_t bytes)
{
    if (count < *room)
        return true;
    size_t more = *room ? 2 * *room : 64;
    void *grown = realloc(*list, more * bytes);
    if (!grown)
        return false;
    *list = grown;
    *room = more;
    return true;
}

size_t unit_names_add_scope(struct unit_names *names, Dwarf_Die *die, size_t around)
{
    const char *name = dwarf_diename(die);
    const char *outer = around ? names->scopes[around - 1] : "";
    void *list = names->scopes;
    char *full;

    if (!names->is_wanted || strlen(outer) > SCOPE_BYTES_MAX)
        return SCOPE_NONE;
    if (!grow(&list, &names->scope_room, names->scope_count, sizeof *names->scopes))
        return SCOPE_NONE;
    names->scopes = list;
    if (!name)
        name = dwarf_tag(die) == DW_TAG_namespace ? "(anonymous namespace)" : "(anonymous)";
    if (asprintf(&full, "%s%s%s", outer, *outer ? "::" : "", name) < 0)
        return SCOPE_NONE;
    names->scopes[names->scope_count++] = full;
    return names->scope_count;
}

void unit_names_add(struct unit_names *names, Dwarf_Die *function, size_t scope)
{
    void *list = names->list;

    if (scope == SCOPE_NONE ||
        !grow(&list, &names->room, names->count, sizeof *names->list))
        return;
    names->list = list;
    names->list[names->count++] =
        (struct unit_name){.offset = dwarf_dieoffset(function), .scope = scope};
}

static struct unit_name *find_offset(struct unit_names *names, Dwarf_Off offset)
{
    size_t low = 0;
    size_t high = names->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (names->list[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->count && names->list[low].offset == offset ? &names->list[low]
                                                                   : NULL;
}

/* From an inlined call or a definition to the entry that stands where the source declares the
 * function. */
static Dwarf_Die declaration(Dwarf_Die die)
{
    Dwarf_Attribute attribute;
    Dwarf_Die next;

    for (int i = 0; i < ORIGINS_MAX; i++) {
        if (!dwarf_attr(&die, DW_AT_abstract_origin, &attribute) &&
            !dwarf_attr(&die, DW_AT_specification, &attribute))
            break;
        if (!dwarf_formref_die(&attribute, &next))
            break;
        die = next;
    }
    return die;
}

const char *unit_names_find(struct unit_names *names, Dwarf_Die *die)
{
    const char *name = dwarf_diename(die);

    if (!name || !names->count)
        return name;
    Dwarf_Die declared = declaration(*die);
    struct unit_name *found = find_offset(names, dwarf_dieoffset(&declared));
    if (!found)
        return name;
    if (!found->full &&
        asprintf(&found->full, "%s::%s", names->scopes[found->scope - 1], name) < 0)
        found->full = NULL;
    return found->full ? found->full : name;
}
