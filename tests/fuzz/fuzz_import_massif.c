/* SPDX-License-Identifier: MIT
 *
 * A file of massif's made of the input: it becomes a whole ledger, or an error.
 */
#include "support/imported.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    import_and_tell(import_massif, data, bytes);
    return 0;
}
