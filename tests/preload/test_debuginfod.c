/* SPDX-License-Identifier: MIT
 *
 * Debug files from a server: asked for only with --debuginfod, and not waited for without end.
 */
#include "support/command.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static const char source[] = "#include <stdlib.h>\n"
                             "__attribute__((noinline)) static char *hidden(void)\n"
                             "{ return malloc(4000); }\n"
                             "int main(void) { return hidden()[0] & 0; }\n";

/* A server in a thread. */
static struct {
    int listening;
    pthread_t thread;
    char urls[80], file[512];
    atomic_int asked;
    atomic_bool is_mute; /* takes a request and says nothing */
} server;

static void send_file(int client)
{
    static char bytes[1 << 20];
    FILE *file = fopen(server.file, "re");
    size_t count = file ? fread(bytes, 1, sizeof bytes, file) : 0;

    dprintf(client, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
            count ? "200 OK" : "404 Not Found", count);
    (void)!write(client, bytes, count);
    if (file)
        fclose(file);
}

static void *serve(void *nothing)
{
    char request[4096];
    int client;

    while ((client = accept(server.listening, NULL, NULL)) >= 0) {
        ssize_t got = read(client, request, sizeof request - 1);

        server.asked += got > 0;
        if (server.is_mute)
            (void)!read(client, request, 1);
        else if (got > 0 && memmem(request, (size_t)got, "/debuginfo", 10))
            send_file(client);
        close(client);
    }
    return nothing;
}

static int setup(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof address;

    command_setup(state);
    server.asked = 0;
    server.is_mute = false;
    snprintf(server.file, sizeof server.file, "%s", in_folder("served"));
    server.listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server.listening, (void *)&address, sizeof address), 0);
    assert_int_equal(listen(server.listening, 8), 0);
    getsockname(server.listening, (void *)&address, &bytes);
    snprintf(server.urls, sizeof server.urls, "DEBUGINFOD_URLS=http://127.0.0.1:%d",
             ntohs(address.sin_port));
    setenv("DEBUGINFOD_CACHE_PATH", in_folder("cache"), 1);
    return pthread_create(&server.thread, NULL, serve, NULL);
}

static int teardown(void **state)
{
    shutdown(server.listening, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.listening);
    unsetenv("DEBUGINFOD_CACHE_PATH");
    return command_teardown(state);
}

/* A program whose debug file is with the server alone. */
static void record(void)
{
    char command[2048], program[512];

    assert_int_equal(compile("stripped", source, "-g", "-Wl,--build-id"), 0);
    snprintf(program, sizeof program, "%s", in_folder("stripped"));
    snprintf(command, sizeof command, "objcopy --only-keep-debug '%s' '%s' && strip '%s'",
             program, server.file, program);
    assert_int_equal(system(command), 0);
    tare_with(server.urls, "run", "--", in_folder("stripped"), NULL);
    assert_int_equal(run_exit(&result), 0);
}

static void a_server_is_asked_only_on_demand(void **state)
{
    (void)state;
    record();
    tare_with(server.urls, "report", in_folder("stripped.tare"), NULL);
    assert_null(strstr(result.out, "hidden"));
    assert_int_equal(server.asked, 0);
    tare_with(server.urls, "report", "--debuginfod", in_folder("stripped.tare"), NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "hidden ");
    said(result.out, ".c:3\n");
    assert_true(server.asked > 0);
}

static void a_mute_server_is_not_waited_for(void **state)
{
    struct timespec start, end;

    (void)state;
    record();
    server.is_mute = true;
    setenv("DEBUGINFOD_TIMEOUT", "1", 1);
    setenv("DEBUGINFOD_RETRY_LIMIT", "0", 1);
    clock_gettime(CLOCK_MONOTONIC, &start);
    tare_with(server.urls, "report", "--debuginfod", in_folder("stripped.tare"), NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    unsetenv("DEBUGINFOD_TIMEOUT");
    unsetenv("DEBUGINFOD_RETRY_LIMIT");
    assert_int_equal(run_exit(&result), 0);
    assert_true(server.asked > 0);
    assert_true(end.tv_sec - start.tv_sec < 30);
}

static void without_servers_nobody_can_be_asked(void **state)
{
    (void)state;
    tare_with("DEBUGINFOD_URLS=", "report", "--debuginfod", NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "--debuginfod needs servers, in DEBUGINFOD_URLS");
    tare_with("DEBUGINFOD_URLS=", "html", "--debuginfod", NULL);
    assert_int_equal(run_exit(&result), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_server_is_asked_only_on_demand, setup, teardown),
        cmocka_unit_test_setup_teardown(a_mute_server_is_not_waited_for, setup, teardown),
        WITH_COMMAND(without_servers_nobody_can_be_asked),
    };
    const struct CMUnitTest alone[] = {WITH_COMMAND(without_servers_nobody_can_be_asked)};

    if (!dlopen("libdebuginfod.so.1", RTLD_LAZY)) {
        print_message("libdebuginfod is not installed: no server is asked\n");
        return cmocka_run_group_tests_name("without it", alone, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
