/* SPDX-License-Identifier: MIT */
#include "support/imported.h"

#include "support/told.h"

#include <stdlib.h>

int imported(struct profile *profile, import_fn *import, const uint8_t *data, size_t bytes)
{
    struct ledger_file file;
    struct maker maker;
    char *ledger = NULL;
    size_t ledger_bytes = 0;

    if (maker_init(&maker))
        abort();
    int err = import(&maker, data, bytes);
    FILE *out = open_memstream(&ledger, &ledger_bytes);
    if (!out)
        abort();
    if (!err)
        err = maker_write(&maker, out);
    fclose(out);
    maker_fini(&maker);
    if (!err)
        err = ledger_file_parse(&file, ledger, ledger_bytes);
    if (!err)
        err = profile_add_ledger(profile, &file, "imported.tare");
    if (!err)
        err = profile_finish(profile);
    free(ledger);
    return err;
}

void import_and_tell(import_fn *import, const uint8_t *data, size_t bytes)
{
    struct profile profile = {0};

    if (imported(&profile, import, data, bytes) == 0) {
        if (profile.processes[0].damaged)
            abort(); /* what is made here is whole */
        tell_all(&profile);
    }
    profile_fini(&profile);
}
