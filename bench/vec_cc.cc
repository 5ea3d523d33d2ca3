// SPDX-License-Identifier: MIT
//
// Vectors of C++; those that are not here are left out.
#include "bench/vec_ways.h"

#include <algorithm>
#include <vector>

#define VEC_CC(NAME, TYPE)                                                               \
    VEC_WAY(NAME, TYPE vec, vec.push_back(value), vec.reserve(count),                    \
            vec.push_back(value), vec.insert(vec.end(), vec_values, vec_values + count), \
            vec.data(), vec.size(), )

using std_ints = std::vector<int>;
VEC_CC(vec_std, std_ints)

#if __has_include(<absl/container/inlined_vector.h>)
#include <absl/container/inlined_vector.h>
using absl_ints = absl::InlinedVector<int, 8>;
using absl_ints_16 = absl::InlinedVector<int, 16>;
VEC_CC(vec_absl, absl_ints)
VEC_CC(vec_absl_16, absl_ints_16)
#endif

#if __has_include(<boost/container/small_vector.hpp>)
#include <boost/container/small_vector.hpp>
using boost_ints = boost::container::small_vector<int, 8>;
using boost_ints_16 = boost::container::small_vector<int, 16>;
VEC_CC(vec_boost, boost_ints)
VEC_CC(vec_boost_16, boost_ints_16)
#endif

#define STD_FIND(BITS) std::find(items, items + count, value) - items
#define STD_COUNT(BITS) std::count(items, items + count, value)
VEC_SEARCHES(vec_std, STD_FIND, STD_COUNT)

void vec_std_sort(size_t times, size_t count)
{
    std::vector<int> vec;

    while (times--) {
        vec.assign(vec_values, vec_values + count);
        std::sort(vec.begin(), vec.end());
    }
}
