/* SPDX-License-Identifier: MIT
 *
 * profile/match.h - the one language in which people name functions, files and modules.
 *
 * Shape    A pattern is found anywhere in a text; '*' stands for anything, '^' at its start and
 *          '$' at its end for the text's.
 * Units    none
 * Owner    none
 * Threads  thread-safe.
 * Errors   none
 * Cost     O(text * pattern) at worst.
 * Source   The suppressions of LeakSanitizer are matched so.
 */
#ifndef TARE_PROFILE_MATCH_H
#define TARE_PROFILE_MATCH_H

#include "profile/process.h"
#include "profile/symbols.h"

#include <stdbool.h>

bool match_text(const char *pattern, const char *text);

/* Does a frame of the node, an inlined one too, have such a function, file or module? */
bool match_node(const char *pattern, struct symbols *symbols, const struct process *process,
                const struct node *node);

/* The innermost node of a stack that is not of the C or C++ runtime: whose the allocation is. The
 * leaf when all are. */
uint32_t match_owner(const struct process *process, uint32_t leaf);

/* Is it a module of the C or C++ runtime? By its path. */
bool match_is_runtime(const char *path);

#endif
