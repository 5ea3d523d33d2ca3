/* SPDX-License-Identifier: MIT */
#include "bench/builder_ways.h"

#include "bench/measure.h"

#if __has_include(<glib.h>)
#include <glib.h>

const bool builder_glib_is_missing = false;

void builder_glib_image(size_t i)
{
    struct builder_image image = builder_image(i);
    GString *string = g_string_sized_new(64);

    g_string_append(string, image.registry);
    g_string_append_c(string, '/');
    g_string_append(string, image.team);
    g_string_append_c(string, '/');
    g_string_append(string, image.name);
    g_string_append_c(string, ':');
    g_string_append(string, image.tag);
    measure_keep(string->str);
    g_string_free(string, TRUE);
}

void builder_glib_concat(size_t i)
{
    struct builder_image image = builder_image(i);
    char *text = g_strconcat(image.registry, "/", image.team, "/", image.name, ":",
                             image.tag, (char *)NULL);

    measure_keep(text);
    g_free(text);
}

void builder_glib_line(size_t i)
{
    GString *string = g_string_new(NULL);

    for (size_t pair = 0; pair < BUILDER_PAIRS; pair++)
        g_string_append_printf(string, "%s=%zu ", builder_key(i + pair),
                               builder_value(i + pair));
    measure_keep(string->str);
    g_string_free(string, TRUE);
}

void builder_glib_join(size_t i)
{
    GString *string = g_string_new(NULL);

    (void)i;
    for (size_t word = 0; word < 50; word++) {
        if (word)
            g_string_append(string, ", ");
        g_string_append(string, builder_word(word));
    }
    char *text = g_string_free(string, FALSE);
    measure_keep(text);
    g_free(text);
}

void builder_glib_strjoin(size_t i)
{
    static char *words[51];

    (void)i;
    for (size_t word = 0; !words[49] && word < 50; word++)
        words[word] = g_strdup(builder_word(word));
    char *text = g_strjoinv(", ", words);
    measure_keep(text);
    g_free(text);
}

void builder_glib_short_double(size_t i)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    measure_keep(g_ascii_dtostr(buffer, sizeof buffer, builder_short_double(i)));
}

void builder_glib_long_double(size_t i)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    measure_keep(g_ascii_dtostr(buffer, sizeof buffer, builder_long_double(i)));
}
#else
const bool builder_glib_is_missing = true;

void builder_glib_image(size_t i)
{
    (void)i;
}

void builder_glib_concat(size_t i)
{
    (void)i;
}

void builder_glib_line(size_t i)
{
    (void)i;
}

void builder_glib_join(size_t i)
{
    (void)i;
}

void builder_glib_strjoin(size_t i)
{
    (void)i;
}

void builder_glib_short_double(size_t i)
{
    (void)i;
}

void builder_glib_long_double(size_t i)
{
    (void)i;
}
#endif
