/* SPDX-License-Identifier: MIT
 *
 * tare/codec.h - compressed blocks and states: zstd, lz4 and zlib behind one interface.
 *
 * Shape    parts (arrays of structs, plain bytes) -> columns -> codec -> frame
 *              frame:  [magic, codec, sizes, checksums: 32 bytes][table of columns][packed bytes]
 *              file of save: one frame              file of a writer: frames, and one that ends it
 *          An array of structs with a layout is stored by columns: the first bytes of all records,
 *          then the second ones, and so on; fields named in the layout as differences to the record
 *          before. Such columns compress 1.5 to 2 times better and faster than the structs.
 * Units    Bytes; times in nanoseconds.
 * Owner    The caller owns blocks, parts and jobs; a frame of a lazy handle stays the caller's too.
 *          A codec is to outlive its lazy handles, writers and readers.
 * Threads  thread-safe: calls on one codec take turns; several codecs work at a time. A lazy handle
 *          and a worker are thread-safe too. Blocks, writers and readers: single owner. A child of
 *          fork makes codecs of its own if other threads were using them; a worker has no thread in
 *          the child, and says -ECHILD.
 * Errors   -EINVAL   an argument, or a layout, that cannot be
 *          -ENOMEM   no memory
 *          -EFBIG    more than TARE_CODEC_MOST_BYTES at once
 *          -EBADMSG  damaged, cut off, or no frame at all
 *          -EMSGSIZE a frame of more bytes than the caller's limit
 *          -ENOTSUP  a codec that this library was built without, or a newer form of frames
 *          -ENOKEY   a frame that was made with another dictionary
 *          -EPROTO   a frame with other parts than those asked for
 *          -ELOOP    a path that is a symbolic link; other errors of files as the system tells them.
 *          tare_codec_explain has a sentence for each. A failed call leaves the block that it was to
 *          fill empty, a file as it was, and changes nothing else.
 * Cost     20 KB of a governor's state: 12 us with lz4, 35 us with zstd, decoded in half of that. No
 *          allocation where blocks are used again. Memory: what a codec is used for stays with it,
 *          1 MB in the largest case (zstd, which takes it from malloc), and the largest state.
 * Source   none
 *
 *     struct tare_codec *codec;
 *     struct tare_codec_block state = {0};
 *
 *     if (tare_codec_create(&codec, NULL) == 0 &&
 *         tare_codec_save(codec, "state.tare", data, bytes) == 0 &&
 *         tare_codec_load(codec, "state.tare", 1 << 20, &state) == 0)
 *         use(state.data, state.bytes);
 */
#ifndef TARE_CODEC_H
#define TARE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/mem.h>

TARE_BEGIN

enum tare_codec_kind {
    TARE_CODEC_BEST,   /* zstd; where it was not built in lz4, zlib, stored */
    TARE_CODEC_STORED, /* not compressed, but checked all the same */
    TARE_CODEC_ZLIB,
    TARE_CODEC_LZ4,
    TARE_CODEC_ZSTD,
    TARE_CODEC_KINDS
};

enum {
    TARE_CODEC_MOST_BYTES = 1 << 30, /* of one frame's content */
    TARE_CODEC_MOST_PARTS = 64,
    TARE_CODEC_MOST_DELTAS = 64,    /* of one part */
    TARE_CODEC_RECORD_BYTES = 4096, /* the largest record */
    TARE_CODEC_PART_ALIGNMENT = 16, /* of what is decoded */
};

/* "zstd", ...; NULL for what is none. */
TARE_API const char *tare_codec_name(enum tare_codec_kind kind);
TARE_API bool tare_codec_is_built_in(enum tare_codec_kind kind);

/* A sentence for what a function of this header returned; never NULL. */
TARE_API const char *tare_codec_explain(int error);

/* All-zero is the default. */
struct tare_codec_options {
    enum tare_codec_kind kind;
    int level; /* -100 to 22, less is faster; 0: zstd 1, lz4 -4 (its most is 1), zlib 6 (1 to 9) */
    const void
        *dictionary; /* of tare_codec_train, or any bytes like those to come; copied */
    size_t dictionary_bytes;
    struct tare_mem *mem; /* NULL: tare_mem_default() */
};

struct tare_codec;

/* options NULL: all of them default. Decodes frames of every codec that is built in. */
TARE_API TARE_NODISCARD int tare_codec_create(struct tare_codec **codec,
                                              const struct tare_codec_options *options);
TARE_API void tare_codec_destroy(struct tare_codec **codec);

/* Bytes that a codec made. All-zero is empty; used again, it keeps its room. */
struct tare_codec_block {
    void *data;
    size_t bytes, room_bytes;
    struct tare_mem *mem; /* what the room is from */
};

TARE_API void tare_codec_block_fini(struct tare_codec_block *block);

/* A number of 1, 2, 4 or 8 bytes within a record. */
struct tare_codec_field {
    uint16_t offset, bytes;
};

