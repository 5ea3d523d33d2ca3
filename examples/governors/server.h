/* SPDX-License-Identifier: MIT
 *
 * governors/server.h - one thread that reads requests, has them answered, and writes the replies.
 *
 * Shape    socket -> client: [bytes read][bytes to write] -> service
 *          A client who does not read his replies is not read from, until he does: so much as both
 *          buffers hold is all that he can make the server keep.
 * Units    bytes
 * Owner    The server owns its sockets and clients; the service is the caller's.
 * Threads  single owner
 * Errors   -errno; -EADDRINUSE: another server is there. Of clients: they are told, or gone.
 * Cost     32 KiB a client, kept for the next one
 * Source   none
 */
#ifndef GOVERNORS_SERVER_H
#define GOVERNORS_SERVER_H

#include "governors/service.h"

enum { SERVER_CLIENTS = 1024 };

struct server_options {
    const char *path; /* a Unix socket, for its owner alone; NULL: */
    uint16_t port;    /* of 127.0.0.1 */
    unsigned clients; /* the most, to SERVER_CLIENTS */
};

/* Serve until SIGINT or SIGTERM. */
int server_run(const struct server_options *options, struct service *service);

#endif
