/* SPDX-License-Identifier: MIT */
#include "governors/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <tare/mem.h>

#include "governors/listen.h"

enum { BUFFER_BYTES = 16384, EVENTS = 64 };

struct client {
    struct client *next, *next_free;
    int descriptor;   /* -1: he is gone, and there is room for another */
    uint32_t watched; /* epoll's events */
    size_t read, sent,
        written;     /* bytes in `in`; of `out` up to `written`, from `sent` on */
    bool is_closing; /* no more requests: what is written goes out, and he goes */
    char in[BUFFER_BYTES], out[BUFFER_BYTES];
};

struct server {
    struct service *service;
    struct client *all, *free;
    int listening, epoll, signals;
    unsigned connected, most;
    bool is_listening, has_ended;
};

static int watch(struct server *server, int descriptor, uint32_t events, void *about)
{
    struct epoll_event event = {.events = events, .data = {.ptr = about}};

    return epoll_ctl(server->epoll, EPOLL_CTL_ADD, descriptor, &event) ? -errno : 0;
}

/* Whether new clients are looked for. */
static void set_listening(struct server *server, bool is_listening)
{
    struct epoll_event event = {.events = is_listening ? EPOLLIN : 0,
                                .data = {.ptr = &server->listening}};

    if (server->is_listening != is_listening &&
        epoll_ctl(server->epoll, EPOLL_CTL_MOD, server->listening, &event) == 0)
        server->is_listening = is_listening;
}

static void drop(struct server *server, struct client *client)
{
    close(client->descriptor);
    client->descriptor = -1;
    client->next_free = server->free;
    server->free = client;
    server->connected--;
    service_clients(server->service)->connected--;
    set_listening(server, true);
}

/* What somebody left, or new; NULL: there is no memory. */
static struct client *client_room(struct server *server)
{
    struct client *client = server->free;

    if (client) {
        server->free = client->next_free;
        return client;
    }
    client = tare_mem_alloc(tare_mem_default(), sizeof *client, 8);
    if (client) {
        client->next = server->all;
        server->all = client;
    }
    return client;
}

static void begin(struct server *server, int descriptor)
{
    struct client *client = client_room(server);
    int yes = 1;

    if (!client) {
        close(descriptor);
        return;
    }
    /* Not of Unix sockets, which do without. */
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    client->descriptor = descriptor;
    client->watched = EPOLLIN;
    client->read = client->sent = client->written = 0;
    client->is_closing = false;
    server->connected++;
    service_clients(server->service)->connected++;
    service_clients(server->service)->accepted++;
    if (watch(server, descriptor, EPOLLIN, client))
        drop(server, client);
}

