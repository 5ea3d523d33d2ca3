/* SPDX-License-Identifier: MIT
 *
 * A shared object that bench/rc.c loads, where there is a C++ compiler.
 */
#include <memory>

#include "bench/rc_ways.h"

namespace
{

std::shared_ptr<int> shared = std::make_shared<int>(3);
std::weak_ptr<int> weak = shared;

void keep(const void *value)
{
    __asm__ volatile("" : : "r"(value) : "memory");
}

void copy_pairs(std::size_t count)
{
#pragma GCC unroll 8
    for (std::size_t i = 0; i < count; i++) {
        std::shared_ptr<int> copy(shared);

        keep(copy.get());
    }
}

void lock_pairs(std::size_t count)
{
#pragma GCC unroll 8
    for (std::size_t i = 0; i < count; i++) {
        std::shared_ptr<int> locked = weak.lock();

        keep(locked.get());
    }
}

} // namespace

extern "C" __attribute__((visibility("default"))) const rc_peers rc_peers = {
    {"shared_ptr", copy_pairs},
    {"weak_ptr", lock_pairs},
};
