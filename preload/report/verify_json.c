/* SPDX-License-Identifier: MIT */
#include "report/advice.h"
#include "report/json_writer.h"
#include "report/stream.h"
#include "report/verify.h"

#include <math.h>

static void put_saving(struct json_writer *json, const char *key,
                       const struct saving *saving)
{
    json_object_begin(json, key);
    json_signed(json, "peak_bytes_saved", saving_number(saving->peak_bytes));
    json_signed(json, "requested_bytes_saved", saving_number(saving->requested_bytes));
    json_signed(json, "calls_saved", saving_number(saving->calls));
    json_signed(json, "bytes_copied_saved", saving_number(saving->copied_bytes));
    json_signed(json, "cpu_ns_saved", saving_number(saving->cpu_ns));
    json_object_end(json);
}

/* Thousandths of what was really saved; null where there is too little to compare. */
static void put_error(struct json_writer *json, const char *key, double error)
{
    if (error < 0 || !isfinite(error))
        json_text(json, key, NULL);
    else
        json_signed(json, key, saving_number(1000 * error));
}

static int put_advice(struct json_writer *json, struct profile *before,
                      const struct advice *advice, bool is_applied)
{
    struct place place;
    int err = advice_place(&place, before, advice);

    if (err)
        return err;
    json_object_begin(json, NULL);
    json_hex(json, "id", advice->id, 16);
    json_text(json, "function", place_name(&place));
    json_text(json, "remedy", remedy_texts[advice->finding.remedy].name);
    json_bool(json, "followed", is_applied);
    put_saving(json, "predicted", &advice->finding.saving);
    json_object_end(json);
    return 0;
}

int verify_json(FILE *out, const struct verification *v, struct profile *before)
{
    struct json_writer json = {.out = out};
    int err = 0;

    json_object_begin(&json, NULL);
    json_text(&json, "schema", "tare.verify/1");
    json_number(&json, "followed", v->applied_count);
    put_saving(&json, "predicted", &v->predicted);
    put_saving(&json, "real", &v->real);
    put_error(&json, "peak_error_per_mille", verify_peak_error(v));
    put_error(&json, "calls_error_per_mille", verify_calls_error(v));
    json_signed(&json, "other_calls", saving_number(v->other_calls));
    json_array_begin(&json, "advice");
    for (uint32_t i = 0; !err && i < v->before.count; i++)
        err = put_advice(&json, before, &v->before.list[i], v->is_applied[i]);
    json_array_end(&json);
    json_object_end(&json);
    return err ? err : stream_end(out);
}
