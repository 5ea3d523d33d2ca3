/* SPDX-License-Identifier: MIT
 *
 * profile/symbols.h - all images of a set of profiles, and the names in them.
 *
 * Shape    symbols -> images, one for each path and build-id
 * Units    Addresses of the file's headers.
 * Owner    Caller owns the struct; it owns images, names and frames until fini.
 * Threads  Single owner.
 * Errors   NULL for want of memory.
 * Cost     As profile/image.h.
 * Source   none
 */
#ifndef TARE_PROFILE_SYMBOLS_H
#define TARE_PROFILE_SYMBOLS_H

#include "profile/demangle.h"
#include "profile/image.h"
#include "profile/process.h"

struct symbols_entry;

struct symbols {
    struct symbols_entry *images;
    struct demangler demangler;
    bool without_files; /* resolve nothing, as if all files were gone */
};

/* Names must not come over the network: what a profile names is nobody else's business.
 * Before the first thread, as it changes the environment. */
void symbols_stay_offline(void);

/* But where somebody asks for that. -EDESTADDRREQ: DEBUGINFOD_URLS names no server; -ELIBACC: there
 * is no client for them. */
int symbols_go_online(void);

void symbols_fini(struct symbols *symbols);
struct image *symbols_image(struct symbols *symbols, const char *path,
                            const uint8_t *build_id, size_t build_id_bytes);

/* The address to look up for a node of the module, and the one to show. */
uint64_t symbols_lookup_address(const struct node *node, const struct module *module);
uint64_t symbols_shown_address(const struct node *node, const struct module *module);

/* The name of a node's function as the symbol table has it, demangled; NULL: none, or no module. */
const char *symbols_name(struct symbols *symbols, const struct process *process,
                         const struct node *node);

/* The frames of a node with a module, innermost first; NULL for want of memory or when it
 * has none. */
const struct frames *symbols_frames(struct symbols *symbols, const struct process *process,
                                    const struct node *node);

#endif
