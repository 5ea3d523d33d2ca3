/* SPDX-License-Identifier: MIT
 *
 * std::unordered_map.
 */
#include <unordered_map>

#define MAP_WAY_TEMPLATE std::unordered_map
#include "bench/map_standard.h"
