/* SPDX-License-Identifier: MIT */
#include "check/forms.h"

#include "report/json_stack.h"

#include <inttypes.h>
#include <stdio.h>
#include <tare/version.h>

static void put_place(struct json_writer *json, const struct finding *finding)
{
    json_hex(json, "site", finding->site->id, 16);
    json_text(json, "function", finding->place.function);
    json_text(json, "file", finding->place.file);
    if (finding->place.file)
        json_number(json, "line", finding->place.line);
    json_text(json, "module", finding->place.module);
}

static void put_finding(struct json_writer *json, const struct finding *finding)
{
    char name[FINDING_NAME_BYTES];

    json_object_begin(json, NULL);
    json_text(json, "name", finding_name(name, finding));
    json_text(json, "metric", budget_metric_name(finding->order));
    json_bool(json, "of_baseline", !finding->rule);
    json_number(json, "limit", finding->limit);
    json_number(json, "value", finding->value);
    json_bool(json, "exceeded", finding_exceeds(finding));
    if (finding->site)
        put_place(json, finding);
    json_object_end(json);
}

static void put_suppressions(struct json_writer *json,
                             const struct suppressions *suppressions)
{
    json_array_begin(json, "suppressions");
    for (uint32_t i = 0; suppressions && i < suppressions->count; i++) {
        const struct suppression *at = &suppressions->list[i];

        json_object_begin(json, NULL);
        json_text(json, "pattern", at->pattern);
        json_number(json, "sites", at->sites);
        json_number(json, "live_blocks", at->blocks);
        json_number(json, "live_bytes", at->bytes);
        json_object_end(json);
    }
    json_array_end(json);
}

void check_json(FILE *out, const struct verdict *verdict)
{
    struct json_writer json = {.out = out};

    json_object_begin(&json, NULL);
    json_text(&json, "schema", "tare.check/1");
    json_text(&json, "budget", verdict->budget_path);
    json_number(&json, "exceeded", verdict->exceeded);
    json_text(&json, "inconclusive", verdict->inconclusive);
    json_counts(&json, &verdict->table->counts);
    json_number(&json, "peak_bytes", verdict->table->peak_bytes);
    json_array_begin(&json, "findings");
    for (uint32_t i = 0; i < verdict->count; i++)
        put_finding(&json, &verdict->findings[i]);
    json_array_end(&json);
    put_suppressions(&json, verdict->suppressions);
    json_object_end(&json);
}

static void put_rule(struct json_writer *json, enum site_order order)
{
    static const char *const texts[ORDER_COUNT] = {
        [ORDER_BYTES] = "More bytes are allocated than the budget allows.",
        [ORDER_CALLS] = "There are more allocations than the budget allows.",
        [ORDER_PEAK] = "More bytes are live at the peak than the budget allows.",
        [ORDER_LIVE] = "More bytes are not freed than the budget allows.",
        [ORDER_TEMPORARY] = "There are more temporary allocations than the budget allows.",
    };

    json_object_begin(json, NULL);
    json_text(json, "id", budget_metric_name(order));
    json_object_begin(json, "shortDescription");
    json_text(json, "text", texts[order]);
    json_object_end(json);
    json_object_end(json);
}

static void put_driver(struct json_writer *json)
{
    json_object_begin(json, "tool");
    json_object_begin(json, "driver");
    json_text(json, "name", "tare");
    json_text(json, "version", TARE_VERSION);
    json_array_begin(json, "rules");
    for (enum site_order order = 0; order < ORDER_COUNT; order++)
        put_rule(json, order);
    json_array_end(json);
    json_object_end(json);
    json_object_end(json);
}

/* GitHub shows only results that have a place in the repository. */
static void put_location(struct json_writer *json, const struct verdict *verdict,
                         const struct finding *finding)
{
    bool has_place = finding->site && finding->place.is_here && finding->place.line;

    json_array_begin(json, "locations");
    json_object_begin(json, NULL);
    json_object_begin(json, "physicalLocation");
    json_object_begin(json, "artifactLocation");
    json_uri(json, "uri", has_place ? finding->place.file : verdict->budget_path);
    json_object_end(json);
    json_object_begin(json, "region");
    json_number(json, "startLine", has_place ? finding->place.line : 1);
    json_object_end(json);
    json_object_end(json);
    json_object_end(json);
    json_array_end(json);
}

static void put_result(struct json_writer *json, const struct verdict *verdict,
                       const struct finding *finding)
{
    char name[FINDING_NAME_BYTES];
    char values[FINDING_NAME_BYTES];
    char text[2 * FINDING_NAME_BYTES + 4];

    json_object_begin(json, NULL);
    json_text(json, "ruleId", budget_metric_name(finding->order));
    json_number(json, "ruleIndex", finding->order);
    json_text(json, "level", "error");
    json_object_begin(json, "message");
    snprintf(text, sizeof text, "%s: %s", finding_name(name, finding),
             finding_values(values, finding));
    json_text(json, "text", text);
    json_object_end(json);
    put_location(json, verdict, finding);
    json_object_begin(json, "partialFingerprints");
    snprintf(text, sizeof text, "%016" PRIx64 ":%s",
             finding->site && finding->is_of_site ? finding->site->id : 0, name);
    json_text(json, "tareFinding/v1", text);
    json_object_end(json);
    json_object_end(json);
}

static void put_invocation(struct json_writer *json, const struct verdict *verdict)
{
    json_array_begin(json, "invocations");
    json_object_begin(json, NULL);
    json_bool(json, "executionSuccessful", !verdict->inconclusive);
    if (verdict->inconclusive) {
        json_array_begin(json, "toolExecutionNotifications");
        json_object_begin(json, NULL);
        json_text(json, "level", "error");
        json_object_begin(json, "message");
        json_text(json, "text", verdict->inconclusive);
        json_object_end(json);
        json_object_end(json);
        json_array_end(json);
    }
    json_object_end(json);
    json_array_end(json);
}

void check_sarif(FILE *out, const struct verdict *verdict)
{
    struct json_writer json = {.out = out};

    json_object_begin(&json, NULL);
    json_text(&json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_text(&json, "version", "2.1.0");
    json_array_begin(&json, "runs");
    json_object_begin(&json, NULL);
    put_driver(&json);
    put_invocation(&json, verdict);
    json_text(&json, "columnKind", "utf16CodeUnits");
    json_array_begin(&json, "results");
    for (uint32_t i = 0; i < verdict->count; i++)
        if (finding_exceeds(&verdict->findings[i]))
            put_result(&json, verdict, &verdict->findings[i]);
    json_array_end(&json);
    json_object_end(&json);
    json_array_end(&json);
    json_object_end(&json);
}
