/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void message(const char *subject, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "tare: %s: ", subject);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    putc('\n', stderr);
}

int usage_error(const char *verb, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "tare%s%s: ", verb ? " " : "", verb ? verb : "");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, " (see tare%s%s --help)\n", verb ? " " : "", verb ? verb : "");
    return STATUS_USAGE;
}

/* getopt leaves the letter of a short option in optopt, and of a long one only its word. */
static void report_wrong(const struct option_reader *reader, char **argv,
                         bool lacks_argument)
{
    const char *word = argv[optind - 1];

    if (lacks_argument)
        usage_error(reader->verb, "option '%s' needs an argument", word);
    else if (optopt && isprint(optopt) && word[0] == '-' && word[1] != '-')
        usage_error(reader->verb, "unknown option '-%c'", optopt);
    else if (optopt)
        usage_error(reader->verb, "option '%s' takes no argument", word);
    else
        usage_error(reader->verb, "unknown option '%s'", word);
}

int option_next(const struct option_reader *reader, int argc, char **argv)
{
    opterr = 0;
    optopt = 0;
    int found = getopt_long(argc, argv, reader->letters, reader->names, NULL);

    if (found != '?' && found != ':')
        return found;
    report_wrong(reader, argv, found == ':');
    return OPTION_WRONG;
}

bool option_number(const struct option_reader *reader, const char *name, uint32_t most,
                   uint32_t *number)
{
    char *end;

    errno = 0;
    unsigned long value = strtoul(optarg, &end, 10);
    if (!isdigit((unsigned char)optarg[0]) || *end || errno || value > most) {
        usage_error(reader->verb, "option '%s' needs a number from 0 to %u, not '%s'", name,
                    most, optarg);
        return false;
    }
    *number = (uint32_t)value;
    return true;
}
