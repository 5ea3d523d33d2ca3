/* SPDX-License-Identifier: MIT */
#include "support/told.h"

#include "export/export.h"

void tell_exports(FILE *out, struct profile *profile)
{
    const struct export_options options = {0};
    struct export_result result;

    for (size_t i = 0; i < export_format_count; i++)
        export_profile(out, profile, &export_formats[i], &options, &result);
}
