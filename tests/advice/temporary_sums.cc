/* SPDX-License-Identifier: MIT
 *
 * A vector of a few numbers that a function needs while it runs: vec, in middle_of.
 */
#include <vector>

#include <tare/vec.h>

enum { CALLS = 100000 };

static unsigned value(unsigned number, unsigned i)
{
    return (number + i) * 2654435761u >> 20;
}

#ifdef REMEDIED
TARE_VEC_DEFINE_INLINE(numbers, unsigned, 32);

static __attribute__((noinline)) unsigned middle_of(unsigned number, unsigned count)
{
    numbers found = {};
    unsigned result = 0;

    for (unsigned i = 0; i < count; i++)
        if (!numbers_push(&found, value(number, i)))
            return 0;
    TARE_VEC_EACH(one, &found)
    result ^= *one;
    numbers_fini(&found);
    return result;
}
#else
static __attribute__((noinline)) unsigned middle_of(unsigned number, unsigned count)
{
    std::vector<unsigned> found(count);
    unsigned result = 0;

    for (unsigned i = 0; i < count; i++)
        found[i] = value(number, i);
    for (unsigned one : found)
        result ^= one;
    return result;
}
#endif

int main()
{
    unsigned sum = 0;

    for (unsigned i = 0; i < CALLS; i++)
        sum += middle_of(i, 5 + i % 28);
    return sum == 0;
}
