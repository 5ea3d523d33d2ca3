/* SPDX-License-Identifier: MIT */
#include "profile/symbols.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct symbols_entry {
    struct image *image;
    size_t key_bytes;
    UT_hash_handle hh;
    char key[]; /* path, NUL, build-id */
};

static bool may_ask;

void symbols_stay_offline(void)
{
    if (!may_ask)
        unsetenv("DEBUGINFOD_URLS");
}

/* Limits that somebody has set are theirs. Seconds: without a byte, and for a file. */
int symbols_go_online(void)
{
    const char *servers = getenv("DEBUGINFOD_URLS");
    void *client = dlopen("libdebuginfod.so.1", RTLD_LAZY);

    if (!servers || !*servers)
        return -EDESTADDRREQ;
    if (!client)
        return -ELIBACC;
    setenv("DEBUGINFOD_TIMEOUT", "10", 0);
    setenv("DEBUGINFOD_MAXTIME", "60", 0);
    may_ask = true;
    return 0;
}

void symbols_fini(struct symbols *symbols)
{
    struct symbols_entry *entry;
    struct symbols_entry *next;

    HASH_ITER(hh, symbols->images, entry, next)
    {
        HASH_DEL(symbols->images, entry);
        image_destroy(&entry->image);
        free(entry);
    }
    demangler_fini(&symbols->demangler);
}

static struct symbols_entry *entry_create(const char *path, const uint8_t *build_id,
                                          size_t build_id_bytes)
{
    size_t path_bytes = strlen(path) + 1;
    struct symbols_entry *entry = calloc(1, sizeof *entry + path_bytes + build_id_bytes);

    if (!entry)
        return NULL;
    entry->key_bytes = path_bytes + build_id_bytes;
    memcpy(entry->key, path, path_bytes);
    memcpy(entry->key + path_bytes, build_id, build_id_bytes);
    return entry;
}

struct image *symbols_image(struct symbols *symbols, const char *path,
                            const uint8_t *build_id, size_t build_id_bytes)
{
    struct symbols_entry *found;
    struct symbols_entry *entry = entry_create(path, build_id, build_id_bytes);

    if (!entry)
        return NULL;
    HASH_FIND(hh, symbols->images, entry->key, entry->key_bytes, found);
    if (found) {
        free(entry);
        return found->image;
    }
    entry->image = image_create(path, build_id, build_id_bytes);
    if (!entry->image) {
        free(entry);
        return NULL;
    }
    if (symbols->without_files)
        image_ignore_file(entry->image);
    HASH_ADD_KEYPTR(hh, symbols->images, entry->key, entry->key_bytes, entry);
    return entry->image;
}

uint64_t symbols_shown_address(const struct node *node, const struct module *module)
{
    return node->ip - module->bias;
}

/* A return address may already belong to the next line, or even the next function. */
uint64_t symbols_lookup_address(const struct node *node, const struct module *module)
{
    return symbols_shown_address(node, module) - !node->exact;
}

const struct frames *symbols_frames(struct symbols *symbols, const struct process *process,
                                    const struct node *node)
{
    const struct module *module = &process->modules[node->module];

    if (!node->module)
        return NULL;
    return image_frames(module->image, symbols_lookup_address(node, module),
                        &symbols->demangler);
}

const char *symbols_name(struct symbols *symbols, const struct process *process,
                         const struct node *node)
{
    const struct module *module = &process->modules[node->module];
    const char *name =
        node->module ? image_symbol(module->image, symbols_lookup_address(node, module))
                     : NULL;

    return name ? demangle(&symbols->demangler, name) : NULL;
}
