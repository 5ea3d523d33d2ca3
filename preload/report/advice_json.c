/* SPDX-License-Identifier: MIT */
#include "report/advice.h"
#include "report/json_stack.h"
#include "report/json_writer.h"
#include "report/stream.h"

#include <stdio.h>

static void put_saving(struct json_writer *json, const struct saving *saving)
{
    json_signed(json, "peak_bytes_saved", saving_number(saving->peak_bytes));
    json_signed(json, "requested_bytes_saved", saving_number(saving->requested_bytes));
    json_signed(json, "calls_saved", saving_number(saving->calls));
    json_signed(json, "bytes_copied_saved", saving_number(saving->copied_bytes));
    json_signed(json, "cpu_ns_saved", saving_number(saving->cpu_ns));
}

static void put_evidence(struct json_writer *json, const struct finding *finding)
{
    static const char *const units[] = {"", "_bytes", "_ns", "_percent"};
    char key[64];

    json_object_begin(json, "evidence");
    for (unsigned i = 0; i < finding->fact_count; i++) {
        const struct fact *fact = &finding->facts[i];

        snprintf(key, sizeof key, "%s%s", fact->name, units[fact->unit]);
        json_signed(json, key, saving_number(fact->value));
    }
    json_object_end(json);
}

static int put_site(struct json_writer *json, struct profile *profile,
                    const struct advice *advice)
{
    json_object_begin(json, "site");
    json_hex(json, "id", advice->id, 16);
    int err =
        json_stack(json, profile, &profile->processes[advice->process], advice->leaf, 0);
    json_object_end(json);
    return err;
}

/* Where several sites have one remedy: at which function, and which sites. */
static int put_shared(struct json_writer *json, struct profile *profile,
                      const struct advice *advice)
{
    struct place place;
    int err = advice_place(&place, profile, advice);

    if (err || advice->site_count < 2)
        return err;
    json_object_begin(json, "shared");
    json_text(json, "function", place_name(&place));
    json_number(json, "site_count", advice->site_count);
    json_array_begin(json, "sites");
    for (uint32_t i = 0; i < advice->id_count; i++)
        json_hex(json, NULL, advice->ids[i], 16);
    json_array_end(json);
    json_object_end(json);
    return 0;
}

static int put_advice(struct json_writer *json, const struct judgement *judgement,
                      struct profile *profile, const struct advice *advice)
{
    const struct finding *finding = &advice->finding;

    json_object_begin(json, NULL);
    int err = put_site(json, profile, advice);
    json_text(json, "remedy", remedy_texts[finding->remedy].name);
    json_text(json, "header", remedy_texts[finding->remedy].header);
    json_text(json, "waste", finding->waste);
    put_saving(json, &finding->saving);
    json_signed(json, "worth_percent_of_peak",
                saving_number(100 * part_of(finding->saving.peak_bytes,
                                            judgement->whole.peak_bytes)));
    json_text(json, "confidence", confidence_name(finding->confidence));
    put_evidence(json, finding);
    json_text(json, "when_not", finding->when_not);
    json_array_begin(json, "or");
    for (unsigned i = 0; i < advice->other_count; i++)
        json_text(json, NULL, remedy_texts[advice->others[i]].name);
    json_array_end(json);
    if (!err)
        err = put_shared(json, profile, advice);
    json_object_end(json);
    return err;
}

int advice_json(FILE *out, const struct judgement *judgement, struct profile *profile)
{
    struct json_writer json = {.out = out};
    int err = 0;

    json_object_begin(&json, NULL);
    json_text(&json, "schema", "tare.advice/1");
    json_signed(&json, "peak_bytes", saving_number(judgement->whole.peak_bytes));
    json_signed(&json, "requested_bytes", saving_number(judgement->whole.requested_bytes));
    json_signed(&json, "calls", saving_number(judgement->whole.calls));
    json_bool(&json, "advised", judgement->is_advised);
    json_array_begin(&json, "advice");
    for (uint32_t i = 0; !err && i < judgement->count; i++)
        err = put_advice(&json, judgement, profile, &judgement->list[i]);
    json_array_end(&json);
    json_object_end(&json);
    return err ? err : stream_end(out);
}