#define TARE_CODEC_FIELD(TYPE, member)                         \
    {                                                          \
        offsetof(TYPE, member), sizeof(((TYPE *)NULL)->member) \
    }

/* An array of records. In `deltas` stand the fields that change little from one record to the next:
 * times, sequence numbers, sorted ids. They must not overlap. */
struct tare_codec_layout {
    size_t record_bytes;
    const struct tare_codec_field *deltas;
    size_t delta_count;
};

/* One piece of a state. All its bytes come back as they were, padding too. */
struct tare_codec_part {
    const void *data;
    size_t bytes;                           /* a multiple of its layout's record_bytes */
    const struct tare_codec_layout *layout; /* NULL: plain bytes */
};

/* Make one frame of `count` parts, 1 to TARE_CODEC_MOST_PARTS. */
TARE_API TARE_NODISCARD int tare_codec_encode_parts(struct tare_codec *codec,
                                                    const struct tare_codec_part *parts,
                                                    size_t count,
                                                    struct tare_codec_block *frame);

/* Undo it: what `frame` holds, of at most limit_bytes, into `content`. Each part's data and bytes
 * are set to where it stands there; there must be `count` of them, with records of the same size
 * where a layout is given. */
TARE_API TARE_NODISCARD int
tare_codec_decode_parts(struct tare_codec *codec, const void *frame, size_t frame_bytes,
                        size_t limit_bytes, struct tare_codec_block *content,
                        struct tare_codec_part *parts, size_t count);

/* The same for plain bytes. */
TARE_NODISCARD TARE_INLINE int tare_codec_encode(struct tare_codec *codec, const void *data,
                                                 size_t bytes,
                                                 struct tare_codec_block *frame)
{
    const struct tare_codec_part part = {data, bytes, NULL};

    return tare_codec_encode_parts(codec, &part, 1, frame);
}

TARE_NODISCARD TARE_INLINE int tare_codec_decode(struct tare_codec *codec,
                                                 const void *frame, size_t frame_bytes,
                                                 size_t limit_bytes,
                                                 struct tare_codec_block *content)
{
    struct tare_codec_part part = {NULL, 0, NULL};

    return tare_codec_decode_parts(codec, frame, frame_bytes, limit_bytes, content, &part,
                                   1);
}

/* What a frame says of itself. */
struct tare_codec_info {
    enum tare_codec_kind kind;
    size_t frame_bytes;   /* the whole frame */
    size_t content_bytes; /* of all parts */
    uint32_t dictionary;  /* 0: none; equal for equal dictionaries */
};

enum { TARE_CODEC_HEADER_BYTES = 32 };

/* Read a frame's first TARE_CODEC_HEADER_BYTES; -ENODATA: there are less. */
TARE_API TARE_NODISCARD int tare_codec_peek(const void *frame, size_t bytes,
                                            struct tare_codec_info *info);

/* Make a dictionary of at most dictionary_bytes (4 to 16 KiB is usual) of samples that are like the
 * parts to come, at best a hundred times as many bytes. For blocks of up to some 4 KB; larger ones gain nothing.
 * Samples of one layout. -EINVAL: too few or too equal; -ENOTSUP without zstd. */
TARE_API TARE_NODISCARD int tare_codec_train(const struct tare_codec_part *samples,
                                             size_t count, size_t dictionary_bytes,
                                             struct tare_codec_block *dictionary);

/* Put a frame of the parts in the place of file `path`: whenever the program or the machine stops,
 * the file is the old one or the new one, whole; after 0 it is the new one. Several may save at a
 * time, the last one stays. A new file has the old one's permissions. */
TARE_API TARE_NODISCARD int tare_codec_save_parts(struct tare_codec *codec,
                                                  const char *path,
                                                  const struct tare_codec_part *parts,
                                                  size_t count);

/* As tare_codec_decode_parts; -ENOENT where there is no file. */
TARE_API TARE_NODISCARD int tare_codec_load_parts(struct tare_codec *codec,
                                                  const char *path, size_t limit_bytes,
                                                  struct tare_codec_block *content,
                                                  struct tare_codec_part *parts,
                                                  size_t count);

TARE_NODISCARD TARE_INLINE int tare_codec_save(struct tare_codec *codec, const char *path,
                                               const void *data, size_t bytes)
{
    const struct tare_codec_part part = {data, bytes, NULL};

    return tare_codec_save_parts(codec, path, &part, 1);
}

TARE_NODISCARD TARE_INLINE int tare_codec_load(struct tare_codec *codec, const char *path,
                                               size_t limit_bytes,
                                               struct tare_codec_block *content)
{
    struct tare_codec_part part = {NULL, 0, NULL};

    return tare_codec_load_parts(codec, path, limit_bytes, content, &part, 1);
}

/* A file of any length, written piece by piece; as safe as a saved one. */
struct tare_codec_writer;

