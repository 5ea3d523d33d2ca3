/* SPDX-License-Identifier: MIT
 *
 * Many objects of 16 bytes, each with a header of its own; they come and go as long as there are
 * any: pool, in add_point.
 */
#include <stdlib.h>

#include <tare/pool.h>

enum { POINTS = 60000 };

struct point {
    double x, y;
};

static struct point *points[POINTS];

#ifdef REMEDIED
TARE_POOL_DEFINE(point, struct point);
#else
static struct point *point_alloc(void)
{
    return malloc(sizeof(struct point));
}

static void point_free(struct point *point)
{
    free(point);
}
#endif

static __attribute__((noinline)) void add_point(unsigned number, double x)
{
    points[number] = point_alloc();
    if (points[number])
        *points[number] = (struct point){x, number};
}

static __attribute__((noinline)) void drop_point(unsigned number)
{
    point_free(points[number]);
}

int main(void)
{
    for (unsigned i = 0; i < POINTS; i++)
        add_point(i, i);
    for (unsigned i = 0; i < POINTS; i++) {
        unsigned number = i * 7919 % POINTS;

        drop_point(number);
        add_point(number, 2 * i);
    }
    return 0;
}
