/* SPDX-License-Identifier: MIT
 *
 * The commands: what stands in their words, and what is replied. A tenant is a number of 32 bits, a
 * feature one below 64, an id one of 64 bits other than 0.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "governors/service_parts.h"

struct call {
    struct service *service;
    const struct resp_request *request;
    struct resp_reply *reply;
    struct tare_governor_request asked;
};

/* Word `at` as a number; if there is none, `otherwise`. */
static bool word_is(const struct call *call, unsigned at, uint64_t most, uint64_t otherwise,
                    uint64_t *number)
{
    *number = otherwise;
    return at >= call->request->count ||
           resp_number(call->request->words[at], most, number);
}

/* The decision, or the reply says why there is none. */
static bool decide(struct call *call, int governor, struct tare_governor_decision *decision)
{
    call->asked.now_ns = call->service->now_ns;
    if (tare_governor_ask(call->service->governors[governor], &call->asked, decision) !=
        TARE_GOVERNOR_ERROR)
        return true;
    resp_error(call->reply, tare_governor_reason_name(decision->reason));
    return false;
}

static int64_t milliseconds(int64_t ns)
{
    return ns < 0 ? -1 : ns / 1000000 + (ns % 1000000 != 0);
}

static const char not_a_number[] = "a word is no number, or too large a one";

/* TENANT [QUANTITY [ID]]: denied?, limit, remaining, retry after, all back after */
static void quota(struct call *call, enum tare_governor_op op)
{
    struct tare_governor_decision decision;
    uint64_t tenant, quantity, id;

    if (!word_is(call, 1, UINT32_MAX, 0, &tenant) ||
        !word_is(call, 2, UINT32_MAX, 1, &quantity) ||
        !word_is(call, 3, UINT64_MAX, 0, &id)) {
        resp_error(call->reply, not_a_number);
        return;
    }
    call->asked = (struct tare_governor_request){.op = (uint8_t)op,
                                                 .tenant = (uint32_t)tenant,
                                                 .quantity = (uint32_t)quantity,
                                                 .id = {id}};
    if (!decide(call, SERVICE_QUOTA, &decision))
        return;
    resp_array(call->reply, 5);
    resp_integer(call->reply, decision.verdict == TARE_GOVERNOR_DENY);
    resp_integer(call->reply, decision.limit);
    resp_integer(call->reply, decision.remaining);
    resp_integer(call->reply, milliseconds(decision.retry_after_ns));
    resp_integer(call->reply, milliseconds(decision.reset_after_ns));
}

static void check(struct call *call)
{
    quota(call, TARE_GOVERNOR_CHECK);
}

static void peek(struct call *call)
{
    quota(call, TARE_GOVERNOR_PEEK);
}

static void refund(struct call *call)
{
    quota(call, TARE_GOVERNOR_REFUND);
}

/* TENANT FEATURE [VERSION [VALUE]] */
static void entitlement(struct call *call, enum tare_governor_op op)
{
    struct tare_governor_decision decision;
    uint64_t tenant, feature, version, value;

    if (!word_is(call, 1, UINT32_MAX, 0, &tenant) ||
        !word_is(call, 2, UINT16_MAX, 0, &feature) ||
        !word_is(call, 3, UINT32_MAX, 0, &version) ||
        !word_is(call, 4, INT64_MAX, 0, &value)) {
        resp_error(call->reply, not_a_number);
        return;
    }
    call->asked = (struct tare_governor_request){.op = (uint8_t)op,
                                                 .tenant = (uint32_t)tenant,
                                                 .feature = (uint16_t)feature,
                                                 .version = (uint32_t)version,
                                                 .value = value};
    if (!decide(call, SERVICE_ENTITLEMENT, &decision))
        return;
    if (op != TARE_GOVERNOR_CHECK) {
        resp_status(call->reply, "OK");
        return;
    }
    resp_array(call->reply, 2);
    resp_integer(call->reply, decision.verdict == TARE_GOVERNOR_ALLOW);
    resp_integer(call->reply, (int64_t)decision.value);
}

static void has(struct call *call)
{
    entitlement(call, TARE_GOVERNOR_CHECK);
}

static void grant(struct call *call)
{
    entitlement(call, TARE_GOVERNOR_GRANT);
}

static void revoke(struct call *call)
{
    entitlement(call, TARE_GOVERNOR_REVOKE);
}

/* TENANT AMOUNT ID: what is owed then */
static void billing(struct call *call, enum tare_governor_op op)
{
    struct tare_governor_decision decision;
    uint64_t tenant, amount, id;

    if (!word_is(call, 1, UINT32_MAX, 0, &tenant) ||
        !word_is(call, 2, INT64_MAX, 0, &amount) || !word_is(call, 3, UINT64_MAX, 0, &id)) {
        resp_error(call->reply, not_a_number);
        return;
    }
    call->asked = (struct tare_governor_request){.op = (uint8_t)op,
                                                 .tenant = (uint32_t)tenant,
                                                 .amount = (int64_t)amount,
                                                 .id = {id}};
    if (decide(call, SERVICE_BILLING, &decision))
        resp_integer(call->reply, decision.limit - decision.remaining);
}

