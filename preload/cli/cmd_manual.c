/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/verbs.h"

#include <getopt.h>
#include <string.h>
#include <tare/version.h>

static const struct option_line lines[] = {{0}};

const struct option_table options_of_manual = {
    .verb = "manual",
    .usage = "tare manual\n"
             "\n"
             "Writes the manual page tare(1): tare manual | man -l -\n",
    .lines = lines,
};

/* Text that troff takes for nothing else. */
static void put(FILE *out, const char *text)
{
    bool is_start = true;

    for (; *text; text++) {
        if (is_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            putc(*text, out);
        is_start = *text == '\n';
    }
}

static void put_option(FILE *out, const struct option_line *line)
{
    fputs(".TP\n.B ", out);
    if (line->letter < 256)
        fprintf(out, "\\-%c, ", line->letter);
    fputs("\\-\\-", out);
    put(out, line->name);
    if (line->argument) {
        putc(' ', out);
        put(out, line->argument);
    }
    putc('\n', out);
    put(out, line->help);
    putc('\n', out);
}

/* The ways to call it, up to the first empty line, then the rest. */
static void put_verb(FILE *out, const struct verb *verb)
{
    const char *usage = verb->options->usage;
    const char *rest = strstr(usage, "\n\n");

    fprintf(out, ".SS tare %s\n.nf\n", verb->name);
    for (const char *at = usage; *at && at < rest; at++) {
        if (*at == '-')
            putc('\\', out);
        putc(*at, out);
    }
    fputs("\n.fi\n.PP\n", out);
    if (rest)
        put(out, rest + 2);
    for (const struct option_line *line = verb->options->lines; line->name; line++)
        put_option(out, line);
    if (verb->options->after) {
        fputs(".PP\n", out);
        put(out, verb->options->after);
    }
}

static void put_page(FILE *out)
{
    fputs(".TH TARE 1 \"\" \"tare " TARE_VERSION "\" \"User Commands\"\n"
          ".SH NAME\ntare \\- find where a program's memory goes\n"
          ".SH SYNOPSIS\n.B tare\nVERB [OPTION]... [ARGUMENT]...\n.br\n"
          ".B tare\nPROGRAM [ARGUMENT]...\n"
          ".SH DESCRIPTION\n"
          "Records every allocation of a program by the call stack that made it, without\n"
          "rebuilding the program, and shows which stacks memory goes to.\n"
          ".SH VERBS\n",
          out);
    for (size_t i = 0; i < verb_count; i++)
        put_verb(out, &verbs[i]);
    fputs(".SH EXIT STATUS\n", out);
    put(out,
        "0: done. 1: the answer is no. 2: wrong usage. 3: the input is unreadable or says "
        "too "
        "little.\n"
        "tare run ends as the program did; 125: tare failed, 126: the program cannot be "
        "executed, 127: it was not found.\n");
    fputs(".SH ENVIRONMENT\n", out);
    put(out, "TARE_OUTPUT, TARE_TRACK_SITES, TARE_STACK_DEPTH, TARE_ALLOCATOR, "
             "TARE_PRINT_REPORT, "
             "TARE_VERBOSE, TARE_CHECK_STACKS, TARE_ADVISE, TARE_LOOKER, TARE_TRACE: of "
             "the recorder, "
             "see the README.\n"
             "NO_COLOR, CLICOLOR_FORCE: whether to use colour. TARE_PAGER, PAGER: what "
             "long text goes "
             "through on a terminal.\n");
}

int cmd_manual(int argc, char **argv)
{
    int letter = option_next(&options_of_manual, argc, argv);

    if (letter != OPTION_END)
        return letter == OPTION_HELP ? STATUS_DONE : STATUS_USAGE;
    if (argc != optind)
        return usage_error("manual", "takes no argument");
    struct output output;
    output_open(&output, NULL);
    put_page(output.file);
    return output_close(&output, 0);
}
