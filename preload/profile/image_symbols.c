/* SPDX-License-Identifier: MIT */
#include "profile/image_symbols.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How many symbols before an address are asked whether they cover it. */
enum { LOOK_BACK = 16 };

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

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

/* Of two symbols of one address. */
static bool is_better(const struct image_symbol *one, const struct image_symbol *other)
{
    if (!one->bytes != !other->bytes)
        return one->bytes;
    if (one->rank != other->rank)
        return one->rank < other->rank;
    return strcmp(one->name, other->name) < 0;
}

/* One pass of a radix sort, by the digit from bit `shift` on. */
static void sort_by_digit(struct image_symbol *to, const struct image_symbol *from,
                          size_t count, unsigned shift)
{
    size_t starts[DIGITS + 1] = {0};

    for (size_t i = 0; i < count; i++)
        starts[(from[i].address >> shift) % DIGITS + 1]++;
    for (size_t i = 1; i < DIGITS; i++)
        starts[i] += starts[i - 1];
    for (size_t i = 0; i < count; i++)
        to[starts[(from[i].address >> shift) % DIGITS]++] = from[i];
}

static int sort_by_address(struct image_symbols *symbols)
{
    struct image_symbol *spare = malloc((symbols->count + 1) * sizeof *spare);
    uint64_t all = 0;

    if (!spare)
        return -ENOMEM;
    for (size_t i = 0; i < symbols->count; i++)
        all |= symbols->list[i].address;
    for (unsigned shift = 0; shift < 64 && all >> shift; shift += DIGIT_BITS) {
        struct image_symbol *sorted = spare;

        sort_by_digit(sorted, symbols->list, symbols->count, shift);
        spare = symbols->list;
        symbols->list = sorted;
    }
    free(spare);
    return 0;
}

static int sort_out(struct image_symbols *symbols)
{
    size_t kept = 0;
    int err = sort_by_address(symbols);

    if (err)
        return err;
    for (size_t i = 0; i < symbols->count; i++) {
        const struct image_symbol *at = &symbols->list[i];

        if (!kept || symbols->list[kept - 1].address != at->address)
            symbols->list[kept++] = *at;
        else if (is_better(at, &symbols->list[kept - 1]))
            symbols->list[kept - 1] = *at;
    }
    symbols->count = kept;
    return 0;
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
    int err = sort_out(symbols);
    if (err)
        image_symbols_fini(symbols);
    return err;
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
