/* SPDX-License-Identifier: MIT
 *
 * tcmalloc's own names, where it was preloaded; else says "absent". Prints what is wrong.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma weak tc_malloc
#pragma weak tc_malloc_skip_new_handler
#pragma weak tc_calloc
#pragma weak tc_realloc
#pragma weak tc_memalign
#pragma weak tc_posix_memalign
#pragma weak tc_valloc
#pragma weak tc_pvalloc
#pragma weak tc_new
#pragma weak tc_newarray
#pragma weak tc_new_aligned
#pragma weak tc_free
#pragma weak tc_cfree
#pragma weak tc_free_sized
#pragma weak tc_delete
#pragma weak tc_delete_sized
#pragma weak tc_deletearray_sized
#pragma weak tc_delete_aligned
#pragma weak tc_malloc_size
#pragma weak nallocx

void *tc_malloc(size_t bytes);
void *tc_malloc_skip_new_handler(size_t bytes);
void *tc_calloc(size_t count, size_t bytes);
void *tc_realloc(void *block, size_t bytes);
void *tc_memalign(size_t alignment, size_t bytes);
int tc_posix_memalign(void **out, size_t alignment, size_t bytes);
void *tc_valloc(size_t bytes);
void *tc_pvalloc(size_t bytes);
void *tc_new(size_t bytes);
void *tc_newarray(size_t bytes);
void *tc_new_aligned(size_t bytes, size_t alignment);
void tc_free(void *block);
void tc_cfree(void *block);
void tc_free_sized(void *block, size_t bytes);
void tc_delete(void *block);
void tc_delete_sized(void *block, size_t bytes);
void tc_deletearray_sized(void *block, size_t bytes);
void tc_delete_aligned(void *block, size_t alignment);
size_t tc_malloc_size(void *block);
size_t nallocx(size_t bytes, int flags);

enum { ROUNDS = 1000 };

static void *filled(void *block, size_t bytes)
{
    if (tc_malloc_size(block) < bytes)
        printf("wrong: usable size of %zu bytes\n", bytes);
    return memset(block, 'x', tc_malloc_size(block));
}

int main(void)
{
    if (!tc_malloc) {
        puts(dlsym(RTLD_DEFAULT, "tc_malloc") ? "wrong: only dlsym finds it" : "absent");
        return 0;
    }
    for (size_t bytes = 1; bytes <= ROUNDS; bytes++) {
        void *block;

        if (nallocx(bytes, 0) < bytes)
            printf("wrong: nallocx\n");
        tc_free(filled(tc_malloc(bytes), nallocx(bytes, 0)));
        tc_cfree(filled(tc_malloc_skip_new_handler(bytes), bytes));
        tc_free_sized(filled(tc_calloc(1, bytes), bytes), bytes);
        tc_free_sized(filled(malloc(bytes), bytes), bytes);
        free(filled(tc_realloc(tc_malloc(bytes), 2 * bytes), 2 * bytes));
        tc_free(filled(tc_memalign(64, bytes), bytes));
        if (tc_posix_memalign(&block, 64, bytes) == 0)
            tc_free(filled(block, bytes));
        tc_free(filled(tc_valloc(bytes), bytes));
        tc_free(filled(tc_pvalloc(bytes), bytes));
        tc_delete(filled(tc_new(bytes), bytes));
        tc_delete_sized(filled(tc_new(bytes), bytes), bytes);
        tc_deletearray_sized(filled(tc_newarray(bytes), bytes), bytes);
        tc_delete_aligned(filled(tc_new_aligned(bytes, 128), bytes), 128);
    }
    return 0;
}
