/* SPDX-License-Identifier: MIT
 *
 * format/ledger_advice.h - the objects of a ledger that --advise adds.
 *
 * Shape    record <- advice -> ends; record <- held
 * Units    As format/ledger.h, which includes this.
 * Owner    As format/ledger.h.
 * Threads  Each has one writer: the slot of its record, or who collects the file.
 * Errors   none
 * Cost     512 bytes a record that is looked at, 256 where growth chains end, 192 a site.
 * Source   docs/format.md
 */
#ifndef TARE_FORMAT_LEDGER_ADVICE_H
#define TARE_FORMAT_LEDGER_ADVICE_H

#include <stdint.h>

enum {
    LEDGER_CONTENT_REGISTERS = 256,
    LEDGER_COMMONEST = 4,
    LEDGER_END_BUCKETS = 60,
    LEDGER_FILL_BYTE = 0xe7,
};

/* A content and how many more blocks had it than had others to strike it out with. */
struct ledger_content {
    uint64_t hash, weight;
};

/* What the blocks of a record were like when they died, of those that were looked at: none before
 * the record has had some blocks, see docs/format.md. Written by the record's slot. */
struct ledger_advice {
    uint32_t record; /* its number */
    uint32_t ends;   /* struct ledger_ends, in lines, for the one that writes; 0: none */

    uint64_t deaths; /* frees by the slot itself */
    uint64_t
        newest; /* of these, those that hit the newest live block of the slot's thread */
    uint64_t runs, run_frees,
        longest_run; /* frees in a row, of runs that an allocation ended */
    uint64_t run;    /* frees since the latest allocation */
    uint64_t frames, in_function, in_caller;

    uint64_t allocations, reused;
    uint32_t freed_bytes, freed_blocks; /* that wait to be used again, all of one size */

    uint64_t filled_blocks, filled_bytes, unwritten_bytes;
    uint64_t zeroed_blocks, zeroed_bytes, zero_tail_bytes;

    uint64_t hashed_blocks, hashed_bytes, text_blocks, text_bytes;
    struct ledger_content commonest[LEDGER_COMMONEST];
    /* by the hash's low bits: the most leading zeros of the others, plus one */
    uint8_t registers[LEDGER_CONTENT_REGISTERS];
    uint64_t reserved2;
};

/* Where growth chains end: four buckets a power of two, from 16 bytes on; the first one counts all
 * that are less, too, and the last one all that are more. */
struct ledger_ends {
    uint32_t record;
    uint32_t reserved;
    uint64_t greatest_bytes;
    uint32_t counts[LEDGER_END_BUCKETS];
};

/* What blocks of a site that were live at one moment held, as read from outside. */
struct ledger_held {
    uint32_t record; /* one of the site's */
    uint32_t at_end; /* 0: when most was live, of the moments looked at; 1: at exit */
    uint64_t blocks, bytes;
    uint64_t distinct_blocks, distinct_bytes;
    uint64_t elsewhere_blocks, elsewhere_bytes;
    uint64_t text_blocks, text_bytes;
    uint64_t unwritten_bytes, unwritten_of_bytes;
    uint64_t old_blocks, old_bytes;
    uint64_t sampled_bytes, compressed_bytes;
    uint64_t words, pointer_words;
    uint64_t reserved[7];
};

#endif
