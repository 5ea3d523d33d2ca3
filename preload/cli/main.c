/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/verbs.h"

#include <stdio.h>
#include <string.h>
#include <tare/version.h>

static void put_help(FILE *out)
{
    fputs(
        "Usage: tare VERB [OPTION]... [ARGUMENT]...\n"
        "       tare PROGRAM [ARGUMENT]...\n"
        "\n"
        "Finds where a program's memory goes: each allocation counts for its call stack.\n"
        "\n",
        out);
    for (size_t i = 0; i < verb_count; i++)
        fprintf(out, "  %-10s  %s\n", verbs[i].name, verbs[i].about);
    fputs(
        "\n"
        "  tare VERB --help   how to call a verb, and its options\n"
        "  tare --version     which version this is\n"
        "\n"
        "A verb wins over a program of the same name: 'tare -- report' runs the program.\n",
        out);
}

static int help(int argc, char **argv)
{
    const struct verb *verb = argc > 2 ? find_verb(argv[2]) : NULL;

    if (verb)
        option_help(stdout, verb->options);
    else
        put_help(stdout);
    return STATUS_DONE;
}

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";

    if (!*first) {
        put_help(stderr);
        return STATUS_USAGE;
    }
    if (!strcmp(first, "--help") || !strcmp(first, "-h") || !strcmp(first, "help"))
        return help(argc, argv);
    if (!strcmp(first, "--version") || !strcmp(first, "-V")) {
        puts("tare " TARE_VERSION);
        return STATUS_DONE;
    }
    const struct verb *verb = find_verb(first);
    /* Without a verb argv[0] stands in its place. */
    return verb ? verb->run(argc - 1, argv + 1) : cmd_run(argc, argv);
}
