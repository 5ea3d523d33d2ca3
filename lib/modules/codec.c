/* SPDX-License-Identifier: MIT */
#include "modules/codec_core.h"

#include <errno.h>
#include <string.h>

/* What came is no less than it was: it is packed as it is. */
static ptrdiff_t pack_nothing(struct tare_codec *codec, const void *from, size_t bytes,
                              void *to, size_t room)
{
    (void)codec, (void)from, (void)bytes, (void)to, (void)room;
    return 0;
}

static int unpack_stored(struct tare_codec *codec, const void *from, size_t packed_bytes,
                         void *to, size_t bytes)
{
    (void)codec;
    if (packed_bytes != bytes)
        return -EBADMSG;
    if (bytes)
        memcpy(to, from, bytes);
    return 0;
}

static size_t bound_stored(size_t bytes)
{
    return bytes;
}

static void fini_stored(struct tare_codec *codec)
{
    (void)codec;
}

const struct codec_backend tare__codec_stored = {.name = "stored",
                                                 .bound = bound_stored,
                                                 .pack = pack_nothing,
                                                 .unpack = unpack_stored,
                                                 .fini = fini_stored};

const struct codec_backend *tare__codec_backend(enum tare_codec_kind kind)
{
    static const struct codec_backend *const backends[TARE_CODEC_KINDS] = {
        [TARE_CODEC_STORED] = &tare__codec_stored,
        [TARE_CODEC_ZLIB] = &tare__codec_zlib,
        [TARE_CODEC_LZ4] = &tare__codec_lz4,
        [TARE_CODEC_ZSTD] = &tare__codec_zstd,
    };

    return (unsigned)kind < TARE_CODEC_KINDS ? backends[kind] : NULL;
}

const char *tare_codec_name(enum tare_codec_kind kind)
{
    const struct codec_backend *backend = tare__codec_backend(kind);

    return backend ? backend->name : NULL;
}

bool tare_codec_is_built_in(enum tare_codec_kind kind)
{
    const struct codec_backend *backend = tare__codec_backend(kind);

    return kind == TARE_CODEC_BEST || (backend && backend->pack);
}

const char *tare_codec_explain(int error)
{
    switch (error) {
    case -EINVAL:
        return "an argument, or a layout, cannot be as it is";
    case -ENOMEM:
        return "there is no memory for it";
    case -EFBIG:
        return "these are more bytes than fit into one frame";
    case -EBADMSG:
        return "it is damaged, cut off, or was never a frame";
    case -ENODATA:
        return "there are fewer bytes than a frame's header has";
    case -EMSGSIZE:
        return "it would become larger than the limit given";
    case -ENOTSUP:
        return "its codec is not built into this library, or its form is newer";
    case -ENOKEY:
        return "it was made with another dictionary";
    case -EPROTO:
        return "it has other parts than those asked for";
    case -ELOOP:
        return "the path is a symbolic link, which is not followed";
    case -EAGAIN:
        return "the queue is full: try again when a job is done";
    case -ESHUTDOWN:
        return "the worker is being destroyed";
    case -ECHILD:
        return "the worker's thread is in the parent of this process";
    default:
        return error < 0 ? strerror(-error) : "no error";
    }
}

void tare_codec_block_fini(struct tare_codec_block *block)
{
    if (block->mem)
        tare_mem_free(block->mem, block->data, block->room_bytes,
                      TARE_CODEC_PART_ALIGNMENT);
    *block = (struct tare_codec_block){0};
}

int tare__codec_block_reserve(struct tare_codec_block *block, struct tare_mem *mem,
                              size_t bytes)
{
    block->bytes = 0;
    bytes += !bytes; /* there is an address, even of nothing */
    if (bytes <= block->room_bytes)
        return 0;
    /* Not resized: what it holds need not be moved. */
    void *data = tare_mem_alloc(mem, bytes, TARE_CODEC_PART_ALIGNMENT);
    if (!data)
        return -ENOMEM;
    tare_codec_block_fini(block);
    *block = (struct tare_codec_block){.data = data, .room_bytes = bytes, .mem = mem};
    return 0;
}

/* The kind that a codec of these options encodes with; TARE_CODEC_BEST: none. */
static enum tare_codec_kind kind_for(enum tare_codec_kind wanted)
{
    static const enum tare_codec_kind best[] = {TARE_CODEC_ZSTD, TARE_CODEC_LZ4,
                                                TARE_CODEC_ZLIB};

