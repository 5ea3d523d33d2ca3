/* SPDX-License-Identifier: MIT
 *
 * A document of nodes of many sizes, which goes as a whole: arena, in parse_node.
 */
#include <cstdlib>
#include <cstring>
#include <new>

#include <tare/arena.h>

enum { NODES = 48000 };

struct node {
    node *next;
    unsigned bytes;
    char text[];
};

#ifdef REMEDIED
static tare_arena arena;

static void *take(size_t bytes)
{
    return tare_arena_alloc(&arena, bytes);
}

static void drop(node *)
{
    tare_arena_fini(&arena);
}
#else
static void *take(size_t bytes)
{
    return ::operator new(bytes);
}

static void drop(node *first)
{
    while (first) {
        node *next = first->next;

        ::operator delete(first);
        first = next;
    }
}
#endif

static __attribute__((noinline)) node *parse_node(node *next, unsigned number)
{
    unsigned bytes = 16 * (1 + number * 7 % 5) - 4 - number % 4;
    node *made = new (take(sizeof(node) + bytes)) node;

    made->next = next;
    made->bytes = bytes;
    for (unsigned i = 0; i < bytes; i++)
        made->text[i] = static_cast<char>(number * 31 + i * 7);
    return made;
}

int main()
{
    node *first = nullptr;

    for (unsigned i = 0; i < NODES; i++)
        first = parse_node(first, i);
    drop(first);
    return 0;
}
