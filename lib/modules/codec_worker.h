/* SPDX-License-Identifier: MIT
 *
 * modules/codec_worker.h - what a worker of <tare/codec.h> is made of.
 *
 * Shape    first -> job -> job <- last: the queue, the oldest first
 * Units    Jobs.
 * Owner    A worker owns its thread and its codec; jobs are the callers'.
 * Threads  thread-safe
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_MODULES_CODEC_WORKER_H
#define TARE_MODULES_CODEC_WORKER_H

#include <sys/types.h>

#include "modules/codec_core.h"

struct tare_codec_worker {
    struct tare_mem *mem;
    struct tare_codec *codec;
    pid_t owner; /* the process that has its thread */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t has_work, has_finished;
    struct tare_codec_job *first, *last;
    size_t jobs, queue_jobs;
    bool is_ending;
};

/* With its lock held. */
bool tare__codec_worker_valid(const struct tare_codec_worker *worker);

#endif
