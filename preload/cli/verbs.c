/* SPDX-License-Identifier: MIT */
#include "cli/verbs.h"

#include "cli/commands.h"

#include <string.h>

const struct verb verbs[] = {
    {"run", cmd_run, &options_of_run, "run a program, record it, and show a short report"},
    {"report", cmd_report, &options_of_report,
     "show recorded profiles, or a program that runs: its top sites, or trees"},
    {"diff", cmd_diff, &options_of_diff, "show what changed between two recorded profiles"},
    {"advise", cmd_advise, &options_of_advise,
     "say what to do about what was recorded, and what that would save"},
    {"verify", cmd_verify, &options_of_verify,
     "compare what advice predicted with what a changed program saved"},
    {"check", cmd_check, &options_of_check, "hold recorded profiles against a budget"},
    {"doctor", cmd_doctor, &options_of_doctor,
     "say what would break or blunt a recording, and how to mend it"},
    {"html", cmd_html, &options_of_html, "make a page for a browser of recorded profiles"},
    {"dump", cmd_dump, &options_of_dump, "show the raw contents of a profile"},
    {"export", cmd_export, &options_of_export,
     "write profiles in a format that other programs read"},
    {"import", cmd_import, &options_of_import, "read the profiles of other programs"},
    {"replay", cmd_replay, &options_of_replay,
     "make a program's recorded allocations once more, on any allocator"},
    {"whatif", cmd_whatif, &options_of_whatif,
     "measure what a module of libtare would save at one site of a trace"},
    {"completion", cmd_completion, &options_of_completion,
     "write what makes a shell complete these words"},
    {"manual", cmd_manual, &options_of_manual, "write the manual page"},
};

const size_t verb_count = sizeof verbs / sizeof *verbs;

const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < verb_count; i++)
        if (!strcmp(verbs[i].name, name))
            return &verbs[i];
    return NULL;
}
