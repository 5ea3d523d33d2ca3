/* SPDX-License-Identifier: MIT
 *
 * Records with room for the longest name there could be: shrink, in add_record.
 */
#include <cstring>
#include <new>

#include <tare/string_builder.h>

enum { RECORDS = 6000, NAME_MOST = 244 };

static void *records[RECORDS];

#ifdef REMEDIED
static __attribute__((noinline)) void *add_record(unsigned, const char *name)
{
    return tare_string_alloc(nullptr, "....", name);
}

static void drop(void *record)
{
    tare_mem_free(tare_mem_default(), record, std::strlen(static_cast<char *>(record)) + 1,
                  1);
}
#else
struct record {
    unsigned number;
    char name[NAME_MOST];
};

static __attribute__((noinline)) void *add_record(unsigned number, const char *name)
{
    record *made = static_cast<record *>(::operator new(sizeof(record)));

    made->number = number;
    std::strcpy(made->name, name);
    return made;
}

static void drop(void *record)
{
    ::operator delete(record);
}
#endif

int main()
{
    char name[] = "somebody-000000";

    for (unsigned i = 0; i < RECORDS; i++) {
        for (unsigned k = 0, rest = i; k < 6; k++, rest /= 10)
            name[14 - k] = static_cast<char>('0' + rest % 10);
        records[i] = add_record(i, name);
    }
    for (unsigned i = 0; i < RECORDS; i++)
        drop(records[i * 7 % RECORDS]);
    return 0;
}
