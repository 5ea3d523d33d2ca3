/* SPDX-License-Identifier: MIT
 *
 * A vector that grows to its size, and is there twice while it does: reserve, in load_points.
 */
#include <cstdint>
#include <vector>

#include <tare/vec.h>

enum { POINTS = 520000 };

struct point {
    uint64_t x, y;
};

#ifdef REMEDIED
TARE_VEC_DEFINE_INLINE(points, point, 1);

static __attribute__((noinline)) bool load_points(points *loaded)
{
    if (!points_reserve(loaded, POINTS))
        return false;
    for (unsigned i = 0; i < POINTS; i++)
        points_push_unchecked(loaded, point{i * 3u + 1u, i * 7u + 1u});
    return true;
}
#else
struct points {
    std::vector<point> items;
};

static __attribute__((noinline)) bool load_points(points *loaded)
{
    for (unsigned i = 0; i < POINTS; i++)
        loaded->items.push_back(point{i * 3u + 1u, i * 7u + 1u});
    return true;
}

static void points_fini(points *)
{
}
#endif

int main()
{
    points all = {};
    bool is_good = load_points(&all);

    points_fini(&all);
    return !is_good;
}
