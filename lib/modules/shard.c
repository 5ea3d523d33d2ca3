/* SPDX-License-Identifier: MIT
 *
 * A shard's beginning and end, and what the program does with it beside asking. Who has the lock has
 * the control port.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modules/shard_core.h"

enum { MOST_GOVERNORS = 1 << 24, MOST_RESTARTS = 65536 };

static size_t in_lines(size_t bytes)
{
    return (bytes + 63) & ~(size_t)63;
}

static bool is_possible(const struct tare_shard_options *options)
{
    return options->policy_count && options->policy_count <= TARE_SHARD_POLICIES &&
           options->governors && options->governors <= MOST_GOVERNORS && options->ports &&
           options->ports <= TARE_SHARD_PORTS && options->period_ns > 0 &&
           options->max_restarts <= MOST_RESTARTS;
}

/* Where everything is, in memory that begins at `memory`; NULL: how much of it there has to be. */
static void lay_out(struct tare_shard *shard, void *memory)
{
    const struct tare_shard_options *options = &shard->options;
    uintptr_t at = (uintptr_t)memory;

    shard->governor_bytes = shard->snapshot_bytes = 0;
    for (uint32_t i = 0; i < options->policy_count; i++) {
        size_t bytes = in_lines(tare_governor_bytes(options->policies[i]));
        size_t snapshot = in_lines(tare_governor_snapshot_bytes(options->policies[i]));

        shard->governor_bytes =
            bytes > shard->governor_bytes ? bytes : shard->governor_bytes;
        shard->snapshot_bytes =
            snapshot > shard->snapshot_bytes ? snapshot : shard->snapshot_bytes;
    }
    shard->slot_bytes = sizeof(struct tare__slot) + shard->governor_bytes +
                        (options->snapshot_every ? 2 * shard->snapshot_bytes : 0);
    shard->shared = (void *)at;
    at += sizeof(struct tare__shared);
    shard->ports = (void *)at;
    at += (options->ports + 1) * sizeof *shard->ports;
    shard->image = (void *)at;
    at += shard->governor_bytes;
    shard->transfer = (void *)at;
    at += shard->snapshot_bytes;
    shard->slots = (void *)at;
    at += options->governors * shard->slot_bytes;
    shard->bytes = at - (uintptr_t)memory;
}

