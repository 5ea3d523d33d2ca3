/* SPDX-License-Identifier: MIT
 *
 * governors/service_parts.h - what the files of the service share.
 *
 * Shape    struct service
 * Units    as governors/service.h
 * Owner    the service
 * Threads  single owner
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef GOVERNORS_SERVICE_PARTS_H
#define GOVERNORS_SERVICE_PARTS_H

#include <tare/codec.h>
#include <tare/governor.h>

#include "governors/service.h"

enum { SERVICE_QUOTA, SERVICE_ENTITLEMENT, SERVICE_BILLING, SERVICE_GOVERNORS };

struct service {
    struct tare_governor_policy *policies[SERVICE_GOVERNORS];
    struct tare_governor *governors[SERVICE_GOVERNORS];
    struct tare_codec *codec;
    const char *state;
    int64_t now_ns;
    uint64_t commands, wrong;
    struct service_clients clients;
};

#endif
