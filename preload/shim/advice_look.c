/* SPDX-License-Identifier: MIT */
#include "shim/advice_look.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "format/content.h"
#include "format/ledger.h"
#include "shim/recorder.h"
#include "shim/sys.h"

/* What is on the stack is little: handlers' stacks are small. */
enum { PAGES_AT_ONCE = 64, PART_BYTES = 1024 };

/* Set where the kernel refuses: it is not asked again. */
static bool is_refused;

static bool may_ask(void)
{
    return !sys_may_be_filtered && !__atomic_load_n(&is_refused, __ATOMIC_RELAXED);
}

/* Of our own memory. */
static bool copy_pieces(char *to, const struct iovec *pieces, size_t count)
{
    struct iovec whole = {.iov_base = to};
    int saved_errno = errno;

    for (size_t i = 0; i < count; i++)
        whole.iov_len += pieces[i].iov_len;
    long got = may_ask() ? syscall(SYS_process_vm_readv, (long)recorder->pid, &whole, 1L,
                                   pieces, (long)count, 0L)
                         : -1;
    if (got < 0 && (errno == ENOSYS || errno == EPERM))
        __atomic_store_n(&is_refused, true, __ATOMIC_RELAXED);
    errno = saved_errno;
    return got == (long)whole.iov_len;
}

static struct iovec piece(const char *at, size_t bytes)
{
    return (struct iovec){(void *)(uintptr_t)at, bytes};
}

/* From its end on, a part at a time. */
static size_t tail_of_parts(const char *block, size_t bytes, uint8_t byte)
{
    char copy[PART_BYTES];
    size_t found = 0;

    while (found < bytes) {
        size_t part = bytes - found < sizeof copy ? bytes - found : sizeof copy;
        const struct iovec at = piece(block + bytes - found - part, part);
        size_t tail = copy_pieces(copy, &at, 1) ? content_tail(copy, part, byte) : 0;

        found += tail;
        if (tail < part)
            break;
    }
    return found;
}

static bool look_at_pages(struct advice_look *look, const char *block, size_t bytes,
                          uint8_t byte, bool with_tail)
{
    char copy[CONTENT_WHOLE];
    const char *last = copy + CONTENT_WHOLE - CONTENT_PIECE;
    struct iovec pieces[CONTENT_PIECES];
    size_t at[CONTENT_PIECES];

    content_pieces(bytes, at);
    for (size_t i = 0; i < CONTENT_PIECES; i++)
        pieces[i] = piece(block + at[i], CONTENT_PIECE);
    if (!copy_pieces(copy, pieces, CONTENT_PIECES))
        return false;
    look->hash = content_hash(copy, CONTENT_WHOLE, bytes);
    look->is_text = content_is_text(copy, CONTENT_PIECE);
    if (with_tail) {
        look->tail = content_tail(last, CONTENT_PIECE, byte);
        if (look->tail == CONTENT_PIECE)
            look->tail = tail_of_parts(block, bytes, byte);
    }
    return true;
}

bool advice_look(struct advice_look *look, const void *block, size_t bytes, uint8_t byte,
                 bool with_tail)
{
    char copy[CONTENT_WHOLE];
    size_t at[CONTENT_PIECES];

    if (bytes >= LEDGER_PAGE_BYTES)
        return look_at_pages(look, block, bytes, byte, with_tail);
    if (with_tail)
        look->tail = content_tail(block, bytes, byte);
    look->is_text = content_is_text(block, bytes);
    if (bytes <= CONTENT_WHOLE) {
        look->hash = content_hash(block, bytes, bytes);
        return true;
    }
    content_pieces(bytes, at);
    for (size_t i = 0; i < CONTENT_PIECES; i++)
        memcpy(copy + i * CONTENT_PIECE, (const char *)block + at[i], CONTENT_PIECE);
    look->hash = content_hash(copy, CONTENT_WHOLE, bytes);
    return true;
}

/* Whole pages, from the last one before the one where the block ends: there its trailer lies. */
bool advice_untouched(const void *block, size_t bytes, size_t *untouched)
{
    const uintptr_t mask = LEDGER_PAGE_BYTES - 1;
    uintptr_t first = ((uintptr_t)block + mask) & ~mask;
    uintptr_t end = ((uintptr_t)block + bytes) & ~mask;
    uintptr_t at = end;
    unsigned char pages[PAGES_AT_ONCE];
    int saved_errno = errno;
    bool known = may_ask(), goes_on = true;

    while (known && goes_on && at > first) {
        size_t count = (at - first) / LEDGER_PAGE_BYTES;

        count = count < PAGES_AT_ONCE ? count : PAGES_AT_ONCE;
        known = syscall(SYS_mincore, at - count * LEDGER_PAGE_BYTES,
                        count * LEDGER_PAGE_BYTES, pages) == 0;
        for (; known && count && (goes_on = !(pages[count - 1] & 1)); count--)
            at -= LEDGER_PAGE_BYTES;
    }
    errno = saved_errno;
    *untouched = end - at;
    return known;
}
