/* SPDX-License-Identifier: MIT */
#include "report/report_quality.h"

#include "profile/quality.h"
#include "report/units.h"

#include <fnmatch.h>
#include <string.h>

enum { IMAGES_SHOWN = 3 };

/* Objects that Debian's libc6 brings, with a debug package of another name than usual. */
static bool is_libc(const char *name)
{
    static const char *const patterns[] = {"libc.so.6",  "libm.so.6",  "libpthread.so.0",
                                           "ld-linux*",  "libdl.so.2", "libresolv.so.2",
                                           "librt.so.1", "libc-2.*",   "ld-2.*"};

    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (fnmatch(patterns[i], name, 0) == 0)
            return true;
    return false;
}

static bool is_installed(const char *path)
{
    return (!strncmp(path, "/usr/", 5) && strncmp(path, "/usr/local/", 11) != 0) ||
           !strncmp(path, "/lib", 4) || !strncmp(path, "/bin/", 5) ||
           !strncmp(path, "/sbin/", 6);
}

const char *report_remedy(struct image *image)
{
    if (!image)
        return "code that the program made while it ran";
    switch (image_state(image)) {
    case IMAGE_GONE:
        return "the file is gone; keep it, or its debug file, beside the profile's machine";
    case IMAGE_OTHER_BUILD:
        return "the file is another build by now; names of the one that ran would be wrong";
    case IMAGE_NO_ELF:
        return "no file";
    default:
        break;
    }
    if (is_libc(image_name(image)))
        return "install libc6-dbg";
    if (is_installed(image_path(image)))
        return "its names are in its package's -dbgsym package";
    return "build it with -g, and do not strip it";
}

static void put_image(const struct styled *to, struct image *image, uint64_t part,
                      uint64_t whole)
{
    struct text_number share;

    fprintf(to->out, "               %6s  ", units_share(&share, part, whole));
    style_text(to, STYLE_PLAIN, image ? image_name(image) : "[generated code]", 60);
    fprintf(to->out, ": %s\n", report_remedy(image));
}

/* Files that have names but no lines matter only while they hold a visible part. */
static void put_lines(const struct styled *to, const struct quality *quality)
{
    enum { LEAST_PERCENT = 5, LOOKED_AT = 20 };
    int shown = 0;

    for (uint32_t i = 0; i < quality->image_count && i < LOOKED_AT; i++) {
        const struct quality_image *at = &quality->images[i];
        uint64_t named = at->bytes - at->unnamed_bytes;

        if (!at->image || at->unnamed_bytes ||
            named < quality->bytes / 100 * LEAST_PERCENT ||
            image_state(at->image) != IMAGE_GOOD || image_has_lines(at->image))
            continue;
        if (!shown++)
            fputs("  no lines\n", to->out);
        put_image(to, at->image, named, quality->bytes);
        if (shown == IMAGES_SHOWN)
            break;
    }
}

static void put_names(const struct styled *to, const struct quality *quality)
{
    struct text_number share;
    struct text_number sites;

    fprintf(to->out,
            "  names        %s of stack frames, weighed by bytes, have a function's name",
            units_share(&share, quality->bytes - quality->unnamed_bytes, quality->bytes));
    if (!quality->unnamed_sites) {
        putc('\n', to->out);
        return;
    }
    fprintf(to->out, "; %s of the sites lack some\n",
            units_count(&sites, quality->unnamed_sites));
    for (uint32_t i = 0; i < quality->image_count && i < IMAGES_SHOWN; i++)
        if (quality->images[i].unnamed_bytes)
            put_image(to, quality->images[i].image, quality->images[i].unnamed_bytes,
                      quality->bytes);
}

int report_quality(const struct styled *to, const struct profile *profile,
                   const struct view *view)
{
    struct quality quality;
    int err = quality_init(&quality, profile, view);

    if (err)
        return err;
    if (quality.bytes) {
        put_names(to, &quality);
        put_lines(to, &quality);
    }
    if (quality.cut_bytes) {
        struct text_number share;

        fprintf(to->out, "  stacks       %s of bytes have a stack that ends early\n",
                units_share(&share, quality.cut_bytes, view->counts.bytes));
    }
    quality_fini(&quality);
    return 0;
}
