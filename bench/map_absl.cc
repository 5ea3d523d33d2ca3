/* SPDX-License-Identifier: MIT
 *
 * absl::flat_hash_map.
 */
#include <absl/container/flat_hash_map.h>

#define MAP_WAY_TEMPLATE absl::flat_hash_map
#include "bench/map_standard.h"
