/* SPDX-License-Identifier: MIT */
#define TARE_MAP_PLAIN
#define MAP_SCRIPT map_script_plain
#include "support/map_plain.h"
#include "support/map_script.h"

uint32_t map_plain_used(const struct tare__map_group *group)
{
    return tare__map_used(group);
}

uint32_t map_plain_match(const struct tare__map_group *group, uint8_t tag)
{
    return tare__map_match(group, tag);
}

bool map_plain_is_passed(const struct tare__map_group *group, uint8_t tag)
{
    return tare__map_is_passed(group, tag);
}
