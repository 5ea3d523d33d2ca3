/* SPDX-License-Identifier: MIT
 *
 * A program that itself asks a debuginfod server: one of its own, in a thread, which has nothing.
 * Says what the answer was and how often the server was asked.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "faults/fault.h"

enum { BUILD_ID_BYTES = 20, ASKED = 3 };

static atomic_int requests;

/* Each connection is one request, answered and closed. */
NOINLINE static void *serve(void *listening)
{
    static const char answer[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"
                                 "Connection: close\r\n\r\n";
    char *request = malloc(4096);
    int client;

    while ((client = accept(*(int *)listening, NULL, NULL)) >= 0) {
        if (read(client, request, 4096) > 0) {
            requests++;
            CHECK(write(client, answer, sizeof answer - 1) == sizeof answer - 1);
        }
        close(client);
    }
    free(request);
    return NULL;
}

static int listen_here(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof address;
    char url[64];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(fd >= 0 && bind(fd, (void *)&address, sizeof address) == 0 && listen(fd, 8) == 0);
    CHECK(getsockname(fd, (void *)&address, &bytes) == 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    setenv("DEBUGINFOD_URLS", url, 1);
    return fd;
}

/* What the server does not have is remembered there. */
static void make_cache(char *folder)
{
    CHECK(mkdtemp(folder) != NULL);
    setenv("DEBUGINFOD_CACHE_PATH", folder, 1);
}

static void remove_cache(const char *folder)
{
    char command[256];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CHECK(system(command) == 0);
}

int main(void)
{
    void *library = dlopen("libdebuginfod.so.1", RTLD_NOW);
    char folder[] = "/tmp/tare-debuginfod-XXXXXX";
    unsigned char build_id[BUILD_ID_BYTES] = {0x7a};
    pthread_t server;

    if (!library) {
        fault_say("there is none\n");
        return 0;
    }
    void *(*begin)(void) = (void *(*)(void))dlsym(library, "debuginfod_begin");
    void (*end)(void *) = (void (*)(void *))dlsym(library, "debuginfod_end");
    int (*find)(void *, const unsigned char *, int, char **) =
        (int (*)(void *, const unsigned char *, int, char **))dlsym(
            library, "debuginfod_find_debuginfo");
    int listening = listen_here();
    make_cache(folder);
    CHECK(pthread_create(&server, NULL, serve, &listening) == 0);
    void *client = begin();
    for (int i = 0; i < ASKED; i++) {
        build_id[1] = (unsigned char)i;
        fault_say("%d\n", find(client, build_id, BUILD_ID_BYTES, NULL));
    }
    end(client);
    shutdown(listening, SHUT_RDWR);
    pthread_join(server, NULL);
    remove_cache(folder);
    fault_say("asked %d times\n", (int)requests);
    fault_counted("serve", 1, 1);
    return 0;
}
