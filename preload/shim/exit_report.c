/* SPDX-License-Identifier: MIT */
#include "shim/exit_report.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#include "shim/message.h"
#include "shim/modules.h"
#include "shim/options.h"
#include "shim/recorder.h"
#include "shim/sys.h"
#include "shim/thread.h"

enum {
    RECORDS_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_record),
    SITES_PRINTED = 10,
    FRAMES_PRINTED = 8,
    COLUMN = 14,
};

struct site_sum {
    uint32_t site;
    uint64_t allocations, bytes, frees, freed_bytes;
};

struct sums {
    struct site_sum *slots; /* open addressing by site */
    size_t mask;
    struct site_sum all;
};

static void add_record(struct sums *sums, const struct ledger_record *record)
{
    struct site_sum *pair[2] = {&sums->all, NULL};
    size_t i = record->site * 0x9e3779b9u;

    while (sums->slots[i & sums->mask].site &&
           sums->slots[i & sums->mask].site != record->site)
        i++;
    pair[1] = &sums->slots[i & sums->mask];
    pair[1]->site = record->site;
    for (int k = 0; k < 2; k++) {
        pair[k]->allocations += counter_read(&record->allocations);
        pair[k]->bytes += counter_read(&record->bytes);
        pair[k]->frees += counter_read(&record->frees);
        pair[k]->freed_bytes += counter_read(&record->freed_bytes);
    }
}

static bool add_all(struct sums *sums)
{
    const struct ledger *ledger = &recorder->ledger;
    const uint8_t *kinds = ledger_at(ledger, LEDGER_HEADER_BYTES);
    uint32_t extents = __atomic_load_n(&ledger->header->extents, __ATOMIC_ACQUIRE);
    size_t slots = 2 * RECORDS_PER_EXTENT;

    while (slots < (size_t)extents * 2 * RECORDS_PER_EXTENT)
        slots *= 2;
    sums->mask = slots - 1;
    sums->slots = sys_map_private(slots * sizeof *sums->slots);
    for (uint32_t i = LEDGER_FIRST_EXTENT; sums->slots && i < extents; i++) {
        const struct ledger_record *records = ledger_at(ledger, i * LEDGER_EXTENT_BYTES);

        for (int k = 0; kinds[i] == LEDGER_RECORDS && k < RECORDS_PER_EXTENT; k++) {
            if (__atomic_load_n(&records[k].site, __ATOMIC_ACQUIRE) &&
                records[k].class == LEDGER_HEAP)
                add_record(sums, &records[k]);
        }
    }
    return sums->slots != NULL;
}

/* How many symbols a module exports: its hash table's last chain ends there. */
static uint32_t symbol_count(const uint32_t *gnu_hash)
{
    uint32_t buckets = gnu_hash[0], first = gnu_hash[1], bloom_words = gnu_hash[2],
             last = 0;
    const uint32_t *bucket = gnu_hash + 4 + bloom_words * (sizeof(ElfW(Addr)) / 4);
    const uint32_t *chain = bucket + buckets;

    for (uint32_t i = 0; i < buckets; i++) {
        if (bucket[i] > last)
            last = bucket[i];
    }
    if (last < first)
        return first;
    while (!(chain[last - first] & 1))
        last++;
    return last + 1;
}

/* The exported function that `ip` lies in, or NULL. */
static const char *exported_name(const struct link_map *map, uint64_t ip)
{
    const ElfW(Sym) *symbols = NULL;
    const char *names = NULL;
    const uint32_t *hash = NULL;

    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        uint64_t address = entry->d_un.d_ptr;

        if (address < map->l_addr)
            address += map->l_addr; /* the loader leaves a read-only section as it was */
        if (entry->d_tag == DT_SYMTAB)
            symbols = (const void *)address;
        else if (entry->d_tag == DT_STRTAB)
            names = (const void *)address;
        else if (entry->d_tag == DT_GNU_HASH)
            hash = (const void *)address;
    }
    uint32_t count = symbols && names && hash ? symbol_count(hash) : 0;
    for (uint32_t i = 0; i < count; i++) {
        if (symbols[i].st_shndx != SHN_UNDEF &&
            ELF64_ST_TYPE(symbols[i].st_info) == STT_FUNC &&
            ip - (map->l_addr + symbols[i].st_value) < symbols[i].st_size)
            return names + symbols[i].st_name;
    }
    return NULL;
}

