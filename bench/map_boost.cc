/* SPDX-License-Identifier: MIT
 *
 * boost::unordered_flat_map. Its hash of text goes byte by byte; it gets ours.
 */
#include <boost/unordered/unordered_flat_map.hpp>
#include <string_view>

#include <tare/map_hash.h>

struct text_hash {
    typedef void is_avalanching;
    size_t operator()(std::string_view text) const
    {
        return tare_hash_text(text.data(), text.size(), 0x2d358dccaa6c78a5u);
    }
};

#define MAP_WAY_TEMPLATE boost::unordered_flat_map
#define MAP_WAY_HASH text_hash
#include "bench/map_standard.h"
