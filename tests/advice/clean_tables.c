/* SPDX-License-Identifier: MIT
 *
 * Few large tables that are filled and used: nothing to advise.
 */
#include <stdint.h>
#include <stdlib.h>

enum { TABLES = 40, WORDS = 8192, ROUNDS = 20 };

int main(void)
{
    uint64_t *tables[TABLES];
    uint64_t random = 1;
    volatile uint64_t sum = 0;

    for (unsigned i = 0; i < TABLES; i++) {
        tables[i] = malloc(WORDS * sizeof *tables[i]);
        if (!tables[i])
            return 1;
    }
    for (unsigned i = 0; i < TABLES * ROUNDS; i++)
        for (unsigned k = 0; k < WORDS; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            tables[i % TABLES][k] = random ^ random >> 29;
        }
    for (unsigned i = 0; i < TABLES * WORDS; i++)
        sum += tables[i % TABLES][i / TABLES];
    for (unsigned i = 0; i < TABLES; i++)
        free(tables[i]);
    return 0;
}
