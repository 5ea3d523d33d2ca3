/* SPDX-License-Identifier: MIT
 *
 * Requests with an arena each round: nothing to advise.
 */
#include <tare/arena.h>

#include <cstring>

enum { REQUESTS = 300, PARTS = 400 };

int main()
{
    tare_arena arena = {};

    for (unsigned i = 0; i < REQUESTS; i++) {
        for (unsigned k = 0; k < PARTS; k++) {
            size_t bytes = 20 + k * 37 % 400;
            void *part = tare_arena_alloc(&arena, bytes);

            if (!part)
                return 1;
            std::memset(part, static_cast<int>(k), bytes);
        }
        tare_arena_reset(&arena);
    }
    tare_arena_fini(&arena);
    return 0;
}
