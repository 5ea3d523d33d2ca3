/* SPDX-License-Identifier: MIT
 *
 * What the process takes, asked of the kernel and of malloc at each snapshot. Nothing here takes
 * memory.
 */
#include <tare/metrics.h>

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <tare/pool.h>

#include "modules/metrics_core.h"

static struct rusage used(void)
{
    struct rusage used = {0};

    getrusage(RUSAGE_SELF, &used);
    return used;
}

static int64_t microseconds(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

/* The second number of /proc/self/statm, in pages; 0 where there is no such file. */
static int64_t resident(void *context)
{
    char text[128];
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t bytes = file >= 0 ? read(file, text, sizeof text - 1) : 0;
    char *end;

    (void)context;
    if (file >= 0)
        close(file);
    if (bytes <= 0)
        return 0;
    text[bytes] = 0;
    strtoull(text, &end, 10);
    return (int64_t)strtoull(end, NULL, 10) * sysconf(_SC_PAGESIZE);
}

static int64_t peak_resident(void *context)
{
    (void)context;
    return (int64_t)used().ru_maxrss * 1024;
}

static int64_t given_by_malloc(void *context)
{
    struct mallinfo2 info = mallinfo2();

    (void)context;
    return (int64_t)(info.uordblks + info.hblkhd);
}

static int64_t user_time(void *context)
{
    (void)context;
    return microseconds(used().ru_utime);
}

static int64_t system_time(void *context)
{
    (void)context;
    return microseconds(used().ru_stime);
}

static int64_t minor_faults(void *context)
{
    (void)context;
    return used().ru_minflt;
}

static int64_t major_faults(void *context)
{
    (void)context;
    return used().ru_majflt;
}

static int64_t voluntary_switches(void *context)
{
    (void)context;
    return used().ru_nvcsw;
}

static int64_t involuntary_switches(void *context)
{
    (void)context;
    return used().ru_nivcsw;
}

#define GAUGE(NAME, HELP, SAMPLE)                               \
    {                                                           \
        NAME, NULL, HELP, TARE_METRIC_GAUGE, 0, 0, SAMPLE, NULL \
    }
#define COUNTER(NAME, LABELS, HELP, PER_UNIT, SAMPLE)                      \
    {                                                                      \
        NAME, LABELS, HELP, TARE_METRIC_COUNTER, PER_UNIT, 0, SAMPLE, NULL \
    }

static const struct tare_metric process[] = {
    GAUGE("process_resident_bytes", "Memory that is there", resident),
    GAUGE("process_resident_peak_bytes", "The most memory that ever was there",
          peak_resident),
    GAUGE("process_malloc_bytes", "What malloc gave and has not back", given_by_malloc),
    COUNTER("process_cpu_seconds", "mode=\"user\"", "Processor time", 1e6, user_time),
    COUNTER("process_cpu_seconds", "mode=\"system\"", "Processor time", 1e6, system_time),
    COUNTER("process_page_faults", "kind=\"minor\"", "Pages that were not there", 0,
            minor_faults),
    COUNTER("process_page_faults", "kind=\"major\"", "Pages that were not there", 0,
            major_faults),
    COUNTER("process_context_switches", "kind=\"voluntary\"", "Times it left a processor",
            0, voluntary_switches),
    COUNTER("process_context_switches", "kind=\"involuntary\"", "Times it left a processor",
            0, involuntary_switches),
};

int tare_metrics_add_process(struct tare_metrics *metrics)
{
    int last = tare__metrics_add_all(metrics, process, sizeof process / sizeof *process);

    return last < 0 ? last : 0;
}

int64_t tare_metrics_sample_mem(void *counter)
{
    return (int64_t)tare_mem_counted(counter).live_bytes;
}

int64_t tare_metrics_sample_pool(void *pool)
{
    struct tare_pool_stats stats;

    tare_pool_get_stats(pool, &stats);
    return (int64_t)stats.live_objects;
}