static void print_frame(struct text *text, const struct ledger_node *node)
{
    const struct ledger *ledger = &recorder->ledger;
    uint64_t ip = node->ip & ~LEDGER_IP_EXACT, pc = ip - !(node->ip & LEDGER_IP_EXACT);
    const char *name = NULL;

    text_add(text, "        ");
    for (uint32_t i = 0; i < recorder->module_count && node->module; i++) {
        if (recorder->modules[i].id == node->module && !recorder->modules[i].gone)
            name = exported_name(recorder->modules[i].link_map, pc);
    }
    if (name) {
        text_add(text, name);
        text_add(text, "  ");
    }
    if (node->module) {
        const struct ledger_module *module =
            ledger_at(ledger, node->module * (uint32_t)LEDGER_UNIT_BYTES);
        const char *path = ledger_at(ledger, module->path * (uint32_t)LEDGER_UNIT_BYTES);
        const char *slash = strrchr(path, '/');

        text_add(text, slash ? slash + 1 : path);
        text_add(text, "+");
        text_add_hex(text, ip - module->bias);
    } else {
        text_add_hex(text, ip);
    }
    text_add(text, "\n");
}

static void print_site(const struct site_sum *sum)
{
    struct text text = {0};
    uint32_t node = sum->site;

    text_add_column(&text, sum->bytes, COLUMN);
    text_add_column(&text, sum->allocations, COLUMN);
    text_add_column(&text, sum->bytes - sum->freed_bytes, COLUMN);
    text_add(&text, "\n");
    if (node == LEDGER_NO_STACK || node == LEDGER_ALL_SITES)
        text_add(&text, node == LEDGER_ALL_SITES ? "        (sites were not tracked)\n"
                                                 : "        (stack not recorded)\n");
    for (int i = 0; i < FRAMES_PRINTED && node > LEDGER_ALL_SITES; i++) {
        const struct ledger_node *frame =
            ledger_at(&recorder->ledger, node * (uint32_t)LEDGER_UNIT_BYTES);

        print_frame(&text, frame);
        text_write(&text);
        node = frame->parent;
    }
    text_write(&text);
}

static void print_totals(const struct site_sum *all)
{
    const struct ledger_header *header = recorder->ledger.header;
    const char *slash = strrchr(header->executable, '/');
    struct text text = {0};

    text_add(&text, "tare: ");
    text_add(&text, slash ? slash + 1 : header->executable);
    text_add(&text, ", process ");
    text_add_number(&text, header->pid);
    text_add(&text, ": ");
    text_add_number(&text, all->allocations);
    text_add(&text, " allocations, ");
    text_add_number(&text, all->frees);
    text_add(&text, " frees, ");
    text_add_number(&text, all->bytes);
    text_add(&text, " bytes, peak ");
    text_add_number(&text, header->peak_bytes);
    text_add(&text, ", live ");
    text_add_number(&text, all->bytes - all->freed_bytes);
    if (header->lost_events) {
        text_add(&text, ", lost ");
        text_add_number(&text, header->lost_events);
    }
    text_add(&text,
             "\n         bytes   allocations    bytes live  site, innermost frame first\n");
    text_write(&text);
}

static void print_report(struct sums *sums)
{
    print_totals(&sums->all);
    for (int printed = 0; printed < SITES_PRINTED; printed++) {
        struct site_sum *top = NULL;

        for (size_t i = 0; i <= sums->mask; i++) {
            if (sums->slots[i].allocations && (!top || sums->slots[i].bytes > top->bytes))
                top = &sums->slots[i];
        }
        if (!top)
            break;
        print_site(top);
        top->allocations = 0;
    }
}

void exit_report(void)
{
    struct sums sums = {0};

    if (!options.print_report || !message_stderr_is_unchanged() ||
        !message_process_is_first())
        return;
    if (add_all(&sums) && lock_try(&recorder->lock, thread_self())) {
        print_report(&sums);
        lock_leave(&recorder->lock);
    }
}
