/* SPDX-License-Identifier: MIT
 *
 * The corners of the allocation functions: what they return, what they leave alone, errno.
 * Says "ok" when all is as glibc has it.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(what)                                                    \
    do {                                                               \
        if (!(what)) {                                                 \
            printf("line %d: %s, errno %d\n", __LINE__, #what, errno); \
            exit(1);                                                   \
        }                                                              \
    } while (0)

static void *volatile sink;

static void refuses_what_nobody_has(void)
{
    volatile size_t huge = SIZE_MAX, half = SIZE_MAX / 2;
    char here;
    void *out = &here;

    errno = 0;
    CHECK(!malloc(huge) && errno == ENOMEM);
    errno = 0;
    CHECK(!malloc(half) && errno == ENOMEM);
    errno = 0;
    CHECK(!malloc(huge - 8) && errno == ENOMEM);
    errno = 0;
    CHECK(!calloc(half, 3) && errno == ENOMEM);
    errno = 0;
    CHECK(!reallocarray(NULL, half, 3) && errno == ENOMEM);
    errno = 0;
    CHECK(!aligned_alloc(16, huge) && errno == ENOMEM);
    errno = 0;
    CHECK(!pvalloc(huge) && errno == ENOMEM);
    errno = 4711;
    CHECK(posix_memalign(&out, 64, huge) == ENOMEM && out == &here && errno == 4711);
    CHECK(posix_memalign(&out, 3, 10) == EINVAL && posix_memalign(&out, 4, 10) == EINVAL);
    CHECK(posix_memalign(&out, 0, 10) == EINVAL && out == &here);
}

static void failed_realloc_keeps_the_block(void)
{
    volatile size_t huge = SIZE_MAX / 2;
    char *block = malloc(1000);

    memset(block, 'x', 1000);
    CHECK(!realloc(block, huge));
    CHECK(!realloc(block, (size_t)1 << 46));
    for (int i = 0; i < 1000; i++)
        CHECK(block[i] == 'x');
    free(block);
}

static void realloc_is_complete(void)
{
    char *block = realloc(NULL, 10);

    for (size_t n = 10; n < 3000000; n = n * 3 / 2) {
        memset(block, 'a' + (int)(n % 20), n);
        block = realloc(block, n * 3 / 2);
        for (size_t i = 0; i < n; i++)
            CHECK(block[i] == 'a' + (int)(n % 20));
    }
    block = realloc(block, 5);
    CHECK(block && malloc_usable_size(block) >= 5);
    CHECK(realloc(block, 0) == NULL);
}

/* What malloc_usable_size says may be used is ours to use. */
static void usable_size_is_usable(void)
{
    for (size_t n = 0; n < 5000; n += 7) {
        char *block = malloc(n), *aligned = memalign(1024, n);
        size_t usable = malloc_usable_size(block),
               aligned_usable = malloc_usable_size(aligned);

        CHECK(usable >= n && aligned_usable >= n);
        memset(block, 0xff, usable);
        memset(aligned, 0xff, aligned_usable);
        CHECK(malloc_usable_size(block) == usable);
        block = realloc(block, n + 1);
        free(block);
        free(aligned);
    }
    CHECK(malloc_usable_size(NULL) == 0);
}

static void errno_is_left_alone(void)
{
    errno = 1234;
    for (int i = 0; i < 100000; i++) {
        sink = malloc((size_t)i % 3000);
        free(sink);
        sink = calloc(3, (size_t)i % 50 + 1);
        free(sink);
    }
    free(NULL);
    CHECK(errno == 1234);
}

static void zero_bytes_are_a_block(void)
{
    void *a = malloc(0), *b = malloc(0), *c = calloc(0, 5);

    CHECK(a && b && c && a != b);
    free(a);
    free(b);
    free(c);
}

int main(void)
{
    refuses_what_nobody_has();
    failed_realloc_keeps_the_block();
    realloc_is_complete();
    usable_size_is_usable();
    errno_is_left_alone();
    zero_bytes_are_a_block();
    puts("ok");
    return 0;
}
