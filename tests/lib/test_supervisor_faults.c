/* SPDX-License-Identifier: MIT
 *
 * Faults amid requests: caught where they are a governor's, passed on where they are not.
 */
#include "lib/governor_fixture.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tare/supervisor.h>

#include "modules/fault_guard.h"
#include "modules/supervisor_core.h"

static const struct tare_supervisor_options guarded = {
    .max_restarts = 100, .period_ns = SECOND, .is_guarded = true, .is_bare = true};

static const struct tare_governor_config config = {
    .type = TARE_GOVERNOR_COMPLIANCE,
    .tenants = 4,
    .events = 64,
    .compliance = {.rules = {{.value = 5, .compare = TARE_GOVERNOR_LESS}},
                   .rule_count = 1}};

/* A page that nobody may read. */
static const uint64_t *nowhere(void)
{
    void *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(page != MAP_FAILED);
    return page;
}

static struct tare_governor_decision ask_with(struct tare_supervisor_child *child,
                                              const uint64_t *attribute)
{
    const struct tare_governor_request request = {
        .tenant = 1, .attributes = attribute, .attribute_count = 1};
    struct tare_governor_decision decision;

    (void)tare_supervisor_ask(child, &request, &decision);
    return decision;
}

static void a_fault_amid_a_request_restarts_the_governor(void **state)
{
    const uint64_t *bad = nowhere(), good = 1;
    struct tare_supervisor *supervisor;
    struct tare_supervisor_child *child, *other;
    struct tare_governor_policy *policy;
    struct tare_supervisor_stats stats;

    (void)state;
    assert_int_equal(tare_governor_policy_create(&policy, &config, NULL), 0);
    assert_int_equal(tare_supervisor_create(&supervisor, &guarded), 0);
    const struct tare_supervisor_spec spec = {policy, TARE_SUPERVISOR_PERMANENT, 2};
    assert_int_equal(tare_supervisor_add(supervisor, &spec, &child), 0);
    assert_int_equal(tare_supervisor_add(supervisor, &spec, &other), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ask_with(child, &good).seq, i * 2);
        assert_int_equal(ask_with(child, &good).seq, i * 2 + 1);
        assert_int_equal(ask_with(child, bad).reason, TARE_GOVERNOR_RESTARTING);
    }
    assert_int_equal(ask_with(other, &good).seq, 0);
    tare_supervisor_get_stats(supervisor, &stats);
    assert_int_equal(stats.faults, 20);
    assert_int_equal(stats.restored, 20);

    /* A governor whose memory is spoiled faults by itself. */
    memset(tare_supervisor_governor(child), 0xff, tare_governor_bytes(policy));
    *(const struct tare_governor_policy **)(void *)((char *)tare_supervisor_governor(
                                                        child) +
                                                    offsetof(struct tare_governor,
                                                             policy)) = (const void *)bad;
    assert_int_equal(tare_supervisor_snapshot(child, 0), -14); /* EFAULT */
    assert_int_equal(ask_with(child, &good).seq, 40);
    tare_supervisor_destroy(&supervisor);
    tare_governor_policy_destroy(&policy);
}

static void do_abort(void *context)
{
    (void)context;
    abort();
}

static void do_illegal(void *context)
{
    (void)context;
    __builtin_trap();
}

static void do_read(void *context)
{
    (void)*(volatile const uint64_t *)context;
}

static void do_nothing(void *context)
{
    *(int *)context = 1;
}

/* The inner one faults, and the outer one goes on and faults as well. */
static void do_both(void *context)
{
    if (!tare__fault_guard_run(do_read, context))
        do_abort(NULL);
}

