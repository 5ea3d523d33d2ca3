/* SPDX-License-Identifier: MIT
 *
 * bench/measure.h - numbers that are measured again and again: least and median, clock, pinning.
 *
 * Shape    samples -> number (least, median)
 * Units    Whatever is added; measure_now_ns and measure_ways: nanoseconds.
 * Owner    Caller owns every struct; none holds memory.
 * Threads  Single owner.
 * Errors   measure_pin: -errno. A sample beyond MEASURE_SAMPLES is dropped.
 * Cost     measure_now_ns: a clock read, some 20 ns.
 * Source   none
 */
#ifndef TARE_BENCH_MEASURE_H
#define TARE_BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MEASURE_SAMPLES = 64, MEASURE_CPUS = 2 };

struct samples {
    double values[MEASURE_SAMPLES];
    size_t count;
};

/* What is told of many samples. The least is nearest to what the code costs, the median to
 * what one sees. NAN: not measured. */
struct number {
    double least, median;
};

void samples_add(struct samples *samples, double value);
struct number samples_number(const struct samples *samples);

struct number number_of(double value);
struct number number_minus(struct number a, struct number b);

/* 0 without values. */
double geometric_mean(const double *values, size_t count);

uint64_t measure_now_ns(void);

/* Up to MEASURE_CPUS processors that this process may use, the highest first: the lowest ones
 * serve most interrupts. */
unsigned measure_cpus(int cpus[MEASURE_CPUS]);

/* Bind the calling thread, and what it starts from now on, to `count` processors. */
int measure_pin(const int *cpus, unsigned count);

/* How often the environment's variable `name`, REPS mostly, says to repeat; `otherwise` where it says
 * nothing, or what cannot be. */
unsigned measure_repetitions(const char *name, unsigned otherwise);

/* Is the case among the words of CASES, or are there none? */
bool measure_is_chosen(const char *name);

/* One of several ways to do the same, inside this process. */
struct measure_way {
    void (*run)(void *context);
    void *context;
    struct samples ns;
};

/* Each way once unmeasured, then `repetitions` rounds with each way once in each. */
void measure_ways(struct measure_way *ways, size_t count, unsigned repetitions);

/* The compiler must take the value as used, and what it points to as changed. */
static inline void measure_keep(const void *value)
{
    __asm__ volatile("" : : "r"(value) : "memory");
}

#endif
