/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/doctor.h"
#include "cli/output.h"
#include "cli/show.h"

#include "report/json_writer.h"
#include "report/style.h"

#include <getopt.h>

enum letter { JSON = 256, COLOUR };

static const struct option_line lines[] = {
    {JSON, "json", NULL, "as JSON (schema tare.doctor/1)"},
    {COLOUR, "color", "WHEN", "auto (default), always or never"},
    {'o', "output", "FILE", "to a file"},
    {0},
};

const struct option_table options_of_doctor = {
    .verb = "doctor",
    .usage = "tare doctor [OPTION]... [PROGRAM]\n"
             "\n"
             "Looks for what would break or blunt a recording, on this machine and of a "
             "program,\n"
             "and says how to mend it.\n",
    .after = "Exit status: 0; 1 when a recording would fail; 2 wrong usage.\n",
    .lines = lines,
};

static const char *const health_names[] = {
    [HEALTH_GOOD] = "good", [HEALTH_BLUNTS] = "blunts", [HEALTH_BREAKS] = "breaks"};

static void put_text(const struct styled *to, const struct diagnosis *diagnosis)
{
    for (uint32_t i = 0; i < diagnosis->count; i++) {
        const struct symptom *at = &diagnosis->list[i];
        enum style style = at->health == HEALTH_GOOD ? STYLE_PLAIN : STYLE_WARNING;

        style_begin(to, style);
        fprintf(to->out, "%-7s", health_names[at->health]);
        style_end(to, style);
        fprintf(to->out, "%-16s", at->what);
        style_text(to, STYLE_PLAIN, at->text, 0);
        putc('\n', to->out);
        if (!at->mend[0])
            continue;
        fprintf(to->out, "%-23s-> ", "");
        style_text(to, STYLE_PLAIN, at->mend, 0);
        putc('\n', to->out);
    }
}

static void put_json(FILE *out, const struct diagnosis *diagnosis)
{
    struct json_writer json = {.out = out};

    json_object_begin(&json, NULL);
    json_text(&json, "schema", "tare.doctor/1");
    json_array_begin(&json, "findings");
    for (uint32_t i = 0; i < diagnosis->count; i++) {
        const struct symptom *at = &diagnosis->list[i];

        json_object_begin(&json, NULL);
        json_text(&json, "health", health_names[at->health]);
        json_text(&json, "what", at->what);
        json_text(&json, "text", at->text);
        json_text(&json, "mend", at->mend[0] ? at->mend : NULL);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
}

static int report(const struct diagnosis *diagnosis, bool as_json, const char *path,
                  enum show_colour colour)
{
    struct output output;
    uint32_t breaks = 0;

    if (!output_open(&output, path))
        return STATUS_UNREADABLE;
    const struct styled to = {.out = output.file,
                              .with_colour = show_wants_colour(output.file, colour)};
    if (as_json)
        put_json(output.file, diagnosis);
    else
        put_text(&to, diagnosis);
    for (uint32_t i = 0; i < diagnosis->count; i++)
        breaks += diagnosis->list[i].health == HEALTH_BREAKS;
    int status = output_close(&output, 0);
    return status == STATUS_DONE && breaks ? STATUS_NO : status;
}

int cmd_doctor(int argc, char **argv)
{
    static struct diagnosis diagnosis;
    enum show_colour colour = COLOUR_AUTO;
    const char *path = NULL;
    bool as_json = false;
    int letter;

    while ((letter = option_next(&options_of_doctor, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG ||
            (letter == COLOUR && !show_set_colour("doctor", optarg, &colour)))
            return STATUS_USAGE;
        as_json |= letter == JSON;
        if (letter == 'o')
            path = optarg;
    }
    if (argc - optind > 1)
        return usage_error("doctor", "looks at one program");
    diagnose_machine(&diagnosis);
    diagnose_environment(&diagnosis);
    if (optind < argc)
        diagnose_program(&diagnosis, argv[optind]);
    return report(&diagnosis, as_json, path, colour);
}
