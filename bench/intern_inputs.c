/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <fts.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/intern_ways.h"

enum {
    ZIPF_STRINGS = 1000000,
    ZIPF_LOOKUPS = 2000000,
    IDENTIFIERS = 12000000,
    FILE_BYTES = 4 << 20,
};

static void *must(void *memory)
{
    if (!memory) {
        perror("intern");
        exit(1);
    }
    return memory;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Letters, and the number in hexadecimal, so that no two are equal. */
static struct tare_text make_text(uint64_t *seed, size_t number)
{
    char digits[24], *start;
    size_t bytes = 12 + next_random(seed) % 17;
    size_t tail = (size_t)snprintf(digits, sizeof digits, "%zx", number);

    start = must(malloc(bytes + 1));
    for (size_t i = 0; i < bytes - tail; i++)
        start[i] = (char)('a' + next_random(seed) % 26);
    memcpy(start + bytes - tail, digits, tail + 1);
    return (struct tare_text){start, bytes};
}

static size_t rank_of(const double *sums, double at)
{
    size_t low = 0, high = ZIPF_STRINGS - 1;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (sums[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* All texts in one piece, in this order, as a reader of input would find them. */
static void pack(struct tare_text *texts, size_t count)
{
    size_t bytes = 0;
    char *next;

    for (size_t i = 0; i < count; i++)
        bytes += texts[i].bytes + 1;
    next = must(malloc(bytes));
    for (size_t i = 0; i < count; i++) {
        memcpy(next, texts[i].start, texts[i].bytes + 1);
        texts[i].start = next;
        next += texts[i].bytes + 1;
    }
}

void intern_input_zipf(struct intern_input *input)
{
    struct tare_text *made = must(malloc(ZIPF_STRINGS * sizeof *made));
    double *sums = must(malloc(ZIPF_STRINGS * sizeof *sums)), sum = 0;
    uint64_t seed = 88172645463325252u;
    size_t bytes = 0;

    for (size_t i = 0; i < ZIPF_STRINGS; i++) {
        made[i] = make_text(&seed, i);
        bytes += made[i].bytes;
        sums[i] = sum += 1 / pow((double)i + 1, 0.99);
    }
    for (size_t i = ZIPF_STRINGS - 1; i > 0; i--) {
        size_t other = next_random(&seed) % (i + 1);
        struct tare_text text = made[i];

        made[i] = made[other];
        made[other] = text;
    }
    input->texts = must(malloc(ZIPF_LOOKUPS * sizeof *input->texts));
    for (size_t i = 0; i < ZIPF_LOOKUPS; i++)
        input->texts[i] =
            made[rank_of(sums, (double)(next_random(&seed) >> 11) * 0x1p-53 * sum)];
    free(sums);
    pack(input->texts, ZIPF_LOOKUPS);
    pack(made, ZIPF_STRINGS);
    input->name = "zipf";
    input->count = ZIPF_LOOKUPS;
    input->distinct = made;
    input->distinct_count = ZIPF_STRINGS;
    input->mean_bytes = (double)bytes / ZIPF_STRINGS;
    snprintf(input->from, sizeof input->from, "%d strings, %d lookups", ZIPF_STRINGS,
             ZIPF_LOOKUPS);
}

/* Names of one folder in order, so that a run finds the same as the one before. */
static int compare_entries(const FTSENT **one, const FTSENT **other)
{
    return strcmp((*one)->fts_name, (*other)->fts_name);
}

static bool is_source(const FTSENT *entry)
{
    static const char *const endings[] = {".h", ".hh", ".hpp", ".c", ".pm", ".pl", ".py"};
    const char *ending = strrchr(entry->fts_name, '.');

    if (entry->fts_info != FTS_F || !ending || entry->fts_statp->st_size > FILE_BYTES)
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strcmp(ending, endings[i]) == 0)
            return true;
    return false;
}

/* Into the input; the text stays. */
static void add_identifiers(struct intern_input *input, const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = must(malloc(FILE_BYTES + 1)), *kept;
    size_t bytes = file ? fread(text, 1, FILE_BYTES, file) : 0;

    if (file)
        fclose(file);
    kept = must(realloc(text, bytes + 1));
    kept[bytes] = 0;
    for (size_t i = 0; i < bytes && input->count < IDENTIFIERS;) {
        size_t start = i;

        while (isalnum((unsigned char)kept[i]) || kept[i] == '_')
            i++;
        if (i > start && !isdigit((unsigned char)kept[start]))
            input->texts[input->count++] = (struct tare_text){kept + start, i - start};
        kept[i++] = 0;
    }
}

static void find_distinct(struct intern_input *input)
{
    struct tare_intern_options options = {.strings_max = TARE_INTERN_NO_LIMIT,
                                          .bytes_max = TARE_INTERN_NO_LIMIT};
    struct tare_intern_stats stats;
    struct tare_intern *table;
    size_t bytes = 0, known = 0;

    if (tare_intern_create(&table, &options))
        must(NULL);
    input->distinct = must(malloc(input->count * sizeof *input->distinct));
    for (size_t i = 0; i < input->count; i++) {
        const struct tare_text *text = &input->texts[i];

        if (tare_intern_find(table, text->start, text->bytes))
            continue;
        if (!tare_intern_insert(table, text->start, text->bytes))
            must(NULL);
        input->distinct[known++] = *text;
        bytes += text->bytes;
    }
    tare_intern_get_stats(table, &stats);
    input->distinct_count = stats.strings;
    input->mean_bytes = (double)bytes / (double)(known ? known : 1);
    tare_intern_destroy(&table);
    pack(input->distinct, input->distinct_count);
}

void intern_input_identifiers(struct intern_input *input)
{
    char include[] = "/usr/include", gcc[] = "/usr/lib/gcc", share[] = "/usr/share",
         python[] = "/usr/lib/python3";
    char *folders[] = {include, gcc, share, python, NULL};
    FTS *tree = must(fts_open(folders, FTS_PHYSICAL | FTS_NOCHDIR, compare_entries));
    size_t files = 0;
    char last[80] = "";

    input->name = "identifiers";
    input->texts = must(malloc(IDENTIFIERS * sizeof *input->texts));
    for (FTSENT *entry; input->count < IDENTIFIERS && (entry = fts_read(tree));) {
        if (!is_source(entry))
            continue;
        add_identifiers(input, entry->fts_path);
        snprintf(last, sizeof last, "%s", entry->fts_path);
        files++;
    }
    fts_close(tree);
    find_distinct(input);
    snprintf(input->from, sizeof input->from,
             "%zu of them, %zu distinct, in %zu files up to %s", input->count,
             input->distinct_count, files, last);
}
