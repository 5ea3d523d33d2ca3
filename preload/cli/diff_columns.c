/* SPDX-License-Identifier: MIT */
#include "cli/diff_columns.h"

#include "report/side_by_side.h"

#include <string.h>

static int put(FILE *out, void *columns, const struct show_options *options)
{
    switch (options->form) {
    case FORM_JSON:
        return side_by_side_json(out, columns, &options->report);
    case FORM_MARKDOWN:
        return side_by_side_markdown(out, columns, &options->report);
    default:
        return side_by_side_text(out, columns, &options->report);
    }
}

static int compare(struct show_options *options, const struct site_table *tables,
                   uint32_t count)
{
    struct site_columns columns;
    int err = site_columns_init(&columns, tables, count, options->report.order);

    if (err) {
        message("diff", "%s", strerror(-err));
        return STATUS_UNREADABLE;
    }
    int status = show(options, put, &columns);
    site_columns_fini(&columns);
    return status;
}

int diff_columns(struct show_options *options, const struct selection *selection,
                 uint32_t count, char **paths)
{
    struct profile profiles[DIFF_COLUMNS_MAX] = {0};
    struct site_table tables[DIFF_COLUMNS_MAX] = {0};
    int status = STATUS_DONE;

    for (uint32_t i = 0; status == STATUS_DONE && i < count; i++)
        status = profiles_add(&profiles[i], paths[i]);
    if (status == STATUS_DONE)
        profiles_with_imports(profiles, count, "diff");
    for (uint32_t i = 0; status == STATUS_DONE && i < count; i++) {
        status = profiles_finish_table(&profiles[i], &tables[i], selection, "diff");
        if (status == STATUS_DONE)
            profiles_are_whole(&profiles[i]);
    }
    if (status == STATUS_DONE)
        status = compare(options, tables, count);
    for (uint32_t i = 0; i < count; i++) {
        site_table_fini(&tables[i]);
        profile_fini(&profiles[i]);
    }
    return status;
}
