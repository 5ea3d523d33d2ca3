/* SPDX-License-Identifier: MIT
 *
 * profile/quality.h - how much of a profile has names, and which files keep the rest.
 *
 * Shape    Each site's bytes are divided evenly among its frames.
 * Units    Bytes.
 * Owner    Caller owns the struct; images belong to the profile.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     O(sites + nodes), and one symbol look-up for each node.
 * Source   none
 */
#ifndef TARE_PROFILE_QUALITY_H
#define TARE_PROFILE_QUALITY_H

#include "profile/profile.h"
#include "profile/view.h"

struct quality_image {
    struct image *image; /* NULL: code of no file */
    uint64_t bytes, unnamed_bytes;
};

struct quality {
    uint64_t bytes, unnamed_bytes;
    uint64_t sites, unnamed_sites; /* sites with an unnamed frame */
    uint64_t cut_bytes;            /* of sites whose stack is not complete */
    struct quality_image *images;  /* most unnamed bytes first, then most bytes */
    uint32_t image_count;
};

int quality_init(struct quality *quality, const struct profile *profile,
                 const struct view *view);
void quality_fini(struct quality *quality);

#endif
