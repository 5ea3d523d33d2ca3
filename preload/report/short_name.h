/* SPDX-License-Identifier: MIT
 *
 * report/short_name.h - names of C++ functions without what says nothing.
 *
 * Shape    std::vector<int, std::allocator<int> >::push_back(int const&)
 *              -> std::vector<int>::push_back(int const&)
 *          and where that is still long, arguments become (...) and those of templates <...>.
 * Units    Bytes.
 * Owner    The caller owns the text that is written to; it is returned.
 * Threads  thread-safe.
 * Errors   none: what does not fit is cut.
 * Cost     A few passes over the name.
 * Source   none
 */
#ifndef TARE_REPORT_SHORT_NAME_H
#define TARE_REPORT_SHORT_NAME_H

enum { SHORT_NAME_BYTES = 512, SHORT_NAME_LONG = 72 };

const char *short_name(char to[SHORT_NAME_BYTES], const char *name);

#endif
