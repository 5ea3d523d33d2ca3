/* SPDX-License-Identifier: MIT
 *
 * shim/chain_parts.h - what the back-ends of chain_walk have in common.
 *
 * Shape    chain_verified.c: unwind rules of our own; x86-64.
 *          chain_libunwind.c: libunwind; everywhere else.
 *          The build takes one of them (preload/rules.mk).
 * Units    frames
 * Owner    The chain's first arrays lie in the thread's own block, later ones are mapped.
 * Threads  single owner.
 * Errors   chain_grow: false at CHAIN_FRAMES_MAX or without memory; the chain is as before.
 * Cost     chain_grow copies; it is for stacks deeper than any before.
 * Source   none
 */
#ifndef TARE_SHIM_CHAIN_PARTS_H
#define TARE_SHIM_CHAIN_PARTS_H

#include "shim/chain.h"

/* Twice the room; `fresh_count` of the fresh frames are in use. */
COLD bool chain_grow(struct chain *chain, uint32_t fresh_count);

/* Modules have changed: hold nothing, and begin with what now holds. */
COLD void chain_start_over(struct chain *chain, uint32_t tag);

/* In a stack of too many frames: is this one of the walks that are not tried? */
COLD bool chain_is_resting(struct chain *chain, const struct call_frame *at);

#endif
