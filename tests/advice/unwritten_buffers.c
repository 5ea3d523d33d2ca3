/* SPDX-License-Identifier: MIT
 *
 * Connections with a buffer for the largest request there could be: shrink, in open_connection.
 */
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS = 400, REQUEST_BYTES = 600, MOST_BYTES = 16384 };

#ifdef REMEDIED
enum { BUFFER_BYTES = REQUEST_BYTES };
#else
enum { BUFFER_BYTES = MOST_BYTES };
#endif

static char *connections[CONNECTIONS];

static __attribute__((noinline)) void open_connection(unsigned number)
{
    connections[number] = malloc(BUFFER_BYTES);
}

static __attribute__((noinline)) void serve(unsigned number, unsigned round)
{
    if (connections[number])
        memset(connections[number], 'a' + (int)(round + number) % 26, REQUEST_BYTES);
}

static __attribute__((noinline)) void close_connection(unsigned number)
{
    free(connections[number]);
}

int main(void)
{
    for (unsigned i = 0; i < CONNECTIONS; i++)
        open_connection(i);
    for (unsigned round = 0; round < 20; round++)
        for (unsigned i = 0; i < CONNECTIONS; i++)
            serve(i, round);
    for (unsigned i = 0; i < CONNECTIONS; i++)
        close_connection(i * 7 % CONNECTIONS);
    return 0;
}
