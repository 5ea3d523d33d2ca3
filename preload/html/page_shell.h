/* SPDX-License-Identifier: MIT
 *
 * html/page_shell.h - the page without what differs from report to report.
 *
 * Shape    markup with marks, as @DATA@, where the rest goes
 * Units    Bytes.
 * Owner    none
 * Threads  thread-safe.
 * Errors   none
 * Cost     none
 * Source   preload/html/page/, put together by preload/html/shell.sh
 */
#ifndef TARE_HTML_PAGE_SHELL_H
#define TARE_HTML_PAGE_SHELL_H

extern const char page_shell[], page_shell_end[];

#endif
