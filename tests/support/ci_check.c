/* SPDX-License-Identifier: MIT */
#include "support/ci_check.h"

#include <ctype.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char fault[256];

__attribute__((format(printf, 1, 2))) static bool wrong(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(fault, sizeof fault, format, arguments);
    va_end(arguments);
    return false;
}

/* Is the word one of those, which stand between spaces? */
static bool is_among(const char *word, const char *words)
{
    size_t bytes = strlen(word);

    for (const char *at = words; bytes && (at = strstr(at, word)); at += bytes)
        if ((at == words || at[-1] == ' ') && (at[bytes] == ' ' || !at[bytes]))
            return true;
    return false;
}

/* The schema closes its objects: what it does not name is wrong. */
static bool has_only(const json_t *object, const char *what, const char *needed,
                     const char *others)
{
    char names[128];
    const char *key;
    const json_t *value;

    if (!json_is_object(object))
        return wrong("%s is no object", what);
    json_object_foreach((json_t *)(uintptr_t)object, key,
                        value) if (!is_among(key, needed) &&
                                   !is_among(key, others)) return wrong("%s has %s", what,
                                                                        key);
    snprintf(names, sizeof names, "%s", needed);
    for (char *rest = names, *name; (name = strtok_r(rest, " ", &rest));)
        if (!json_object_get(object, name))
            return wrong("%s lacks %s", what, name);
    return true;
}

static bool is_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return (text && *text) || wrong("%s is no text", name);
}

static bool is_level(const json_t *object)
{
    const char *level = json_string_value(json_object_get(object, "level"));

    return (level && is_among(level, "none note warning error")) || wrong("level");
}

static bool is_message(const json_t *object, const char *name)
{
    const json_t *message = json_object_get(object, name);

    return has_only(message, name, "text", "markdown") && is_text(message, "text");
}

static bool is_rule(const json_t *rule)
{
    return has_only(rule, "rule", "id",
                    "name shortDescription fullDescription help helpUri "
                    "defaultConfiguration") &&
           is_text(rule, "id") &&
           (!json_object_get(rule, "shortDescription") ||
            is_message(rule, "shortDescription"));
}

/* RFC 3986, as far as a file's name can break it. */
static bool is_uri(const json_t *object)
{
    const char *uri = json_string_value(json_object_get(object, "uri"));

    if (!uri || !*uri)
        return wrong("uri is no text");
    for (const char *at = uri; *at; at++)
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 127 ||
            strchr("\"<>\\^`{|}", *at) ||
            (*at == '%' &&
             (!isxdigit((unsigned char)at[1]) || !isxdigit((unsigned char)at[2]))))
            return wrong("'%s' is no URI", uri);
    return true;
}

static bool is_location(const json_t *location)
{
    const json_t *place = json_object_get(location, "physicalLocation");
    const json_t *file = json_object_get(place, "artifactLocation");
    const json_t *region = json_object_get(place, "region");

    return has_only(location, "location", "physicalLocation", "") &&
           has_only(place, "physicalLocation", "artifactLocation region", "") &&
           has_only(file, "artifactLocation", "uri", "uriBaseId") && is_uri(file) &&
           has_only(region, "region", "startLine", "startColumn endLine endColumn") &&
           (json_integer_value(json_object_get(region, "startLine")) >= 1 ||
            wrong("startLine"));
}

static bool is_result(const json_t *result, const json_t *rules)
{
    const json_t *locations = json_object_get(result, "locations");
    const json_t *prints = json_object_get(result, "partialFingerprints");
    const json_t *index = json_object_get(result, "ruleIndex");
    const json_t *rule = json_array_get(rules, (size_t)json_integer_value(index));
    const json_t *value;
    const char *key;
    size_t i;

    if (!has_only(result, "result", "ruleId ruleIndex level message locations",
                  "partialFingerprints kind") ||
        !is_text(result, "ruleId") || !is_level(result) || !is_message(result, "message"))
        return false;
    if (!json_is_integer(index) ||
        !json_equal(json_object_get(rule, "id"), json_object_get(result, "ruleId")))
        return wrong("ruleIndex is not that of ruleId");
    json_array_foreach(locations, i, value) if (!is_location(value)) return false;
    json_object_foreach((json_t *)(uintptr_t)prints, key,
                        value) if (!json_is_string(value)) return wrong("fingerprint %s",
                                                                        key);
    return json_is_array(locations) || wrong("locations");
}

static bool is_invocation(const json_t *invocation)
{
    const json_t *notes = json_object_get(invocation, "toolExecutionNotifications");
    const json_t *note;
    size_t i;

    if (!has_only(invocation, "invocation", "executionSuccessful",
                  "toolExecutionNotifications") ||
        !json_is_boolean(json_object_get(invocation, "executionSuccessful")))
        return wrong("invocation");
    json_array_foreach(
        notes, i, note) if (!has_only(note, "notification", "message", "level") ||
                            !is_level(note) || !is_message(note, "message")) return false;
    return true;
}

static bool is_run(const json_t *run)
{
    const json_t *tool = json_object_get(run, "tool");
    const json_t *driver = json_object_get(tool, "driver");
    const json_t *rules = json_object_get(driver, "rules");
    const json_t *at;
    size_t i;

    if (!has_only(run, "run", "tool results", "invocations columnKind") ||
        !has_only(tool, "tool", "driver", "") ||
        !has_only(driver, "driver", "name rules", "version informationUri") ||
        !is_text(driver, "name"))
        return false;
    json_array_foreach(rules, i, at) if (!is_rule(at)) return false;
    json_array_foreach(json_object_get(run, "invocations"), i,
                       at) if (!is_invocation(at)) return false;
    json_array_foreach(json_object_get(run, "results"), i,
                       at) if (!is_result(at, rules)) return false;
    return json_is_array(json_object_get(run, "results")) || wrong("results");
}

