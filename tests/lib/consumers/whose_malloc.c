/* SPDX-License-Identifier: MIT
 *
 * usage: whose_malloc [LIBRARY]
 *
 * Says whose functions serve this program: for each of malloc and its kin, which library a call of
 * it reaches, and which one a search of all libraries finds. Once before libtare gives memory, and
 * once after. Then the same of operator new, as code in C++ sees it: code of this program, where it
 * is linked with whose_new.cc, and of LIBRARY, which is loaded now.
 */
#include "consumers/whose.h"

#include <stdio.h>
#include <stdlib.h>

#include <tare/mem.h>

void say_whose_new(void) __attribute__((weak));

static void say(const char *name, const void *called)
{
    printf("%s %s %s\n", name, whose(called), whose(dlsym(RTLD_DEFAULT, name)));
}

static void say_whose_malloc(void)
{
    say("malloc", (const void *)malloc);
    say("calloc", (const void *)calloc);
    say("realloc", (const void *)realloc);
    say("free", (const void *)free);
}

static void use_library(void)
{
    struct tare_mem *mem = tare_mem_default();
    void *block = tare_mem_alloc(mem, 1000, 16);

    if (block)
        printf("%s serves\n", mem->name);
    tare_mem_free(mem, block, 1000, 16);
}

/* Libraries in C++ that a program loads late search all that were loaded at its start first. */
static int load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *found = library ? dlsym(library, "say_whose_new") : NULL;
    void (*say_it)(void);

    if (!found) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    memcpy(&say_it, &found, sizeof found);
    say_it();
    return 0;
}

int main(int count, char **words)
{
    say_whose_malloc();
    use_library();
    say_whose_malloc();
    if (say_whose_new)
        say_whose_new();
    fflush(stdout);
    return count > 1 ? load(words[1]) : 0;
}
