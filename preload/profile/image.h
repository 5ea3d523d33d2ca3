/* SPDX-License-Identifier: MIT
 *
 * profile/image.h - one ELF file that profiled processes had mapped: its functions and lines.
 *
 * Shape    image -> sorted function symbols; units (DWARF) -> functions -> inlined calls
 * Units    Addresses are those of the file's headers (address in the process minus bias).
 * Owner    `image_create` makes it, `image_destroy` frees it; strings live as long as it.
 * Threads  Single owner.
 * Errors   What is not found is a state of the image or an empty answer, never an error.
 *          NULL for want of memory.
 * Cost     A function: binary search. Lines: the first in a compilation unit reads that unit.
 * Source   none
 */
#ifndef TARE_PROFILE_IMAGE_H
#define TARE_PROFILE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct demangler;

enum image_state {
    IMAGE_GOOD,
    IMAGE_GONE,        /* no file and no separate debug file */
    IMAGE_OTHER_BUILD, /* the file is another build now */
    IMAGE_NO_ELF,      /* not a file with code: [vdso], generated code */
};

struct frame {
    const char *function; /* readable; NULL: not known */
    const char *file;     /* NULL: not known */
    uint32_t line;
    bool inlined; /* into the next frame of the list */
};

struct frames {
    uint32_t count; /* at least 1 */
    struct frame list[];
};

struct image;

struct image *image_create(const char *path, const uint8_t *build_id,
                           size_t build_id_bytes);
void image_destroy(struct image **image);

/* Name the frames of an address, innermost first, and never look into the file; false without
 * memory. What is named twice keeps its first names. */
bool image_name_frames(struct image *image, uint64_t address, const struct frame *frames,
                       uint32_t count);

/* Take the file for gone, without looking. */
void image_ignore_file(struct image *image);

const char *image_path(const struct image *image);
const char *image_name(const struct image *image); /* without folders */
enum image_state image_state(struct image *image);
bool image_has_symbols(struct image *image);
bool image_has_lines(struct image *image);

/* The symbol that covers the address, as the profile has it: from then on no file is asked for it.
 * Keeps a copy. false: no memory. */
bool image_remember(struct image *image, uint64_t address, const char *name, size_t bytes);

/* The symbol that covers the address, as the file spells it; NULL when none does. */
const char *image_symbol(struct image *image, uint64_t address);

/* All frames of the address, innermost first; NULL for want of memory. */
const struct frames *image_frames(struct image *image, uint64_t address,
                                  struct demangler *demangler);

#endif
