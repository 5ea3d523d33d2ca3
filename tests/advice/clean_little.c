/* SPDX-License-Identifier: MIT
 *
 * A little of everything, too little to matter: nothing to advise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 200 };

int main(void)
{
    char *words[WORDS];
    char *text = NULL;
    size_t bytes = 0;

    for (unsigned i = 0; i < WORDS; i++)
        words[i] = strdup(i % 2 ? "same" : "and same");
    for (unsigned i = 0; i < WORDS; i++) {
        size_t more = strlen(words[i]);
        char *grown = realloc(text, bytes + more + 1);

        if (!grown)
            return 1;
        text = grown;
        memcpy(text + bytes, words[i], more + 1);
        bytes += more;
        free(words[i]);
    }
    puts(text);
    free(text);
    return 0;
}
