/* SPDX-License-Identifier: MIT
 *
 * governors/scenarios.h - what the program can be told to do; each gives its exit status.
 *
 * Shape    governors SCENARIO ...
 * Units    as each prints
 * Owner    none
 * Threads  none but the caller's
 * Errors   said on stderr, with status 1
 * Cost     seconds at most; the server as long as it is let
 * Source   none
 */
#ifndef GOVERNORS_SCENARIOS_H
#define GOVERNORS_SCENARIOS_H

/* As many governors of a device's kinds, each asked once: what a start takes. */
int scenario_start(unsigned count);

/* A device's 30 governors amid an hour's requests: memory and latency. */
int scenario_device(void);

/* 100 devices of three regions in one process. */
int scenario_fleet(void);

/* A region fails and comes back; its standby was `lag` requests behind at most. */
int scenario_failover(unsigned lag);

/* Governors come as tenants do, and go with them. */
int scenario_scale(void);

/* The server, until a signal ends it; 2: what the words say is not to be understood. */
int scenario_serve(int count, char **words);

/* 0, or 1 after saying why memory or anything else was not to be had. */
int scenario_failed(int err);

#endif
