/* SPDX-License-Identifier: MIT
 *
 * shim/slack.h - what the allocator behind us gives beyond what is asked for.
 *
 * Shape    A table of the allocator's size classes, asked for once.
 * Units    bytes
 * Owner    The program image.
 * Threads  Written while the program starts; constant after.
 * Errors   none
 * Cost     slack_of: a load.
 * Source   none
 *
 * The block that the target gets is eight bytes longer than it asked for, and may be of another
 * class for that. So slack is that of the size asked for, as if it had been given without us.
 */
#ifndef TARE_SHIM_SLACK_H
#define TARE_SHIM_SLACK_H

#include <stddef.h>

/* Learn the classes of `next`; it is called for a block of each. */
void slack_init(void);

/* Usable less asked for, of a block of that size without a trailer. */
size_t slack_of(size_t bytes);

#endif
