/* SPDX-License-Identifier: MIT
 *
 * tare/map_end.h - names that a map was made with are free for the next one.
 *
 * Shape    the last thing that <tare/map.h> and <tare/map_ordered.h> include
 * Units    none
 * Owner    none
 * Threads  none
 * Errors   none
 * Cost     none
 * Source   none
 */
#undef TARE_MAP_NAME
#undef TARE_MAP_KEY
#undef TARE_MAP_TEXT
#undef TARE_MAP_VALUE
#undef TARE_MAP_HASH
#undef TARE_MAP_EQUAL
#undef TARE_MAP_DESTROY
#undef TARE_MAP_HOSTILE
#undef TARE__MAP
#undef TARE__MAP_
#undef TARE__MAP_ASSERT
#undef TARE__MAP_JOIN
#undef TARE__MAP_JOIN_
#undef TARE__MAP_KEY
#undef TARE__MAP_OWNS
#undef TARE__MAP_STORED
#undef TARE__ENTRY
#undef TARE__SPOT
#undef TARE__PLACE
#undef TARE__MAP_ORDERED
