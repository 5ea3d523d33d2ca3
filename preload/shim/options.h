/* SPDX-License-Identifier: MIT
 *
 * shim/options.h - what the environment asks for.
 *
 * Shape    TARE_TRACK_SITES, TARE_PRINT_REPORT, TARE_OUTPUT, TARE_STACK_DEPTH, TARE_ALLOCATOR,
 *          TARE_VERBOSE, TARE_CHECK_STACKS, TARE_ADVISE, TARE_LOOKER, TARE_TRACE.
 * Units    frames; stacks
 * Owner    The program image: read once, kept over forks.
 * Threads  Written before the recorder is on; constant after.
 * Errors   A value or a name that is not known: one line on stderr, the default is used.
 * Cost     none after the start
 * Source   none
 */
#ifndef TARE_SHIM_OPTIONS_H
#define TARE_SHIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "format/ledger.h"

struct options {
    bool sites_unchecked; /* sites, and no check_stacks: what nearly all want */
    bool sites;
    bool print_report;
    bool verbose;
    bool mimalloc;
    bool advise, fill;              /* evidence for advice; new blocks are filled for it */
    uint32_t stack_depth;           /* 0: all frames */
    uint32_t check_stacks;          /* every so many; 0: none */
    uint32_t looker;                /* who looks at live blocks; 0: nobody */
    uint64_t trace_bytes;           /* room for events; 0: they are not traced */
    char output[LEDGER_PATH_BYTES]; /* pattern; absolute */
};

extern struct options options;

/* Read the environment; once a program. */
void options_init(void);

#endif
