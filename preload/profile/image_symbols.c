/* SPDX-License-Identifier: MIT */
#include "profile/image_symbols.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How many symbols before an address are asked whether they cover it. */
enum { LOOK_BACK = 16 };

static bool is_code(Elf *elf, GElf_Word section)
{
    GElf_Shdr header;
    Elf_Scn *scn = elf_getscn(elf, section);

    return scn && gelf_getshdr(scn, &header) && (header.sh_flags & SHF_EXECINSTR);
}

static bool is_function(const GElf_Sym *symbol, GElf_Word section, Elf *elf)
{
    int type = GELF_ST_TYPE(symbol->st_info);

    if (section == SHN_UNDEF || (section >= SHN_LORESERVE && section <= SHN_HIRESERVE))
        return false;
    if (type == STT_FUNC || type == STT_GNU_IFUNC)
        return true;
    /* Assembly code often names functions without a type. */
    return type == STT_NOTYPE && is_code(elf, section);
}

/* One function may have many names: the exported and plain ones are the better known. */
static int rank_of(const GElf_Sym *symbol, const char *name)
{
    int binding = GELF_ST_BIND(symbol->st_info);
    int rank = binding == STB_GLOBAL ? 0 : binding == STB_WEAK ? 10 : 20;

    if (GELF_ST_TYPE(symbol->st_info) == STT_NOTYPE)
        rank += 100;
    return rank + (int)strspn(name, "_");
}

static int by_address(const void *a, const void *b)
{
    const struct image_symbol *one = a;
    const struct image_symbol *other = b;

    if (one->address != other->address)
        return one->address < other->address ? -1 : 1;
    if (!one->bytes != !other->bytes)
        return one->bytes ? -1 : 1;
    if (one->rank != other->rank)
        return one->rank < other->rank ? -1 : 1;
    return strcmp(one->name, other->name);
}

static void sort_out(struct image_symbols *symbols)
{
    size_t kept = 0;

    qsort(symbols->list, symbols->count, sizeof *symbols->list, by_address);
    for (size_t i = 0; i < symbols->count; i++)
        if (!kept || symbols->list[kept - 1].address != symbols->list[i].address)
            symbols->list[kept++] = symbols->list[i];
    symbols->count = kept;
}

int image_symbols_read(struct image_symbols *symbols, Dwfl_Module *module)
{
    int total = dwfl_module_getsymtab(module);

    *symbols = (struct image_symbols){0};
    if (total <= 0)
        return 0;
    symbols->list = calloc((size_t)total, sizeof *symbols->list);
    if (!symbols->list)
        return -ENOMEM;
    for (int i = 0; i < total; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        GElf_Word section;
        Elf *elf;
        Dwarf_Addr bias;
        const char *name =
            dwfl_module_getsym_info(module, i, &symbol, &address, &section, &elf, &bias);

        if (!name || !*name || !is_function(&symbol, section, elf))
            continue;
        symbols->list[symbols->count++] =
            (struct image_symbol){address, symbol.st_size, name, rank_of(&symbol, name)};
    }
    sort_out(symbols);
    return 0;
}

void image_symbols_fini(struct image_symbols *symbols)
{
    free(symbols->list);
    *symbols = (struct image_symbols){0};
}

const char *image_symbols_find(const struct image_symbols *symbols, uint64_t address)
{
    size_t low = 0;
    size_t high = symbols->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (symbols->list[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i > 0 && low - i < LOOK_BACK; i--) {
        const struct image_symbol *symbol = &symbols->list[i - 1];

        if (address - symbol->address < symbol->bytes)
            return symbol->name;
    }
    /* Without a size a symbol reaches to the next. */
    return low && !symbols->list[low - 1].bytes ? symbols->list[low - 1].name : NULL;
}
