/* SPDX-License-Identifier: MIT
 *
 * The governors of the server, and their state in a file.
 */
#include <tare/codec.h>

#include <errno.h>
#include <string.h>

#include "governors/service_parts.h"

enum { EVENTS = 1024, ANSWERS = 64, CREDIT_LIMIT = 1000000 };

static const enum tare_governor_type types[SERVICE_GOVERNORS] = {
    [SERVICE_QUOTA] = TARE_GOVERNOR_QUOTA,
    [SERVICE_ENTITLEMENT] = TARE_GOVERNOR_ENTITLEMENT,
    [SERVICE_BILLING] = TARE_GOVERNOR_BILLING,
};

static struct tare_governor_config config_of(const struct service_options *options,
                                             enum tare_governor_type type)
{
    struct tare_governor_config config = {
        .type = type, .tenants = options->tenants, .events = EVENTS, .answers = ANSWERS};

    if (type == TARE_GOVERNOR_QUOTA) {
        config.quota = (struct tare_governor_quota){.limit = options->per_minute,
                                                    .period_ns = INT64_C(60000000000),
                                                    .burst = options->burst};
    } else if (type == TARE_GOVERNOR_ENTITLEMENT) {
        memset(config.entitlement.features, TARE_GOVERNOR_VALUE,
               sizeof config.entitlement.features);
        config.entitlement.grants = options->tenants;
    } else {
        config.billing =
            (struct tare_governor_billing){.credit_limit = CREDIT_LIMIT, .grace_ns = 0};
    }
    return config;
}

/* What the file has for each governor, of the same options. */
static int restore(struct service *service)
{
    struct tare_codec_block content = {0};
    struct tare_codec_part parts[SERVICE_GOVERNORS] = {{0}};
    size_t most = 0;

    for (int i = 0; i < SERVICE_GOVERNORS; i++)
        most += tare_governor_snapshot_bytes(service->policies[i]);
    int err = tare_codec_load_parts(service->codec, service->state, most, &content, parts,
                                    SERVICE_GOVERNORS);
    for (int i = 0; !err && i < SERVICE_GOVERNORS; i++)
        err = tare_governor_restore(service->governors[i], parts[i].data, parts[i].bytes);
    tare_codec_block_fini(&content);
    return err == -ENOENT ? 0 : err;
}

int service_save(struct service *service)
{
    struct tare_codec_part parts[SERVICE_GOVERNORS] = {{0}};
    int err = service->state ? 0 : -ENOENT;

    for (int i = 0; !err && i < SERVICE_GOVERNORS; i++) {
        size_t bytes = tare_governor_snapshot_bytes(service->policies[i]);
        void *snapshot = tare_mem_alloc(tare_mem_default(), bytes, 8);

        parts[i].data = snapshot;
        parts[i].bytes =
            snapshot ? tare_governor_save(service->governors[i], snapshot, bytes) : 0;
        err = snapshot ? 0 : -ENOMEM;
    }
    if (!err)
        err =
            tare_codec_save_parts(service->codec, service->state, parts, SERVICE_GOVERNORS);
    for (int i = 0; i < SERVICE_GOVERNORS; i++)
        tare_mem_free(tare_mem_default(), (void *)(uintptr_t)parts[i].data,
                      tare_governor_snapshot_bytes(service->policies[i]), 8);
    return err;
}

int service_create(struct service **service, const struct service_options *options)
{
    struct service *made = tare_mem_alloc(tare_mem_default(), sizeof *made, 8);
    int err = made ? 0 : -ENOMEM;

    if (err)
        return err;
    *made = (struct service){.state = options->state};
    for (int i = 0; !err && i < SERVICE_GOVERNORS; i++) {
        const struct tare_governor_config config = config_of(options, types[i]);

        err = tare_governor_policy_create(&made->policies[i], &config, NULL);
        if (!err)
            err = tare_governor_create(&made->governors[i], made->policies[i]);
    }
    if (!err && made->state)
        err = tare_codec_create(&made->codec, NULL);
    if (!err && made->state)
        err = restore(made);
    if (err)
        service_destroy(&made);
    *service = made;
    return err;
}

void service_destroy(struct service **service)
{
    struct service *gone = *service;

    *service = NULL;
    if (!gone)
        return;
    tare_codec_destroy(&gone->codec);
    for (int i = 0; i < SERVICE_GOVERNORS; i++) {
        tare_governor_destroy(&gone->governors[i]);
        tare_governor_policy_destroy(&gone->policies[i]);
    }
    tare_mem_free(tare_mem_default(), gone, sizeof *gone, 8);
}

void service_set_time(struct service *service, int64_t now_ns)
{
    service->now_ns = now_ns;
}

struct service_clients *service_clients(struct service *service)
{
    return &service->clients;
}
