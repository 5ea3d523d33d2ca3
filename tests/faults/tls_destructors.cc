// SPDX-License-Identifier: MIT
//
// Thread-local objects whose destructors allocate, in threads, in main and in static objects.
#include <string>
#include <thread>
#include <vector>

#include "faults/fault.h"

enum { THREADS = 100, BLOCKS = 50 };

extern "C" NOINLINE void in_destructor()
{
    for (int i = 0; i < BLOCKS; i++)
        free(fault_kept(malloc(static_cast<size_t>(i) * 9)));
}

struct holder {
    std::vector<std::string> words;
    ~holder()
    {
        words.emplace_back("a word that is too long to be kept inside");
        in_destructor();
    }
};

static thread_local holder of_thread;
static holder of_program;

int main()
{
    for (int i = 0; i < THREADS; i += 4) {
        std::vector<std::thread> threads;
        for (int k = 0; k < 4; k++)
            threads.emplace_back([] { of_thread.words.resize(20); });
        for (auto &thread : threads)
            thread.join();
    }
    of_thread.words.resize(3);
    of_program.words.resize(3);
    fault_say("ok\n");
    fault_counted("in_destructor", (THREADS + 2) * BLOCKS, (THREADS + 2) * BLOCKS);
    return 0;
}
