/* SPDX-License-Identifier: MIT
 *
 * governors/device.h - what an edge device has: 30 governors in one block.
 *
 * Shape    rules (of all devices) <- device: [governor][governor]...
 * Units    bytes; times in nanoseconds, simulated ones from 0
 * Owner    The caller's memory, and rules, which are there as long as devices are.
 * Threads  Rules are thread-safe; a device has a single owner.
 * Errors   -ENOMEM
 * Cost     as <tare/governor.h>
 * Source   none
 */
#ifndef GOVERNORS_DEVICE_H
#define GOVERNORS_DEVICE_H

#include <tare/governor.h>

#define SECOND INT64_C(1000000000)

enum { DEVICE_GOVERNORS = 30, DEVICE_TENANTS = 16, FEATURE = 1 };

struct rules {
    struct tare_governor_policy *policies[TARE_GOVERNOR_TYPES];
};

int rules_create(struct rules *rules, struct tare_mem *mem);
void rules_destroy(struct rules *rules);

/* The type of a device's governor, by number. */
enum tare_governor_type device_type(unsigned number);

struct device {
    struct tare_governor *governors[DEVICE_GOVERNORS];
};

size_t device_bytes(const struct rules *rules);

/* In device_bytes of memory, aligned to 64. Tenants have what makes requests of theirs sensible: a plan,
 * and the feature granted. */
int device_init(struct device *device, const struct rules *rules, void *memory);

/* What each type is asked: may the tenant do one thing more? Events of compliance are taken out, as
 * somebody who stores them would. */
enum tare_governor_verdict device_ask(struct device *device, unsigned number,
                                      uint32_t tenant, int64_t now_ns);

#endif
