/* SPDX-License-Identifier: MIT */
#include "profile/demangle.h"

#include <ctype.h>
#include <libiberty/demangle.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Longer ones are left as they are: a hostile name may grow a thousandfold. */
enum { RAW_MAX_BYTES = 4096 };

static const char *const clone_marks[] = {".cold",      ".part.", ".isra.", ".constprop.",
                                          ".lto_priv.", ".llvm.", ".clone."};

static bool begins_clone_mark(const char *at)
{
    for (size_t i = 0; i < sizeof clone_marks / sizeof *clone_marks; i++)
        if (!strncmp(at, clone_marks[i], strlen(clone_marks[i])))
            return true;
    return false;
}

size_t name_base_bytes(const char *raw)
{
    const char *end = raw + strcspn(raw, ".@");

    while (*end == '.' && (end == raw || !begins_clone_mark(end)))
        end += 1 + strcspn(end + 1, ".@");
    /* A name may begin with the mark of a version, but it is not empty. */
    return end == raw ? strlen(raw) : (size_t)(end - raw);
}

/* A legacy Rust name ends in "17h", 16 hexadecimal digits and "E". */
const char *name_rust_hash(const char *raw, size_t base_bytes)
{
    if (base_bytes < RUST_HASH_BYTES + 3 || strncmp(raw, "_ZN", 3))
        return NULL;
    const char *hash = raw + base_bytes - RUST_HASH_BYTES - 1;
    if (raw[base_bytes - 1] != 'E' || strncmp(hash, "17h", 3))
        return NULL;
    for (const char *at = hash + 3; at < hash + RUST_HASH_BYTES; at++)
        if (!isxdigit((unsigned char)*at))
            return NULL;
    return hash;
}

static char *work_out(const char *raw)
{
    const int options = DMGL_PARAMS | DMGL_ANSI;
    size_t bytes = name_base_bytes(raw);

    if (bytes > RAW_MAX_BYTES)
        return NULL;
    char *base = strndup(raw, bytes);
    if (!base)
        return NULL;
    char *readable = NULL;
    if (base[0] == '_' && (base[1] == 'R' || base[1] == 'Z'))
        readable = rust_demangle(base, options);
    if (base[0] == '_' && base[1] == 'D')
        readable = dlang_demangle(base, options);
    if (!readable && base[0] == '_' && base[1] == 'Z')
        readable = cplus_demangle_v3(base, options);
    if (!readable && raw[bytes])
        return base;
    free(base);
    return readable;
}

const char *demangle(struct demangler *demangler, const char *raw)
{
    struct demangled *names = &demangler->names;
    struct demangled_entry *name;
    bool is_new;

    if (!names->map.mem)
        names->map.mem = tare_mem_libc();
    name = demangled_find_or_insert(names, raw, &is_new);
    if (!name)
        return raw;
    if (is_new)
        name->value = work_out(raw);
    return name->value ? name->value : raw;
}

void demangler_fini(struct demangler *demangler)
{
    struct tare_map_cursor cursor = {0};
    struct demangled_entry *name;

    while ((name = demangled_next(&demangler->names, &cursor)))
        free(name->value);
    demangled_fini(&demangler->names);
}
