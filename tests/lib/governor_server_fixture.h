/* SPDX-License-Identifier: MIT
 *
 * What the tests of the example's server have in common: starting and stopping it, and talking to it.
 */
#ifndef LIB_GOVERNOR_SERVER_FIXTURE_H
#define LIB_GOVERNOR_SERVER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_SECONDS = 20 };

static const char *program; /* set by the test */
static pid_t running;       /* 0: none */
static char folder[64], path[96], state_path[96];

/* Run with these words more; its first line is waited for. 0: it ended instead. */
static inline pid_t run_server(const char *more, const char *value)
{
    const char *words[] = {program, "serve", "--socket", path, "--tenants",
                           "1000",  more,    value,      NULL};
    char ready[6] = "";
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execv(words[0], (char **)(uintptr_t)words);
        _exit(127);
    }
    close(ends[1]);
    ssize_t bytes = read(ends[0], ready, sizeof ready);
    close(ends[0]);
    if (bytes == 6)
        return pid;
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    return 0;
}

/* What a test that failed has left is ended first. */
static inline pid_t start(const char *more, const char *value)
{
    if (running > 1 && kill(running, SIGKILL) == 0)
        waitpid(running, NULL, 0);
    running = run_server(more, value);
    assert_true(running > 1); /* 0 and -1 are many processes, to who kills them */
    return running;
}

static inline void refuses_to_start(const char *more, const char *value)
{
    assert_int_equal(run_server(more, value), 0);
}

static inline void stop(pid_t pid, int by)
{
    int status;

    assert_true(pid > 1);
    assert_int_equal(kill(pid, by), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    running = 0;
    if (by == SIGTERM)
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static inline int client(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval wait = {WAIT_SECONDS, 0};
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strcpy(address.sun_path, path);
    assert_int_equal(connect(descriptor, (const void *)&address, sizeof address), 0);
    assert_int_equal(setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait),
                     0);
    return descriptor;
}

static inline void say(int descriptor, const char *text)
{
    assert_int_equal(send(descriptor, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static inline void hear(int descriptor, const char *text)
{
    char heard[512] = "";
    size_t bytes = strlen(text);

    assert_true(bytes < sizeof heard);
    assert_int_equal(recv(descriptor, heard, bytes, MSG_WAITALL), bytes);
    assert_string_equal(heard, text);
}

static inline void hear_end(int descriptor)
{
    char heard;

    assert_int_equal(recv(descriptor, &heard, 1, 0), 0);
    close(descriptor);
}

#endif
