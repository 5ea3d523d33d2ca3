/* SPDX-License-Identifier: MIT
 *
 * tare/version.h - which Tare this is. The build reads the three numbers from here.
 *
 * Shape    macros only.
 * Units    none
 * Owner    none
 * Threads  thread-safe
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_VERSION_H
#define TARE_VERSION_H

#define TARE_VERSION_MAJOR 0
#define TARE_VERSION_MINOR 1
#define TARE_VERSION_PATCH 0

/* "MAJOR.MINOR.PATCH" */
#define TARE_VERSION \
    TARE__VERSION(TARE_VERSION_MAJOR, TARE_VERSION_MINOR, TARE_VERSION_PATCH)
#define TARE__VERSION(major, minor, patch) TARE__STRING(major.minor.patch)
#define TARE__STRING(text) #text

#endif
