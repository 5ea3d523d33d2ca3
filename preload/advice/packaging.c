/* SPDX-License-Identifier: MIT */
#include "advice/packaging.h"

#include <math.h>

static double round_up(double value, double to)
{
    return ceil(value / to) * to;
}

double packaging_block_bytes(double bytes, bool is_mimalloc)
{
    const double mapped_from = 128 << 10;

    if (is_mimalloc) /* eight classes to a power of two */
        return bytes <= 64 ? round_up(fmax(bytes, 8), 8)
                           : round_up(bytes, exp2(floor(log2(bytes)) - 3));
    if (bytes >= mapped_from)
        return round_up(bytes + 16, 4096);
    return fmax(32, round_up(bytes + 8, 16));
}

struct weight packaging_pool(double count, double bytes)
{
    const double slab_header = 64, lost_most = 1.0 / 1024;
    double stride = round_up(fmax(bytes, 8), 8);
    double slab = 64 << 10;

    while (slab < 1 << 20 &&
           floor((slab - slab_header) / stride) * stride < slab * (1 - lost_most))
        slab *= 2;
    double slabs = ceil(count / fmax(floor((slab - slab_header) / stride), 1));
    return (struct weight){slabs * slab, slabs};
}

struct weight packaging_arena(double count, double bytes)
{
    struct weight weight = {0, 0};
    double left = count * round_up(fmax(bytes, 1), 16);
    double chunk = 4 << 10;

    for (; left > 0 && chunk < 1 << 20; chunk *= 2) {
        weight.bytes += chunk;
        weight.calls++;
        left -= chunk;
    }
    double rest = left > 0 ? ceil(left / chunk) : 0;
    return (struct weight){weight.bytes + rest * chunk, weight.calls + rest};
}

struct weight packaging_intern(double count, double bytes)
{
    const double slot = 13, first_region = 32 << 10, region_part = 0.125;
    double used = count * (round_up(bytes + 1, 4) + slot);

    return (struct weight){used * (1 + region_part) + first_region,
                           8 + 4 * log2(1 + used / first_region)};
}

struct weight packaging_map(double count, double bytes)
{
    const double places = 14, group_bytes = 16, full = 0.9, large = 1 << 12, huge = 1 << 16;
    double groups = 1;
    double calls = 2;

    for (; groups * places * (groups > 1 ? full : 1) < count; calls += 2) {
        if (groups < large)
            groups *= groups < 16 ? 4 : 2;
        else
            groups *= groups < huge ? 1.5 : 4.0 / 3;
    }
    return (struct weight){groups * (places * bytes + group_bytes), calls};
}
