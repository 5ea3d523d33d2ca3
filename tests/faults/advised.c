/* SPDX-License-Identifier: MIT
 *
 * Sites whose blocks hold known contents, are written in part, and die in known ways.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SITE __attribute__((noinline)) static
#define KEEP(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

enum { BLOCKS = 1000, CONTENTS = 20, BIG = 1 << 20, MAPPED = 40 << 20 };

static void *blocks[BLOCKS];

/* 20 different texts, each 50 times. */
SITE char *few_texts(int i)
{
    char *text = malloc(40);

    snprintf(text, 40, "the text of number %d", i % CONTENTS);
    return text;
}

/* All different, no text. */
SITE unsigned *many_numbers(unsigned i)
{
    unsigned *numbers = malloc(32);

    for (unsigned k = 0; k < 8; k++)
        numbers[k] = (i + 1) * 2654435761u + k;
    return numbers;
}

/* Three quarters of them are the same. */
SITE char *mostly_one(int i)
{
    char *text = malloc(24);

    snprintf(text, 24, "%s %d", i % 4 ? "usual" : "special", i % 4 ? 0 : i);
    return text;
}

/* 64 bytes of 512 are written. */
SITE void *written_in_part(void)
{
    char *bytes = malloc(512);

    memset(bytes, 'x', 64);
    KEEP(bytes);
    return bytes;
}

/* Likewise, of 20000: a sample of them is looked at. */
SITE void *large_in_part(void)
{
    char *bytes = malloc(20000);

    memset(bytes, 'x', 2000);
    KEEP(bytes);
    return bytes;
}

/* 100 bytes of 300 are not zero. */
SITE void *zeroed(void)
{
    char *bytes = calloc(3, 100);

    for (int i = 0; i < 300; i++)
        if (bytes[i])
            abort();
    memset(bytes, 1, 100);
    KEEP(bytes);
    return bytes;
}

/* A fifth of 256 pages is touched. */
SITE void *untouched(void)
{
    char *bytes = malloc(BIG);

    memset(bytes, 1, BIG / 5);
    KEEP(bytes);
    return bytes;
}

/* Chains that end with 100 to 199 bytes. */
SITE void *grown(int i)
{
    char *bytes = malloc(10);

    for (size_t size = 20; size < 100; size *= 2)
        bytes = realloc(bytes, size);
    bytes = realloc(bytes, 100 + (size_t)i % 100);
    memset(bytes, 'y', 100);
    return bytes;
}

SITE void *of_a_stack(void)
{
    return malloc(48);
}

SITE void *of_a_queue(void)
{
    return malloc(56);
}

SITE void frees_its_own(void)
{
    void *block = malloc(72);

    KEEP(block);
    free(block);
}

SITE void *its_caller_frees(void)
{
    return malloc(88);
}

SITE void calls_and_frees(void)
{
    void *block = its_caller_frees();

    KEEP(block);
    free(block);
}

SITE void *outlives_its_caller(void)
{
    return malloc(104);
}

SITE void calls_and_leaves(int i)
{
    blocks[i] = outlives_its_caller();
    KEEP(blocks);
}

SITE void *of_one_after_another(void)
{
    return malloc(120);
}

SITE void *given_away(int i)
{
    char *text = malloc(40);

    snprintf(text, 40, "given away %d", i % 10);
    return text;
}

static void *free_all(void *unused)
{
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return unused;
}

static void contents(void)
{
    for (int i = 0; i < BLOCKS; i++)
        free(few_texts(i));
    for (int i = 0; i < BLOCKS; i++)
        free(many_numbers((unsigned)i));
    for (int i = 0; i < BLOCKS; i++)
        free(mostly_one(i));
}

static void unwritten(void)
{
    for (int i = 0; i < BLOCKS; i++) {
        free(written_in_part());
        free(large_in_part());
        free(zeroed());
    }
    for (int i = 0; i < 8; i++) {
        free(untouched());
    }
    for (int i = 0; i < BLOCKS; i++)
        free(grown(i));
}

/* Read it may not be; the allocator itself does not look at what is behind the first page of a
 * mapping of its own when it gives that back. */
static void freed_while_protected(void)
{
    char *block = malloc(MAPPED);

    mprotect((char *)(((size_t)block + 4095) & ~(size_t)4095), MAPPED / 2, PROT_NONE);
    free(block);
}

static void deaths(void)
{
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 100; i++)
            blocks[i] = of_a_stack();
        for (int i = 99; i >= 0; i--)
            free(blocks[i]);
        for (int i = 0; i < 100; i++)
            blocks[i] = of_a_queue();
        for (int i = 0; i < 100; i++)
            free(blocks[i]);
    }
    for (int i = 0; i < BLOCKS; i++) {
        frees_its_own();
        calls_and_frees();
        calls_and_leaves(i);
    }
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    blocks[0] = NULL;
    for (int i = 0; i < BLOCKS; i++) {
        free(blocks[0]);
        blocks[0] = of_one_after_another();
    }
    free(blocks[0]);
}

/* What is live at the end. */
static char *held[BLOCKS];

SITE char *held_text(int i)
{
    char *text = malloc(100);

    memset(text, 0, 100);
    snprintf(text, 100, "held text of number %d", i % CONTENTS);
    return text;
}

SITE char *held_once(int i)
{
    char *text = malloc(100);

    memset(text, i, 100);
    memcpy(text, &i, sizeof i);
    return text;
}

int main(int argc, char **argv)
{
    pthread_t thread;

    (void)argv;
    contents();
    unwritten();
    freed_while_protected();
    deaths();
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = given_away(i);
    if (pthread_create(&thread, NULL, free_all, NULL) == 0)
        pthread_join(thread, NULL);
    for (int i = 0; i < BLOCKS; i++) {
        held[i] = i % 2 ? held_text(i / 2) : held_once(i);
        KEEP(held);
    }
    if (argc > 1)
        abort();
    return 0;
}
