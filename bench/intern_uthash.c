/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "bench/intern_ways.h"
#include "bench/measure.h"

struct node {
    char *text;
    UT_hash_handle hh;
};

static struct node *nodes;

static const char *insert(const struct tare_text *text)
{
    struct node *node;

    HASH_FIND(hh, nodes, text->start, text->bytes, node);
    if (node)
        return node->text;
    node = malloc(sizeof *node);
    if (!node || !(node->text = malloc(text->bytes + 1)))
        exit(1);
    memcpy(node->text, text->start, text->bytes + 1);
    HASH_ADD_KEYPTR(hh, nodes, node->text, text->bytes, node);
    return node->text;
}

static void look_up(const struct tare_text *texts, size_t count)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    uintptr_t sum = 0;

    INTERN_LOOP(pthread_mutex_lock(&lock); sum += (uintptr_t)insert(text);
                pthread_mutex_unlock(&lock));
    measure_keep(&sum);
}

const struct intern_way intern_way_uthash = {.name = "uthash+mutex", .look_up = look_up};
