/* SPDX-License-Identifier: MIT */
#include "bench/capture_workloads.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/process_tree.h"

static char compiler[PATH_MAX], source[PATH_MAX], interpreter[PATH_MAX],
    repository[PATH_MAX], map_program[PATH_MAX], server_socket[PATH_MAX];

__attribute__((format(printf, 2, 3))) static void put_path(char path[PATH_MAX],
                                                           const char *format, ...)
{
    va_list values;

    va_start(values, format);
    int bytes = vsnprintf(path, PATH_MAX, format, values);
    va_end(values);
    if (bytes < 0 || bytes >= PATH_MAX)
        path[0] = '\0';
}

bool command_is_there(const char *name)
{
    char path[PATH_MAX];
    const char *folders = getenv("PATH");

    if (strchr(name, '/'))
        return access(name, X_OK) == 0;
    while (folders && *folders) {
        int bytes = (int)strcspn(folders, ":");

        put_path(path, "%.*s/%s", bytes, folders, name);
        if (access(path, X_OK) == 0)
            return true;
        folders += bytes + (folders[bytes] == ':');
    }
    return false;
}

bool command_line(const char *command, char *line, size_t bytes)
{
    FILE *pipe = popen(command, "r");

    line[0] = '\0';
    if (!pipe)
        return false;
    bool found = fgets(line, (int)bytes, pipe);
    while (getc(pipe) != EOF) /* it must not die of a pipe that nobody reads */
        ;
    line[strcspn(line, "\n")] = '\0';
    return pclose(pipe) == 0 && found && line[0];
}

/* Run the shell command that makes `path`, unless it is there. */
__attribute__((format(printf, 2, 3))) static bool make_once(const char *path,
                                                            const char *format, ...)
{
    char command[3 * PATH_MAX];
    va_list values;

    if (access(path, F_OK) == 0)
        return true;
    va_start(values, format);
    int bytes = vsnprintf(command, sizeof command, format, values);
    va_end(values);
    fprintf(stderr, "making %s\n", path);
    return bytes > 0 && (size_t)bytes < sizeof command && system(command) == 0;
}

static bool prepare_cc1(struct workload *workload, const struct bench_place *place)
{
    put_path(source, "%s/source-200.i", place->inputs);
    if (!command_line("gcc -print-prog-name=cc1", compiler, sizeof compiler) ||
        !command_is_there(compiler)) {
        workload->missing = "gcc's cc1";
        return false;
    }
    return make_once(source,
                     "perl bench/workloads/source.pl 200 >'%s.c' && "
                     "gcc -E -o '%s.new' '%s.c' && mv '%s.new' '%s'",
                     source, source, source, source, source);
}

/* The interpreter itself: the command may be a script that chooses one. */
static bool prepare_python3(struct workload *workload, const struct bench_place *place)
{
    (void)place;
    if (access("/usr/bin/python3", X_OK) == 0)
        put_path(interpreter, "/usr/bin/python3");
    else if (!command_line("python3 -c 'import sys; print(sys.executable)'", interpreter,
                           sizeof interpreter))
        workload->missing = "python3";
    return !workload->missing;
}

static bool prepare_git(struct workload *workload, const struct bench_place *place)
{
    (void)workload;
    put_path(repository, "%s/history-400.git", place->inputs);
    return make_once(
        repository,
        "rm -rf '%s.new' && git init -q --bare -b main '%s.new' && "
        "perl bench/workloads/history.pl 400 | "
        "git -C '%s.new' fast-import --quiet && git -C '%s.new' repack -adq && "
        "mv '%s.new' '%s'",
        repository, repository, repository, repository, repository, repository);
}

static bool prepare_map(struct workload *workload, const struct bench_place *place)
{
    put_path(map_program, "%s/bench/map", place->build);
    if (!command_is_there(map_program))
        workload->missing = "a C++ compiler";
    return !workload->missing;
}

static bool prepare_redis(struct workload *workload, const struct bench_place *place)
{
    put_path(server_socket, "%s/redis.sock", place->scratch);
    if (!command_is_there("redis-benchmark") || !command_is_there("redis-cli"))
        workload->missing = "redis-tools";
    return !workload->missing;
}

static bool server_answers(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timespec pause = {.tv_nsec = 20000000};

    snprintf(address.sun_path, sizeof address.sun_path, "%.100s", server_socket);
    for (int i = 0; i < 1500; i++) {
        int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool connected =
            connect(file, (const struct sockaddr *)&address, sizeof address) == 0;

        close(file);
        if (connected)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static bool run_client(const struct bench_place *place, const char *const *words)
{
    struct tree_cost cost;
    const struct tree_plan plan = {
        .words = words,
        .cpus = &place->cpus[place->cpu_count - 1],
        .cpu_count = 1,
    };

    return tree_run(&plan, &cost) == 0 && cost.status == 0;
}

/* A fixed number of requests from the other processor, then the end. */
static bool drive_redis(void *context)
{
    static const char *const requests[] = {
        "redis-benchmark",
        "-s",
        server_socket,
        "-n",
        "100000",
        "-r",
        "50000",
        "-P",
        "16",
        "-c",
        "20",
        "-q",
        "-t",
        "set,get,incr,lpush,rpop,sadd,hset,zadd",
        NULL,
    };
    static const char *const stop[] = {"redis-cli", "-s",     server_socket,
                                       "shutdown",  "nosave", NULL};
    const struct bench_place *place = context;
    bool worked = server_answers() && run_client(place, requests);

    return run_client(place, stop) && worked;
}

struct workload workloads[] = {
    {.name = "cc1",
     .words = {compiler, "-quiet", "-O2", source, "-o", "/dev/null"},
     .prepare = prepare_cc1},
    {.name = "python3",
     .words = {interpreter, "bench/workloads/graph.py", "50000"},
     .settings = {"PYTHONMALLOC=malloc", "PYTHONHASHSEED=0"},
     .prepare = prepare_python3},
    {.name = "perl",
     .command = "perl",
     .words = {"perl", "bench/workloads/hash.pl", "250000"},
     .settings = {"PERL_HASH_SEED=0"}},
    {.name = "git",
     .command = "git",
     .words = {"git", "-C", repository, "log", "--stat", "main"},
     .prepare = prepare_git},
    {.name = "sqlite3",
     .command = "sqlite3",
     .words = {"sqlite3", ":memory:", ".read bench/workloads/sort.sql"}},
    {.name = "map", .words = {map_program, "300000"}, .prepare = prepare_map},
    {.name = "redis",
     .command = "redis-server",
     .words = {"redis-server", "--port", "0", "--unixsocket", server_socket, "--save", "",
               "--appendonly", "no", "--loglevel", "warning"},
     .prepare = prepare_redis,
     .drive = drive_redis},
};

const size_t workload_count = sizeof workloads / sizeof *workloads;

bool workload_prepare(struct workload *workload, const struct bench_place *place)
{
    if (workload->command && !command_is_there(workload->command))
        workload->missing = workload->command;
    else if (workload->prepare && !workload->prepare(workload, place) && !workload->missing)
        workload->missing = "its input, which could not be made";
    return !workload->missing;
}