static void every_kind_of_fault_is_caught_again_and_again(void **state)
{
    void *bad = (void *)(uintptr_t)nowhere();
    int done = 0;

    (void)state;
    tare__fault_guard_open();
    for (int i = 0; i < 100; i++) {
        assert_false(tare__fault_guard_run(do_abort, NULL));
        assert_false(tare__fault_guard_run(do_illegal, NULL));
        assert_false(tare__fault_guard_run(do_read, bad));
        assert_false(tare__fault_guard_run(do_both, bad));
    }
    assert_true(tare__fault_guard_run(do_nothing, &done));
    assert_int_equal(done, 1);
    tare__fault_guard_close();
}

static void do_send(void *context)
{
    (void)context;
    raise(SIGSEGV);
}

static void exit_7(int number)
{
    (void)number;
    _exit(7);
}

static void exit_8(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    (void)context;
    _exit(8);
}

enum before { DEFAULT, PLAIN, WITH_INFO };

/* How a child ends in which `work` is done after such a handler was set; guarded or beside it. */
static int end_of(enum before before, bool is_guarded, void (*work)(void *), void *context)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        struct sigaction action = {.sa_handler = before == PLAIN ? exit_7 : SIG_DFL};

        if (before == WITH_INFO)
            action = (struct sigaction){.sa_sigaction = exit_8, .sa_flags = SA_SIGINFO};
        sigaction(SIGSEGV, &action, NULL);
        tare__fault_guard_open();
        if (!is_guarded)
            work(context);
        else if (!tare__fault_guard_run(work, context))
            _exit(1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void what_is_not_a_guarded_fault_is_passed_on(void **state)
{
    void *bad = (void *)(uintptr_t)nowhere();

    (void)state;
    assert_int_equal(end_of(DEFAULT, true, do_read, bad), 1);
    assert_int_equal(end_of(PLAIN, false, do_read, bad), 7);
    assert_int_equal(end_of(WITH_INFO, false, do_read, bad), 8);
    assert_int_equal(end_of(DEFAULT, false, do_read, bad), -SIGSEGV);
    assert_int_equal(end_of(PLAIN, true, do_send, NULL), 7);
    assert_int_equal(end_of(DEFAULT, true, do_send, NULL), -SIGSEGV);
}

static struct sigaction under;

static void call_under(int number, siginfo_t *info, void *context)
{
    under.sa_sigaction(number, info, context);
}

/* Another handler is set over ours, calls it, and stays when ours would go. */
static void do_over_and_open_again(void *context)
{
    const struct sigaction over = {.sa_sigaction = call_under, .sa_flags = SA_SIGINFO};

    sigaction(SIGSEGV, &over, &under);
    tare__fault_guard_close();
    tare__fault_guard_open();
    if (tare__fault_guard_run(do_read, context))
        _exit(1);
    do_read(context); /* unguarded: to the one of before */
}

static void a_handler_over_it_may_stay(void **state)
{
    (void)state;
    assert_int_equal(
        end_of(PLAIN, false, do_over_and_open_again, (void *)(uintptr_t)nowhere()), 7);
}

static void the_handlers_of_before_come_back(void **state)
{
    struct sigaction before, now;
    struct tare_supervisor *one, *two;

    (void)state;
    sigaction(SIGBUS, NULL, &before);
    assert_int_equal(tare_supervisor_create(&one, &guarded), 0);
    assert_int_equal(tare_supervisor_create(&two, &guarded), 0);
    tare_supervisor_destroy(&one);
    sigaction(SIGBUS, NULL, &now);
    assert_ptr_not_equal(now.sa_sigaction, before.sa_sigaction);
    tare_supervisor_destroy(&two);
    sigaction(SIGBUS, NULL, &now);
    assert_ptr_equal(now.sa_sigaction, before.sa_sigaction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_amid_a_request_restarts_the_governor),
        cmocka_unit_test(every_kind_of_fault_is_caught_again_and_again),
        cmocka_unit_test(what_is_not_a_guarded_fault_is_passed_on),
        cmocka_unit_test(a_handler_over_it_may_stay),
        cmocka_unit_test(the_handlers_of_before_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
