/* SPDX-License-Identifier: MIT
 *
 * Runs a fuzz target over the files named on the command line: every stored input is a test, with
 * any compiler. The empty input always comes first.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* The input in memory of exactly its size, so that a sanitizer sees a read past its end. */
static uint8_t *read_file(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    long end = -1;
    uint8_t *data = NULL;

    if (file && fseek(file, 0, SEEK_END) == 0)
        end = ftell(file);
    if (end >= 0 && (data = malloc(end > 0 ? (size_t)end : 1)) != NULL) {
        rewind(file);
        *bytes = fread(data, 1, (size_t)end, file);
    }
    if (file)
        fclose(file);
    return data;
}

int main(int argc, char **argv)
{
    printf("1..%d\n", argc);
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    printf("ok 1 - nothing\n");
    for (int i = 1; i < argc; i++) {
        size_t bytes = 0;
        uint8_t *data = read_file(argv[i], &bytes);

        if (!data) {
            printf("not ok %d - %s cannot be read\n", i + 1, argv[i]);
            return EXIT_FAILURE;
        }
        fflush(stdout);
        LLVMFuzzerTestOneInput(data, bytes);
        free(data);
        printf("ok %d - %s\n", i + 1, argv[i]);
    }
    return EXIT_SUCCESS;
}
