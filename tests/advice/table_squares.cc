/* SPDX-License-Identifier: MIT
 *
 * A std::map that nobody asks for its order: map, in fill.
 */
#include <cstdint>
#include <map>

#define TARE_MAP_NAME flat_squares
#define TARE_MAP_KEY uint64_t
#define TARE_MAP_VALUE uint64_t
#include <tare/map.h>

enum { KEYS = 50000 };

#ifdef REMEDIED
struct squares {
    flat_squares entries;

    void put(uint64_t key, uint64_t value)
    {
        if (flat_squares_insert(&entries, key, value))
            throw 1;
    }
    ~squares()
    {
        flat_squares_fini(&entries);
    }
};
#else
struct squares {
    std::map<uint64_t, uint64_t> entries;

    void put(uint64_t key, uint64_t value)
    {
        entries[key] = value;
    }
};
#endif

static __attribute__((noinline)) void fill(squares *all)
{
    for (uint64_t i = 0; i < KEYS; i++)
        all->put(i * 2654435761u % 1000003, i * i);
}

int main()
{
    squares all{};

    fill(&all);
    return 0;
}
