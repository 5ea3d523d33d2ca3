/* SPDX-License-Identifier: MIT
 *
 * profile/image_file.h - finds and opens the file behind an image, through libdwfl.
 *
 * Shape    none
 * Units    none
 * Owner    The caller owns the session and ends it with dwfl_end.
 * Threads  Single owner.
 * Errors   By the state; then the session is NULL.
 * Cost     Opens the file, and a separate debug file on demand.
 * Source   none
 */
#ifndef TARE_PROFILE_IMAGE_FILE_H
#define TARE_PROFILE_IMAGE_FILE_H

#include "profile/image.h"

#include <elfutils/libdwfl.h>

struct image_file {
    Dwfl *session;
    Dwfl_Module *module; /* mapped at bias 0 */
};

/* The file at `path`, if it has the build-id; else the separate debug file of that build-id. */
enum image_state image_file_open(struct image_file *file, const char *path,
                                 const uint8_t *build_id, size_t build_id_bytes);

/* Does it, or the separate debug file that was found for it, have lines? Without reading them, as
 * libdw unpacks all that there is at once. False where no debug file was looked for yet. */
bool image_file_has_lines(const struct image_file *file);
void image_file_close(struct image_file *file);

#endif
