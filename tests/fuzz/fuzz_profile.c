/* SPDX-License-Identifier: MIT
 *
 * A ledger made of the input: reading and reporting it must not fail but by saying so.
 *
 * Ledgers are long and nearly empty, so inputs have their zeros packed; tests/fuzz/pack.pl makes
 * one of a real ledger.
 *     input: { zeros (2 bytes, low first), count (1 byte), count bytes } ...
 */
#include <stdint.h>
#include <string.h>

#include "profile/ledger_file.h"
#include "profile/moment.h"
#include "profile/profile.h"
#include "support/told.h"

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

static void report(struct ledger_file *file)
{
    struct profile profile = {.symbols = {.without_files = true}};

    if (profile_add_ledger(&profile, file, "fuzzed.tare") == 0 &&
        profile_finish(&profile) == 0)
        tell_all(&profile);
    profile_fini(&profile);
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
