/* SPDX-License-Identifier: MIT
 *
 * The server of examples/governors/: its protocol, whole and in pieces; clients who do not read, who are
 * too many, who talk nonsense; and its state, from one run to the next.
 */
#include "lib/governor_server_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { ROOM = 1 << 20 };

/* What METRICS has for a name. */
static uint64_t metric(const char *name)
{
    char text[2048] = "";
    int from = client();

    say(from, "METRICS\r\nQUIT\r\n");
    for (size_t bytes = 0; bytes < sizeof text - 1;) {
        ssize_t count = recv(from, text + bytes, sizeof text - 1 - bytes, 0);

        assert_true(count >= 0);
        if (!count)
            break;
        bytes += (size_t)count;
    }
    close(from);
    const char *line = strstr(text, name);
    assert_non_null(line);
    return strtoull(line + strlen(name) + 1, NULL, 10);
}

static void commands_are_lines_or_arrays(void **state)
{
    pid_t server = start(NULL, NULL);
    int one = client();

    (void)state;
    say(one, "PING\r\n");
    hear(one, "+PONG\r\n");
    say(one, "*2\r\n$4\r\nping\r\n$3\r\na b\r\n");
    hear(one, "$3\r\na b\r\n");
    say(one, "\r\n*0\r\n  CHECK   7 20 \n");
    hear(one, "*5\r\n:0\r\n:20\r\n:0\r\n:-1\r\n:12000\r\n");
    say(one, "*3\r\n$5\r\nCHECK\r\n$1\r\n7\r\n$2\r\n20\r\n");
    hear(one, "*5\r\n:1\r\n:20\r\n:");
    close(one);
    one = client();
    say(one, "GRANT 7 3 1 99\r\nHAS 7 3\r\nREVOKE 7 3 2\r\nHAS 7 3\r\nGRANT 7 3 2\r\n");
    hear(one, "+OK\r\n*2\r\n:1\r\n:99\r\n+OK\r\n*2\r\n:0\r\n:0\r\n-ERR stale version\r\n");
    say(one,
        "CHARGE 7 500 1\r\nCHARGE 7 500 1\r\nPAY 7 100 2\r\nOWED 7\r\nCHARGE 7 1 0\r\n");
    hear(one, ":500\r\n:500\r\n:400\r\n:400\r\n-ERR an id is needed\r\n");
    say(one, "PEEK 8\r\nREFUND 8 5\r\nCOMMAND DOCS\r\nCONFIG GET save\r\n");
    hear(one,
         "*5\r\n:0\r\n:20\r\n:19\r\n:-1\r\n:600\r\n*5\r\n:0\r\n:20\r\n:20\r\n:-1\r\n:0\r\n"
         "*0\r\n*2\r\n$4\r\nsave\r\n$0\r\n\r\n");
    say(one, "nothing\r\nCHECK\r\nCHECK -1\r\nCHECK 4294967296\r\nCHECK 1 21\r\n");
    hear(one, "-ERR unknown command\r\n-ERR wrong number of arguments\r\n"
              "-ERR a word is no number, or too large a one\r\n"
              "-ERR a word is no number, or too large a one\r\n-ERR bad quantity\r\n");
    say(one, "SNAPSHOT\r\nQUIT\r\nPING\r\n");
    hear(one, "-ERR there is no file for it: --state FILE\r\n+OK\r\n");
    hear_end(one);
    assert_int_equal(metric("quota_denied"), 1);
    stop(server, SIGTERM);
    assert_int_equal(access(path, F_OK), -1);
}

