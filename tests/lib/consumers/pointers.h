/* SPDX-License-Identifier: MIT
 *
 * consumers/pointers.h - collections of pointers, written as `struct star *`, in C and in C++.
 *
 * Shape    a map that looks into what its keys point to, an ordered set, a vector in order
 * Units    none
 * Owner    none
 * Threads  single owner
 * Errors   pointers_work: false
 * Cost     none
 * Source   none
 */
#ifndef TARE_CONSUMERS_POINTERS_H
#define TARE_CONSUMERS_POINTERS_H

#include <stdbool.h>
#include <stdint.h>

#include <tare/vec_order.h>

struct star {
    uint64_t number;
};

#define TARE_MAP_NAME star_next
#define TARE_MAP_KEY struct star *
#define TARE_MAP_VALUE struct star *
#define TARE_MAP_HASH(star, seed) ((*(star))->number ^ (seed))
#define TARE_MAP_EQUAL(a, b) ((*(a))->number == (*(b))->number)
#include <tare/map.h>

#define TARE_MAP_NAME star_set
#define TARE_MAP_KEY struct star *
#include <tare/map_ordered.h>

#define STAR_IS_BEFORE(a, b) ((*(a))->number < (*(b))->number)
TARE_VEC_DEFINE(star_list, struct star *);
TARE_VEC_DEFINE_ORDER(star_list, struct star *, STAR_IS_BEFORE);

static bool pointers_work(void)
{
    struct star stars[3] = {{7}, {8}, {9}}, same = {8};
    struct star *keys[3] = {stars, stars + 1, stars + 2}, *wanted = &same;
    struct star_next next;
    struct star_set set;
    struct star_list list;
    struct star_next_entry *entry;

    star_next_init(&next, NULL);
    star_set_init(&set, NULL);
    star_list_init(&list, NULL);
    bool works = star_next_insert_many(&next, keys, keys, 3) == 0 &&
                 star_next_find_many(&next, &wanted, 1, &entry) == 1 &&
                 entry->value == stars + 1 && star_set_insert(&set, wanted) == 0 &&
                 star_set_has(&set, wanted) && !star_set_has(&set, stars) &&
                 star_list_push_n(&list, keys, 3) &&
                 star_list_search(&list, &wanted) == list.items + 1;
    star_next_fini(&next);
    star_set_fini(&set);
    star_list_fini(&list);
    return works;
}

#endif
