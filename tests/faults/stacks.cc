/* SPDX-License-Identifier: MIT
 *
 * usage: stacks [ROUNDS]
 *
 * Allocates at the end of every kind of stack that is hard to walk: deep recursion, frames of
 * changing size, realigned frames, exceptions, longjmp, signal handlers on alternate stacks,
 * contexts, threads with small stacks.
 */
#include <alloca.h>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <ucontext.h>
#include <unistd.h>
#include <vector>

#define NOINLINE __attribute__((noinline))

static void *volatile sink;
static volatile int one = 1;

NOINLINE static void touch(int n)
{
    void *block = malloc((size_t)n % 100 + 1);

    sink =
        block; /* which all threads write: only to keep the compiler from leaving malloc out */
    free(block);
}

NOINLINE static int recurse(int depth)
{
    if (depth % 97 == 0)
        touch(depth);
    return depth ? recurse(depth - one) + 1 : 0;
}

NOINLINE static void changing_frame(int n)
{
    char *room = static_cast<char *>(alloca((size_t)(n * 37 % 3000) + 1));

    room[0] = 1;
    touch(room[0] + n);
    if (n > 0)
        changing_frame(n - one);
}

NOINLINE static void realigned_frame(int n)
{
    alignas(256) volatile char room[512];

    room[n & 255] = 1;
    if (reinterpret_cast<std::uintptr_t>(&room) % 256)
        std::abort();
    touch(n + room[n & 255]);
    if (n > 0)
        realigned_frame(n - one);
}

NOINLINE static void thrower(int n)
{
    std::string text = "a string that does not fit inside " + std::to_string(n);

    if (n == 0)
        throw std::runtime_error(text);
    thrower(n - one);
}

NOINLINE static void exceptions(int n)
{
    try {
        thrower(n % 9);
    } catch (const std::runtime_error &error) {
        touch((int)std::strlen(error.what()));
    }
}

static std::jmp_buf jump;

NOINLINE static void jumper(int n)
{
    touch(n);
    if (n > 0)
        jumper(n - one);
    else
        std::longjmp(jump, 1);
}

NOINLINE static void jumps(int n)
{
    if (setjmp(jump) == 0)
        jumper(n % 13);
    touch(n);
}

static void handler(int)
{
    touch(3);
    recurse(200);
}

NOINLINE static void signals(int n)
{
    struct sigaction action = {};

    action.sa_handler = handler;
    action.sa_flags = n % 2 ? SA_ONSTACK : 0;
    sigaction(SIGUSR1, &action, nullptr);
    raise(SIGUSR1);
    touch(n);
}

static ucontext_t outside, inside;

static void context_body()
{
    for (int i = 0;; i++) {
        recurse(i % 50);
        touch(i);
        swapcontext(&inside, &outside);
    }
}

NOINLINE static void contexts(int n)
{
    touch(n);
    swapcontext(&outside, &inside);
    touch(n);
}

static void *thread_body(void *rounds)
{
    for (std::intptr_t i = 0; i < reinterpret_cast<std::intptr_t>(rounds); i++) {
        recurse(20);
        changing_frame(3);
        exceptions((int)i);
    }
    return nullptr;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? std::atoi(argv[1]) : 100;
    static char context_stack[256 << 10], signal_stack[128 << 10];
    stack_t alternate = {};
    pthread_attr_t small;
    pthread_t threads[4];

    alternate.ss_sp = signal_stack;
    alternate.ss_size = sizeof signal_stack;
    sigaltstack(&alternate, nullptr);
    getcontext(&inside);
    inside.uc_stack.ss_sp = context_stack;
    inside.uc_stack.ss_size = sizeof context_stack;
    makecontext(&inside, context_body, 0);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    for (auto &thread : threads)
        pthread_create(&thread, &small, thread_body,
                       reinterpret_cast<void *>((std::intptr_t)rounds));
    recurse(20000);
    for (int i = 0; i < rounds; i++) {
        recurse(i % 300);
        changing_frame(i % 40);
        realigned_frame(i % 30);
        exceptions(i);
        jumps(i);
        signals(i);
        contexts(i);
    }
    for (auto &thread : threads)
        pthread_join(thread, nullptr);
    std::puts("ok");
    return 0;
}
