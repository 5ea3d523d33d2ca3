/* SPDX-License-Identifier: MIT
 *
 * usage: reload FIRST SECOND
 *
 * Loads two libraries of the same shape in turn, so that each lands where the other was, and
 * lets each allocate 10 blocks a time, 200 times. Says how often the address was the same.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

enum { TURNS = 200, BLOCKS = 10 };

int main(int argc, char **argv)
{
    const char *names[2] = {"first_alloc", "second_alloc"};
    void *before = NULL;
    int same = 0;

    if (argc < 3)
        return 2;
    for (int turn = 0; turn < 2 * TURNS; turn++) {
        void *library = dlopen(argv[1 + turn % 2], RTLD_NOW);
        void *(*alloc)(void) = (void *(*)(void))dlsym(library, names[turn % 2]);

        same += (void *)alloc == before;
        before = (void *)alloc;
        for (int i = 0; i < BLOCKS; i++)
            free(alloc());
        dlclose(library);
    }
    printf("%d\n", same > TURNS);
    return 0;
}
