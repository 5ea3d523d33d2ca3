/* SPDX-License-Identifier: MIT
 *
 * A budget made of the input: it is read, or refused with a reason.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "check/budget.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct budget budget;
    int err = budget_parse(&budget, (const char *)data, bytes);

    if (err == -EINVAL ? !budget.problem[0] : err != 0)
        abort();
    for (uint32_t i = 0; i < budget.entry_count; i++)
        if (!err && !budget_find(&budget, budget.entries[i].id))
            abort();
    budget_fini(&budget);
    return 0;
}
