/* SPDX-License-Identifier: MIT */
#include "shim/imports.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

#include "shim/compiler.h"
#include "shim/modules.h"
#include "shim/next.h"
#include "shim/sys.h"

enum { HOOKED_MAX = 128, PAGE_BYTES = 4096 };

#if defined(__x86_64__)
enum {
    RELOCATES_ADDRESS = R_X86_64_64,
    RELOCATES_DATA = R_X86_64_GLOB_DAT,
    RELOCATES_CALL = R_X86_64_JUMP_SLOT
};
#elif defined(__aarch64__)
enum {
    RELOCATES_ADDRESS = R_AARCH64_ABS64,
    RELOCATES_DATA = R_AARCH64_GLOB_DAT,
    RELOCATES_CALL = R_AARCH64_JUMP_SLOT
};
#else
enum { RELOCATES_ADDRESS = -1, RELOCATES_DATA = -1, RELOCATES_CALL = -1 };
#endif

static struct import hooked[HOOKED_MAX];
static size_t hooked_count;

/* What a module says of its relocations. */
struct tables {
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * relocations[2];
    size_t bytes[2];
    uint64_t read_only_start, read_only_end; /* since the loader was done with it */
};

static const struct import *find_hooked(const char *name)
{
    for (size_t i = 0; i < hooked_count; i++) {
        if (hooked[i].name[0] == name[0] && strcmp(hooked[i].name, name) == 0)
            return &hooked[i];
    }
    return NULL;
}

/* The segments of the main program need not lie side by side, and the loader's answer is then one
 * of them, without the file's header. */
static const ElfW(Phdr) * find_segments(const struct link_map *module, size_t *count)
{
    struct code_object object;

    if (!module->l_name[0]) {
        *count = getauxval(AT_PHNUM);
        return (const void *)getauxval(AT_PHDR);
    }
    if (!code_find((uint64_t)(uintptr_t)module->l_ld, &object))
        return NULL;
    const ElfW(Ehdr) *elf = (const void *)object.start;
    if (memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 ||
        elf->e_phoff + (uint64_t)elf->e_phnum * sizeof(ElfW(Phdr)) > PAGE_BYTES)
        return NULL;
    *count = elf->e_phnum;
    return (const void *)(object.start + elf->e_phoff);
}

/* False: it is not known which of the module's pages can be written. */
static bool find_read_only(struct tables *tables, const struct link_map *module)
{
    size_t count = 0;
    const ElfW(Phdr) *segment = find_segments(module, &count);
    bool is_its_own = false;

    for (size_t i = 0; segment && i < count; i++) {
        uint64_t start = module->l_addr + segment[i].p_vaddr;

        if (segment[i].p_type == PT_DYNAMIC)
            is_its_own = start == (uint64_t)(uintptr_t)module->l_ld;
        if (segment[i].p_type == PT_GNU_RELRO) {
            tables->read_only_start = start;
            tables->read_only_end = start + segment[i].p_memsz;
        }
    }
    return is_its_own;
}

static bool find_tables(struct tables *tables, const struct link_map *module)
{
    bool with_addends = true;

    *tables = (struct tables){0};
    for (const ElfW(Dyn) *entry = module->l_ld; entry && entry->d_tag != DT_NULL; entry++) {
        uint64_t address = entry->d_un.d_ptr;

        if (address < module->l_addr)
            address += module->l_addr; /* the loader leaves a read-only section as it was */
        switch (entry->d_tag) {
        case DT_SYMTAB:
            tables->symbols = (const void *)address;
            break;
        case DT_STRTAB:
            tables->names = (const void *)address;
            break;
        case DT_RELA:
            tables->relocations[0] = (const void *)address;
            break;
        case DT_RELASZ:
            tables->bytes[0] = entry->d_un.d_val;
            break;
        case DT_JMPREL:
            tables->relocations[1] = (const void *)address;
            break;
        case DT_PLTRELSZ:
            tables->bytes[1] = entry->d_un.d_val;
            break;
        case DT_PLTREL:
            with_addends = entry->d_un.d_val == DT_RELA;
            break;
        default:
            break;
        }
    }
    return tables->symbols && tables->names && with_addends &&
           find_read_only(tables, module);
}

static void store(const struct tables *tables, uint64_t slot, void (*hook)(void))
{
    uint64_t page = slot & ~(uint64_t)(PAGE_BYTES - 1);
    bool read_only =
        slot - tables->read_only_start < tables->read_only_end - tables->read_only_start;
    int saved_errno = errno;

    /* A page that is read-only only in its first part stays writable, as the loader has it. */
    if (!read_only || mprotect((void *)page, PAGE_BYTES, PROT_READ | PROT_WRITE) == 0)
        __atomic_store_n((void (**)(void))slot, hook, __ATOMIC_RELEASE);
    if (read_only && page + PAGE_BYTES <= tables->read_only_end)
        mprotect((void *)page, PAGE_BYTES, PROT_READ);
    errno = saved_errno;
}

static void look(const struct link_map *module, const struct import *only)
{
    struct tables tables;

    if (!find_tables(&tables, module))
        return;
    for (int k = 0; k < 2; k++) {
        size_t count = tables.relocations[k] ? tables.bytes[k] / sizeof(ElfW(Rela)) : 0;

        for (size_t i = 0; i < count; i++) {
            const ElfW(Rela) *at = &tables.relocations[k][i];
            uint32_t type = ELF64_R_TYPE(at->r_info);
            const ElfW(Sym) *symbol = &tables.symbols[ELF64_R_SYM(at->r_info)];

            if ((type != RELOCATES_CALL && type != RELOCATES_DATA &&
                 type != RELOCATES_ADDRESS) ||
                at->r_addend != 0 || symbol->st_shndx != SHN_UNDEF)
                continue;
            const char *name = tables.names + symbol->st_name;
            const struct import *import = only ? only : find_hooked(name);
            if (import && strcmp(import->name, name) == 0)
                store(&tables, module->l_addr + at->r_offset, import->hook);
        }
    }
}

void imports_look(const struct link_map *module)
{
    if (hooked_count && !next_has_code(module->l_ld))
        look(module, NULL);
}

/* All modules but ours and the one whose functions these are. */
static void look_at_all(const struct import *only)
{
    struct link_map *module = NULL;
    Dl_info info;

    if (!dladdr1((void *)(uintptr_t)imports_hook, &info, (void **)&module,
                 RTLD_DL_LINKMAP) ||
        !module)
        return;
    const struct link_map *ours = module;
    while (module->l_prev)
        module = module->l_prev;
    for (; module; module = module->l_next) {
        if (module != ours && !next_has_code(module->l_ld))
            look(module, only);
    }
}

void imports_hook(const struct import *list, size_t count)
{
    size_t before = hooked_count;

    if (!count || !next_function(list[0].name))
        return;
    for (size_t i = 0; i < count && hooked_count < HOOKED_MAX; i++) {
        void *real = next_function(list[i].name);

        if (!real)
            continue;
        if (list[i].real)
            memcpy(list[i].real, &real, sizeof real);
        hooked[hooked_count++] = list[i];
    }
    if (hooked_count > before)
        look_at_all(NULL);
}

void imports_hook_any(const struct import *import)
{
    if (hooked_count < HOOKED_MAX)
        hooked[hooked_count++] = *import;
    look_at_all(import);
}