/* frame_bytes go into one frame, 0: 256 KiB. */
TARE_API TARE_NODISCARD int tare_codec_writer_create(struct tare_codec_writer **writer,
                                                     struct tare_codec *codec,
                                                     const char *path, size_t frame_bytes);

/* After a failure the writer can only be destroyed. */
TARE_API TARE_NODISCARD int tare_codec_write(struct tare_codec_writer *writer,
                                             const void *data, size_t bytes);

/* All was written: put it in the place of the file. */
TARE_API TARE_NODISCARD int tare_codec_writer_commit(struct tare_codec_writer *writer);

/* What was not committed is gone. */
TARE_API void tare_codec_writer_destroy(struct tare_codec_writer **writer);

struct tare_codec_reader;

/* limit_bytes: of one frame. */
TARE_API TARE_NODISCARD int tare_codec_reader_create(struct tare_codec_reader **reader,
                                                     struct tare_codec *codec,
                                                     const char *path, size_t limit_bytes);

/* The next `bytes` bytes; *got is less at the end alone. The file's end is checked when it is
 * reached: what was read before is known to be whole when *got is less than `bytes`. */
TARE_API TARE_NODISCARD int tare_codec_read(struct tare_codec_reader *reader, void *data,
                                            size_t bytes, size_t *got);
TARE_API void tare_codec_reader_destroy(struct tare_codec_reader **reader);

/* A frame that is decoded when somebody wants it, once. */
struct tare_codec_lazy;

TARE_API TARE_NODISCARD int tare_codec_lazy_create(struct tare_codec_lazy **lazy,
                                                   struct tare_codec *codec,
                                                   const void *frame, size_t frame_bytes,
                                                   size_t limit_bytes);

/* Its parts, as tare_codec_decode_parts. They stay until it is destroyed. */
TARE_API TARE_NODISCARD int tare_codec_lazy_get(struct tare_codec_lazy *lazy,
                                                struct tare_codec_part *parts,
                                                size_t count);
TARE_API void tare_codec_lazy_destroy(struct tare_codec_lazy **lazy);

/* A thread with a codec of its own, which does jobs one after the other, in their order. */
struct tare_codec_worker;

enum tare_codec_work {
    TARE_CODEC_ENCODE, /* parts -> block */
    TARE_CODEC_DECODE, /* data -> block, parts */
    TARE_CODEC_SAVE,   /* parts -> file at path */
    TARE_CODEC_LOAD,   /* file at path -> block, parts */
};

/* It and all that it points to belong to the worker from submit until `done` is called, or
 * tare_codec_wait returns. All-zero but for what its work needs. */
struct tare_codec_job {
    enum tare_codec_work work;
    struct tare_codec_part *parts;
    size_t part_count;
    const void *data;
    size_t bytes;
    const char *path;
    size_t limit_bytes;
    struct tare_codec_block block;
    int result; /* what the function of that name returns */
    /* Called by the worker's thread when it is through; it may submit, or free, the job. NULL: to be
     * waited for. */
    void (*done)(struct tare_codec_job *job);
    void *context; /* yours */
    struct tare_codec_job *next;
    bool is_finished;
};

/* queue_jobs: the most that wait, 0: 64. */
TARE_API TARE_NODISCARD int
tare_codec_worker_create(struct tare_codec_worker **worker,
                         const struct tare_codec_options *options, size_t queue_jobs);

/* -EAGAIN: the queue is full; -ESHUTDOWN: the worker is being destroyed; -ECHILD: after fork. */
TARE_API TARE_NODISCARD int tare_codec_submit(struct tare_codec_worker *worker,
                                              struct tare_codec_job *job);

/* The result of a job that was submitted without `done`, as soon as there is one. */
TARE_API TARE_NODISCARD int tare_codec_wait(struct tare_codec_worker *worker,
                                            struct tare_codec_job *job);

/* Does first what was submitted. Not to be called by `done`. In a child of fork it ends nothing. */
TARE_API void tare_codec_worker_destroy(struct tare_codec_worker **worker);

/* What one codec makes of a state, by the way. */
struct tare_codec_measured {
    enum tare_codec_kind kind;
    int level;
    bool is_columns; /* the parts' layouts were used */
    size_t content_bytes, frame_bytes;
    double encode_ns, decode_ns; /* the median */
    double encode_least_ns, decode_least_ns;
};

enum { TARE_CODEC_MEASURED = 14 };

/* Try each codec that is built in on the parts, at the usual levels, with and without their layouts,
 * `repetitions` times after one to warm up (1 to 1000). *count rows are filled. */
TARE_API TARE_NODISCARD int
tare_codec_measure(const struct tare_codec_part *parts, size_t part_count,
                   unsigned repetitions,
                   struct tare_codec_measured rows[TARE_CODEC_MEASURED], size_t *count);

TARE_END

#endif
