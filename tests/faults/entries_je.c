/* SPDX-License-Identifier: MIT
 *
 * jemalloc's entries with flags, where it was preloaded; else says "absent". Prints what is wrong.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma weak mallocx
#pragma weak rallocx
#pragma weak xallocx
#pragma weak sallocx
#pragma weak dallocx
#pragma weak sdallocx
#pragma weak nallocx

void *mallocx(size_t bytes, int flags);
void *rallocx(void *block, size_t bytes, int flags);
size_t xallocx(void *block, size_t bytes, size_t extra, int flags);
size_t sallocx(const void *block, int flags);
void dallocx(void *block, int flags);
void sdallocx(void *block, size_t bytes, int flags);
size_t nallocx(size_t bytes, int flags);

enum { ZERO = 0x40, ALIGN_4096 = 12, ROUNDS = 1000 };

static void expect(int true, const char *what)
{
    if (!true)
        printf("wrong: %s\n", what);
}

static int is_zero(const char *bytes, size_t from, size_t to)
{
    while (from < to && !bytes[from])
        from++;
    return from >= to;
}

__attribute__((noinline)) static void work(void)
{
    for (size_t bytes = 1; bytes <= ROUNDS; bytes++) {
        size_t all = nallocx(bytes, 0);
        char *block = mallocx(bytes, 0);

        expect(all >= bytes && sallocx(block, 0) == all, "nallocx is what mallocx gives");
        memset(block, 'x', all);
        block = rallocx(block, 3 * bytes + 100, ZERO);
        expect(is_zero(block, all, sallocx(block, 0)), "rallocx zeroes");
        size_t now = xallocx(block, 4 * bytes, 2 * bytes, 0);
        expect(now == sallocx(block, 0), "xallocx tells the size");
        memset(block, 'y', now);
        sdallocx(block, now, 0);

        /* between the two families */
        sdallocx(malloc(bytes), bytes, 0);
        free(mallocx(bytes, ALIGN_4096));
    }
}

int main(void)
{
    if (!mallocx) {
        puts(dlsym(RTLD_DEFAULT, "mallocx") ? "wrong: only dlsym finds it" : "absent");
        return 0;
    }
    void *aligned = mallocx(100, ALIGN_4096 | ZERO);

    expect((size_t)aligned % 4096 == 0, "mallocx aligns");
    dallocx(aligned, 0);
    work();
    return 0;
}
