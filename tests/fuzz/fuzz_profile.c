/* SPDX-License-Identifier: MIT
 *
 * A ledger made of the input: reading and reporting it must not fail but by saying so.
 *
 * Ledgers are long and nearly empty, so inputs have their zeros packed; tests/fuzz/pack.pl makes
 * one of a real ledger.
 *     input: { zeros (2 bytes, low first), count (1 byte), count bytes } ...
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "html/page.h"
#include "profile/ledger_file.h"
#include "profile/moment.h"
#include "profile/profile.h"
#include "report/advice.h"
#include "report/report.h"

enum { LEDGER_MOST = 16 * LEDGER_EXTENT_BYTES };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* The length of the ledger, which is zeroed beforehand. */
static size_t unpack(uint8_t ledger[LEDGER_MOST], const uint8_t *data, size_t bytes)
{
    size_t used = 0;

    while (bytes >= 3) {
        size_t zeros = data[0] | (size_t)data[1] << 8, count = data[2];

        data += 3, bytes -= 3;
        if (count > bytes)
            count = bytes;
        if (zeros + count > LEDGER_MOST - used)
            break;
        memcpy(ledger + used + zeros, data, count);
        used += zeros + count;
        data += count, bytes -= count;
    }
    return used;
}

/* Everything that detectors find, worth it or not. */
static void advise(FILE *nowhere, struct profile *profile)
{
    const struct advice_options options = {.with_all = true};
    struct judgement judgement;

    if (judge(&judgement, profile, &costs_typical, true))
        return;
    advice_text(nowhere, &judgement, profile, &options);
    advice_json(nowhere, &judgement, profile);
    advice_markdown(nowhere, &judgement, profile, &options);
    judgement_fini(&judgement);
}

static void report(struct ledger_file *file)
{
    struct report_options options = {.top = 10, .depth = 16, .with_evidence = true};
    const struct page_options page = {.most_bytes = 1 << 18};
    struct page_result made;
    struct profile profile = {.symbols = {.without_files = true}};
    FILE *nowhere = fopen("/dev/null", "we");

    if (profile_add_ledger(&profile, file, "fuzzed.tare") == 0 &&
        profile_finish(&profile) == 0) {
        report_text(nowhere, &profile, &options);
        report_json(nowhere, &profile, &options);
        report_markdown(nowhere, &profile, &options);
        options.shape = SHAPE_CALLERS_FIRST;
        report_text(nowhere, &profile, &options);
        options.shape = SHAPE_ALLOCATORS_FIRST;
        report_text(nowhere, &profile, &options);
        page_write(nowhere, &profile, NULL, &page, &made);
        advise(nowhere, &profile);
    }
    profile_fini(&profile);
    fclose(nowhere);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static uint8_t ledger[LEDGER_MOST];
    struct ledger_file file = {0};

    memset(ledger, 0, sizeof ledger);
    /* Whole extents: what lies behind the last byte of a real one is zero too. */
    size_t used = unpack(ledger, data, bytes) + LEDGER_EXTENT_BYTES - 1;
    used -= used % LEDGER_EXTENT_BYTES;
    if (ledger_file_parse(&file, ledger, used) == 0) {
        report(&file);
        ledger_file_fini(&file);
    }
    uint64_t moment = MOMENT_END;
    if (ledger_file_parse(&file, ledger, used) == 0) {
        if (moment_take(&file, &moment) == 0)
            report(&file);
        ledger_file_fini(&file);
    }
    return 0;
}
