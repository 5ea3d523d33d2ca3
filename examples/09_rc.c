/* SPDX-License-Identifier: MIT
 *
 * A layer of an image, which several images have and several threads unpack: each who uses it holds
 * a reference, and who is the last frees it. An index holds weak ones, to find layers again.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <tare/rc.h>

struct layer {
    struct tare_rc rc;
    char digest[24];
    struct layer *parent; /* a reference of ours */
};

static void forget_layer(void *object);

/* layer_create, layer_acquire, layer_release, layer_weak_lock, ... */
TARE_RC_DEFINE(layer, struct layer, .destruct = forget_layer);

static unsigned long forgotten;

/* However long the chain of parents is: the next one is destructed after this one has returned. */
static void forget_layer(void *object)
{
    forgotten++;
    layer_release(((struct layer *)object)->parent);
}

static struct layer *make_layer(unsigned long number, struct layer *parent)
{
    struct layer *layer = layer_create();

    if (!layer)
        return NULL;
    snprintf(layer->digest, sizeof layer->digest, "sha256:%012lx",
             number * 0x9e3779b97f4bu);
    layer->parent = parent;
    return layer;
}

/* A thread that takes and gives back references by the thousand counts them by itself. */
static void *unpack(void *context)
{
    struct tare_rc_batch batch;
    unsigned long letters = 0;

    layer_batch_begin(&batch, context, 64);
    layer_release(context); /* the batch keeps it now */
    for (int file = 0; file < 100000; file++) {
        struct layer *layer = layer_batch_take(&batch);

        letters += strlen(layer->digest);
        tare_rc_batch_give(&batch);
    }
    tare_rc_batch_end(&batch);
    return letters ? context : NULL;
}

int main(void)
{
    enum { LAYERS = 300000, THREADS = 4 };
    pthread_t threads[THREADS];
    struct layer *top = NULL;

    for (unsigned long i = 0; i < LAYERS; i++) {
        struct layer *next = make_layer(i, top);

        if (!next)
            return 1;
        top = next;
    }
    struct layer_weak *in_index = layer_weak_acquire(top);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, unpack, layer_acquire(top)))
            return 1;
    layer_release(top);
    {
        TARE_RC_SCOPED(layer, found) = layer_weak_lock(in_index); /* released at the end */

        printf("in the index: %s\n", found ? found->digest : "(not any more)");
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    struct layer *gone = layer_weak_lock(in_index);
    printf("in the index at the end: %s\n", gone ? gone->digest : "(not any more)");
    printf("forgotten: %lu of %d\n", forgotten, LAYERS);
    layer_weak_release(in_index);
    return gone || forgotten != LAYERS;
}
