/* SPDX-License-Identifier: MIT
 *
 * faults/fault.h - what the programs of this folder share: lines without stdio, blocks that no
 * compiler leaves out.
 *
 * Shape    Lines that begin with "counted" or "header" tell the test what the shim must have
 *          counted; they are no part of the output that is compared.
 * Units    events
 * Owner    none
 * Threads  thread-safe
 * Errors   abort
 * Cost     a write call a line
 * Source   none
 */
#ifndef TARE_FAULTS_FAULT_H
#define TARE_FAULTS_FAULT_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))

#define CHECK(what)                                \
    do {                                           \
        if (!(what))                               \
            fault_fail(__FILE__, __LINE__, #what); \
    } while (0)

static inline void fault_say(const char *format, ...)
{
    char line[512];
    va_list arguments;

    va_start(arguments, format);
    int bytes = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (write(STDOUT_FILENO, line, (size_t)bytes) != bytes)
        _exit(99);
}

static inline void fault_fail(const char *file, int line, const char *what)
{
    fault_say("%s:%d: %s\n", file, line, what);
    _exit(98);
}

/* The compiler must take the block for used. */
static inline void *fault_kept(void *block)
{
    __asm__ volatile("" : "+r"(block) : : "memory");
    return block;
}

/* Allocations with `function` in their innermost frame, and frees of them, in all processes. */
static inline void fault_counted(const char *function, long allocations, long frees)
{
    fault_say("counted %s %ld %ld\n", function, allocations, frees);
}

/* A counter of the headers of all processes together: lost, inherited or untracked. */
static inline void fault_header(const char *counter, long value)
{
    fault_say("header %s %ld\n", counter, value);
}

static inline int fault_is(int argc, char **argv, const char *mode)
{
    return argc > 1 && strcmp(argv[1], mode) == 0;
}

#endif
