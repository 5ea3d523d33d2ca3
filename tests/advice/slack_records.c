/* SPDX-License-Identifier: MIT
 *
 * Objects of 25 bytes, which take 48: shrink, in add_record.
 */
#include <stdlib.h>
#include <string.h>

enum { RECORDS = 50000 };

struct record {
    char key[20], kind;
#ifdef REMEDIED
    char flags[3]; /* four that were bytes are bits of it */
#else
    char flags[4];
#endif
};

static struct record *records[RECORDS];

static __attribute__((noinline)) void add_record(unsigned number, unsigned round)
{
    struct record *record = malloc(sizeof *record);

    if (!record)
        exit(1);
    memset(record, 'k', sizeof *record);
    memcpy(record->key, &number, sizeof number);
    memcpy(record->key + sizeof number, &round, sizeof round);
    records[number] = record;
}

static __attribute__((noinline)) void drop_record(unsigned number)
{
    free(records[number]);
}

int main(void)
{
    for (unsigned i = 0; i < RECORDS; i++)
        add_record(i, 0);
    for (unsigned i = 0; i < RECORDS / 2; i++) {
        drop_record(i * 7 % RECORDS);
        add_record(i * 7 % RECORDS, 1);
    }
    return 0;
}
