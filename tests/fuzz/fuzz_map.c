/* SPDX-License-Identifier: MIT
 *
 * A script of operations: the map must do as the model, also where memory is refused and hashes
 * are alike.
 *     input: { request to refuse first, 0: none (1 byte), bits of keys that count in hashes (2) }
 *            script of support/map_model.h
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/map_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct tare_mem_failer failer;

    if (bytes < 3)
        return 0;
    tare_mem_failer_init(&failer, NULL, data[0]);
    failer.fail_on = data[0] & 1;
    const char *wrong = map_model_run(&failer.mem, (uint16_t)(data[1] | data[2] << 8),
                                      data + 3, bytes - 3, data[0] != 0);
    if (!wrong && tare_mem_counted(&failer.counter).live_bytes)
        wrong = "memory is lost";
    if (wrong) {
        fprintf(stderr, "wrong: %s\n", wrong);
        abort();
    }
    return 0;
}
