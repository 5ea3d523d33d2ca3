/* SPDX-License-Identifier: MIT
 *
 * Each request makes many small things of all sizes, and lets go of all of them: arena, in
 * read_header.
 */
#include <stdlib.h>
#include <string.h>

#include <tare/arena.h>

enum { REQUESTS = 150, HEADERS = 400 };

#ifdef REMEDIED
static struct tare_arena arena;

static void *take(size_t bytes)
{
    return tare_arena_alloc(&arena, bytes);
}

static void drop(char **headers)
{
    memset(headers, 0, HEADERS * sizeof *headers);
    tare_arena_reset(&arena);
}
#else
static void *take(size_t bytes)
{
    return malloc(bytes);
}

static void drop(char **headers)
{
    for (unsigned i = 0; i < HEADERS; i++)
        free(headers[i]);
}
#endif

static __attribute__((noinline)) char *read_header(unsigned number)
{
    size_t bytes = 17 + number * 37 % 120;
    char *header = take(bytes);

    if (header)
        memset(header, 'a' + (int)(number % 26), bytes);
    return header;
}

static __attribute__((noinline)) void read_request(char **headers, unsigned request)
{
    for (unsigned i = 0; i < HEADERS; i++)
        headers[i] = read_header(request * HEADERS + i * i);
}

int main(void)
{
    static char *headers[HEADERS];

    for (unsigned i = 0; i < REQUESTS; i++) {
        read_request(headers, i);
        drop(headers);
    }
#ifdef REMEDIED
    tare_arena_fini(&arena);
#endif
    return 0;
}
