/* SPDX-License-Identifier: MIT
 *
 * Why who sees is_decoded sees the content too: it is written before it, by a store with
 * release, under the lock, and never again; the load that sees it acquires. Who does not see it
 * takes the lock, and looks again: one decodes.
 */
#include "modules/codec_core.h"

#include <errno.h>
#include <string.h>

struct tare_codec_lazy {
    struct tare_codec *codec;
    const void *frame;
    size_t frame_bytes, limit_bytes;
    pthread_mutex_t lock;
    bool is_decoded;
    struct tare_codec_block content;
    struct codec_found found;
};

int tare_codec_lazy_create(struct tare_codec_lazy **lazy, struct tare_codec *codec,
                           const void *frame, size_t frame_bytes, size_t limit_bytes)
{
    struct codec_header header;
    int err = tare__codec_header_read(&header, frame, frame_bytes);

    if (!err && frame_bytes - sizeof header != header.payload_bytes)
        err = -EBADMSG;
    if (!err)
        err = tare__codec_admit(codec, &header, limit_bytes);
    if (err)
        return err == -ENODATA ? -EBADMSG : err;
    struct tare_codec_lazy *made =
        tare_mem_alloc(codec->mem, sizeof *made, _Alignof(struct tare_codec_lazy));
    if (!made)
        return -ENOMEM;
    *made = (struct tare_codec_lazy){.codec = codec,
                                     .frame = frame,
                                     .frame_bytes = frame_bytes,
                                     .limit_bytes = limit_bytes,
                                     .lock = PTHREAD_MUTEX_INITIALIZER};
    *lazy = made;
    return 0;
}

static int decode_once(struct tare_codec_lazy *lazy)
{
    int err = 0;

    pthread_mutex_lock(&lazy->lock);
    if (!__atomic_load_n(&lazy->is_decoded, __ATOMIC_RELAXED)) {
        pthread_mutex_lock(&lazy->codec->lock);
        err = tare__codec_unpack(lazy->codec, lazy->frame, lazy->frame_bytes,
                                 lazy->limit_bytes, &lazy->content, &lazy->found);
        pthread_mutex_unlock(&lazy->codec->lock);
        if (!err)
            __atomic_store_n(&lazy->is_decoded, true, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&lazy->lock);
    return err;
}

int tare_codec_lazy_get(struct tare_codec_lazy *lazy, struct tare_codec_part *parts,
                        size_t count)
{
    if (!__atomic_load_n(&lazy->is_decoded, __ATOMIC_ACQUIRE)) {
        int err = decode_once(lazy);

        if (err)
            return err;
    }
    return tare__codec_give(&lazy->found, &lazy->content, parts, count);
}

void tare_codec_lazy_destroy(struct tare_codec_lazy **lazy)
{
    struct tare_codec_lazy *gone = *lazy;

    *lazy = NULL;
    if (!gone)
        return;
    tare_codec_block_fini(&gone->content);
    pthread_mutex_destroy(&gone->lock);
    tare_mem_free(gone->codec->mem, gone, sizeof *gone, _Alignof(struct tare_codec_lazy));
}
