/* SPDX-License-Identifier: MIT
 *
 * usage: report_sites SITES FRAMES
 *        Allocates with SITES distinct stacks, the leaves of a tree with 47 branches a level, each
 *        with FRAMES frames more that it shares with no other.
 */
#include <stdio.h>
#include <stdlib.h>

enum { BRANCHES = 47, LEVELS = 3, STEPS_MAX = 64 };

#define NOINLINE __attribute__((noinline, noclone))

typedef void step_fn(const unsigned char *steps);

static step_fn *const table[BRANCHES];
static void *volatile kept;

/* One call in each function: a frame's address says which function, the path which frame. */
static void go_on(const unsigned char *steps)
{
    table[*steps - 1](steps + 1);
}

#define STEP(n)                                               \
    static NOINLINE void step_##n(const unsigned char *steps) \
    {                                                         \
        if (*steps)                                           \
            table[*steps - 1](steps + 1);                     \
        else                                                  \
            kept = malloc(n + 16);                            \
        __asm__ volatile("" ::: "memory");                    \
    }
#define STEPS(m)                                                                           \
    m(1) m(2) m(3) m(4) m(5) m(6) m(7) m(8) m(9) m(10) m(11) m(12) m(13) m(14) m(15) m(16) \
        m(17) m(18) m(19) m(20) m(21) m(22) m(23) m(24) m(25) m(26) m(27) m(28) m(29)      \
            m(30) m(31) m(32) m(33) m(34) m(35) m(36) m(37) m(38) m(39) m(40) m(41) m(42)  \
                m(43) m(44) m(45) m(46) m(47)

STEPS(STEP)

#define NAME(n) step_##n,
static step_fn *const table[BRANCHES] = {STEPS(NAME)};

int main(int argc, char **argv)
{
    unsigned char steps[STEPS_MAX] = {0};
    unsigned sites = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
    unsigned frames = argc > 2 ? (unsigned)atoi(argv[2]) : 0;

    if (frames > STEPS_MAX - LEVELS - 1 || sites > BRANCHES * BRANCHES * BRANCHES) {
        fprintf(stderr, "too many\n");
        return 2;
    }
    for (unsigned i = 0; i < sites; i++) {
        unsigned left = i;

        for (unsigned k = 0; k < LEVELS; k++, left /= BRANCHES)
            steps[k] = (unsigned char)(left % BRANCHES + 1);
        for (unsigned k = 0; k < frames; k++)
            steps[LEVELS + k] = (unsigned char)((i + 7 * k) % BRANCHES + 1);
        go_on(steps);
    }
    return 0;
}
