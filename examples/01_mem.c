/* SPDX-License-Identifier: MIT
 *
 * Memory with a limit: a counter stands before the default memory, counts what is taken through it,
 * and refuses what would exceed its limit. The primes below keep as many as there is room for.
 */
#include <stdio.h>
#include <stdlib.h>

#include <tare/mem.h>

enum { LIMIT_BYTES = 64 * 1024 };

struct primes {
    struct tare_mem *mem; /* whatever the caller chose */
    int *numbers;
    size_t count, capacity;
};

/* Room for one more; false when there is no memory, and all is as it was. */
static bool primes_reserve(struct primes *primes)
{
    if (primes->count < primes->capacity)
        return true;
    size_t capacity = primes->capacity ? 2 * primes->capacity : 16;
    int *numbers =
        tare_mem_resize(primes->mem, primes->numbers, primes->capacity * sizeof *numbers,
                        capacity * sizeof *numbers, _Alignof(int));
    if (!numbers)
        return false;
    primes->numbers = numbers;
    primes->capacity = capacity;
    return true;
}

static bool is_prime(const struct primes *smaller, int number)
{
    for (size_t i = 0; i < smaller->count; i++) {
        if (smaller->numbers[i] * smaller->numbers[i] > number)
            break;
        if (number % smaller->numbers[i] == 0)
            return false;
    }
    return true;
}

int main(void)
{
    struct tare_mem_counter counter;

    tare_mem_counter_init(&counter, NULL, LIMIT_BYTES);
    struct primes primes = {.mem = &counter.mem};

    for (int number = 2; primes_reserve(&primes); number++)
        if (is_prime(&primes, number))
            primes.numbers[primes.count++] = number;

    struct tare_mem_counter seen = tare_mem_counted(&counter);
    printf("%zu primes, the last is %d\n", primes.count, primes.numbers[primes.count - 1]);
    printf("%zu bytes live of %zu, %llu resizes, %llu requests refused\n", seen.live_bytes,
           seen.limit_bytes, (unsigned long long)seen.resizes,
           (unsigned long long)seen.refused);

    tare_mem_free(&counter.mem, primes.numbers, primes.capacity * sizeof *primes.numbers,
                  _Alignof(int));
    seen = tare_mem_counted(&counter);
    printf("%zu bytes live at the end\n", seen.live_bytes);
    return seen.live_bytes == 0 && seen.refused == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
