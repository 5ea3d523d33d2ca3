/* SPDX-License-Identifier: MIT
 *
 * One device, and many in one process.
 */
#include "governors/scenarios.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "governors/device.h"
#include "governors/figures.h"

enum {
    REQUESTS = 200000,
    HOUR = 3600,
    DEVICES = 100,
    REGIONS = 3,
    FLEET_REQUESTS = 1000000
};

int scenario_failed(int err)
{
    if (err)
        fprintf(stderr, "governors: %s\n", strerror(-err));
    return err != 0;
}

static int ask_all(struct tare_governor **governors, const struct rules *rules,
                   unsigned count)
{
    struct tare_governor_decision decision;
    int err = 0;

    for (unsigned i = 0; !err && i < count; i++) {
        err = tare_governor_create(&governors[i], rules->policies[device_type(i)]);
        if (!err)
            tare_governor_ask(
                governors[i],
                &(struct tare_governor_request){.feature = FEATURE, .quantity = 1},
                &decision);
    }
    return err;
}

int scenario_start(unsigned count)
{
    struct tare_mem *mem = tare_mem_libc();
    size_t bytes = count * sizeof(struct tare_governor *);
    struct tare_governor **governors = tare_mem_alloc(mem, bytes, sizeof(void *));
    struct rules rules;
    int err = governors ? rules_create(&rules, mem) : -ENOMEM;

    if (!err) {
        memset(governors, 0, bytes);
        err = ask_all(governors, &rules, count);
        for (unsigned i = 0; i < count; i++)
            tare_governor_destroy(&governors[i]);
        rules_destroy(&rules);
    }
    tare_mem_free(mem, governors, bytes, sizeof(void *));
    return scenario_failed(err);
}

static void print_verdicts(const uint64_t verdicts[3])
{
    printf("%llu allowed, %llu denied, %llu errors\n", (unsigned long long)verdicts[0],
           (unsigned long long)verdicts[1], (unsigned long long)verdicts[2]);
}

/* Each request's time has that of reading the clock in it, which is told beside. */
static int run_device(struct device *device)
{
    struct histogram requests = {{0}, 0, 0}, clock = {{0}, 0, 0};
    uint64_t verdicts[3] = {0};

    for (unsigned i = 0; i < REQUESTS; i++) {
        unsigned number = i * 7 % DEVICE_GOVERNORS;
        uint32_t tenant = i * 2654435761u >> 28;
        int64_t before_ns = figures_now_ns();
        int64_t between_ns = figures_now_ns();

        verdicts[device_ask(device, number, tenant, i * (HOUR * SECOND / REQUESTS))]++;
        histogram_add(&requests, figures_now_ns() - between_ns);
        histogram_add(&clock, between_ns - before_ns);
    }
    printf("%d requests of a simulated hour: ", REQUESTS);
    print_verdicts(verdicts);
    printf("a request, with reading the clock: half within %lld ns, 99 %% %lld, 99.9 %% "
           "%lld, all %lld\n",
           (long long)histogram_within(&requests, .5),
           (long long)histogram_within(&requests, .99),
           (long long)histogram_within(&requests, .999), (long long)requests.most_ns);
    printf("reading the clock alone: half within %lld ns, 99 %% %lld\n",
           (long long)histogram_within(&clock, .5),
           (long long)histogram_within(&clock, .99));
    return verdicts[TARE_GOVERNOR_ERROR] != 0;
}

int scenario_device(void)
{
    struct tare_mem_counter memory;
    struct rules rules;
    struct device device;

    figures_print_resident("at the start");
    tare_mem_counter_init(&memory, tare_mem_libc(), 0);
    int err = rules_create(&rules, &memory.mem);
    if (err)
        return scenario_failed(err);
    size_t bytes = device_bytes(&rules);
    void *block = tare_mem_alloc(&memory.mem, bytes, 64);
    err = block ? device_init(&device, &rules, block) : -ENOMEM;
    int status = err ? scenario_failed(err) : run_device(&device);
    figures_print_resident("at the end");
    printf("%d governors: %zu bytes in one block; with their policies %zu bytes in %zu\n",
           DEVICE_GOVERNORS, bytes, tare_mem_counted(&memory).live_bytes,
           tare_mem_counted(&memory).live_blocks);
    tare_mem_free(&memory.mem, block, bytes, 64);
    rules_destroy(&rules);
    return status;
}

static int run_fleet(struct device *devices)
{
    uint64_t verdicts[REGIONS][3] = {{0}};
    int64_t began_ns = figures_processor_ns();

    for (unsigned i = 0; i < FLEET_REQUESTS; i++) {
        uint32_t mixed = i * 2654435761u;
        unsigned which = (mixed >> 8) % DEVICES;

        verdicts[which % REGIONS]
                [device_ask(&devices[which], mixed % DEVICE_GOVERNORS, mixed >> 28,
                            i * (HOUR * SECOND / FLEET_REQUESTS))]++;
    }
    int64_t took_ns = figures_processor_ns() - began_ns;
    int status = 0;
    for (unsigned region = 0; region < REGIONS; region++) {
        printf("region %u, %u devices: ", region + 1,
               (DEVICES + REGIONS - 1 - region) / REGIONS);
        print_verdicts(verdicts[region]);
        status |= verdicts[region][TARE_GOVERNOR_ERROR] != 0;
    }
    printf("%d requests to %d governors: %.0f ns of a processor each\n", FLEET_REQUESTS,
           DEVICES * DEVICE_GOVERNORS, (double)took_ns / FLEET_REQUESTS);
    return status;
}

int scenario_fleet(void)
{
    static struct device devices[DEVICES];
    struct rules rules;

    figures_print_resident("at the start");
    int err = rules_create(&rules, tare_mem_libc());
    if (err)
        return scenario_failed(err);
    size_t bytes = device_bytes(&rules);
    char *block = tare_mem_alloc(tare_mem_libc(), DEVICES * bytes, 64);
    err = block ? 0 : -ENOMEM;
    for (unsigned i = 0; !err && i < DEVICES; i++)
        err = device_init(&devices[i], &rules, block + i * bytes);
    int status = err ? scenario_failed(err) : run_fleet(devices);
    figures_print_resident("at the end");
    printf("%d devices: %zu bytes of governors each\n", DEVICES, bytes);
    tare_mem_free(tare_mem_libc(), block, DEVICES * bytes, 64);
    rules_destroy(&rules);
    return status;
}
