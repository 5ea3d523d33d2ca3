/* SPDX-License-Identifier: MIT
 *
 * Two entries with the same 32 bits are taken for one: once in four thousand million, it is
 * remembered as used before.
 */
#include "toolkit/rc_cache_core.h"

void tare__rc_ghost_init(struct rc_ghosts *ghosts)
{
    ghosts->free = ghosts->room ? 0 : RC_NOWHERE;
    for (uint32_t i = 0; i < ghosts->room; i++) {
        ghosts->all[i].chain = i + 1 < ghosts->room ? i + 1 : RC_NOWHERE;
        ghosts->heads[i] = RC_NOWHERE;
    }
    for (unsigned list = 0; list < RC_GHOST_LISTS; list++)
        ghosts->lists[list] = (struct rc_list){.oldest = RC_NOWHERE, .newest = RC_NOWHERE};
}

static uint32_t *head_of(const struct rc_ghosts *ghosts, uint32_t tag)
{
    return &ghosts->heads[(uint64_t)tag * ghosts->room >> 32];
}

uint32_t tare__rc_ghost_find(const struct rc_ghosts *ghosts, uint32_t tag)
{
    uint32_t at = ghosts->room ? *head_of(ghosts, tag) : RC_NOWHERE;

    while (at != RC_NOWHERE && ghosts->all[at].tag != tag)
        at = ghosts->all[at].chain;
    return at;
}

void tare__rc_ghost_drop(struct rc_ghosts *ghosts, uint32_t ghost)
{
    struct rc_ghost *gone = &ghosts->all[ghost];
    struct rc_list *list = &ghosts->lists[gone->list];
    uint32_t *at = head_of(ghosts, gone->tag);

    while (*at != ghost)
        at = &ghosts->all[*at].chain;
    *at = gone->chain;
    if (gone->older == RC_NOWHERE)
        list->oldest = gone->newer;
    else
        ghosts->all[gone->older].newer = gone->newer;
    if (gone->newer == RC_NOWHERE)
        list->newest = gone->older;
    else
        ghosts->all[gone->newer].older = gone->older;
    list->count--;
    list->cost -= gone->cost;
    gone->chain = ghosts->free;
    ghosts->free = ghost;
}

/* Without room the oldest of the longer list makes it. */
static void make_room(struct rc_ghosts *ghosts)
{
    const struct rc_list *lists = ghosts->lists;
    bool is_first = lists[RC_GHOSTS_RECENT].count >= lists[RC_GHOSTS_FREQUENT].count;

    if (ghosts->free == RC_NOWHERE)
        tare__rc_ghost_drop(ghosts,
                            lists[is_first ? RC_GHOSTS_RECENT : RC_GHOSTS_FREQUENT].oldest);
}

void tare__rc_ghost_add(struct rc_ghosts *ghosts, unsigned list, uint32_t tag,
                        uint32_t cost)
{
    uint32_t known = tare__rc_ghost_find(ghosts, tag);
    struct rc_list *at = &ghosts->lists[list];

    if (known != RC_NOWHERE)
        tare__rc_ghost_drop(ghosts, known);
    make_room(ghosts);
    uint32_t ghost = ghosts->free;
    struct rc_ghost *fresh = &ghosts->all[ghost];
    ghosts->free = fresh->chain;
    *fresh = (struct rc_ghost){.tag = tag,
                               .cost = cost,
                               .older = at->newest,
                               .newer = RC_NOWHERE,
                               .chain = *head_of(ghosts, tag),
                               .list = (uint8_t)list};
    *head_of(ghosts, tag) = ghost;
    if (at->newest == RC_NOWHERE)
        at->oldest = ghost;
    else
        ghosts->all[at->newest].newer = ghost;
    at->newest = ghost;
    at->count++;
    at->cost += cost;
}