    if (wanted != TARE_CODEC_BEST)
        return tare_codec_is_built_in(wanted) ? wanted : TARE_CODEC_BEST;
    for (size_t i = 0; i < sizeof best / sizeof *best; i++)
        if (tare_codec_is_built_in(best[i]))
            return best[i];
    return TARE_CODEC_STORED;
}

static int take_dictionary(struct tare_codec *codec,
                           const struct tare_codec_options *options)
{
    if (!options->dictionary_bytes)
        return 0;
    codec->dictionary = tare_mem_alloc(codec->mem, options->dictionary_bytes, 1);
    if (!codec->dictionary)
        return -ENOMEM;
    memcpy(codec->dictionary, options->dictionary, options->dictionary_bytes);
    codec->dictionary_bytes = options->dictionary_bytes;
    codec->dictionary_id =
        tare__codec_dictionary_id(codec->dictionary, codec->dictionary_bytes);
    return 0;
}

static int options_check(const struct tare_codec_options *options)
{
    if ((unsigned)options->kind >= TARE_CODEC_KINDS || options->level < -100 ||
        options->level > 22 || options->dictionary_bytes > TARE_CODEC_MOST_BYTES ||
        (options->dictionary_bytes && !options->dictionary))
        return -EINVAL;
    return kind_for(options->kind) == TARE_CODEC_BEST ? -ENOTSUP : 0;
}

/* Columns are an easy prey: lz4 in some haste finds nearly as much, in two thirds of the time. */
static const int usual_level[TARE_CODEC_KINDS] = {
    [TARE_CODEC_ZLIB] = 6, [TARE_CODEC_LZ4] = -4, [TARE_CODEC_ZSTD] = 1};

/* Within what zlib has: its users may have asked for the best that there is. */
static int level_for(enum tare_codec_kind kind, int wanted)
{
    int level = wanted ? wanted : usual_level[kind];

    if (kind != TARE_CODEC_ZLIB)
        return level;
    return level < 1 ? 1 : level > 9 ? 9 : level;
}

int tare_codec_create(struct tare_codec **codec, const struct tare_codec_options *options)
{
    static const struct tare_codec_options all_default = {0};

    options = options ? options : &all_default;
    struct tare_mem *mem = options->mem ? options->mem : tare_mem_default();
    int err = options_check(options);
    if (err)
        return err;
    struct tare_codec *made =
        tare_mem_alloc(mem, sizeof *made, _Alignof(struct tare_codec));
    if (!made)
        return -ENOMEM;
    *made = (struct tare_codec){
        .lock = PTHREAD_MUTEX_INITIALIZER, .mem = mem, .kind = kind_for(options->kind)};
    made->level = level_for(made->kind, options->level);
    err = take_dictionary(made, options);
    if (err) {
        tare_codec_destroy(&made);
        return err;
    }
    TARE_AUDIT(tare__codec_valid(made));
    *codec = made;
    return 0;
}

void tare_codec_destroy(struct tare_codec **codec)
{
    struct tare_codec *gone = *codec;

    *codec = NULL;
    if (!gone)
        return;
    for (int kind = TARE_CODEC_STORED; kind < TARE_CODEC_KINDS; kind++)
        if (tare_codec_is_built_in((enum tare_codec_kind)kind))
            tare__codec_backend((enum tare_codec_kind)kind)->fini(gone);
    tare_codec_block_fini(&gone->work);
    tare_codec_block_fini(&gone->frame);
    tare_mem_free(gone->mem, gone->dictionary, gone->dictionary_bytes, 1);
    pthread_mutex_destroy(&gone->lock);
    tare_mem_free(gone->mem, gone, sizeof *gone, _Alignof(struct tare_codec));
}

bool tare__codec_block_valid(const struct tare_codec_block *block)
{
    return block->bytes <= block->room_bytes && !block->data == !block->room_bytes &&
           (!block->data || block->mem);
}

bool tare__codec_valid(const struct tare_codec *codec)
{
    for (int kind = 0; kind < TARE_CODEC_KINDS; kind++)
        if ((codec->packer_words[kind] && !codec->packer[kind]) ||
            (codec->packer[kind] && kind != (int)codec->kind) ||
            (codec->unpacker_words[kind] && !codec->dictionary))
            return false;
    return codec->mem && codec->kind != TARE_CODEC_BEST &&
           tare_codec_is_built_in(codec->kind) &&
           !codec->dictionary == !codec->dictionary_bytes &&
           !codec->dictionary == !codec->dictionary_id &&
           tare__codec_block_valid(&codec->work) && tare__codec_block_valid(&codec->frame);
}
