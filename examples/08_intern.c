/* SPDX-License-Identifier: MIT
 *
 * Words of a small language: each is kept once, comparing them is comparing numbers, and the words
 * that the program knows are cases of a switch. Names of clients come from outside: they are counted,
 * and gone with the last who uses them.
 */
#include <stdio.h>
#include <string.h>

#include <tare/intern.h>

#define WORDS(X, NAME)     \
    X(NAME, push, "push")  \
    X(NAME, add, "+")      \
    X(NAME, multiply, "*") \
    X(NAME, print, "print")
TARE_INTERN_CONSTANTS(word, WORDS);

enum { DEPTH = 16 };

struct machine {
    long stack[DEPTH];
    int depth;
};

/* False: not a word that the machine knows, or not when it has so little on its stack. */
static bool step(struct machine *machine, uint32_t word, long number)
{
    long *top = &machine->stack[machine->depth];

    switch (word) {
    case word_push:
        *top = number;
        return ++machine->depth < DEPTH;
    case word_add:
        if (machine->depth < 2)
            return false;
        top[-2] += top[-1];
        machine->depth--;
        return true;
    case word_multiply:
        if (machine->depth < 2)
            return false;
        top[-2] *= top[-1];
        machine->depth--;
        return true;
    case word_print:
        if (machine->depth < 1)
            return false;
        printf("%ld\n", top[-1]);
        return true;
    default:
        return false;
    }
}

static bool run(const struct tare_intern *table, const char *program)
{
    struct machine machine = {.depth = 0};

    while (*program) {
        size_t bytes = strcspn(program, " ");
        long number = 0;
        int is_number = sscanf(program, "%ld", &number) == 1;
        uint32_t word =
            is_number ? (uint32_t)word_push : tare_intern_find(table, program, bytes);

        if (!step(&machine, word, number)) {
            printf("what is %.*s?\n", (int)bytes, program);
            return false;
        }
        program += bytes + strspn(program + bytes, " ");
    }
    return machine.depth == 1 && machine.stack[0] == 42;
}

/* Two connections of one client: one name, one address. */
static bool name_clients(void)
{
    struct tare_intern_options options = {.strings_max = 10000, .bytes_max = 1 << 20};
    struct tare_intern_counted_stats stats;
    struct tare_intern_counted *names;

    if (tare_intern_counted_create(&names, &options))
        return false;
    const char *one = tare_intern_counted_acquire(names, "client 7", 8);
    const char *other = tare_intern_counted_acquire(names, "client 7", 8);
    bool is_same = one && one == other;
    tare_intern_counted_release(names, one);
    tare_intern_counted_release(names, other);
    tare_intern_counted_get_stats(names, &stats);
    return tare_intern_counted_destroy(&names) == 0 && is_same && stats.strings == 0;
}

int main(void)
{
    struct tare_intern_options options = {.constants = &word_constants};
    struct tare_intern *table = tare_intern_global();

    if (tare_intern_global_begin(&options))
        return 1;
    uint32_t name = tare_intern_insert(table, "answer", 6);
    if (name == 0 || name != tare_intern_insert(table, "answer", strlen("answer")))
        return 1;
    printf("%s: ", tare_intern_text(table, name));
    if (!run(table, "2 4 + 7 * print") || run(table, "2 4 divide"))
        return 1;
    return name_clients() ? 0 : 1;
}