const char *sarif_fault(const char *text)
{
    json_t *log = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *version = json_string_value(json_object_get(log, "version"));
    const json_t *runs = json_object_get(log, "runs");
    const json_t *run;
    size_t i;
    bool ok = has_only(log, "log", "version runs", "$schema") &&
              ((version && !strcmp(version, "2.1.0")) || wrong("version")) &&
              (json_is_array(runs) || wrong("runs"));

    json_array_foreach(runs, i, run) ok = ok && is_run(run);
    json_decref(log);
    return ok ? NULL : fault;
}

/* What is open while XML is read. */
struct junit {
    const char *at;
    char open[8][32];
    int depth;
    unsigned cases, failures, errors;
    unsigned said_cases, said_failures, said_errors;
};

static const struct {
    const char *name, *parent, *needed, *others;
} elements[] = {
    {"testsuites", "", "", "name tests failures errors time"},
    {"testsuite", "testsuites",
     "name tests failures errors skipped time timestamp hostname", "id package"},
    {"properties", "testsuite", "", ""},
    {"testcase", "testsuite", "classname name time", ""},
    {"failure", "testcase", "type message", ""},
    {"error", "testcase", "type message", ""},
    {"system-out", "testsuite", "", ""},
    {"system-err", "testsuite", "", ""},
};
enum { ELEMENTS = sizeof elements / sizeof *elements };

/* Text, or an attribute's value, up to a character that ends it. */
static bool skip_text(struct junit *j, const char *ends)
{
    for (; *j->at && !strchr(ends, *j->at); j->at++) {
        if (*j->at == '<' ||
            ((unsigned char)*j->at < ' ' && !isspace((unsigned char)*j->at)))
            return wrong("a character of no text");
        if (*j->at == '&' && strncmp(j->at, "&amp;", 5) && strncmp(j->at, "&lt;", 4) &&
            strncmp(j->at, "&gt;", 4) && strncmp(j->at, "&quot;", 6) &&
            strncmp(j->at, "&apos;", 6))
            return wrong("an entity that nobody knows");
    }
    return true;
}

static void note_number(struct junit *j, const char *element, const char *name,
                        const char *value)
{
    if (strcmp(element, "testsuite"))
        return;
    if (!strcmp(name, "tests"))
        j->said_cases = (unsigned)strtoul(value, NULL, 10);
    else if (!strcmp(name, "failures"))
        j->said_failures = (unsigned)strtoul(value, NULL, 10);
    else if (!strcmp(name, "errors"))
        j->said_errors = (unsigned)strtoul(value, NULL, 10);
}

static bool read_attributes(struct junit *j, int element)
{
    char seen[256] = "";
    char needed[128];

    while (isspace((unsigned char)*j->at)) {
        char name[32];
        int used = 0;

        if (sscanf(j->at, " %31[a-z]=\"%n", name, &used) != 1 || !used)
            return wrong("attributes of %s", elements[element].name);
        if ((!is_among(name, elements[element].needed) &&
             !is_among(name, elements[element].others)) ||
            is_among(name, seen))
            return wrong("%s has %s", elements[element].name, name);
        j->at += used;
        note_number(j, elements[element].name, name, j->at);
        if (!skip_text(j, "\"") || *j->at++ != '"')
            return wrong("value of %s", name);
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s ", name);
    }
    snprintf(needed, sizeof needed, "%s", elements[element].needed);
    for (char *rest = needed, *name; (name = strtok_r(rest, " ", &rest));)
        if (!is_among(name, seen))
            return wrong("%s lacks %s", elements[element].name, name);
    return true;
}

static bool read_tag(struct junit *j)
{
    char name[32];
    int used = 0;
    int element = 0;

    if (sscanf(j->at, "</%31[a-z-]>%n", name, &used) == 1 && used) {
        j->at += used;
        return (j->depth && !strcmp(j->open[--j->depth], name)) || wrong("</%s>", name);
    }
    if (sscanf(j->at, "<%31[a-z-]%n", name, &used) != 1)
        return wrong("a tag: %.20s", j->at);
    while (element < ELEMENTS && strcmp(elements[element].name, name) != 0)
        element++;
    if (element == ELEMENTS || j->depth == 8 ||
        strcmp(elements[element].parent, j->depth ? j->open[j->depth - 1] : ""))
        return wrong("<%s> is out of place", name);
    j->at += used;
    j->cases += !strcmp(name, "testcase");
    j->failures += !strcmp(name, "failure");
    j->errors += !strcmp(name, "error");
    if (!read_attributes(j, element))
        return false;
    if (!strncmp(j->at, "/>", 2)) {
        j->at += 2;
        return true;
    }
    strcpy(j->open[j->depth++], name);
    return *j->at++ == '>' || wrong("<%s does not end", name);
}

const char *junit_fault(const char *text)
{
    static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    struct junit j = {.at = text + sizeof head - 1};
    bool ok = !strncmp(text, head, sizeof head - 1) || wrong("no declaration");

    while (ok && *j.at)
        ok = *j.at == '<' ? read_tag(&j) : skip_text(&j, "<");
    if (ok && j.depth)
        ok = wrong("<%s> is not closed", j.open[j.depth - 1]);
    if (ok && (j.cases != j.said_cases || j.failures != j.said_failures ||
               j.errors != j.said_errors))
        ok = wrong("%u cases, %u failures, %u errors are not those it speaks of", j.cases,
                   j.failures, j.errors);
    return ok ? NULL : fault;
}
