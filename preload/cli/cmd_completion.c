/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/verbs.h"

#include <getopt.h>
#include <string.h>

static const struct option_line lines[] = {{0}};

const struct option_table options_of_completion = {
    .verb = "completion",
    .usage =
        "tare completion bash|zsh|fish\n"
        "\n"
        "Writes a script that completes verbs and options; make install puts all three "
        "where\n"
        "the shells find them.\n",
    .lines = lines,
};

/* The first line of a text, within single quotes of a shell; `specials` get a backslash. */
static void put_quoted(FILE *out, const char *text, const char *specials)
{
    for (; *text && *text != '\n'; text++) {
        if (*text == '\'')
            fputs("'\\'", out);
        else if (strchr(specials, *text))
            putc('\\', out);
        putc(*text, out);
    }
}

static void put_words(FILE *out, const struct option_table *options)
{
    for (const struct option_line *line = options->lines; line->name; line++)
        fprintf(out, "--%s ", line->name);
    fputs("--help", out);
}

static void put_bash(FILE *out)
{
    fputs("# Completion of tare's verbs and options, made by 'tare completion bash'.\n"
          "_tare() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} options=\n"
          "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
          "        COMPREPLY=($(compgen -W \"",
          out);
    for (size_t i = 0; i < verb_count; i++)
        fprintf(out, "%s ", verbs[i].name);
    fputs("--help --version\" -- \"$word\") $(compgen -c -- \"$word\"))\n"
          "        return\n"
          "    fi\n"
          "    case ${COMP_WORDS[1]} in\n",
          out);
    for (size_t i = 0; i < verb_count; i++) {
        fprintf(out, "    %s) options=\"", verbs[i].name);
        put_words(out, verbs[i].options);
        fputs("\" ;;\n", out);
    }
    fputs("    esac\n"
          "    case $word in\n"
          "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
          "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
          "    esac\n"
          "}\n"
          "complete -o filenames -F _tare tare\n",
          out);
}

static void put_zsh_options(FILE *out, const struct option_table *options)
{
    for (const struct option_line *line = options->lines; line->name; line++) {
        fprintf(out, "        '*--%s[", line->name);
        put_quoted(out, line->help, "[]:\\");
        fputs("]", out);
        if (line->argument) {
            fputs(":", out);
            put_quoted(out, line->argument, "[]:\\");
            fputs(":_files", out);
        }
        fputs("' \\\n", out);
    }
    fputs("        '--help[show this]' '*:file:_files' ;;\n", out);
}

static void put_zsh(FILE *out)
{
    fputs("#compdef tare\n"
          "# Completion of tare's verbs and options, made by 'tare completion zsh'.\n"
          "_tare() {\n"
          "    if (( CURRENT == 2 )); then\n"
          "        local -a verbs=(\n",
          out);
    for (size_t i = 0; i < verb_count; i++) {
        fprintf(out, "            '%s:", verbs[i].name);
        put_quoted(out, verbs[i].about, "\\");
        fputs("'\n", out);
    }
    fputs("        )\n"
          "        _describe verb verbs\n"
          "        _command_names -e\n"
          "        return\n"
          "    fi\n"
          "    local verb=$words[2]\n"
          "    shift words; (( CURRENT-- ))\n"
          "    case $verb in\n",
          out);
    for (size_t i = 0; i < verb_count; i++) {
        fprintf(out, "    %s) _arguments \\\n", verbs[i].name);
        put_zsh_options(out, verbs[i].options);
    }
    fputs("    *) _files ;;\n"
          "    esac\n"
          "}\n"
          "_tare \"$@\"\n",
          out);
}

static void put_fish_option(FILE *out, const char *verb, const struct option_line *line)
{
    fprintf(out, "complete -c tare -n '__fish_seen_subcommand_from %s' -l %s", verb,
            line->name);
    if (line->letter < 256)
        fprintf(out, " -s %c", line->letter);
    if (line->argument)
        fputs(" -r", out);
    fputs(" -d '", out);
    for (const char *at = line->help; *at && *at != '\n'; at++)
        fprintf(out, *at == '\'' || *at == '\\' ? "\\%c" : "%c", *at);
    fputs("'\n", out);
}

static void put_fish(FILE *out)
{
    fputs("# Completion of tare's verbs and options, made by 'tare completion fish'.\n",
          out);
    for (size_t i = 0; i < verb_count; i++) {
        fprintf(out, "complete -c tare -n __fish_use_subcommand -a %s -d '", verbs[i].name);
        for (const char *at = verbs[i].about; *at; at++)
            fprintf(out, *at == '\'' || *at == '\\' ? "\\%c" : "%c", *at);
        fputs("'\n", out);
        for (const struct option_line *line = verbs[i].options->lines; line->name; line++)
            put_fish_option(out, verbs[i].name, line);
    }
}

int cmd_completion(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*put)(FILE *out);
    } shells[] = {{"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}};
    int letter = option_next(&options_of_completion, argc, argv);

    if (letter != OPTION_END)
        return letter == OPTION_HELP ? STATUS_DONE : STATUS_USAGE;
    for (size_t i = 0; argc - optind == 1 && i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(argv[optind], shells[i].name) != 0)
            continue;
        struct output output;
        output_open(&output, NULL);
        shells[i].put(output.file);
        return output_close(&output, 0);
    }
    return usage_error("completion", "of which shell? bash, zsh or fish");
}
