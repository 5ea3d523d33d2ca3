/* SPDX-License-Identifier: MIT
 *
 * shim/environment.h - sees to it that programs this one becomes or starts are recorded too.
 *
 * Shape    The settings that this program was started with are kept. An environment made anew,
 *          with none of them, gets them all:
 *              [LD_PRELOAD=SHIM:THEIRS][TARE_...]...[theirs]...
 * Units    bytes
 * Owner    The caller of environment_fill owns the memory; strings are the environment's or ours.
 * Threads  environment_init: once, while the program starts. The others are thread-safe and
 *          async-signal-safe, and may run in a vfork's child: they write nothing.
 * Errors   Where anything is in the way, nothing is added.
 * Cost     One look at each variable.
 * Source   docs/decisions/0007-environments-made-anew.md
 */
#ifndef TARE_SHIM_ENVIRONMENT_H
#define TARE_SHIM_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* Remember the settings that concern us. */
void environment_init(void);

enum environment_verdict {
    ENVIRONMENT_KEPT,  /* has us, or we were not started by it */
    ENVIRONMENT_ANEW,  /* to be filled */
    ENVIRONMENT_TAKEN, /* LD_PRELOAD was taken out, the other settings left: on purpose */
};

/* `bytes`: what environment_fill needs. */
enum environment_verdict environment_judge(char *const environment[], size_t *bytes);

/* The environment to use instead, in `memory`. */
char *const *environment_fill(void *memory, char *const environment[]);

#endif
