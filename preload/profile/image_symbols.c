/* SPDX-License-Identifier: MIT */
#include "profile/image_symbols.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How many symbols before an address are asked whether they cover it. */
enum { LOOK_BACK = 16 };

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };
enum { FOUND_BITS = 12 };

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

static const char *read_symbol(Dwfl_Module *module, uint32_t number, GElf_Sym *symbol)
{
    GElf_Addr address;

    return dwfl_module_getsym_info(module, (int)number, symbol, &address, NULL, NULL, NULL);
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
static bool is_better(Dwfl_Module *module, const struct image_symbol *one,
                      const struct image_symbol *other)
{
    GElf_Sym symbol, other_symbol;

    if (!one->bytes != !other->bytes)
        return one->bytes;
    const char *name = read_symbol(module, one->number, &symbol);
    const char *other_name = read_symbol(module, other->number, &other_symbol);
    int rank = rank_of(&symbol, name);
    int other_rank = rank_of(&other_symbol, other_name);
    if (rank != other_rank)
        return rank < other_rank;
    return strcmp(name, other_name) < 0;
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
        else if (is_better(symbols->module, at, &symbols->list[kept - 1]))
            symbols->list[kept - 1] = *at;
    }
    symbols->count = kept;
    return 0;
}

/* A symbol without a name has no place in the table of names. */
static void read_symbols(struct image_symbols *symbols, int total)
{
    for (int i = 0; i < total; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        GElf_Word section;
        Elf *elf;
        Dwarf_Addr bias;
        const char *name = dwfl_module_getsym_info(symbols->module, i, &symbol, &address,
                                                   &section, &elf, &bias);

        if (!name || !symbol.st_name || !is_function(&symbol, section, elf))
            continue;
        uint32_t bytes =
            symbol.st_size < UINT32_MAX ? (uint32_t)symbol.st_size : UINT32_MAX;
        symbols->list[symbols->count++] =
            (struct image_symbol){address, bytes, (uint32_t)i};
    }
}

int image_symbols_read(struct image_symbols *symbols, Dwfl_Module *module)
{
    int total = dwfl_module_getsymtab(module);

    *symbols = (struct image_symbols){.module = module};
    if (total <= 0)
        return 0;
    symbols->list = calloc((size_t)total, sizeof *symbols->list);
    symbols->found = calloc(1 << FOUND_BITS, sizeof *symbols->found);
    int err = -ENOMEM;
    if (symbols->list && symbols->found) {
        read_symbols(symbols, total);
        err = sort_out(symbols);
    }
    if (err)
        image_symbols_fini(symbols);
    return err;
}

void image_symbols_fini(struct image_symbols *symbols)
{
    free(symbols->list);
    free(symbols->found);
    *symbols = (struct image_symbols){0};
}

/* Of the symbols that cover the address the nearest one. */
static const struct image_symbol *look_up(const struct image_symbols *symbols,
                                          uint64_t address)
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
            return symbol;
    }
    /* Without a size a symbol reaches to the next. */
    return low && !symbols->list[low - 1].bytes ? &symbols->list[low - 1] : NULL;
}

const char *image_symbols_find(struct image_symbols *symbols, uint64_t address)
{
    if (!symbols->count)
        return NULL;
    struct found_symbol *found =
        &symbols->found[address * 0x9e3779b97f4a7c15u >> (64 - FOUND_BITS)];
    if (!found->is_used || found->address != address) {
        const struct image_symbol *symbol = look_up(symbols, address);
        GElf_Sym unused;

        *found = (struct found_symbol){.address = address, .is_used = true};
        if (symbol)
            found->name = read_symbol(symbols->module, symbol->number, &unused);
    }
    return found->name;
}
