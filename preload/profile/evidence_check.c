/* SPDX-License-Identifier: MIT */
#include "profile/evidence_check.h"

#include <errno.h>
#include <stdlib.h>

enum { LINES_PER_EXTENT = LEDGER_EXTENT_BYTES / LEDGER_LINE_BYTES };

int evidence_check_init(struct evidence_check *check, const struct ledger_file *file)
{
    check->file = file;
    check->taken = calloc((size_t)file->extents + 1, LINES_PER_EXTENT / 8);
    return check->taken ? 0 : -ENOMEM;
}

void evidence_check_fini(struct evidence_check *check)
{
    free(check->taken);
    *check = (struct evidence_check){0};
}

/* Lines [first, first + count), which lie in the file; false: one of them was taken before. */
static bool take(const struct evidence_check *check, uint32_t first, uint32_t count)
{
    for (uint32_t line = first; line < first + count; line++)
        if (check->taken[line / 8] & 1u << line % 8)
            return false;
    for (uint32_t line = first; line < first + count; line++)
        check->taken[line / 8] |= (uint8_t)(1u << line % 8);
    return true;
}

static uint32_t check_histograms(const struct evidence_check *check, uint32_t *link)
{
    while (*link) {
        struct ledger_histogram *at = ledger_file_histogram(check->file, *link);

        if (!at || !take(check, *link, sizeof *at / LEDGER_LINE_BYTES)) {
            *link = 0;
            return 1;
        }
        link = &at->next;
    }
    return 0;
}

static uint32_t check_growth(const struct evidence_check *check, uint32_t *link)
{
    enum { LINES = sizeof(struct ledger_growth) / LEDGER_LINE_BYTES };

    if (!*link || (ledger_file_growth(check->file, *link) && take(check, *link, LINES)))
        return 0;
    *link = 0;
    return 1;
}

static uint32_t check_run(struct ledger_record *record)
{
    if (!record->life_run || (record->life_bucket & ~LEDGER_RISING) < LEDGER_LIFE_BUCKETS)
        return 0;
    record->life_run = 0;
    return 1;
}

uint32_t evidence_check_record(struct evidence_check *check, struct ledger_record *record)
{
    return check_histograms(check, &record->histogram) +
           check_growth(check, &record->growth) + check_run(record);
}
