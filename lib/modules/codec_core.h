/* SPDX-License-Identifier: MIT
 *
 * modules/codec_core.h - what the files of <tare/codec.h> share.
 *
 * Shape    frame:   [header: 32][table: parts' bytes, record sizes, deltas][packed stream]
 *              header: magic 4, version 1, kind 1, flags 1, 0, content bytes 4, bytes of table and
 *              packed stream 4, their checksum 8, dictionary 4, checksum of all that 4
 *              numbers in the machine's order: the magic of another order is none
 *          stream:  the parts one after the other, each plain or by columns; as many bytes as they
 *          content: the parts, each at a multiple of TARE_CODEC_PART_ALIGNMENT
 * Units    Bytes.
 * Owner    A codec owns its contexts, its work area and the copy of its dictionary.
 * Threads  Externally synchronised: by the codec's lock. Frames and columns: thread-safe.
 * Errors   As <tare/codec.h>.
 * Cost     As <tare/codec.h>.
 * Source   Collet, xxHash (XXH3).
 */
#ifndef TARE_MODULES_CODEC_CORE_H
#define TARE_MODULES_CODEC_CORE_H

#include <pthread.h>

#include <tare/codec.h>

#include "modules/debug.h"

enum {
    CODEC_VERSION = 1,
    CODEC_COLUMNS = 1,            /* flag: a table stands before the packed stream */
    CODEC_STREAMED = 2,           /* flag: one of a writer's frames */
    CODEC_LAST = 4,               /* flag: the one that ends its file */
    CODEC_TABLE_BYTES = 16 << 10, /* no table is larger */
};

struct codec_header {
    uint32_t magic;
    uint8_t version, kind, flags, zero;
    uint32_t content_bytes, payload_bytes;
    uint64_t payload_check;
    uint32_t dictionary, header_check;
};

_Static_assert(sizeof(struct codec_header) == TARE_CODEC_HEADER_BYTES, "no padding");

/* Fill in what can be computed: magic, version, checksums. */
void tare__codec_header_seal(struct codec_header *header, const void *payload);
/* 0, -ENODATA, -EBADMSG, -ENOTSUP. */
int tare__codec_header_read(struct codec_header *header, const void *frame, size_t bytes);
bool tare__codec_payload_is_whole(const struct codec_header *header, const void *payload);
/* Of a dictionary; never 0. */
uint32_t tare__codec_dictionary_id(const void *data, size_t bytes);
/* Goes on from `before` with another checksum. */
uint64_t tare__codec_chain(uint64_t before, uint64_t check);

/* What a table says of one part. */
struct codec_shape {
    size_t bytes, record_bytes; /* record_bytes 0: plain */
    size_t delta_count;
    struct tare_codec_field deltas[TARE_CODEC_MOST_DELTAS];
};

/* 0 and the sum of all bytes; -EINVAL, -EFBIG. */
int tare__codec_parts_check(const struct tare_codec_part *parts, size_t count,
                            size_t *content_bytes);
bool tare__codec_parts_are_plain(const struct tare_codec_part *parts, size_t count);
/* Write the table, of at most CODEC_TABLE_BYTES; the bytes written. */
size_t tare__codec_table_write(const struct tare_codec_part *parts, size_t count,
                               uint8_t *table);

/* Reads a table; begin at the first of its `parts_left` parts. */
struct codec_table {
    const uint8_t *at, *end;
    size_t parts_left;
};

int tare__codec_table_begin(struct codec_table *table, const void *data, size_t bytes);
/* 0; -EBADMSG for what cannot be. */
int tare__codec_table_next(struct codec_table *table, struct codec_shape *shape);

/* Records to columns and back. `tile` has room for CODEC_TILE_RECORDS records. */
enum { CODEC_TILE_RECORDS = 16 };
void tare__codec_to_columns(uint8_t *columns, const uint8_t *records, size_t count,
                            const struct tare_codec_layout *layout, uint8_t *tile);
void tare__codec_from_columns(uint8_t *records, const uint8_t *columns, size_t count,
                              const struct tare_codec_layout *layout);

