/* SPDX-License-Identifier: MIT
 *
 * Orders that wait in a queue for a while: pool, in new_order.
 */
#include <stdlib.h>

#include <tare/pool.h>

enum { ORDERS = 150000, WAITING = 64 };

struct order {
    unsigned number, amount;
    char customer[88];
};

static struct order *waiting[WAITING];

#ifdef REMEDIED
TARE_POOL_DEFINE(order, struct order);
#else
static struct order *order_alloc(void)
{
    return malloc(sizeof(struct order));
}

static void order_free(struct order *order)
{
    free(order);
}
#endif

static __attribute__((noinline)) struct order *new_order(unsigned number)
{
    struct order *order = order_alloc();

    if (order)
        *order = (struct order){number, number % 100, "somebody"};
    return order;
}

static __attribute__((noinline)) unsigned finish_order(struct order *order)
{
    unsigned amount = order ? order->amount : 0;

    order_free(order);
    return amount;
}

int main(void)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < ORDERS; i++) {
        unsigned at = i * 7 % WAITING;

        sum += finish_order(waiting[at]);
        waiting[at] = new_order(i);
    }
    for (unsigned i = 0; i < WAITING; i++)
        sum += finish_order(waiting[i]);
    return sum == 0;
}