static void requests_come_in_pieces_and_in_heaps(void **state)
{
    static const char request[] = "*2\r\n$4\r\nPING\r\n$5\r\nhello\r\n";
    pid_t server = start(NULL, NULL);
    char *heap = malloc(ROOM);
    size_t bytes = 0;
    int one = client();

    (void)state;
    assert_non_null(heap);
    for (const char *at = request; *at; at++) {
        assert_int_equal(send(one, at, 1, MSG_NOSIGNAL), 1);
        usleep(1000);
    }
    hear(one, "$5\r\nhello\r\n");
    for (int i = 0; i < 2000; i++)
        bytes += (size_t)sprintf(heap + bytes, "PING %06d\r\n", i);
    assert_int_equal(send(one, heap, bytes, MSG_NOSIGNAL), bytes);
    for (int i = 0; i < 2000; i++) {
        char reply[32];

        sprintf(reply, "$6\r\n%06d\r\n", i);
        hear(one, reply);
    }
    close(one);
    free(heap);
    stop(server, SIGTERM);
}

static void what_is_no_request_is_told_and_ends_it(void **state)
{
    static const char *const wrong[][2] = {
        {"*17\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
        {"*-1\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
        {"*1\r\nPING\r\n", "-ERR Protocol error: expected '$'\r\n"},
        {"*1\r\n$257\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
        {"*1\r\n$4\r\nPINGX\r\n", "-ERR Protocol error: a word is longer than it says\r\n"},
        {"a b c d e f g h i j k l m n o p q\r\n",
         "-ERR Protocol error: too many words\r\n"},
    };
    pid_t server = start(NULL, NULL);
    char *long_line = malloc(10000);

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int one = client();

        say(one, wrong[i][0]);
        hear(one, wrong[i][1]);
        hear_end(one);
    }
    int one = client();
    assert_non_null(long_line);
    memset(long_line, 'a', 10000);
    assert_int_equal(send(one, long_line, 8192, MSG_NOSIGNAL), 8192);
    hear(one, "-ERR Protocol error: too big a request\r\n");
    hear_end(one);
    free(long_line);
    stop(server, SIGTERM);
}

/* What the server may grow by for a client who does not read; ThreadSanitizer takes as much again for each
 * byte that is touched, several times. */
#ifdef __SANITIZE_THREAD__
enum { MORE_KIB = 16 << 10 };
#else
enum { MORE_KIB = 1 << 10 };
#endif

static unsigned long resident_kib(pid_t pid)
{
    char name[64], text[4096] = "";

    snprintf(name, sizeof name, "/proc/%d/status", (int)pid);
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    return strtoul(strstr(text, "VmRSS:") + 6, NULL, 10);
}

/* He is not read from, the server keeps nothing for him, and others are served; then he reads. */
static void who_does_not_read_waits_alone(void **state)
{
    enum { LINE = sizeof "PING 000000\r\n" - 1, REPLY = sizeof "$6\r\n000000\r\n" - 1 };
    static const char line[] = "PING 000000\r\n";
    pid_t server = start(NULL, NULL);
    size_t said = 0, heard = 0, at = 0;
    char reply[4096];
    int slow = client(), other = client();

    (void)state;
    unsigned long before = resident_kib(server);
    for (int idle = 0; idle < 20 && said < 16 * ROOM;) {
        ssize_t bytes = send(slow, line + at, LINE - at, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (bytes > 0) {
            said += (size_t)bytes;
            at = (at + (size_t)bytes) % LINE;
            idle = 0;
        } else {
            assert_int_equal(errno, EAGAIN);
            idle++;
            usleep(10000);
        }
    }
    assert_true(said < 16 * ROOM);
    assert_true(resident_kib(server) < before + MORE_KIB);
    say(other, "PING\r\n");
    hear(other, "+PONG\r\n");
    while (heard < said / LINE * REPLY) {
        ssize_t bytes = recv(slow, reply, sizeof reply, 0);

        assert_true(bytes > 0);
        heard += (size_t)bytes;
    }
    assert_int_equal(heard, said / LINE * REPLY);
    close(slow);
    close(other);
    stop(server, SIGTERM);
}

static void clients_beyond_the_limit_are_told(void **state)
{
    pid_t server = start("--clients", "2");
    int one = client(), two = client();

    (void)state;
    say(one, "PING\r\n");
    hear(one, "+PONG\r\n");
    say(two, "PING\r\n");
    hear(two, "+PONG\r\n");
    int three = client();
    hear(three, "-ERR too many clients\r\n");
    hear_end(three);
    say(two, "QUIT\r\n");
    hear(two, "+OK\r\n");
    hear_end(two);
    assert_int_equal(metric("clients_refused"), 1);
    close(one);
    stop(server, SIGTERM);
}

static void the_state_outlives_the_server(void **state)
{
    pid_t server = start("--state", state_path);
    int one = client();

    (void)state;
    say(one, "CHARGE 7 500 1\r\nGRANT 9 3 5 77\r\nSNAPSHOT\r\nCHARGE 7 100 2\r\n");
    hear(one, ":500\r\n+OK\r\n+OK\r\n:600\r\n");
    close(one);
    stop(server, SIGKILL); /* what came after the snapshot is gone */
    server = start("--state", state_path);
    one = client();
    say(one, "CHARGE 7 500 1\r\nOWED 7\r\nHAS 9 3\r\nCHARGE 7 1 3\r\n");
    hear(one, ":500\r\n:500\r\n*2\r\n:1\r\n:77\r\n:501\r\n");
    close(one);
    stop(server, SIGTERM);
    server = start("--state", state_path);
    one = client();
    say(one, "OWED 7\r\n");
    hear(one, ":501\r\n");
    close(one);
    stop(server, SIGTERM);
    FILE *file = fopen(state_path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 40, SEEK_SET), 0);
    fputs("damage", file);
    fclose(file);
    refuses_to_start("--state", state_path);
    unlink(state_path);
}

static void the_socket_is_the_owners(void **state)
{
    pid_t server = start(NULL, NULL);
    struct stat status;

    (void)state;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    refuses_to_start(NULL, NULL); /* there is one */
    stop(server, SIGKILL);
    assert_int_equal(access(path, F_OK), 0);
    server = start(NULL, NULL); /* whose socket nobody answers makes room */
    stop(server, SIGTERM);
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    close(file);
    refuses_to_start(NULL, NULL);
    assert_int_equal(unlink(path), 0);
}

/* Does a command of the shell end well? */
static bool runs(const char *format)
{
    char command[256];

    snprintf(command, sizeof command, format, path);
    return system(command) == 0;
}

static void redis_tools_drive_it(void **state)
{
    (void)state;
    if (!runs("command -v redis-cli redis-benchmark >/dev/null # %s")) {
        print_message("redis-tools are not installed\n");
        skip();
    }
    pid_t server = start(NULL, NULL);
    assert_true(
        runs("test \"$(redis-cli -s %s check 7 20 | tr '\\n' ' ')\" = '0 20 0 -1 12000 '"));
    assert_true(runs("redis-cli -s %s info | grep -q '^quota_answered:1'"));
    assert_true(runs(
        "redis-benchmark -s %s -n 20000 -c 20 -P 16 -r 500 -q check __rand_int__ 2>&1 | "
        "grep -q 'requests per second'"));
    assert_int_equal(metric("quota_answered"), 20001);
    assert_int_equal(metric("commands_wrong"), 0);
    stop(server, SIGTERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_lines_or_arrays),
        cmocka_unit_test(requests_come_in_pieces_and_in_heaps),
        cmocka_unit_test(what_is_no_request_is_told_and_ends_it),
        cmocka_unit_test(who_does_not_read_waits_alone),
        cmocka_unit_test(clients_beyond_the_limit_are_told),
        cmocka_unit_test(the_state_outlives_the_server),
        cmocka_unit_test(the_socket_is_the_owners),
        cmocka_unit_test(redis_tools_drive_it),
    };

    program = TEST_BUILD "/examples/governors/governors";
    snprintf(folder, sizeof folder, "/tmp/governor-server-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(state_path, sizeof state_path, "%s/state", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    unlink(state_path);
    rmdir(folder);
    return failed;
}
