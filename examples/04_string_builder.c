/* SPDX-License-Identifier: MIT
 *
 * Strings put together: the name of a container image in one pass into a buffer of the caller's, a
 * line of JSON in a pooled builder, and a report that outlives its builder without being copied.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/string_builder.h>

struct image {
    const char *registry, *name, *tag; /* the first and the last may be NULL */
    uint64_t bytes;
    double share;
};

static const struct image images[] = {
    {"registry.example.com", "platform/scheduler", "v2.1.0", 48211033, 0.375},
    {"ghcr.io", "data/feature-store", NULL, 91244012, 0.1},
    {NULL, "nginx", "1.25.3", 70543212, 0.0625},
};

/* False when `buffer` is too small; it is empty then. */
static bool image_name(char *buffer, size_t buffer_bytes, const struct image *image)
{
    return tare_string_build(buffer, buffer_bytes, image->registry,
                             image->registry ? "/" : NULL, image->name, ":",
                             image->tag ? image->tag : "latest") < buffer_bytes;
}

/* One check at the end is enough: what is missing stays missing. */
static bool append_json(struct tare_string_builder *line, const struct image *image)
{
    tare_string_builder_append_all(line, "{\"image\":\"", image->registry,
                                   image->registry ? "/" : NULL, image->name, ":",
                                   image->tag ? image->tag : "latest", "\",\"bytes\":");
    tare_string_builder_append_u64(line, image->bytes);
    tare_string_builder_append(line, ",\"share\":");
    tare_string_builder_append_double(line, image->share);
    return tare_string_builder_append(line, "}\n");
}

/* The caller's, to be freed as *block_bytes of `mem`; NULL when there is no memory. */
static char *report(struct tare_mem *mem, size_t *block_bytes)
{
    struct tare_string_builder text;

    tare_string_builder_init(&text, mem);
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        append_json(&text, &images[i]);
    char *taken = tare_string_builder_take(&text, block_bytes);
    tare_string_builder_fini(&text);
    return taken;
}

/* As many bytes as the line needs, from a builder that has no room for them. */
static size_t measure(const struct image *image)
{
    struct tare_string_builder none;

    tare_string_builder_init_fixed(&none, NULL, 0);
    append_json(&none, image);
    return tare_string_builder_needed_bytes(&none);
}

int main(void)
{
    struct tare_mem_counter counter;
    size_t block_bytes, line_bytes = 0;
    char name[64], tiny[8];
    bool worked = true;

    for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
        worked &= image_name(name, sizeof name, &images[i]);
        puts(name);
    }
    worked &= !image_name(tiny, sizeof tiny, &images[0]) && strcmp(tiny, "") == 0;
    printf("which does not fit into %zu bytes\n", sizeof tiny);

    struct tare_string_builder *line = tare_string_builder_alloc(256);
    if (line && append_json(line, &images[0])) {
        fputs(tare_string_builder_text(line), stdout);
        line_bytes = strlen(tare_string_builder_text(line));
    }
    tare_string_builder_free(line);
    printf("which needs %zu bytes\n", measure(&images[0]));
    worked &= line_bytes > 0 && line_bytes == measure(&images[0]);

    tare_mem_counter_init(&counter, NULL, 0);
    char *text = report(&counter.mem, &block_bytes);
    if (text)
        fputs(text, stdout);
    printf("%zu bytes live, all of them the report's\n",
           tare_mem_counted(&counter).live_bytes);
    worked &= text && tare_mem_counted(&counter).live_bytes == block_bytes;
    tare_mem_free(&counter.mem, text, block_bytes, 1);
    return worked ? EXIT_SUCCESS : EXIT_FAILURE;
}
