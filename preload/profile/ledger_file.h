/* SPDX-License-Identifier: MIT
 *
 * profile/ledger_file.h - a ledger copied into memory, with checked access to what it holds.
 *
 * Shape    file -> [header | directory | extents], the used part; holes stay unread zeros.
 * Units    Bytes; ids as in format/ledger.h.
 * Owner    Caller owns the struct; it owns the copy, and may mend it. Pointers into it live until
 *          fini.
 * Threads  Single owner. The file itself may be written meanwhile: it is read once, by read
 *          calls, so neither a growing nor a shrinking file can hurt.
 * Errors   -EBADMSG: not a ledger. -ENODATA: recording had not begun. -ENOTSUP: of another
 *          version. -ENOMEM. Others as the system calls set them. What is wrong behind the
 *          header is no error but `truncated` or a NULL from an accessor.
 * Cost     The used bytes are read once; the accessors are O(1).
 * Source   none
 */
#ifndef TARE_PROFILE_LEDGER_FILE_H
#define TARE_PROFILE_LEDGER_FILE_H

#include "format/ledger.h"

#include <stdbool.h>
#include <sys/types.h>

struct ledger_file {
    uint8_t *bytes;
    size_t mapped_bytes; /* of the private memory behind `bytes` */
    size_t used_bytes;   /* whole extents, the first ones included */
    uint32_t extents;    /* readable ones */
    bool truncated;      /* the header speaks of more extents than the file has */
    dev_t device;
    ino_t inode;
};

int ledger_file_read(struct ledger_file *file, const char *path);

/* The same from memory, which is copied; at most `bytes` of it. */
int ledger_file_parse(struct ledger_file *file, const void *data, size_t bytes);
void ledger_file_fini(struct ledger_file *file);

/* What to tell a person about an error of the two above. */
const char *ledger_file_error(int error);

const struct ledger_header *ledger_file_header(const struct ledger_file *file);

/* A copy that outlives the file, to be freed; NULL without memory. Its alignment is more than
 * that of malloc. */
struct ledger_header *ledger_file_copy_header(const struct ledger_file *file);

/* The kind of an extent; LEDGER_FREE for one that is not there. */
enum ledger_kind ledger_file_kind(const struct ledger_file *file, uint32_t extent);
void *ledger_file_extent(const struct ledger_file *file, uint32_t extent);

/* Records are numbered through all extents, whatever those hold. */
const struct ledger_record *ledger_file_record(const struct ledger_file *file,
                                               uint32_t number);

/* Give back the memory of all extents of a kind; they read as zeros from then on. */
void ledger_file_drop(const struct ledger_file *file, enum ledger_kind kind);

/* NULL when the id names nothing of that kind. */
const struct ledger_node *ledger_file_node(const struct ledger_file *file, uint32_t id);
const struct ledger_module *ledger_file_module(const struct ledger_file *file, uint32_t id);
const char *ledger_file_string(const struct ledger_file *file, uint32_t id, uint32_t bytes);

/* The same for ids in lines. */
struct ledger_histogram *ledger_file_histogram(const struct ledger_file *file, uint32_t id);
struct ledger_growth *ledger_file_growth(const struct ledger_file *file, uint32_t id);

#endif
