/* SPDX-License-Identifier: MIT
 *
 * A program with operators new and delete of its own, over a store of its own. They must stay in
 * force, for the C++ library's calls too.
 */
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <unistd.h>
#include <vector>

static char store[1 << 20];
static std::size_t used;
static long made, freed;

void *operator new(std::size_t bytes)
{
    void *block = store + used;

    used += (bytes + 15) / 16 * 16;
    if (used > sizeof store)
        std::abort();
    made++;
    return block;
}

void operator delete(void *block) noexcept
{
    if (block && (block < store || block >= store + sizeof store))
        std::abort();
    freed += block != nullptr;
}

int main()
{
    {
        std::vector<std::string> words;
        for (int i = 0; i < 500; i++)
            words.push_back("a word that is too long to be stored within " +
                            std::to_string(i));
        int *one = new int(3), *many = new int[10];
        ::operator delete(one, sizeof *one); /* the C++ library's sized form calls ours */
        delete[] many;
    }
    char line[64];
    int bytes = std::snprintf(line, sizeof line, "%d %d\n", made > 500, made == freed);
    return write(1, line, bytes) == bytes ? 0 : 1;
}
