/* SPDX-License-Identifier: MIT
 *
 * cli/doctor.h - what keeps this machine, or a program, from giving a good profile.
 *
 * Shape    findings: how bad, of what, what it is, how to mend it
 * Units    none
 * Owner    Caller owns the struct.
 * Threads  Single owner.
 * Errors   none: what cannot be found out is not told.
 * Cost     Some system calls; of a program, its symbols.
 * Source   none
 */
#ifndef TARE_CLI_DOCTOR_H
#define TARE_CLI_DOCTOR_H

#include <stdint.h>

enum health { HEALTH_GOOD, HEALTH_BLUNTS, HEALTH_BREAKS };

struct symptom {
    enum health health;
    char what[24];
    char text[400];
    char mend[400]; /* "": nothing is to be done */
};

enum { SYMPTOMS_MAX = 64 };

struct diagnosis {
    struct symptom list[SYMPTOMS_MAX];
    uint32_t count;
};

/* More than there is room for are left out. `mend` may be NULL. */
void diagnose(struct diagnosis *to, enum health health, const char *what, const char *mend,
              const char *format, ...) __attribute__((format(printf, 5, 6)));

void diagnose_machine(struct diagnosis *to);
void diagnose_environment(struct diagnosis *to);

/* As it would be typed behind tare run. */
void diagnose_program(struct diagnosis *to, const char *program);

#endif
