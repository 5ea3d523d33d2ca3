/* SPDX-License-Identifier: MIT
 *
 * Objects of 42 bytes, which take 64: shrink, in place_order.
 */
#include <cstdint>
#include <cstring>

enum { ORDERS = 40000 };

struct order {
    uint16_t parts[20];
#ifndef REMEDIED
    uint16_t is_open; /* or a bit of one of the parts */
#endif
};

static order *orders[ORDERS];

static __attribute__((noinline)) void place_order(unsigned number, unsigned round)
{
    order *made = new order;

    std::memset(made, 1, sizeof *made);
    std::memcpy(made, &number, sizeof number);
    std::memcpy(made->parts + 4, &round, sizeof round);
    orders[number] = made;
}

static __attribute__((noinline)) void close_order(unsigned number)
{
    delete orders[number];
}

int main()
{
    for (unsigned i = 0; i < ORDERS; i++)
        place_order(i, 0);
    for (unsigned i = 0; i < ORDERS / 2; i++) {
        close_order(i * 7 % ORDERS);
        place_order(i * 7 % ORDERS, 1);
    }
    return 0;
}
