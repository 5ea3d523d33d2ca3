/* SPDX-License-Identifier: MIT
 *
 * usage: news [ROUNDS]
 *
 * Every form of operator new and delete, and exceptions through them. Says how many blocks it
 * made and freed by them.
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <unistd.h>

static long made, freed;
static int handled;

struct alignas(128) wide {
    char bytes[128];
};

static void *kept(void *block, std::size_t alignment)
{
    if (!block || reinterpret_cast<std::uintptr_t>(block) % alignment)
        std::abort();
    made++;
    return block;
}

__attribute__((noinline)) static void all_forms()
{
    const std::nothrow_t &quiet = std::nothrow;
    const std::align_val_t wide_at{64};

    ::operator delete(kept(::operator new(10), 16));
    ::operator delete[](kept(::operator new[](10), 16));
    ::operator delete(kept(::operator new(10, quiet), 16), quiet);
    ::operator delete[](kept(::operator new[](10, quiet), 16), quiet);
    ::operator delete(kept(::operator new(10), 16), std::size_t(10));
    ::operator delete[](kept(::operator new[](10), 16), std::size_t(10));
    ::operator delete(kept(::operator new(10, wide_at), 64), wide_at);
    ::operator delete[](kept(::operator new[](10, wide_at), 64), wide_at);
    ::operator delete(kept(::operator new(10, wide_at), 64), std::size_t(10), wide_at);
    ::operator delete[](kept(::operator new[](10, wide_at), 64), std::size_t(10), wide_at);
    ::operator delete(kept(::operator new(10, wide_at, quiet), 64), wide_at, quiet);
    ::operator delete[](kept(::operator new[](10, wide_at, quiet), 64), wide_at, quiet);
    wide *w = new wide;
    kept(w, 128);
    delete w;
    freed += 13;
}

__attribute__((noinline)) static void throws_through()
{
    volatile std::size_t huge = SIZE_MAX / 2;
    int caught = 0;

    try {
        kept(::operator new(huge), 1);
    } catch (const std::bad_alloc &) {
        caught++;
    }
    try {
        kept(::operator new[](huge, std::align_val_t(64)), 1);
    } catch (const std::bad_alloc &) {
        caught++;
    }
    if (caught != 2 || ::operator new(huge, std::nothrow))
        std::abort();
    std::set_new_handler([] {
        handled++;
        std::set_new_handler(nullptr);
    });
    try {
        kept(::operator new(huge), 1);
    } catch (const std::bad_alloc &) {
        caught++;
    }
    if (caught != 3 || handled != 1)
        std::abort();
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? std::atoi(argv[1]) : 1;

    for (int i = 0; i < rounds; i++)
        all_forms();
    throws_through();
    char line[64];
    int bytes = std::snprintf(line, sizeof line, "%ld %ld\n", made, freed);
    return write(1, line, bytes) == bytes ? 0 : 1;
}
