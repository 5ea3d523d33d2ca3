/* SPDX-License-Identifier: MIT */
#include "shim/shallow.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include "shim/imports.h"
#include "shim/message.h"

static void *(*real_dlopen)(const char *path, int mode);

static __attribute__((noinline)) void say(void)
{
    static bool said;

    if (!said)
        message("TARE_ALLOCATOR=mimalloc: dlopen's flag RTLD_DEEPBIND is left out");
    said = true;
}

/* Ends in a jump: dlopen looks at its return address to know its caller. */
static __attribute__((optimize("O2"))) void *open_shallow(const char *path, int mode)
{
    if (mode & RTLD_DEEPBIND)
        say();
    return real_dlopen(path, mode & ~RTLD_DEEPBIND);
}

void shallow_init(void)
{
    static const struct import import = {"dlopen", (void (*)(void))open_shallow, NULL};
    void *found = dlsym(RTLD_NEXT, import.name);

    memcpy(&real_dlopen, &found, sizeof found);
    if (found)
        imports_hook_any(&import);
}
