/* SPDX-License-Identifier: MIT
 *
 * support/map_plain.h - the plain back-end of maps, where another one is the target's.
 *
 * Shape    a group -> places as bits
 * Units    places
 * Owner    none
 * Threads  thread-safe
 * Errors   none
 * Cost     a few instructions
 * Source   none
 */
#ifndef TARE_SUPPORT_MAP_PLAIN_H
#define TARE_SUPPORT_MAP_PLAIN_H

#include <stdbool.h>
#include <stdint.h>

struct tare__map_group;

uint32_t map_plain_used(const struct tare__map_group *group);
uint32_t map_plain_match(const struct tare__map_group *group, uint8_t tag);
bool map_plain_is_passed(const struct tare__map_group *group, uint8_t tag);

#endif
