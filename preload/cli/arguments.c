/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 40, HELP_COLUMN_MAX = 28 };

static const struct option_line help_line = {OPTION_HELP, "help", NULL, "show this"};

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

/* Letters to insert, drop, replace or swap with their neighbour. */
static int distance(const char *one, const char *other)
{
    enum { LETTERS_MAX = 32 };
    int rows[3][LETTERS_MAX + 1];
    int bytes = (int)strlen(other);

    if (bytes > LETTERS_MAX)
        return INT32_MAX;
    for (int k = 0; k <= bytes; k++)
        rows[0][k] = k;
    for (int i = 1; one[i - 1]; i++) {
        int *row = rows[i % 3];
        const int *above = rows[(i + 2) % 3];

        row[0] = i;
        for (int k = 1; k <= bytes; k++) {
            int least = above[k - 1] + (one[i - 1] != other[k - 1]);

            if (above[k] + 1 < least)
                least = above[k] + 1;
            if (row[k - 1] + 1 < least)
                least = row[k - 1] + 1;
            if (i > 1 && k > 1 && one[i - 1] == other[k - 2] &&
                one[i - 2] == other[k - 1] && rows[(i + 1) % 3][k - 2] + 1 < least)
                least = rows[(i + 1) % 3][k - 2] + 1;
            row[k] = least;
        }
    }
    return rows[strlen(one) % 3][bytes];
}

const char *nearest_name(const char *word, const char *const names[], size_t count)
{
    const char *nearest = NULL;
    int least = (int)strlen(word) / 3 + 1; /* what is further off is another word */

    for (size_t i = 0; i < count; i++) {
        int letters = distance(word, names[i]);

        if (letters <= least && (letters < least || !nearest)) {
            nearest = names[i];
            least = letters;
        }
    }
    return nearest;
}

static void report_unknown(const struct option_table *table, const char *word)
{
    const char *names[LINES_MAX];
    char name[64];
    size_t count = 0;

    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    for (const struct option_line *line = table->lines; line->name; line++)
        names[count++] = line->name;
    names[count++] = help_line.name;
    const char *nearest = nearest_name(name, names, count);
    if (nearest)
        usage_error(table->verb, "unknown option '--%s', did you mean '--%s'?", name,
                    nearest);
    else
        usage_error(table->verb, "unknown option '--%s'", name);
}

/* getopt leaves the letter of a short option in optopt, and of a long one only its word. */
static void report_wrong(const struct option_table *table, char **argv, bool lacks_argument)
{
    const char *word = argv[optind - 1];

    if (lacks_argument)
        usage_error(table->verb, "option '%s' needs an argument", word);
    else if (optopt && isprint(optopt) && word[0] == '-' && word[1] != '-')
        usage_error(table->verb, "unknown option '-%c'", optopt);
    else if (optopt)
        usage_error(table->verb, "option '%s' takes no argument", word);
    else
        report_unknown(table, word);
}

/* getopt's two tables. */
struct getopt_tables {
    char letters[3 * LINES_MAX];
    struct option names[LINES_MAX + 1];
    size_t letter_count, name_count;
};

static void add_line(struct getopt_tables *to, const struct option_line *line)
{
    to->names[to->name_count++] = (struct option){
        line->name, line->argument ? required_argument : no_argument, NULL, line->letter};
    if (line->letter < 256) {
        to->letters[to->letter_count++] = (char)line->letter;
        if (line->argument)
            to->letters[to->letter_count++] = ':';
    }
}

int option_next(const struct option_table *table, int argc, char **argv)
{
    struct getopt_tables tables = {0};

    if (table->stops_at_word)
        tables.letters[tables.letter_count++] = '+';
    tables.letters[tables.letter_count++] = ':';
    for (const struct option_line *line = table->lines; line->name; line++)
        add_line(&tables, line);
    add_line(&tables, &help_line);
    opterr = 0;
    optopt = 0;
    int found = getopt_long(argc, argv, tables.letters, tables.names, NULL);

    if (found == OPTION_HELP)
        option_help(stdout, table);
    if (found != '?' && found != ':')
        return found;
    report_wrong(table, argv, found == ':');
    return OPTION_WRONG;
}

static int left_bytes(const struct option_line *line)
{
    return (int)strlen("  -o, --") + (int)strlen(line->name) +
           (line->argument ? 1 + (int)strlen(line->argument) : 0);
}

static void put_help_line(FILE *out, const struct option_line *line, int column)
{
    int used = line->letter < 256 ? fprintf(out, "  -%c, --%s", line->letter, line->name)
                                  : fprintf(out, "      --%s", line->name);

    if (line->argument)
        used += fprintf(out, " %s", line->argument);
    fprintf(out, "%*s", used < column ? column - used : 2, "");
    for (const char *at = line->help; *at; at++) {
        putc(*at, out);
        if (*at == '\n')
            fprintf(out, "%*s", column, "");
    }
    putc('\n', out);
}

void option_help(FILE *out, const struct option_table *table)
{
    int column = 0;

    for (const struct option_line *line = table->lines; line->name; line++)
        if (left_bytes(line) + 3 > column && left_bytes(line) + 3 <= HELP_COLUMN_MAX)
            column = left_bytes(line) + 3;
    if (column < left_bytes(&help_line) + 3)
        column = left_bytes(&help_line) + 3;
    fprintf(out, "Usage: %s\n", table->usage);
    for (const struct option_line *line = table->lines; line->name; line++)
        put_help_line(out, line, column);
    put_help_line(out, &help_line, column);
    if (table->after)
        fprintf(out, "\n%s", table->after);
}

bool option_number(const struct option_table *table, const char *name, uint32_t most,
                   uint32_t *number)
{
    char *end;

    errno = 0;
    unsigned long value = strtoul(optarg, &end, 10);
    if (!isdigit((unsigned char)optarg[0]) || *end || errno || value > most) {
        usage_error(table->verb, "option '%s' needs a number from 0 to %u, not '%s'", name,
                    most, optarg);
        return false;
    }
    *number = (uint32_t)value;
    return true;
}
