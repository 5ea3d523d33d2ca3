/* SPDX-License-Identifier: MIT */
#include "shim/in_front.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

#include "shim/message.h"

const char *const allocator_names[ALLOCATOR_FUNCTIONS] = {
    "malloc", "calloc", "realloc", "memalign", "free", "malloc_usable_size"};

static struct allocator first, behind;
static char name[512];
static bool has_calloc;

/* It is being called for this thread: a call that arrives now is its passing on. */
static __thread bool inside __attribute__((tls_model("initial-exec")));

bool allocator_look_up(struct allocator *found, void *handle,
                       const char *const names[ALLOCATOR_FUNCTIONS])
{
    void *functions[ALLOCATOR_FUNCTIONS];

    for (int i = 0; i < ALLOCATOR_FUNCTIONS; i++)
        functions[i] = dlsym(handle, names[i]);
    dlerror(); /* the target must not find an error that it did not make */
    memcpy(found, functions,
           sizeof functions); /* no cast leads from objects to functions */
    return found->malloc && found->calloc && found->realloc && found->memalign &&
           found->free;
}

bool is_call_stub(void *function)
{
    ElfW(Sym) *symbol = NULL;
    Dl_info info;

    return dladdr1(function, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol &&
           symbol->st_shndx == SHN_UNDEF;
}

static void *lead_malloc(size_t bytes)
{
    bool before = inside;

    inside = true;
    void *block = before ? behind.malloc(bytes) : first.malloc(bytes);
    inside = before;
    return block;
}

static void *lead_calloc(size_t count, size_t bytes)
{
    bool before = inside;

    inside = true;
    void *block = before ? behind.calloc(count, bytes) : first.calloc(count, bytes);
    inside = before;
    return block;
}

static void *lead_realloc(void *block, size_t bytes)
{
    bool before = inside;

    inside = true;
    block = before ? behind.realloc(block, bytes) : first.realloc(block, bytes);
    inside = before;
    return block;
}

static void *lead_memalign(size_t alignment, size_t bytes)
{
    bool before = inside;

    inside = true;
    void *block =
        before ? behind.memalign(alignment, bytes) : first.memalign(alignment, bytes);
    inside = before;
    return block;
}

static void lead_free(void *block)
{
    bool before = inside;

    inside = true;
    before ? behind.free(block) : first.free(block);
    inside = before;
}

static size_t lead_usable(void *block)
{
    bool before = inside;

    inside = true;
    size_t bytes = before ? behind.usable(block) : first.usable(block);
    inside = before;
    return bytes;
}

/* A library that has malloc but not calloc or realloc cannot but pass on: its blocks get into
 * theirs. A program may be without them because it never calls them. */
static bool is_wrapper(const void *its_malloc, void *const others[])
{
    struct link_map *map = NULL;
    Dl_info info;

    return (!others[1] || !others[2]) &&
           dladdr1(its_malloc, &info, (void **)&map, RTLD_DL_LINKMAP) && map && map->l_prev;
}

bool in_front_look(const struct allocator *table)
{
    void *functions[ALLOCATOR_FUNCTIONS], *others[ALLOCATOR_FUNCTIONS];
    Dl_info ours, theirs;

    behind = *table;
    memcpy(functions, table, sizeof functions);
    if (!dladdr((void *)(uintptr_t)in_front_look, &ours))
        return false;
    for (int i = 0; i < ALLOCATOR_FUNCTIONS; i++) {
        others[i] = dlsym(RTLD_DEFAULT, allocator_names[i]);
        if (!others[i] || !dladdr(others[i], &theirs) ||
            theirs.dli_fbase == ours.dli_fbase || is_call_stub(others[i]))
            others[i] = NULL;
        /* the one behind us comes first where we export nothing, as in our own tests */
        if (i == 0 && (!others[i] || others[i] == functions[i]))
            return false;
        if (i == 0)
            memcpy(name, theirs.dli_fname, strnlen(theirs.dli_fname, sizeof name - 1));
    }
    dlerror();
    if (is_wrapper(others[0], others))
        return false;
    has_calloc = others[1] != NULL;
    for (int i = 0; i < ALLOCATOR_FUNCTIONS; i++)
        if (!others[i])
            others[i] = functions[i];
    memcpy(&first, others, sizeof others);
    return true;
}

void in_front_lead(struct allocator *table)
{
    *table = (struct allocator){
        .malloc = lead_malloc,
        .calloc = lead_calloc,
        .realloc = lead_realloc,
        .memalign = lead_memalign,
        .free = lead_free,
        .usable = lead_usable,
    };
}

bool in_front_has_calloc(void)
{
    return has_calloc;
}

const struct allocator *in_front_behind(void)
{
    return &behind;
}

const char *in_front_name(void)
{
    return name;
}
