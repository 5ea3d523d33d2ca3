/* SPDX-License-Identifier: MIT */
#include "check/forms.h"

#include "report/json_writer.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

/* Characters that XML 1.0 does not have at all become '?'. */
static void put_xml(FILE *out, const char *text)
{
    while (*text) {
        static const char special[] = "&<>\"'";
        static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
        const char *found = strchr(special, *text);
        int bytes = utf8_length(text);

        if (found) {
            fputs(names[found - special], out);
            text++;
        } else if (!bytes || (unsigned char)*text < 0x20 || *text == 0x7f ||
                   !strncmp(text, "\xef\xbf\xbe", 3) || !strncmp(text, "\xef\xbf\xbf", 3)) {
            putc('?', out);
            text += bytes ? bytes : 1;
        } else {
            fwrite(text, 1, (size_t)bytes, out);
            text += bytes;
        }
    }
}

static void put_failure(FILE *out, const struct finding *finding)
{
    char text[FINDING_NAME_BYTES];

    fputs("\n   <failure type=\"exceeded\" message=\"", out);
    put_xml(out, finding_values(text, finding));
    fputs("\">", out);
    put_xml(out, finding_values(text, finding));
    if (finding->site) {
        fputs("\n", out);
        put_xml(out, place_name(&finding->place));
        if (finding->place.file) {
            fputs(", ", out);
            put_xml(out, finding->place.file);
            fprintf(out, ":%" PRIu32, finding->place.line);
        }
        fprintf(out, "\nsite %016" PRIx64, finding->site->id);
    }
    fputs("</failure>\n  ", out);
}

static void put_case(FILE *out, const struct finding *finding)
{
    char text[FINDING_NAME_BYTES];

    fputs("  <testcase classname=\"tare.budget\" name=\"", out);
    put_xml(out, finding_name(text, finding));
    fputs("\" time=\"0\">", out);
    if (finding_exceeds(finding))
        put_failure(out, finding);
    fputs("</testcase>\n", out);
}

void check_junit(FILE *out, const struct verdict *verdict)
{
    uint32_t errors = verdict->inconclusive ? 1 : 0;

    time_t start =
        (time_t)(verdict->table->profile->processes[0].header->start_realtime_ns /
                 1000000000u);
    struct tm when;
    char stamp[32] = "1970-01-01T00:00:00";

    if (gmtime_r(&start, &when))
        strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &when);
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites>\n <testsuite name=\"tare check\" tests=\"%" PRIu32
            "\" failures=\"%" PRIu32 "\" errors=\"%" PRIu32 "\" skipped=\"0\" time=\"0\" "
            "timestamp=\"%s\" hostname=\"localhost\" id=\"0\" package=\"tare\">\n"
            "  <properties/>\n",
            verdict->count + errors, verdict->exceeded, errors, stamp);
    if (errors) {
        fputs("  <testcase classname=\"tare.budget\" name=\"the profile says enough\" "
              "time=\"0\">\n   <error type=\"inconclusive\" message=\"",
              out);
        put_xml(out, verdict->inconclusive);
        fputs("\"/>\n  </testcase>\n", out);
    }
    for (uint32_t i = 0; i < verdict->count; i++)
        put_case(out, &verdict->findings[i]);
    fputs("  <system-out/>\n  <system-err/>\n </testsuite>\n</testsuites>\n", out);
}

/* In a command's properties a colon and a comma mean something too. */
static void put_command_text(FILE *out, const char *text, bool is_property)
{
    for (; *text; text++) {
        unsigned char at = (unsigned char)*text;

        if (at < 0x20 || at == '%' || (is_property && (at == ':' || at == ',')))
            fprintf(out, "%%%02X", at);
        else
            putc(at, out);
    }
}

static void put_annotation(FILE *out, const struct verdict *verdict,
                           const struct finding *finding)
{
    bool has_place = finding->site && finding->place.is_here && finding->place.line;
    char text[FINDING_NAME_BYTES];

    fputs("::error file=", out);
    put_command_text(out, has_place ? finding->place.file : verdict->budget_path, true);
    fprintf(out, ",line=%" PRIu32 ",title=", has_place ? finding->place.line : 1);
    put_command_text(out, finding_name(text, finding), true);
    fputs("::", out);
    put_command_text(out, finding_values(text, finding), false);
    if (finding->site) {
        fputs(" in ", out);
        put_command_text(out, place_name(&finding->place), false);
        fprintf(out, ", site %016" PRIx64, finding->site->id);
    }
    putc('\n', out);
}

void check_github(FILE *out, const struct verdict *verdict)
{
    enum { ERRORS_MOST = 10 }; /* of one step; more are not shown */
    uint32_t shown = verdict->exceeded <= ERRORS_MOST ? verdict->exceeded : ERRORS_MOST - 1;

    for (uint32_t i = 0; i < shown; i++)
        put_annotation(out, verdict, &verdict->findings[i]);
    if (shown < verdict->exceeded)
        fprintf(out, "::error title=tare check::and %" PRIu32 " more limits are exceeded\n",
                verdict->exceeded - shown);
    if (verdict->inconclusive)
        fprintf(out, "::warning title=tare check::inconclusive: %s\n",
                verdict->inconclusive);
}