static int map_shared(struct tare_shard *shard)
{
    lay_out(shard, NULL);
    void *memory = mmap(NULL, shard->bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return -ENOMEM;
    lay_out(shard, memory);
    for (uint32_t i = 0; i <= shard->options.ports; i++)
        shard->ports[i].shard = shard;
    return 0;
}

static size_t policies_bytes(const struct tare_shard_options *options)
{
    return options->policy_count * sizeof *options->policies;
}

/* What create made so far, of a shard that is all-zero but for that. */
static void unmake(struct tare_shard *shard)
{
    struct tare_mem *mem = shard->options.mem;

    if (shard->shared)
        munmap(shard->shared, shard->bytes);
    tare_mem_free(mem, (void *)(uintptr_t)shard->options.policies,
                  policies_bytes(&shard->options), 8);
    tare_mem_free(mem, shard->free, shard->options.governors * sizeof *shard->free, 4);
    tare_mem_free(mem, shard, sizeof *shard, _Alignof(struct tare_shard));
}

static int make_lists(struct tare_shard *shard, const struct tare_shard_options *options)
{
    struct tare_mem *mem = shard->options.mem;
    void *policies = tare_mem_alloc(mem, policies_bytes(options), 8);

    shard->options.policies = policies;
    shard->free = tare_mem_alloc(mem, options->governors * sizeof *shard->free, 4);
    if (!policies || !shard->free)
        return -ENOMEM;
    memcpy(policies, options->policies, policies_bytes(options));
    while (shard->free_count < options->governors) { /* the lowest number on top */
        shard->free[shard->free_count] = options->governors - 1 - shard->free_count;
        shard->free_count++;
    }
    return 0;
}

int tare_shard_create(struct tare_shard **shard, const struct tare_shard_options *options)
{
    struct tare_mem *mem = options->mem ? options->mem : tare_mem_default();
    struct tare_shard *made;

    if (!is_possible(options))
        return -EINVAL;
    made = tare_mem_alloc(mem, sizeof *made, _Alignof(struct tare_shard));
    if (!made)
        return -ENOMEM;
    *made = (struct tare_shard){
        .options = *options,
        .rule = {.period_ns = options->period_ns, .most = options->max_restarts},
        .lock = PTHREAD_MUTEX_INITIALIZER};
    made->options.mem = mem;
    int err = make_lists(made, options);
    if (!err)
        err = map_shared(made);
    if (!err)
        err = tare__keeper_start(made);
    if (err)
        unmake(made);
    else
        *shard = made;
    return err;
}

void tare_shard_destroy(struct tare_shard **shard)
{
    struct tare_shard *gone = *shard;

    *shard = NULL;
    if (!gone)
        return;
    /* The shard is killed with its parent. */
    syscall(SYS_pidfd_send_signal, gone->keeper_fd, SIGKILL, NULL, 0);
    while (waitpid(gone->keeper, NULL, 0) < 0 && errno == EINTR)
        ;
    close(gone->keeper_fd);
    unmake(gone);
}

int tare_shard_open(struct tare_shard *shard, struct tare_shard_port **port)
{
    int err = -ENOSPC;

    pthread_mutex_lock(&shard->lock);
    for (uint32_t i = 0; i < shard->options.ports && err; i++)
        if (!(shard->open_ports >> i & 1)) {
            shard->open_ports |= UINT64_C(1) << i;
            *port = &shard->ports[i];
            err = 0;
        }
    pthread_mutex_unlock(&shard->lock);
    return err;
}

void tare_shard_close(struct tare_shard_port **port)
{
    struct tare_shard_port *gone = *port;

    *port = NULL;
    if (!gone)
        return;
    pthread_mutex_lock(&gone->shard->lock);
    gone->shard->open_ports &= ~(UINT64_C(1) << (gone - gone->shard->ports));
    pthread_mutex_unlock(&gone->shard->lock);
}

/* Through the control port, with the lock held; *entry is its entry afterwards. -ESHUTDOWN. */
static int control(struct tare_shard *shard, struct tare__entry **entry)
{
    struct tare_shard_port *port = &shard->ports[shard->options.ports];
    struct tare__entry *made = tare__entry(port, port->asked);

    *made = **entry;
    *entry = made;
    return tare__port_ask(port, port->asked + 1) ? made->control.result : -ESHUTDOWN;
}

static bool has_policy(const struct tare_shard *shard,
                       const struct tare_governor_policy *policy)
{
    for (uint32_t i = 0; i < shard->options.policy_count; i++)
        if (shard->options.policies[i] == policy)
            return true;
    return false;
}

int tare_shard_add(struct tare_shard *shard, const struct tare_governor_policy *policy,
                   uint32_t *governor)
{
    struct tare__entry order = {.kind = TARE__ADD, .control.policy = policy};
    struct tare__entry *entry = &order;
    int err = -ENOSPC;

    if (!has_policy(shard, policy))
        return -EINVAL;
    pthread_mutex_lock(&shard->lock);
    if (shard->free_count) {
        order.governor = shard->free[shard->free_count - 1];
        err = control(shard, &entry);
        if (!err) {
            shard->free_count--;
            *governor = order.governor;
        }
    }
    pthread_mutex_unlock(&shard->lock);
    return err;
}

/* With the lock held nobody else adds or removes. */
static bool has_governor(const struct tare_shard *shard, uint32_t governor)
{
    return governor < shard->options.governors && tare__slot(shard, governor)->policy;
}

int tare_shard_remove(struct tare_shard *shard, uint32_t governor)
{
    struct tare__entry order = {.kind = TARE__REMOVE, .governor = governor};
    struct tare__entry *entry = &order;
    int err = -EINVAL;

    pthread_mutex_lock(&shard->lock);
    if (has_governor(shard, governor))
        err = control(shard, &entry);
    if (!err)
        shard->free[shard->free_count++] = governor;
    pthread_mutex_unlock(&shard->lock);
    return err;
}

size_t tare_shard_save(struct tare_shard *shard, uint32_t governor, void *snapshot,
                       size_t bytes)
{
    struct tare__entry order = {.kind = TARE__SAVE, .governor = governor};
    struct tare__entry *entry = &order;
    size_t saved = 0;

    pthread_mutex_lock(&shard->lock);
    if (has_governor(shard, governor) && control(shard, &entry) == 0 &&
        entry->control.bytes <= bytes) {
        saved = entry->control.bytes;
        memcpy(snapshot, shard->transfer, saved);
    }
    pthread_mutex_unlock(&shard->lock);
    return saved;
}

int tare_shard_restore(struct tare_shard *shard, uint32_t governor, const void *snapshot,
                       size_t bytes)
{
    struct tare__entry order = {
        .kind = TARE__RESTORE, .governor = governor, .control.bytes = bytes};
    struct tare__entry *entry = &order;
    int err = -EINVAL;

    if (bytes > shard->snapshot_bytes)
        return -EBADMSG;
    pthread_mutex_lock(&shard->lock);
    if (has_governor(shard, governor)) {
        memcpy(shard->transfer, snapshot, bytes);
        err = control(shard, &entry);
    }
    pthread_mutex_unlock(&shard->lock);
    return err;
}

struct tare_ring *tare_shard_ring(struct tare_shard *shard, uint32_t governor)
{
    struct tare_ring *ring = NULL;

    pthread_mutex_lock(&shard->lock);
    if (has_governor(shard, governor)) {
        const struct tare__slot *slot = tare__slot(shard, governor);

        ring = tare_governor_ring(tare__slot_governor(slot));
    }
    pthread_mutex_unlock(&shard->lock);
    return ring;
}

void tare_shard_get_stats(const struct tare_shard *shard, struct tare_shard_stats *stats)
{
    const struct tare__shared *shared = shard->shared;

    *stats = (struct tare_shard_stats){
        .process = (int)__atomic_load_n(&shared->process, __ATOMIC_RELAXED),
        .restarts = __atomic_load_n(&shared->restarts, __ATOMIC_RELAXED),
        .undone = __atomic_load_n(&shared->undone, __ATOMIC_RELAXED),
        .restored = __atomic_load_n(&shared->restored, __ATOMIC_RELAXED),
        .wiped = __atomic_load_n(&shared->wiped, __ATOMIC_RELAXED),
        .gave_up = __atomic_load_n(&shared->is_over, __ATOMIC_RELAXED),
    };
}
