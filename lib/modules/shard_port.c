/* SPDX-License-Identifier: MIT
 *
 * The program's side of a port: requests go into entries, and are handed over by one store of `asked`.
 */
#include <poll.h>
#include <string.h>

#include "modules/shard_core.h"

static bool is_over(const struct tare_shard *shard)
{
    struct pollfd keeper = {.fd = shard->keeper_fd, .events = POLLIN};

    return __atomic_load_n(&shard->shared->is_over, __ATOMIC_RELAXED) ||
           poll(&keeper, 1, 0) > 0;
}

/* Pairs with the release in tare__undo_commit: the decisions are whole. */
static bool is_answered(const struct tare_shard_port *port, uint64_t id)
{
    return __atomic_load_n(&port->answered, __ATOMIC_ACQUIRE) > id;
}

static bool wait_for(struct tare_shard_port *port, uint64_t id)
{
    struct tare__spin spin = {0};

    while (!is_answered(port, id)) {
        if (!tare__spin_is_over(&spin))
            continue;
        tare__about_to_sleep(&port->is_waiting);
        if (!is_answered(port, id) && !is_over(port->shard))
            tare__futex_wait(&port->is_waiting, 1, true);
        tare__awake(&port->is_waiting);
        if (!is_answered(port, id) && is_over(port->shard))
            return is_answered(port, id);
    }
    return true;
}

static bool all_answered(const struct tare_shard_port *port)
{
    return __atomic_load_n(&port->answered, __ATOMIC_ACQUIRE) == port->asked;
}

static void fill(struct tare__entry *entry, uint32_t governor,
                 const struct tare_governor_request *request)
{
    entry->kind = TARE__ASK;
    entry->governor = governor;
    entry->request = *request;
    if (!request->attribute_count)
        return;
    entry->request.attributes = entry->attributes;
    if (request->attribute_count > TARE_SHARD_ATTRIBUTES) {
        entry->kind = TARE__NOTHING;
        tare__refuse_with(&entry->decision, TARE_GOVERNOR_OVERFLOW);
    } else {
        memcpy(entry->attributes, request->attributes,
               request->attribute_count * sizeof *request->attributes);
    }
}

static void hand_over(struct tare_shard_port *port, uint64_t asked)
{
    __atomic_store_n(&port->asked, asked, __ATOMIC_RELEASE);
    tare__wake_sleeper(&port->shard->shared->is_sleeping);
}

bool tare__port_ask(struct tare_shard_port *port, uint64_t asked)
{
    hand_over(port, asked);
    return wait_for(port, asked - 1);
}

void tare_shard_ask_batch(struct tare_shard_port *port, const uint32_t *governors,
                          const struct tare_governor_request *requests,
                          struct tare_governor_decision *decisions, size_t count)
{
    uint64_t first = port->asked;
    size_t sent = 0, got = 0;

    /* One who was not answered once never will be. */
    while (got < count && (sent || all_answered(port))) {
        size_t most = sent + TARE__RUN;

        for (; sent < count && sent < most && sent - got < TARE__ENTRIES; sent++)
            fill(tare__entry(port, first + sent), governors[sent], &requests[sent]);
        if (first + sent != port->asked)
            hand_over(port, first + sent);
        if (!wait_for(port, first + got))
            break;
        uint64_t answered = __atomic_load_n(&port->answered, __ATOMIC_ACQUIRE);
        for (; got < answered - first; got++)
            decisions[got] = tare__entry(port, first + got)->decision;
    }
    for (; got < count; got++)
        tare__refuse_with(&decisions[got], TARE_GOVERNOR_SUSPENDED);
}

enum tare_governor_verdict tare_shard_ask(struct tare_shard_port *port, uint32_t governor,
                                          const struct tare_governor_request *request,
                                          struct tare_governor_decision *decision)
{
    tare_shard_ask_batch(port, &governor, request, decision, 1);
    return (enum tare_governor_verdict)decision->verdict;
}
