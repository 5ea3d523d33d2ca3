/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/arguments.h"

#include <stdio.h>
#include <string.h>
#include <tare/version.h>

static const char help_text[] =
    "Usage: tare run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
    "       tare PROGRAM [ARGUMENT]...\n"
    "       tare report [OPTION]... [FILE]...\n"
    "       tare diff [OPTION]... BEFORE AFTER\n"
    "       tare check --budget FILE [OPTION]... [FILE]...\n"
    "       tare doctor [PROGRAM]\n"
    "       tare dump FILE\n"
    "\n"
    "Finds where a program's memory goes: each allocation counts for its call stack.\n"
    "\n"
    "  run      run a program, record it, and show a short report\n"
    "  report   show the top sites of recorded profiles, or of a program that runs\n"
    "  diff     show what changed between two recorded profiles\n"
    "  check    hold recorded profiles against a budget\n"
    "  doctor   say what would break or blunt a recording, and how to mend it\n"
    "  dump     show the raw contents of a profile\n"
    "\n"
    "  tare VERB --help   the options of a verb\n"
    "  tare --version     which version this is\n"
    "\n"
    "A verb wins over a program of the same name: 'tare -- report' runs the program.\n";

static const struct verb {
    const char *name;
    int (*run)(int argc, char **argv);
} verbs[] = {
    {"run", cmd_run},     {"report", cmd_report}, {"diff", cmd_diff},
    {"check", cmd_check}, {"doctor", cmd_doctor}, {"dump", cmd_dump},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(verbs[i].name, name))
            return &verbs[i];
    return NULL;
}

static int help(int argc, char **argv)
{
    const struct verb *verb = argc > 2 ? find_verb(argv[2]) : NULL;
    char option[] = "--help";
    char *arguments[] = {argc > 2 ? argv[2] : NULL, option, NULL};

    if (verb)
        return verb->run(2, arguments);
    fputs(help_text, stdout);
    return STATUS_DONE;
}

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";

    if (!*first) {
        fputs(help_text, stderr);
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
