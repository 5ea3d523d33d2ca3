/* SPDX-License-Identifier: MIT
 *
 * jemalloc's entries with flags: alignment, zeroing, arena and thread cache are passed on as they
 * are, sizes with room for the trailer.
 */
#include "shim/entries.h"
#include "shim/events_slow.h"

enum { FLAG_ZERO = 0x40 };

static void *(*real_mallocx)(size_t bytes, int flags);
static void *(*real_rallocx)(void *block, size_t bytes, int flags);
static size_t (*real_xallocx)(void *block, size_t bytes, size_t extra, int flags);
static void (*real_dallocx)(void *block, int flags);
static size_t (*real_nallocx)(size_t bytes, int flags);

static void *je_mallocx(size_t bytes, int flags)
{
    void *block =
        bytes > REQUEST_BYTES_MAX ? NULL : real_mallocx(bytes + trailer_room, flags);

    if (LIKELY(block != NULL))
        event_came(block, bytes, CALL_FRAME());
    return block;
}

static void *je_rallocx(void *block, size_t bytes, int flags)
{
    struct old_block old;

    event_look(&old, block);
    void *moved =
        bytes > REQUEST_BYTES_MAX ? NULL : real_rallocx(block, bytes + trailer_room, flags);
    if (!moved)
        return NULL;
    if (flags & FLAG_ZERO)
        event_clear_hidden(&old, moved);
    event_moved(&old, moved, bytes, CALL_FRAME());
    return moved;
}

/* Grows or shrinks in place as far as it can; how far is told by the size. */
static size_t je_xallocx(void *block, size_t bytes, size_t extra, int flags)
{
    struct old_block old;

    event_look(&old, block);
    if (!old.is_ours)
        return real_xallocx(block, bytes, extra, flags);
    if (bytes > REQUEST_BYTES_MAX || extra > REQUEST_BYTES_MAX - bytes)
        return old.usable - trailer_hidden_bytes(&old.trailer, old.usable);
    size_t hidden = trailer_hidden_bytes(&old.trailer, old.usable);
    size_t usable = real_xallocx(block, bytes + trailer_room, extra, flags);
    if (usable == old.usable)
        return old.usable - hidden; /* with its trailer as it was */
    if (flags & FLAG_ZERO)
        event_clear_hidden(&old, block);
    size_t got =
        usable - trailer_room < bytes + extra ? usable - trailer_room : bytes + extra;
    event_moved(&old, block, got, CALL_FRAME());
    return usable - entry_hidden(usable, got);
}

static size_t je_sallocx(void *block, int flags)
{
    (void)flags;
    return entry_usable(block);
}

static void je_dallocx(void *block, int flags)
{
    event_goes(block, NULL);
    real_dallocx(block, flags);
}

/* The size would be less than the block's. */
static void je_sdallocx(void *block, size_t bytes, int flags)
{
    (void)bytes;
    event_goes(block, NULL);
    real_dallocx(block, flags);
}

/* What mallocx would give, of which the target may use all. */
static size_t je_nallocx(size_t bytes, int flags)
{
    size_t usable =
        bytes > REQUEST_BYTES_MAX ? 0 : real_nallocx(bytes + trailer_room, flags);

    return usable ? usable - entry_hidden(usable, bytes) : 0;
}

static const struct import list[] = {
    ENTRY("dallocx", je_dallocx, &real_dallocx),
    ENTRY("mallocx", je_mallocx, &real_mallocx),
    ENTRY("rallocx", je_rallocx, &real_rallocx),
    ENTRY("xallocx", je_xallocx, &real_xallocx),
    ENTRY("sallocx", je_sallocx, NULL),
    ENTRY("sdallocx", je_sdallocx, NULL),
    ENTRY("nallocx", je_nallocx, &real_nallocx),
};

const struct entry_list entries_jemalloc = ENTRY_LIST(list);
