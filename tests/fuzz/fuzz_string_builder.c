/* SPDX-License-Identifier: MIT
 *
 * A script of operations: the builder must do as the model, also where memory is refused.
 *     input: { request to refuse first, 0: none (1 byte) } script of support/string_builder_model.h
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/string_builder_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct tare_mem_failer failer;
    uint8_t fail_at = bytes ? *data : 0;

    tare_mem_failer_init(&failer, NULL, fail_at);
    failer.fail_on = fail_at & 1;
    const char *wrong =
        bytes ? string_builder_model_run(&failer.mem, data + 1, bytes - 1, fail_at != 0)
              : NULL;
    if (!wrong && tare_mem_counted(&failer.counter).live_bytes)
        wrong = "memory is lost";
    if (wrong) {
        fprintf(stderr, "%s\n", wrong);
        abort();
    }
    return 0;
}
