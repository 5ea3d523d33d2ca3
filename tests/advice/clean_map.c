/* SPDX-License-Identifier: MIT
 *
 * A flat map and interned words: nothing to advise.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <tare/intern.h>

#define TARE_MAP_NAME counts
#define TARE_MAP_KEY uint32_t
#define TARE_MAP_VALUE uint64_t
#include <tare/map.h>

enum { WORDS = 60000, DISTINCT = 20000 };

int main(void)
{
    struct counts counts = {0};
    char word[32];

    for (unsigned i = 0; i < WORDS; i++) {
        snprintf(word, sizeof word, "word %u", i * 7919 % DISTINCT);
        uint32_t handle = tare_intern_insert(tare_intern_global(), word, strlen(word));

        if (!handle || counts_insert(&counts, handle, i) == -ENOMEM)
            return 1;
    }
    counts_fini(&counts);
    return 0;
}
