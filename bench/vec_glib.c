/* SPDX-License-Identifier: MIT
 *
 * GArray, where GLib is here.
 */
#include "bench/vec_ways.h"

#if __has_include(<glib.h>)
#include <glib.h>

VEC_WAY(vec_garray, GArray *vec = g_array_new(FALSE, FALSE, sizeof(int)),
        g_array_append_val(vec, value), g_array_set_size(vec, (guint)count);
        vec->len = 0, g_array_append_val(vec, value),
        g_array_append_vals(vec, vec_values, (guint)count), (const int *)(void *)vec->data,
        vec->len, g_array_free(vec, TRUE))
#endif
