/* SPDX-License-Identifier: MIT
 *
 * A thousand short threads, each with a key destructor that allocates, and thread-local data that
 * is freed after all of them. Says how many blocks `in_thread` and `in_destructor` made.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { THREADS = 1000, BLOCKS = 10 };

static pthread_key_t key;

__attribute__((noinline)) static void in_destructor(void *value)
{
    void *volatile block = malloc(33);

    free(block);
    free(value);
}

__attribute__((noinline)) static void *in_thread(void *unused)
{
    prctl(PR_SET_NAME, "short");
    for (int i = 0; i < BLOCKS; i++) {
        void *volatile block = malloc(77);
        free(block);
    }
    pthread_setspecific(key, malloc(5));
    return unused;
}

int main(void)
{
    pthread_key_create(&key, in_destructor);
    for (int i = 0; i < THREADS; i += 4) {
        pthread_t threads[4];

        for (int k = 0; k < 4; k++)
            pthread_create(&threads[k], NULL, in_thread, NULL);
        for (int k = 0; k < 4; k++)
            pthread_join(threads[k], NULL);
    }
    return write(1, "11000 1000\n", 11) == 11 ? 0 : 1;
}
