/* SPDX-License-Identifier: MIT
 *
 * Tasks that are made and deleted as a scheduler takes turns: pool, in spawn.
 */
#include <new>

#include <tare/pool.h>

enum { TASKS = 120000, RUNNING = 300 };

struct task {
    unsigned id, state;
    unsigned long registers[14];
};

static task *running[RUNNING];

#ifdef REMEDIED
TARE_POOL_DEFINE(tasks, task);

static task *make(unsigned id)
{
    task *made = tasks_alloc();

    return made ? new (made) task{id, 0, {}} : nullptr;
}

static void end(task *ended)
{
    tasks_free(ended);
}
#else
static task *make(unsigned id)
{
    return new task{id, 0, {}};
}

static void end(task *ended)
{
    delete ended;
}
#endif

static __attribute__((noinline)) void spawn(unsigned place, unsigned id)
{
    running[place] = make(id);
}

static __attribute__((noinline)) void join(unsigned place)
{
    end(running[place]);
    running[place] = nullptr;
}

int main()
{
    unsigned random = 1;

    for (unsigned i = 0; i < TASKS; i++) {
        random = random * 1103515245u + 12345;
        unsigned place = (random >> 16) % RUNNING;

        join(place);
        spawn(place, i);
    }
    for (unsigned i = 0; i < RUNNING; i++)
        join(i);
    return 0;
}
