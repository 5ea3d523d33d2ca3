/* SPDX-License-Identifier: MIT
 *
 * usage: deepbind LIBRARY
 *
 * Blocks go between the program and a library that was opened with RTLD_DEEPBIND. The program's
 * segments lie apart, and where it keeps the addresses of functions is read-only.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_DEEPBIND) : NULL;

    if (!library) {
        puts(argc > 1 ? dlerror() : "which library?");
        return argc > 1;
    }
    void *(*bound_malloc)(size_t) = (void *(*)(size_t))dlsym(library, "bound_malloc");
    void *(*bound_realloc)(void *, size_t) =
        (void *(*)(void *, size_t))dlsym(library, "bound_realloc");
    void (*bound_free)(void *) = (void (*)(void *))dlsym(library, "bound_free");

    for (size_t bytes = 1; bytes < 2000; bytes++) {
        free(bound_malloc(bytes));
        bound_free(malloc(bytes));
        bound_free(bound_realloc(malloc(bytes), 3 * bytes));
        bound_free(realloc(bound_malloc(bytes), 3 * bytes));
        free(bound_realloc(malloc(bytes), 3 * bytes));
    }
    puts("done");
    return 0;
}
