/* SPDX-License-Identifier: MIT */
#include "shim/modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#include "shim/imports.h"
#include "shim/recorder.h"
#include "shim/sys.h"
#include "shim/thread.h"

enum { MODULES_AT_FIRST = 64, SCAN_BYTES = LEDGER_PAGE_BYTES };

struct code_state code = {.tag = 1};

/* glibc 2.35. Where it is missing, stacks end at the allocation's caller. */
extern __typeof__(_dl_find_object) _dl_find_object __attribute__((weak));

bool code_find(uint64_t ip, struct code_object *object)
{
    struct dl_find_object found;

    if (!_dl_find_object || _dl_find_object((void *)ip, &found) != 0)
        return false;
    *object = (struct code_object){
        .start = (uint64_t)found.dlfo_map_start,
        .end = (uint64_t)found.dlfo_map_end,
        .link_map = found.dlfo_link_map,
        .eh_frame_hdr = found.dlfo_eh_frame,
    };
    return true;
}

static void find_loader(void)
{
    uint64_t base = getauxval(AT_BASE);
    const ElfW(Ehdr) *elf = (const void *)base;

    if (!base)
        return;
    const ElfW(Phdr) *segment = (const void *)(base + elf->e_phoff);
    for (int i = 0; i < elf->e_phnum; i++) {
        if (segment[i].p_type == PT_LOAD && (segment[i].p_flags & PF_X)) {
            code.loader_start = base + segment[i].p_vaddr;
            code.loader_bytes = segment[i].p_memsz;
        }
    }
}

void code_init(void)
{
    ElfW(Sym) *symbol = NULL;
    Dl_info info;
    void *thread_create = dlsym(RTLD_DEFAULT, "pthread_create");

    find_loader();
    if (thread_create && dladdr1(thread_create, &info, (void **)&symbol, RTLD_DL_SYMENT) &&
        symbol) {
        code.thread_start = (uint64_t)info.dli_saddr;
        code.thread_bytes = symbol->st_size;
    }
}

void code_maybe_loaded(void)
{
    __atomic_add_fetch(&code.loads, 1, __ATOMIC_RELEASE);
}

void code_forget_rules(void)
{
    __atomic_add_fetch(&code.tag, 1, __ATOMIC_RELEASE);
}

/* A note section of the mapped file header's page; NULL when there is no build-id in it. */
static const uint8_t *find_build_id(const struct code_object *object, uint64_t bias,
                                    uint32_t *bytes)
{
    const ElfW(Ehdr) *elf = (const void *)object->start;

    if (memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 ||
        elf->e_phoff + (uint64_t)elf->e_phnum * sizeof(ElfW(Phdr)) > SCAN_BYTES)
        return NULL;
    const ElfW(Phdr) *segment = (const void *)(object->start + elf->e_phoff);
    for (int i = 0; i < elf->e_phnum; i++) {
        uint64_t at = bias + segment[i].p_vaddr, end = at + segment[i].p_memsz;

        if (segment[i].p_type != PT_NOTE || at < object->start ||
            end > object->start + SCAN_BYTES)
            continue;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            const ElfW(Nhdr) *note = (const void *)at;
            uint64_t data = at + sizeof *note + ((note->n_namesz + 3) & ~3u);

            if (data + note->n_descsz > end)
                break;
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4) {
                *bytes = note->n_descsz;
                return (const uint8_t *)data;
            }
            at = data + ((note->n_descsz + 3) & ~3u);
        }
    }
    return NULL;
}

static void module_build_id(struct module *module, const struct code_object *object)
{
    const struct link_map *map = object->link_map;
    uint32_t bytes = 0;
    const uint8_t *build_id = find_build_id(object, map->l_addr, &bytes);

    module->build_id_bytes = 0;
    if (build_id && bytes <= sizeof module->build_id) {
        memcpy(module->build_id, build_id, bytes);
        module->build_id_bytes = bytes;
    }
}

/* Is the module still what it was when it was entered? */
static bool module_is_mapped(const struct module *module)
{
    struct module now;
    struct code_object object;

    if (!code_find(module->start, &object) || object.start != module->start ||
        object.end != module->end || object.link_map != module->link_map ||
        object.eh_frame_hdr != module->eh_frame_hdr)
        return false;
    module_build_id(&now, &object);
    return now.build_id_bytes == module->build_id_bytes &&
           memcmp(now.build_id, module->build_id, now.build_id_bytes) == 0;
}

/* Mark the modules that are gone; were there any? */
static bool drop_unmapped(void)
{
    bool dropped = false;

    recorder->modules_doubtful = false;
    for (uint32_t i = 0; i < recorder->module_count; i++) {
        struct module *module = &recorder->modules[i];

        if (!module->gone && !module_is_mapped(module))
            dropped = module->gone = true;
    }
    return dropped;
}

void code_maybe_unloaded(void)
{
    bool changed = true;

    if (!recorder_is_on())
        return;
    if (lock_try(&recorder->lock, thread_self())) {
        changed = drop_unmapped();
        lock_leave(&recorder->lock);
    } else {
        recorder->modules_doubtful = true; /* module_at looks, under the lock */
    }
    if (changed)
        code_forget_rules();
}

