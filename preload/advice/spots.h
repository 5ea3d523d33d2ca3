/* SPDX-License-Identifier: MIT
 *
 * advice/spots.h - sites whose blocks are asked for by the same line of the program, whoever calls it.
 *
 * Shape    spot -> sites: their stacks are the same up to the innermost function of the program's own
 *          that is no wrapper of an allocator's; so is each depth of a recursion
 * Units    none
 * Owner    The caller owns the struct; sites are named by their index in the view.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     Names of the innermost frames of all sites.
 * Source   none
 */
#ifndef TARE_ADVICE_SPOTS_H
#define TARE_ADVICE_SPOTS_H

#include "profile/profile.h"
#include "profile/view.h"

struct spot_site {
    uint64_t spot; /* the same for those of one */
    uint32_t site;
    uint32_t frame; /* the node of that function; 0: none is, all is of runtime libraries */
    uint32_t caller; /* node and place of a caller: while wrappers are looked for */
    uint64_t caller_place;
};

struct spots {
    struct spot_site
        *sites; /* those of a spot stand together, that with most bytes first */
    uint32_t count;
};

int spots_init(struct spots *spots, struct profile *profile, const struct view *view);
void spots_fini(struct spots *spots);

/* Behind the last one of the spot that begins at `first`. */
uint32_t spots_end(const struct spots *spots, uint32_t first);

#endif
