/* SPDX-License-Identifier: MIT
 *
 * A program of some tenths of a second whose memory comes and goes, for tests of the page. An argument
 * makes it keep more.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCKS = 400 };

static void *volatile kept[2 * BLOCKS];

static void pause_ms(int ms)
{
    usleep((useconds_t)ms * 1000);
}

__attribute__((noinline)) static void *make_block(size_t bytes)
{
    void *block = malloc(bytes);

    if (block)
        memset(block, 1, bytes);
    return block;
}

__attribute__((noinline)) void grow(int first)
{
    for (int i = 0; i < BLOCKS; i++) {
        kept[first + i] = make_block(2000 + (size_t)i);
        if (i % 50 == 0)
            pause_ms(10);
    }
}

__attribute__((noinline)) void shrink(int first)
{
    for (int i = 0; i < BLOCKS; i++) {
        free(kept[first + i]);
        kept[first + i] = NULL;
    }
}

__attribute__((noinline)) void append(void)
{
    char *text = NULL;

    for (size_t bytes = 16; bytes < 100000; bytes += bytes / 2)
        text = realloc(text, bytes);
    free(text);
}

static void *work(void *argument)
{
    pthread_setname_np(pthread_self(), "<b>worker</b>");
    for (int i = 0; i < 200; i++)
        free(make_block(100));
    return argument;
}

int main(int argc, char **argv)
{
    pthread_t thread;

    (void)argv;
    grow(0);
    append();
    if (pthread_create(&thread, NULL, work, NULL) == 0)
        pthread_join(thread, NULL);
    if (argc > 1)
        grow(BLOCKS);
    pause_ms(60);
    shrink(0);
    pause_ms(60);
    return 0;
}
