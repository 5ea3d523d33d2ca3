/* SPDX-License-Identifier: MIT */
#include "toolkit/buffer_pool_core.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "base/debug.h"
#include "base/observer.h"
#include "mem/mem_events.h"
#include "mem/mem_pages.h"

enum { LEFT_OUT_OF_DUMPS = 1, BLANK_IN_CHILDREN = 2 };

/* Of all lists of all pools: nodes come and go rarely. */
static pthread_mutex_t lists_lock = PTHREAD_MUTEX_INITIALIZER;

void tare__buffer_lists_lock(void)
{
    pthread_mutex_lock(&lists_lock);
}

void tare__buffer_lists_unlock(void)
{
    pthread_mutex_unlock(&lists_lock);
}

static void watch_forks(void)
{
    pthread_atfork(tare__buffer_lists_lock, tare__buffer_lists_unlock,
                   tare__buffer_lists_unlock);
}

void tare__buffer_lists_prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, watch_forks);
}

READS_FREE_NODES static void list_push(struct tare__buffer_class *class,
                                       struct tare__buffer_node *node)
{
    tare__buffer_lists_lock();
    node->next = class->nodes;
    if (node->next)
        node->next->previous = node;
    class->nodes = node;
    tare__buffer_lists_unlock();
}

READS_FREE_NODES static void list_take(struct tare__buffer_class *class,
                                       struct tare__buffer_node *node)
{
    tare__buffer_lists_lock();
    if (node->previous)
        node->previous->next = node->next;
    else
        class->nodes = node->next;
    if (node->next)
        node->next->previous = node->previous;
    tare__buffer_lists_unlock();
}

/* Where data comes from that has pages of its own: what the kernel is told of them goes with them. */
struct pages_mem {
    struct tare_mem mem;
    unsigned asked;
};

static void *pages_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                          size_t new_bytes, size_t alignment)
{
    const struct pages_mem *pages = (const struct pages_mem *)(const void *)mem;

    if (block) {
        TARE_ASSERT(!new_bytes);
        munmap(block, old_bytes);
        tare__mem_note(old_bytes, 0);
        return NULL;
    }
    block = tare__pages_map(new_bytes, alignment, PROT_READ | PROT_WRITE);
    if (!block)
        return NULL;
    if (pages->asked & LEFT_OUT_OF_DUMPS)
        madvise(block, new_bytes, MADV_DONTDUMP);
    if (pages->asked & BLANK_IN_CHILDREN)
        madvise(block, new_bytes, MADV_WIPEONFORK);
    tare__mem_note(0, new_bytes);
    return block;
}

struct tare_mem *tare__buffer_data_mem(const struct tare_buffer_pool_options *options,
                                       struct tare_mem *mem)
{
    static struct pages_mem pages[] = {
        {{pages_resize, "pages"}, LEFT_OUT_OF_DUMPS},
        {{pages_resize, "pages"}, BLANK_IN_CHILDREN},
        {{pages_resize, "pages"}, LEFT_OUT_OF_DUMPS | BLANK_IN_CHILDREN},
    };
    unsigned asked = (options->is_left_out_of_dumps ? LEFT_OUT_OF_DUMPS : 0) |
                     (options->is_blank_in_children ? BLANK_IN_CHILDREN : 0);

    return asked ? &pages[asked - 1].mem : mem;
}

bool tare__buffer_node_fill(struct tare__buffer_class *class,
                            struct tare__buffer_node *node)
{
    struct tare__buffer_core *core = class->core;
    void *data = tare_mem_alloc(core->data_mem, class->bytes, core->options.alignment);

    if (!data)
        return false;
    /* in this order: in the child of a fork in between, no more is there than is said to be */
    __atomic_add_fetch(&core->held_bytes, class->bytes, __ATOMIC_RELAXED);
    __atomic_store_n(&node->data, data, __ATOMIC_RELEASE);
    __atomic_add_fetch(&core->misses, 1, __ATOMIC_RELAXED);
    return true;
}

static void data_free(struct tare__buffer_class *class, void *data)
{
    struct tare__buffer_core *core = class->core;

    if (!data)
        return;
    tare__unpoison(data, class->bytes);
    tare_mem_free(core->data_mem, data, class->bytes, core->options.alignment);
    __atomic_sub_fetch(&core->held_bytes, class->bytes, __ATOMIC_RELAXED);
    __atomic_add_fetch(&core->given_bytes, class->bytes, __ATOMIC_RELAXED);
}

int tare__buffer_node_construct(void *object, void *context)
{
    struct tare__buffer_node *node = object;

    *node = (struct tare__buffer_node){0};
    list_push(context, node);
    return 0;
}

void tare__buffer_node_destruct(void *object, void *context)
{
    struct tare__buffer_class *class = context;
    struct tare__buffer_node *node = object;

    tare__unpoison(node, sizeof *node); /* a pool that checks leaves it poisoned */
    list_take(class, node);
    __atomic_add_fetch(&class->past_uses, (node->turns + 1) / 2, __ATOMIC_RELAXED);
    data_free(class, node->data);
}

/* Free nodes too, which their pool will destruct; but of those that a fork lost nobody knows but
 * the list. How much of what is in use was used, only its buffer knows: all of it is wiped. */
READS_FREE_NODES size_t tare__buffer_drop_all(struct tare__buffer_class *class)
{
    struct tare__buffer_node *next;
    size_t in_use = 0;

    for (struct tare__buffer_node *node = class->nodes; node; node = next) {
        bool is_in_use = node->turns & 1;

        next = node->next;
        node->next = node->previous = NULL;
        in_use += is_in_use;
        if (is_in_use && class->core->options.is_secure)
            explicit_bzero(node->data, class->bytes);
        data_free(class, node->data);
        node->data = NULL;
    }
    class->nodes = NULL;
    return in_use;
}