/* A module is there: which of those that were seen at one place are the present ones? */
static void settle_contests(struct module *present)
{
    uint64_t salt = 0;

    for (uint32_t i = 0; i < recorder->module_count; i++) {
        struct module *module = &recorder->modules[i];

        if (module != present && module->start < present->end &&
            present->start < module->end)
            module->contested = present->contested = true;
    }
    for (uint32_t i = 0; i < recorder->module_count; i++) {
        const struct module *module = &recorder->modules[i];

        if (module->contested && !module->gone)
            salt ^= module->id * 0xd6e8feb86659fd93u;
    }
    if (salt != code.salt) {
        /* The salt first: who sees the new tag starts its paths with the new salt. */
        __atomic_store_n(&code.salt, salt, __ATOMIC_RELEASE);
        code_forget_rules();
    }
}

static bool make_room(void)
{
    uint32_t slots = recorder->module_slots ? recorder->module_slots * 2 : MODULES_AT_FIRST;
    struct module *modules = sys_map_private(slots * sizeof *modules);
    struct module *old = recorder->modules;
    size_t old_bytes = recorder->module_slots * sizeof *modules;

    if (!modules)
        return false;
    recorder_leave_table(old, old_bytes);
    recorder->modules = modules;
    COMPILER_BARRIER();
    recorder->module_slots = slots;
    if (old)
        memcpy(modules, old, recorder->module_count * sizeof *modules);
    recorder_leave_table(NULL, 0);
    if (old)
        sys_unmap(old, old_bytes);
    return true;
}

/* The path as the loader opened it, made absolute; the executable's has no name there. */
static size_t module_path(char *path, size_t bytes, const char *name)
{
    size_t used = 0;

    if (!*name) {
        long length = readlink("/proc/self/exe", path, bytes);
        return length > 0 ? (size_t)length : 0;
    }
    if (*name != '/' && strchr(name, '/')) {
        long length = syscall(SYS_getcwd, path, bytes / 2);
        if (length > 1) {
            used = (size_t)length; /* with the NUL */
            path[used - 1] = '/';
        }
    }
    size_t length = strnlen(name, bytes - used);
    memcpy(path + used, name, length);
    return used + length;
}

static bool module_enter(struct module *module, const struct code_object *object)
{
    struct ledger *ledger = &recorder->ledger;
    const struct link_map *map = object->link_map;
    char path[LEDGER_PATH_BYTES];
    size_t path_bytes = module_path(path, sizeof path, map->l_name);
    uint32_t path_room =
        ((uint32_t)path_bytes + LEDGER_UNIT_BYTES) & ~(uint32_t)(LEDGER_UNIT_BYTES - 1);
    uint32_t name = ledger_new(ledger, LEDGER_STRINGS, path_room);
    uint32_t entry = ledger_new(ledger, LEDGER_MODULES, sizeof(struct ledger_module));

    if (!name || !entry)
        return false;
    memcpy(ledger_at(ledger, name), path, path_bytes);
    *module = (struct module){
        .start = object->start,
        .end = object->end,
        .link_map = object->link_map,
        .eh_frame_hdr = object->eh_frame_hdr,
        .id = entry / LEDGER_UNIT_BYTES,
    };
    module_build_id(module, object);

    struct ledger_module *record = ledger_at(ledger, entry);
    record->start = module->start;
    record->end = module->end;
    record->bias = map->l_addr;
    record->path = name / LEDGER_UNIT_BYTES;
    record->path_bytes = (uint32_t)path_bytes;
    memcpy(record->build_id, module->build_id, sizeof record->build_id);
    record->build_id_bytes = module->build_id_bytes;
    return true;
}

/* One that was there before, and has been loaded again to the same place. */
static struct module *revive(const struct code_object *object)
{
    struct module again;

    module_build_id(&again, object);
    for (uint32_t i = 0; again.build_id_bytes && i < recorder->module_count; i++) {
        struct module *module = &recorder->modules[i];

        if (module->gone && module->start == object->start && module->end == object->end &&
            module->build_id_bytes == again.build_id_bytes &&
            memcmp(module->build_id, again.build_id, again.build_id_bytes) == 0) {
            module->gone = false;
            module->link_map = object->link_map;
            module->eh_frame_hdr = object->eh_frame_hdr;
            return module;
        }
    }
    return NULL;
}

struct module *module_at(uint64_t ip)
{
    struct code_object object;

    if (recorder->modules_doubtful)
        drop_unmapped();
    for (uint32_t i = 0; i < recorder->module_count; i++) {
        struct module *module = &recorder->modules[i];

        if (!module->gone && ip - module->start < module->end - module->start)
            return module;
    }
    if (!code_find(ip, &object))
        return NULL;
    struct module *module = revive(&object);
    if (!module) {
        if (recorder->module_count == recorder->module_slots && !make_room())
            return NULL;
        module = &recorder->modules[recorder->module_count];
        if (!module_enter(module, &object))
            return NULL;
        recorder->module_count++;
    }
    imports_look(object.link_map);
    settle_contests(module);
    return module;
}

bool module_is_known(uint64_t ip)
{
    bool known = false;

    if (recorder_is_on() && lock_try(&recorder->lock, thread_self())) {
        known = module_at(ip) != NULL;
        lock_leave(&recorder->lock);
    }
    return known;
}
