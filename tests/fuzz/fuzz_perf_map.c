/* SPDX-License-Identifier: MIT
 *
 * A map of generated code made of the input: what it names is found.
 */
#include <stdint.h>
#include <stdlib.h>

#include "profile/perf_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct perf_map map;

    if (perf_map_parse(&map, (const char *)data, bytes))
        abort();
    for (size_t i = 0; i < map.count; i++)
        if (!perf_map_find(&map, map.list[i].start))
            abort();
    perf_map_fini(&map);
    return 0;
}
