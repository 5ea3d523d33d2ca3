/* SPDX-License-Identifier: MIT
 *
 * The server's words on the command line.
 */
#include <tare/codec.h>

#include <stdio.h>
#include <string.h>

#include "governors/scenarios.h"
#include "governors/server.h"

struct options {
    struct server_options server;
    struct service_options service;
};

/* A number from `least` to `most` into *value. */
static bool take_number(const char *word, unsigned long least, unsigned long most,
                        uint32_t *value)
{
    uint64_t number;

    if (!resp_number(tare_text_of(word), most, &number) || number < least)
        return false;
    *value = (uint32_t)number;
    return true;
}

static bool take(struct options *options, const char *name, const char *word)
{
    uint32_t port;

    if (strcmp(name, "--socket") == 0) {
        options->server.path = word;
        return *word;
    }
    if (strcmp(name, "--state") == 0) {
        options->service.state = word;
        return *word;
    }
    if (strcmp(name, "--port") == 0) {
        bool is_port = take_number(word, 1, UINT16_MAX, &port);

        options->server.port = is_port ? (uint16_t)port : 0;
        return is_port;
    }
    if (strcmp(name, "--clients") == 0)
        return take_number(word, 1, SERVER_CLIENTS, &options->server.clients);
    if (strcmp(name, "--tenants") == 0)
        return take_number(word, 1, 1 << 24, &options->service.tenants);
    if (strcmp(name, "--burst") == 0)
        return take_number(word, 1, 1 << 30, &options->service.burst);
    if (strcmp(name, "--per-minute") == 0)
        return take_number(word, 1, 1 << 30, &options->service.per_minute);
    return false;
}

static int failed(const char *what, int err)
{
    fprintf(stderr, "governors: %s: %s\n", what, tare_codec_explain(err));
    return 1;
}

int scenario_serve(int count, char **words)
{
    struct options options = {
        .server = {.clients = 128},
        .service = {.tenants = 65536, .burst = 20, .per_minute = 100}};
    struct service *service;
    bool is_right = count % 2 == 0;

    for (int i = 0; is_right && i < count; i += 2)
        is_right = take(&options, words[i], words[i + 1]);
    if (!is_right || !options.server.path == !options.server.port)
        return 2;
    int err = service_create(&service, &options.service);
    if (err)
        return failed(options.service.state ? options.service.state : "governors", err);
    err = server_run(&options.server, service);
    int status = err ? failed(options.server.path ? options.server.path : "port", err) : 0;
    if (!err && options.service.state) {
        err = service_save(service);
        if (err)
            status = failed(options.service.state, err);
    }
    service_destroy(&service);
    return status;
}
