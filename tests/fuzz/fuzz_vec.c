/* SPDX-License-Identifier: MIT
 *
 * A script of operations: the vector must do as the model, also where memory is refused.
 *     input: { kind (1 byte) } { request to refuse first, 0: none (1 byte) } script of
 *     support/vec_model.h
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/vec_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct tare_mem_failer failer;
    const char *wrong;

    if (bytes < 2)
        return 0;
    tare_mem_failer_init(&failer, NULL, data[1]);
    failer.fail_on = data[1] & 1;
    wrong = vec_model_run(data[0], &failer.mem, data + 2, bytes - 2, data[1] != 0);
    if (!wrong && tare_mem_counted(&failer.counter).live_bytes)
        wrong = "memory is lost";
    if (wrong) {
        fprintf(stderr, "%s\n", wrong);
        abort();
    }
    return 0;
}
