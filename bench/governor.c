/* SPDX-License-Identifier: MIT
 *
 * usage: governor - <tare/governor.h> beside token buckets in tables, in the top folder.
 * Environment: REPS rounds (5), CASES (checks answers latency start). Writes build/bench/governor.tsv.
 */
#include <stdio.h>

#include "bench/governor_rows.h"

int main(void)
{
    struct results results = {0};
    int cpus[MEASURE_CPUS];

    if (!measure_cpus(cpus) || measure_pin(cpus, 1)) {
        fputs("a processor is needed\n", stderr);
        return 1;
    }
    governor_rows_bytes(&results);
    if (measure_is_chosen("checks"))
        governor_rows_checks(&results);
    if (measure_is_chosen("answers"))
        governor_rows_answers(&results);
    if (measure_is_chosen("latency"))
        governor_rows_latency(&results);
    if (measure_is_chosen("start"))
        governor_rows_start(&results);
    results_print_targets(&results, stdout);
    return results_end(&results, "governor") ? 0 : 1;
}