/* Without a descriptor left there will be none until somebody goes. */
static void accept_clients(struct server *server)
{
    static const char full[] = "-ERR too many clients\r\n";
    int descriptor;

    while ((descriptor = accept4(server->listening, NULL, NULL,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (server->connected < server->most) {
            begin(server, descriptor);
            continue;
        }
        (void)!send(descriptor, full, sizeof full - 1, MSG_NOSIGNAL);
        close(descriptor);
        service_clients(server->service)->refused++;
    }
    if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR && server->connected)
        set_listening(server, false);
}

/* Answer what is there, as long as there is room for a reply. */
static void answer(struct server *server, struct client *client)
{
    size_t at = 0;

    while (!client->is_closing && BUFFER_BYTES - client->written >= SERVICE_REPLY_BYTES) {
        struct resp_reply reply = {client->out + client->written,
                                   client->out + sizeof client->out, false};
        struct resp_request request;
        const char *why;
        size_t used;
        enum resp_result result =
            resp_parse(client->in + at, client->read - at, &request, &used, &why);

        if (result == RESP_MORE)
            break;
        if (result == RESP_WRONG)
            resp_error(&reply, why);
        else
            at += used;
        bool goes_on =
            result != RESP_WRONG &&
            (!request.count || service_answer(server->service, &request, &reply));
        client->is_closing = !goes_on || reply.is_full;
        client->written = (size_t)(reply.at - client->out);
    }
    memmove(client->in, client->in + at, client->read - at);
    client->read -= at;
}

/* False: he is gone. */
static bool read_some(struct client *client)
{
    ssize_t bytes = recv(client->descriptor, client->in + client->read,
                         sizeof client->in - client->read, 0);

    if (bytes > 0)
        client->read += (size_t)bytes;
    return bytes > 0 || (bytes < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool write_some(struct client *client)
{
    ssize_t bytes = send(client->descriptor, client->out + client->sent,
                         client->written - client->sent, MSG_NOSIGNAL);

    if (bytes > 0)
        client->sent += (size_t)bytes;
    if (client->sent == client->written)
        client->sent = client->written = 0;
    return bytes >= 0 || errno == EAGAIN || errno == EINTR;
}

/* In turns, until there is nothing to answer or he does not take it: then he is not read from. A
 * request that is not whole fits into the buffer, so that there is room to read when all was answered. */
static bool serve(struct server *server, struct client *client)
{
    size_t before;

    do {
        before = client->read;
        answer(server, client);
        if (client->written && !write_some(client))
            return false;
    } while (!client->written && client->read != before && !client->is_closing);
    return client->written || !client->is_closing;
}

static void client_event(struct server *server, struct client *client, uint32_t events)
{
    bool is_there = !(events & EPOLLERR);

    if (is_there && events & (EPOLLIN | EPOLLHUP) && client->watched & EPOLLIN &&
        !read_some(client)) {
        /* He sends no more; what he asked is answered nevertheless, as far as he takes it at once. */
        (void)serve(server, client);
        is_there = false;
    }
    if (!is_there || !serve(server, client)) {
        drop(server, client);
        return;
    }
    uint32_t wanted = client->written ? EPOLLOUT : EPOLLIN;
    struct epoll_event event = {.events = wanted, .data = {.ptr = client}};
    if (wanted != client->watched &&
        epoll_ctl(server->epoll, EPOLL_CTL_MOD, client->descriptor, &event) == 0)
        client->watched = wanted;
}

/* One look at the clock for all that is there. */
static void round_of_events(struct server *server)
{
    struct epoll_event events[EVENTS];
    struct timespec now;
    int count = epoll_wait(server->epoll, events, EVENTS, -1);

    clock_gettime(CLOCK_REALTIME, &now);
    service_set_time(server->service, now.tv_sec * INT64_C(1000000000) + now.tv_nsec);
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == &server->signals)
            server->has_ended = true;
        else if (events[i].data.ptr == &server->listening)
            accept_clients(server);
        else
            client_event(server, events[i].data.ptr, events[i].events);
    }
}

static int open_all(struct server *server, const struct server_options *options)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    if (server->epoll < 0 || server->signals < 0)
        return -errno;
    server->listening =
        options->path ? listen_unix(options->path) : listen_loopback(options->port);
    if (server->listening < 0)
        return server->listening;
    int err = watch(server, server->signals, EPOLLIN, &server->signals);
    return err ? err : watch(server, server->listening, EPOLLIN, &server->listening);
}

static void close_all(struct server *server)
{
    while (server->all) {
        struct client *client = server->all;

        server->all = client->next;
        if (client->descriptor >= 0)
            close(client->descriptor);
        tare_mem_free(tare_mem_default(), client, sizeof *client, 8);
    }
    if (server->listening >= 0)
        close(server->listening);
    if (server->signals >= 0)
        close(server->signals);
    if (server->epoll >= 0)
        close(server->epoll);
}

int server_run(const struct server_options *options, struct service *service)
{
    struct server server = {.service = service,
                            .listening = -1,
                            .epoll = -1,
                            .signals = -1,
                            .most = options->clients,
                            .is_listening = true};
    int err = open_all(&server, options);

    if (!err) {
        puts("ready");
        fflush(stdout);
    }
    while (!err && !server.has_ended)
        round_of_events(&server);
    if (server.listening >= 0 && options->path)
        unlink(options->path);
    close_all(&server);
    return err;
}
