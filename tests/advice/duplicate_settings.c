/* SPDX-License-Identifier: MIT
 *
 * Two threads give each session a copy of the settings of its group: rc, in copy_settings.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tare/rc.h>

enum { SESSIONS = 4000, GROUPS = 16, THREADS = 2 };

struct settings {
    struct tare_rc rc;
    uint32_t values[120];
};

static struct settings *groups[GROUPS], *sessions[THREADS][SESSIONS];

#ifdef REMEDIED
TARE_RC_DEFINE(settings, struct settings);

static struct settings *copy_settings(struct settings *from)
{
    return settings_acquire(from);
}

static struct settings *make_settings(void)
{
    return settings_create();
}

static void forget_settings(struct settings *settings)
{
    settings_release(settings);
}
#else
static struct settings *copy_settings(struct settings *from)
{
    struct settings *copy = malloc(sizeof *copy);

    if (copy)
        memcpy(copy, from, sizeof *copy);
    return copy;
}

static struct settings *make_settings(void)
{
    return calloc(1, sizeof(struct settings));
}

static void forget_settings(struct settings *settings)
{
    free(settings);
}
#endif

static void *serve(void *mine)
{
    struct settings **own = mine;

    for (unsigned i = 0; i < SESSIONS; i++)
        own[i] = copy_settings(groups[i % GROUPS]);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < GROUPS; i++) {
        groups[i] = make_settings();
        for (unsigned k = 0; groups[i] && k < 120; k++)
            groups[i]->values[k] = i * 1000003u + k * 2654435761u;
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, serve, sessions[i]);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL); /* looked at while all live */
    for (unsigned i = 0; i < THREADS; i++)
        for (unsigned k = 0; k < SESSIONS; k++)
            forget_settings(sessions[i][k]);
    for (unsigned i = 0; i < GROUPS; i++)
        forget_settings(groups[i]);
    return 0;
}
