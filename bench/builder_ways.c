/* SPDX-License-Identifier: MIT */
#include "bench/builder_ways.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/string_builder.h>

#include "bench/measure.h"

/* An image's name */

static void image_build(size_t i)
{
    struct builder_image image = builder_image(i);
    char buffer[256];

    measure_keep((void *)(uintptr_t)tare_string_build(buffer, sizeof buffer, image.registry,
                                                      "/", image.team, "/", image.name, ":",
                                                      image.tag));
    measure_keep(buffer);
}

static void append_image(struct tare_string_builder *builder, size_t i)
{
    struct builder_image image = builder_image(i);

    tare_string_builder_append(builder, image.registry);
    tare_string_builder_append_char(builder, '/');
    tare_string_builder_append(builder, image.team);
    tare_string_builder_append_char(builder, '/');
    tare_string_builder_append(builder, image.name);
    tare_string_builder_append_char(builder, ':');
    tare_string_builder_append(builder, image.tag);
    measure_keep(tare_string_builder_text(builder));
}

static void image_pooled(size_t i)
{
    struct tare_string_builder *builder = tare_string_builder_alloc(0);

    append_image(builder, i);
    tare_string_builder_free(builder);
}

static void image_alloc(size_t i)
{
    struct builder_image image = builder_image(i);
    char *text = tare_string_alloc(NULL, image.registry, "/", image.team, "/", image.name,
                                   ":", image.tag);

    measure_keep(text);
    tare_mem_free(tare_mem_default(), text, strlen(text) + 1, 1);
}

static void image_asprintf(size_t i)
{
    struct builder_image image = builder_image(i);
    char *text;

    if (asprintf(&text, "%s/%s/%s:%s", image.registry, image.team, image.name, image.tag) <
        0)
        abort();
    measure_keep(text);
    free(text);
}

static void image_snprintf(size_t i)
{
    struct builder_image image = builder_image(i);
    char buffer[256];

    snprintf(buffer, sizeof buffer, "%s/%s/%s:%s", image.registry, image.team, image.name,
             image.tag);
    measure_keep(buffer);
}

static void image_strdup(size_t i)
{
    struct builder_image image = builder_image(i);
    char buffer[256];

    snprintf(buffer, sizeof buffer, "%s/%s/%s:%s", image.registry, image.team, image.name,
             image.tag);
    char *text = strdup(buffer);
    measure_keep(text);
    free(text);
}

/* A line of a log: pairs of words and numbers */

static void append_line(struct tare_string_builder *builder, size_t i)
{
    for (size_t pair = 0; pair < BUILDER_PAIRS; pair++) {
        tare_string_builder_append(builder, builder_key(i + pair));
        tare_string_builder_append_char(builder, '=');
        tare_string_builder_append_u64(builder, builder_value(i + pair));
        tare_string_builder_append_char(builder, ' ');
    }
    measure_keep(tare_string_builder_text(builder));
}

static void line_builder(size_t i)
{
    struct tare_string_builder builder = {0};

    append_line(&builder, i);
    tare_string_builder_fini(&builder);
}

static void line_pooled(size_t i)
{
    struct tare_string_builder *builder = tare_string_builder_alloc(0);

    append_line(builder, i);
    tare_string_builder_free(builder);
}

static void line_buffer(size_t i)
{
    struct tare_string_builder builder;
    char buffer[1024];

    tare_string_builder_init_fixed(&builder, buffer, sizeof buffer);
    append_line(&builder, i);
}

static void line_printf(size_t i)
{
    struct tare_string_builder builder = {0};

    for (size_t pair = 0; pair < BUILDER_PAIRS; pair++)
        tare_string_builder_printf(&builder, "%s=%zu ", builder_key(i + pair),
                                   builder_value(i + pair));
    measure_keep(tare_string_builder_text(&builder));
    tare_string_builder_fini(&builder);
}

/* Each step prints the string so far and what is new, and keeps a copy. */
static void line_chain(size_t i)
{
    char buffer[1024], *text = strdup("");

    for (size_t pair = 0; pair < BUILDER_PAIRS; pair++) {
        snprintf(buffer, sizeof buffer, "%s%s=%zu ", text, builder_key(i + pair),
                 builder_value(i + pair));
        free(text);
        text = strdup(buffer);
    }
    measure_keep(text);
    free(text);
}

static void line_stream(size_t i)
{
    char *text;
    size_t bytes;
    FILE *stream = open_memstream(&text, &bytes);

    for (size_t pair = 0; pair < BUILDER_PAIRS; pair++)
        fprintf(stream, "%s=%zu ", builder_key(i + pair), builder_value(i + pair));
    fclose(stream);
    measure_keep(text);
    free(text);
}

/* Fifty words joined, into a string that is kept */

static const char *words[50];

static const char *const *all_words(void)
{
    for (size_t i = 0; !words[49] && i < 50; i++)
        words[i] = builder_word(i);
    return words;
}

static void join_take(size_t i)
{
    struct tare_string_builder builder = {0};
    size_t block_bytes;

    (void)i;
    tare_string_builder_join(&builder, all_words(), 50, ", ");
    char *text = tare_string_builder_take(&builder, &block_bytes);
    measure_keep(text);
    tare_mem_free(tare_mem_default(), text, block_bytes, 1);
}

static void join_pooled(size_t i)
{
    struct tare_string_builder *builder = tare_string_builder_alloc(1000);

    (void)i;
    tare_string_builder_join(builder, all_words(), 50, ", ");
    char *text = tare_string_builder_dup(builder, NULL);
    measure_keep(text);
    tare_mem_free(tare_mem_default(), text, builder->bytes + 1, 1);
    tare_string_builder_free(builder);
}

