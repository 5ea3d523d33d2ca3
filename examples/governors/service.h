/* SPDX-License-Identifier: MIT
 *
 * governors/service.h - what the server does: commands, and the governors that they are for.
 *
 * Shape    words -> command -> governor (quota, entitlement, billing) -> reply
 * Units    times on the wire in milliseconds, rounded up; -1: time does not help
 * Owner    The service owns its governors; the path stays the caller's.
 * Threads  single owner
 * Errors   create: -errno. A command's are a reply, -ERR and why.
 * Cost     some hundred nanoseconds a command; SNAPSHOT as long as a disk takes
 * Source   none
 */
#ifndef GOVERNORS_SERVICE_H
#define GOVERNORS_SERVICE_H

#include "governors/resp.h"

struct service;

enum { SERVICE_REPLY_BYTES = 2048 }; /* no reply is longer */

struct service_options {
    uint32_t tenants; /* room for so many, of each governor */
    uint32_t burst, per_minute;
    const char *
        state; /* a file that is read at the start, if it is there, and written; NULL: none */
};

int service_create(struct service **service, const struct service_options *options);
void service_destroy(struct service **service);

/* The time of all requests until it is set again, since 1970. */
void service_set_time(struct service *service, int64_t now_ns);

/* Answer a request of at least one word. False: that was the last one, by its own wish. */
bool service_answer(struct service *service, const struct resp_request *request,
                    struct resp_reply *reply);

/* Store the state, if there is a file for it. -errno. */
int service_save(struct service *service);

/* For METRICS. */
struct service_clients {
    uint64_t connected, accepted, refused;
};
struct service_clients *service_clients(struct service *service);

#endif
