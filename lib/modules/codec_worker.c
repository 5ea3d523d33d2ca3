/* SPDX-License-Identifier: MIT
 *
 * All of a worker but its codec is guarded by one lock. The worker's thread leaves it for the job
 * itself and for `done`, and does not touch a job any more after that: it may be gone.
 */
#include "modules/codec_worker.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum { QUEUE_JOBS = 64 };

bool tare__codec_worker_valid(const struct tare_codec_worker *worker)
{
    size_t jobs = 0;
    const struct tare_codec_job *last = NULL;

    for (const struct tare_codec_job *job = worker->first;
         job && jobs <= worker->queue_jobs; job = job->next, jobs++)
        last = job;
    return jobs == worker->jobs && jobs <= worker->queue_jobs && last == worker->last;
}

static int do_work(struct tare_codec *codec, struct tare_codec_job *job)
{
    switch (job->work) {
    case TARE_CODEC_ENCODE:
        return tare_codec_encode_parts(codec, job->parts, job->part_count, &job->block);
    case TARE_CODEC_DECODE:
        return tare_codec_decode_parts(codec, job->data, job->bytes, job->limit_bytes,
                                       &job->block, job->parts, job->part_count);
    case TARE_CODEC_SAVE:
        return tare_codec_save_parts(codec, job->path, job->parts, job->part_count);
    case TARE_CODEC_LOAD:
        return tare_codec_load_parts(codec, job->path, job->limit_bytes, &job->block,
                                     job->parts, job->part_count);
    }
    return -EINVAL;
}

/* The first job, or NULL when there will be no more. With the lock held. */
static struct tare_codec_job *take_job(struct tare_codec_worker *worker)
{
    while (!worker->first && !worker->is_ending)
        pthread_cond_wait(&worker->has_work, &worker->lock);
    struct tare_codec_job *job = worker->first;
    if (!job)
        return NULL;
    worker->first = job->next;
    if (!worker->first)
        worker->last = NULL;
    worker->jobs--;
    TARE_AUDIT(tare__codec_worker_valid(worker));
    return job;
}

static void *run_worker(void *context)
{
    struct tare_codec_worker *worker = context;
    struct tare_codec_job *job;

    pthread_mutex_lock(&worker->lock);
    while ((job = take_job(worker))) {
        pthread_mutex_unlock(&worker->lock);
        void (*done)(struct tare_codec_job *) = job->done;
        job->result = do_work(worker->codec, job);
        if (done)
            done(job);
        pthread_mutex_lock(&worker->lock);
        if (!done) {
            job->is_finished = true;
            pthread_cond_broadcast(&worker->has_finished);
        }
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

/* Signals are for the program's own threads. */
static int start_thread(struct tare_codec_worker *worker)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&worker->thread, NULL, run_worker, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -err;
}

int tare_codec_worker_create(struct tare_codec_worker **worker,
                             const struct tare_codec_options *options, size_t queue_jobs)
{
    struct tare_mem *mem = options && options->mem ? options->mem : tare_mem_default();
    struct tare_codec_worker *made =
        tare_mem_alloc(mem, sizeof *made, _Alignof(struct tare_codec_worker));

    if (!made)
        return -ENOMEM;
    *made = (struct tare_codec_worker){.mem = mem,
                                       .owner = getpid(),
                                       .lock = PTHREAD_MUTEX_INITIALIZER,
                                       .has_work = PTHREAD_COND_INITIALIZER,
                                       .has_finished = PTHREAD_COND_INITIALIZER,
                                       .queue_jobs = queue_jobs ? queue_jobs : QUEUE_JOBS};
    int err = tare_codec_create(&made->codec, options);
    if (!err) {
        err = start_thread(made);
        if (err)
            tare_codec_destroy(&made->codec);
    }
    if (err) {
        tare_mem_free(mem, made, sizeof *made, _Alignof(struct tare_codec_worker));
        return err;
    }
    *worker = made;
    return 0;
}

int tare_codec_submit(struct tare_codec_worker *worker, struct tare_codec_job *job)
{
    int err = 0;

    if (worker->owner != getpid())
        return -ECHILD;
    pthread_mutex_lock(&worker->lock);
    if (worker->is_ending) {
        err = -ESHUTDOWN;
    } else if (worker->jobs == worker->queue_jobs) {
        err = -EAGAIN;
    } else {
        job->next = NULL;
        job->is_finished = false;
        if (worker->last)
            worker->last->next = job;
        else
            worker->first = job;
        worker->last = job;
        worker->jobs++;
        TARE_AUDIT(tare__codec_worker_valid(worker));
        pthread_cond_signal(&worker->has_work);
    }
    pthread_mutex_unlock(&worker->lock);
    return err;
}

int tare_codec_wait(struct tare_codec_worker *worker, struct tare_codec_job *job)
{
    if (worker->owner != getpid())
        return -ECHILD;
    if (job->done)
        return -EINVAL;
    pthread_mutex_lock(&worker->lock);
    while (!job->is_finished)
        pthread_cond_wait(&worker->has_finished, &worker->lock);
    pthread_mutex_unlock(&worker->lock);
    return job->result;
}

void tare_codec_worker_destroy(struct tare_codec_worker **worker)
{
    struct tare_codec_worker *gone = *worker;

    *worker = NULL;
    /* In a child of fork its thread may have been within anything: it is left as it is. */
    if (!gone || gone->owner != getpid())
        return;
    TARE_ASSERT(!pthread_equal(pthread_self(), gone->thread));
    pthread_mutex_lock(&gone->lock);
    gone->is_ending = true;
    pthread_cond_signal(&gone->has_work);
    pthread_mutex_unlock(&gone->lock);
    pthread_join(gone->thread, NULL);
    tare_codec_destroy(&gone->codec);
    pthread_mutex_destroy(&gone->lock);
    pthread_cond_destroy(&gone->has_work);
    pthread_cond_destroy(&gone->has_finished);
    tare_mem_free(gone->mem, gone, sizeof *gone, _Alignof(struct tare_codec_worker));
}
