/* SPDX-License-Identifier: MIT
 *
 * Sessions, of which every fifth is forgotten when it ends with an error: leak, in open_session.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 80, SESSIONS = 100, SESSION_BYTES = 1000 };

static __attribute__((noinline)) char *open_session(unsigned number)
{
    char *session = malloc(SESSION_BYTES);

    if (session)
        for (unsigned i = 0; i < SESSION_BYTES; i++)
            session[i] = (char)(number * (i + 7) >> 3);
    return session;
}

#ifdef REMEDIED
enum { FORGOTTEN = SESSIONS };
#else
enum { FORGOTTEN = 5 };
#endif

static void close_sessions(char **sessions)
{
    for (unsigned i = 0; i < SESSIONS; i++)
        if (i % FORGOTTEN != 3)
            free(sessions[i]);
    if (FORGOTTEN == SESSIONS)
        free(sessions[3]);
}

int main(void)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    char *sessions[SESSIONS];

    for (unsigned i = 0; i < ROUNDS; i++) {
        for (unsigned k = 0; k < SESSIONS; k++)
            sessions[k] = open_session(i * SESSIONS + k);
        close_sessions(sessions);
        nanosleep(&pause, NULL);
    }
    return 0;
}
