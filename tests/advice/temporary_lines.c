/* SPDX-License-Identifier: MIT
 *
 * A line is put together in a block that is freed at once: vec, in print_line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/vec.h>

enum { LINES = 120000 };

static unsigned long printed;

#ifdef REMEDIED
TARE_VEC_DEFINE_INLINE(text, char, 128);

static __attribute__((noinline)) void print_line(unsigned number, size_t bytes)
{
    struct text line = {0};
    char *room = text_push_raw(&line, bytes);

    if (room) {
        memset(room, 'x', bytes);
        printed += bytes + number % 2;
    }
    text_fini(&line);
}
#else
static __attribute__((noinline)) void print_line(unsigned number, size_t bytes)
{
    char *line = malloc(bytes);

    if (line) {
        memset(line, 'x', bytes);
        printed += bytes + number % 2;
    }
    free(line);
}
#endif

int main(void)
{
    for (unsigned i = 0; i < LINES; i++)
        print_line(i, 20 + i * 13 % 100);
    return printed == 0;
}