static void charge(struct call *call)
{
    billing(call, TARE_GOVERNOR_CHARGE);
}

static void pay(struct call *call)
{
    billing(call, TARE_GOVERNOR_PAYMENT);
}

static void owed(struct call *call)
{
    billing(call, TARE_GOVERNOR_PEEK);
}

static void snapshot(struct call *call)
{
    int err = call->service->state ? service_save(call->service) : 0;

    if (!call->service->state)
        resp_error(call->reply, "there is no file for it: --state FILE");
    else if (err)
        resp_error(call->reply, tare_codec_explain(err));
    else
        resp_status(call->reply, "OK");
}

/* As INFO too: a section, and lines of NAME:VALUE. */
static void metrics(struct call *call)
{
    static const char *const names[SERVICE_GOVERNORS] = {"quota", "entitlement", "billing"};
    const struct service *service = call->service;
    char text[1536];
    int bytes = snprintf(text, sizeof text,
                         "# governors\r\nclients_connected:%" PRIu64
                         "\r\nclients_accepted:%" PRIu64 "\r\nclients_refused:%" PRIu64
                         "\r\ncommands:%" PRIu64 "\r\ncommands_wrong:%" PRIu64 "\r\n",
                         service->clients.connected, service->clients.accepted,
                         service->clients.refused, service->commands, service->wrong);

    for (int i = 0; i < SERVICE_GOVERNORS; i++) {
        struct tare_governor_stats stats;

        tare_governor_get_stats(service->governors[i], &stats);
        bytes += snprintf(text + bytes, sizeof text - (size_t)bytes,
                          "%s_answered:%" PRIu64 "\r\n%s_denied:%" PRIu64
                          "\r\n%s_errors:%" PRIu64 "\r\n%s_replayed:%" PRIu64
                          "\r\n%s_tenants:%" PRIu64 "\r\n%s_bytes:%zu\r\n",
                          names[i], stats.answered, names[i], stats.denied, names[i],
                          stats.errors, names[i], stats.replayed, names[i], stats.tenants,
                          names[i], tare_governor_bytes(service->policies[i]));
    }
    resp_text(call->reply, text, (size_t)bytes);
}

static void ping(struct call *call)
{
    if (call->request->count == 1)
        resp_status(call->reply, "PONG");
    else
        resp_text(call->reply, call->request->words[1].start,
                  call->request->words[1].bytes);
}

/* What redis-cli asks for first, and does without. */
static void nothing(struct call *call)
{
    resp_array(call->reply, 0);
}

/* CONFIG GET NAME: no setting has a value. */
static void config(struct call *call)
{
    if (call->request->count != 3) {
        resp_error(call->reply, "there is nothing to be set");
        return;
    }
    resp_array(call->reply, 2);
    resp_text(call->reply, call->request->words[2].start, call->request->words[2].bytes);
    resp_text(call->reply, "", 0);
}

static void quit(struct call *call)
{
    resp_status(call->reply, "OK");
}

static const struct command {
    const char *name;
    void (*run)(struct call *call);
    unsigned least, most; /* words, with the name */
} commands[] = {
    {"CHECK", check, 2, 4},
    {"PEEK", peek, 2, 3},
    {"REFUND", refund, 2, 4},
    {"GRANT", grant, 4, 5},
    {"REVOKE", revoke, 4, 4},
    {"HAS", has, 3, 3},
    {"CHARGE", charge, 4, 4},
    {"PAY", pay, 4, 4},
    {"OWED", owed, 2, 2},
    {"METRICS", metrics, 1, 1},
    {"INFO", metrics, 1, RESP_WORDS},
    {"SNAPSHOT", snapshot, 1, 1},
    {"PING", ping, 1, 2},
    {"COMMAND", nothing, 1, RESP_WORDS},
    {"CONFIG", config, 1, RESP_WORDS},
    {"QUIT", quit, 1, 1},
};

bool service_answer(struct service *service, const struct resp_request *request,
                    struct resp_reply *reply)
{
    struct call call = {.service = service, .request = request, .reply = reply};
    const struct command *command = commands;
    const struct command *end = commands + sizeof commands / sizeof *commands;

    service->commands++;
    while (command < end && !resp_is(request->words[0], command->name))
        command++;
    if (command == end)
        resp_error(reply, "unknown command");
    else if (request->count < command->least || request->count > command->most)
        resp_error(reply, "wrong number of arguments");
    else
        command->run(&call);
    bool is_wrong =
        command == end || request->count < command->least || request->count > command->most;
    service->wrong += is_wrong;
    return is_wrong || command->run != quit;
}
