/* SPDX-License-Identifier: MIT
 *
 * Says which library serves operator new and delete of this code, for whose_malloc.c.
 */
#include "consumers/whose.h"

#include <cstddef>
#include <cstdio>
#include <new>

template <typename function> static void say(const char *name, function *called)
{
    std::printf("%s %s\n", name, whose(reinterpret_cast<const void *>(called)));
}

extern "C" void say_whose_new()
{
    using std::align_val_t;
    using std::nothrow_t;
    using std::size_t;

    say<void *(size_t)>("new", operator new);
    say<void *(size_t)>("new[]", operator new[]);
    say<void *(size_t, const nothrow_t &) noexcept>("new(nothrow)", operator new);
    say<void *(size_t, align_val_t)>("new(align)", operator new);
    say<void(void *) noexcept>("delete", operator delete);
    say<void(void *) noexcept>("delete[]", operator delete[]);
    say<void(void *, size_t) noexcept>("delete(size)", operator delete);
    say<void(void *, align_val_t) noexcept>("delete(align)", operator delete);
    std::fflush(stdout);
}