/* One of the libraries behind; pack NULL: it was not there when this was built. */
struct codec_backend {
    const char *name;
    size_t (*bound)(size_t bytes);
    /* The packed bytes, at most `room`; 0: they would be more; -ENOMEM. */
    ptrdiff_t (*pack)(struct tare_codec *codec, const void *from, size_t bytes, void *to,
                      size_t room);
    /* 0: `bytes` were unpacked, all there is; -EBADMSG, -ENOMEM. */
    int (*unpack)(struct tare_codec *codec, const void *from, size_t packed_bytes, void *to,
                  size_t bytes);
    void (*fini)(struct tare_codec *codec); /* the codec's `contexts` of this kind */
};

/* A dictionary of at most *dictionary_bytes, which becomes what it has; -EINVAL, -ENOMEM, -ENOTSUP. */
int tare__codec_train(const void *samples, const size_t *sizes, unsigned count,
                      void *dictionary, size_t *dictionary_bytes);

extern const struct codec_backend tare__codec_stored, tare__codec_zlib, tare__codec_lz4,
    tare__codec_zstd;

/* NULL for what is no kind. */
const struct codec_backend *tare__codec_backend(enum tare_codec_kind kind);

struct tare_codec {
    pthread_mutex_t lock;
    struct tare_mem *mem;
    enum tare_codec_kind kind; /* what it encodes with, built in */
    int level;
    uint8_t *dictionary;
    size_t dictionary_bytes;
    uint32_t dictionary_id;
    /* As each backend likes, NULL until it is needed: to pack, to unpack, and likewise its own form
     * of the dictionary. */
    void *packer[TARE_CODEC_KINDS], *unpacker[TARE_CODEC_KINDS];
    void *packer_words[TARE_CODEC_KINDS], *unpacker_words[TARE_CODEC_KINDS];
    struct tare_codec_block work;  /* streams in columns */
    struct tare_codec_block frame; /* what save writes and load reads */
};

bool tare__codec_valid(const struct tare_codec *codec);
bool tare__codec_block_valid(const struct tare_codec_block *block);

/* Room for `bytes`; what is in the block may be lost, -ENOMEM leaves it as it is. */
int tare__codec_block_reserve(struct tare_codec_block *block, struct tare_mem *mem,
                              size_t bytes);

/* With the codec's lock held. `flags`: of the header, but for CODEC_COLUMNS. */
int tare__codec_pack(struct tare_codec *codec, const struct tare_codec_part *parts,
                     size_t count, uint8_t flags, struct tare_codec_block *frame);
/* The parts of a frame, where they stand in the content. */
struct codec_found_part {
    size_t at, bytes, record_bytes; /* record_bytes 0: plain */
};
struct codec_found {
    size_t count;
    struct codec_found_part parts[TARE_CODEC_MOST_PARTS];
};

int tare__codec_unpack(struct tare_codec *codec, const void *frame, size_t frame_bytes,
                       size_t limit_bytes, struct tare_codec_block *content,
                       struct codec_found *found);
/* -EPROTO: they are not those asked for. */
int tare__codec_give(const struct codec_found *found,
                     const struct tare_codec_block *content, struct tare_codec_part *parts,
                     size_t count);
/* Both. */
int tare__codec_unpack_parts(struct tare_codec *codec, const void *frame,
                             size_t frame_bytes, size_t limit_bytes,
                             struct tare_codec_block *content,
                             struct tare_codec_part *parts, size_t count);
/* What can be said of a frame without its payload: 0, or what decode would say. */
int tare__codec_admit(const struct tare_codec *codec, const struct codec_header *header,
                      size_t limit_bytes);

/* A file that takes another one's place when it is whole. */
struct codec_file {
    int folder, file; /* -1: closed */
    char *path;       /* a copy, cut where the folder ends */
    size_t path_bytes;
    const char *name; /* within the folder */
    bool is_named;    /* it has a name of its own, temporary_name, in the folder */
    char temporary_name[64];
    struct tare_mem *mem;
};

int tare__codec_file_begin(struct codec_file *file, struct tare_mem *mem, const char *path);
int tare__codec_file_write(struct codec_file *file, const void *data, size_t bytes);
/* Either way, the file has ended; fini is still to be called. */
int tare__codec_file_commit(struct codec_file *file);
void tare__codec_file_fini(struct codec_file *file);

/* A regular file to read, or -errno. */
int tare__codec_file_open(const char *path, uint64_t *bytes);
/* All of `bytes`, or -EBADMSG where there are less. */
int tare__codec_file_read(int file, void *data, size_t bytes);

#endif
