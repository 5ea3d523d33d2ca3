/* SPDX-License-Identifier: MIT
 *
 * Words of a text, each with a copy of its own: intern, in read_word.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/intern.h>

enum { WORDS = 40000, DISTINCT = 500 };

static void spell(char *text, size_t room, unsigned number)
{
    snprintf(text, room, "word-%04u-of-the-dictionary", number * 7919 % DISTINCT);
}

#ifdef REMEDIED
static uint32_t words[WORDS];

static void read_word(unsigned i, const char *text)
{
    words[i] = tare_intern_insert(tare_intern_global(), text, strlen(text));
}

static void forget_word(unsigned i)
{
    words[i] = 0;
}
#else
static char *words[WORDS];

static void read_word(unsigned i, const char *text)
{
    words[i] = strdup(text);
}

static void forget_word(unsigned i)
{
    free(words[i]);
}
#endif

int main(void)
{
    char text[64];

    for (unsigned i = 0; i < WORDS; i++) {
        spell(text, sizeof text, i);
        read_word(i, text);
    }
    for (unsigned i = 0; i < WORDS; i++)
        forget_word(i);
    return 0;
}
