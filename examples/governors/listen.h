/* SPDX-License-Identifier: MIT
 *
 * governors/listen.h - sockets that nobody but this machine's users reaches.
 *
 * Shape    path (of its owner alone) or port of 127.0.0.1 -> socket
 * Units    none
 * Owner    The caller's: close, and unlink of the path.
 * Threads  listen_unix sets the process's umask for a moment.
 * Errors   -errno; -EADDRINUSE: another server is there, or a file that is no socket.
 * Cost     none
 * Source   none
 */
#ifndef GOVERNORS_LISTEN_H
#define GOVERNORS_LISTEN_H

#include <stdint.h>

/* A socket of a server that is no more makes room. */
int listen_unix(const char *path);

int listen_loopback(uint16_t port);

#endif
