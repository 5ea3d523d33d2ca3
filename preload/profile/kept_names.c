/* SPDX-License-Identifier: MIT */
#include "profile/kept_names.h"

#include "profile/image.h"
#include "profile/process_nodes.h"

#include <errno.h>

enum { NAMES_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_name) };

static int read_name(struct process *process, const struct ledger_name *from)
{
    uint32_t module = process_module(process, from->module);
    const char *name = ledger_file_string(&process->file, from->name, from->name_bytes);

    if (!module || !name || !from->name_bytes) {
        process->damaged++;
        return 0;
    }
    return image_remember(process->modules[module].image, from->address, name,
                          from->name_bytes)
               ? 0
               : -ENOMEM;
}

int kept_names_read(struct process *process)
{
    int err = 0;

    for (uint32_t extent = 0; !err && extent < process->file.extents; extent++) {
        const struct ledger_name *names = ledger_file_extent(&process->file, extent);

        if (ledger_file_kind(&process->file, extent) != LEDGER_NAMES)
            continue;
        for (uint32_t i = 0; !err && i < NAMES_PER_EXTENT; i++)
            if (names[i].module)
                err = read_name(process, &names[i]);
    }
    ledger_file_drop(&process->file, LEDGER_NAMES);
    ledger_file_drop(&process->file, LEDGER_STRINGS);
    return err;
}
