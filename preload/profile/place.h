/* SPDX-License-Identifier: MIT
 *
 * profile/place.h - the one line of code that stands for a stack.
 *
 * Shape    The innermost frame, inlined ones too, whose file lies below the working directory; else
 *          the innermost that is not of the language's own library; else the innermost.
 * Units    none
 * Owner    Names belong to the profile; `unknown` to the struct.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     Lines of the stack's frames up to the one taken.
 * Source   none
 */
#ifndef TARE_PROFILE_PLACE_H
#define TARE_PROFILE_PLACE_H

#include "profile/profile.h"

struct place {
    const char *function; /* NULL: not known, as `unknown` says */
    const char *file;     /* NULL: not known; below the working directory: as from there */
    const char *module;
    uint32_t line;
    bool is_here;      /* the file lies below the working directory */
    char unknown[256]; /* module+offset, or why there is no frame */
};

int place_find(struct place *place, struct profile *profile, const struct process *process,
               uint32_t leaf);

/* Its function, or what there is in place of it. */
const char *place_name(const struct place *place);

#endif
