/* SPDX-License-Identifier: MIT
 *
 * A server's buffers: requests of many sizes are read, answers are built piece by piece, and a
 * password is not left behind in memory.
 */
#include <stdio.h>
#include <string.h>

#include <tare/buffer_pool.h>

enum { REQUESTS = 10000 };

/* An answer grows as it is written; its buffer moves into a larger class when it must. */
static bool answer(struct tare_buffer *out, unsigned long request, size_t rows)
{
    for (size_t row = 0; row < rows; row++) {
        char *line = tare_buffer_reserve(out, 80);

        if (!line)
            return false;
        tare_buffer_commit(
            out, (size_t)snprintf(line, 80, "request %lu, row %zu\n", request, row));
    }
    return true;
}

static bool serve(unsigned long request)
{
    /* both are freed at the end of the block, whichever way it is left */
    TARE_BUFFER_SCOPED(in, tare_buffer_pool_io(), 0);
    TARE_BUFFER_SCOPED(out, tare_buffer_pool_any(), 0);

    if (!in.data || !out.data)
        return false;
    memset(in.data, 'x', 1000 + request % 5000); /* as if it had been read */
    tare_buffer_commit(&in, 1000 + request % 5000);
    return answer(&out, request, request % 500);
}

/* Whether any of it can be found in the next buffer of its size. */
static bool is_found_again(const char *password)
{
    struct tare_buffer secret, next;
    bool found = false;

    if (!tare_buffer_alloc(&secret, tare_buffer_pool_secure(), 4096) ||
        !tare_buffer_append(&secret, password, strlen(password)))
        return true;
    tare_buffer_free(&secret);
    if (!tare_buffer_alloc(&next, tare_buffer_pool_secure(), 4096))
        return true;
    for (size_t i = 0; i + strlen(password) <= next.capacity_bytes && !found; i++)
        found = memcmp((char *)next.data + i, password, strlen(password)) == 0;
    tare_buffer_free(&next);
    return found;
}

static struct tare_buffer_pool_stats show(struct tare_buffer_pool *pool)
{
    struct tare_buffer_pool_stats stats;

    tare_buffer_pool_get_stats(pool, &stats);
    printf("%-7s %lu taken, %lu of them allocated; %lu moved, %lu too far to be kept; "
           "%zu KiB kept\n",
           stats.name, (unsigned long)(stats.hits + stats.misses),
           (unsigned long)stats.misses, (unsigned long)stats.moves,
           (unsigned long)stats.outgrown, stats.kept_bytes >> 10);
    return stats;
}

int main(void)
{
    bool worked = true;

    for (unsigned long request = 0; request < REQUESTS; request++)
        worked = worked && serve(request);
    struct tare_buffer_pool_stats in = show(tare_buffer_pool_io());
    struct tare_buffer_pool_stats out = show(tare_buffer_pool_any());
    bool found = is_found_again("correct horse battery staple");
    printf("the password was %sfound again\n", found ? "" : "not ");
    size_t given = tare_buffer_pool_trim(tare_buffer_pool_any(), 0);
    printf("%zu KiB given back\n", given >> 10);
    return !worked || found || in.live_buffers || out.live_buffers ||
           in.hits + in.misses != REQUESTS || out.kept_bytes != given;
}