static void join_chain(size_t i)
{
    char buffer[1024], *text = strdup(builder_word(0));

    (void)i;
    for (size_t word = 1; word < 50; word++) {
        snprintf(buffer, sizeof buffer, "%s, %s", text, builder_word(word));
        free(text);
        text = strdup(buffer);
    }
    measure_keep(text);
    free(text);
}

/* Numbers */

static void integer_builder(size_t i)
{
    struct tare_string_builder builder;
    char buffer[32];

    tare_string_builder_init_fixed(&builder, buffer, sizeof buffer);
    tare_string_builder_append_u64(&builder, builder_value(i));
    measure_keep(tare_string_builder_text(&builder));
}

static void integer_snprintf(size_t i)
{
    char buffer[32];

    snprintf(buffer, sizeof buffer, "%zu", builder_value(i));
    measure_keep(buffer);
}

double builder_short_double(size_t i)
{
    return (double)(builder_value(i) % 1000000) / 100;
}

double builder_long_double(size_t i)
{
    return (double)builder_value(i) / 3;
}

static void double_builder(double value)
{
    struct tare_string_builder builder;
    char buffer[32];

    tare_string_builder_init_fixed(&builder, buffer, sizeof buffer);
    tare_string_builder_append_double(&builder, value);
    measure_keep(tare_string_builder_text(&builder));
}

static void double_snprintf(double value)
{
    char buffer[32];

    snprintf(buffer, sizeof buffer, "%.17g", value);
    measure_keep(buffer);
}

static void short_double_builder(size_t i)
{
    double_builder(builder_short_double(i));
}

static void short_double_snprintf(size_t i)
{
    double_snprintf(builder_short_double(i));
}

static void long_double_builder(size_t i)
{
    double_builder(builder_long_double(i));
}

static void long_double_snprintf(size_t i)
{
    double_snprintf(builder_long_double(i));
}

/* A builder's life: its block, three quarters of it written, and given back */

static void pooled_life(size_t bytes)
{
    struct tare_string_builder *builder = tare_string_builder_alloc(bytes - 1);

    tare_string_builder_append_repeated(builder, 'x', bytes / 4 * 3);
    measure_keep(tare_string_builder_text(builder));
    tare_string_builder_free(builder);
}

static void plain_life(struct tare_mem *mem, size_t bytes)
{
    struct tare_string_builder builder;

    tare_string_builder_init(&builder, mem);
    measure_keep(tare_string_builder_reserve(&builder, bytes - 1));
    tare_string_builder_append_repeated(&builder, 'x', bytes / 4 * 3);
    measure_keep(tare_string_builder_text(&builder));
    tare_string_builder_fini(&builder);
}

#define LIVES(name, bytes)                     \
    static void name##_pooled(size_t i)        \
    {                                          \
        (void)i;                               \
        pooled_life(bytes);                    \
    }                                          \
    static void name##_plain(size_t i)         \
    {                                          \
        (void)i;                               \
        plain_life(tare_mem_default(), bytes); \
    }                                          \
    static void name##_libc(size_t i)          \
    {                                          \
        (void)i;                               \
        plain_life(tare_mem_libc(), bytes);    \
    }
LIVES(small, 256)
LIVES(medium, 4096)
LIVES(large, 65536)

const struct builder_case builder_cases[BUILDER_CASES] = {
    {"image",
     200000,
     {{"build", image_build, false},
      {"pooled", image_pooled, false},
      {"alloc", image_alloc, false},
      {"asprintf", image_asprintf, false},
      {"snprintf", image_snprintf, false},
      {"snpr.+strdup", image_strdup, false},
      {"GString", builder_glib_image, true},
      {"g_strconcat", builder_glib_concat, true}}},
    {"line",
     20000,
     {{"builder", line_builder, false},
      {"pooled", line_pooled, false},
      {"in a buffer", line_buffer, false},
      {"by printf", line_printf, false},
      {"snpr.+strdup", line_chain, false},
      {"memstream", line_stream, false},
      {"GString", builder_glib_line, true}}},
    {"join",
     20000,
     {{"join, take", join_take, false},
      {"pooled, dup", join_pooled, false},
      {"snpr.+strdup", join_chain, false},
      {"GString", builder_glib_join, true},
      {"g_strjoinv", builder_glib_strjoin, true}}},
    {"integer",
     1000000,
     {{"builder", integer_builder, false}, {"snprintf", integer_snprintf, false}}},
    {"decimal",
     200000,
     {{"builder", short_double_builder, false},
      {"snprintf", short_double_snprintf, false},
      {"g_ascii_dtostr", builder_glib_short_double, true}}},
    {"double",
     200000,
     {{"builder", long_double_builder, false},
      {"snprintf", long_double_snprintf, false},
      {"g_ascii_dtostr", builder_glib_long_double, true}}},
    {"256 B",
     200000,
     {{"pooled", small_pooled, false},
      {"not pooled", small_plain, false},
      {"over malloc", small_libc, false}}},
    {"4 KiB",
     200000,
     {{"pooled", medium_pooled, false},
      {"not pooled", medium_plain, false},
      {"over malloc", medium_libc, false}}},
    {"64 KiB",
     20000,
     {{"pooled", large_pooled, false},
      {"not pooled", large_plain, false},
      {"over malloc", large_libc, false}}},
};
