/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/unpack.h"

#include "import/import.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option_line lines[] = {
    {'o', "output", "FILE", "name of the profile (FILE.tare); never overwritten"},
    {0},
};

const struct option_table options_of_import = {
    .verb = "import",
    .usage = "tare import [OPTION]... FILE\n"
             "\n"
             "Makes a profile for tare of a file of DHAT's, of massif's, of pprof's (heap\n"
             "profiles) or of heaptrack's. What gzip or zstd has packed is unpacked.\n",
    .lines = lines,
};

static const char *why_not(int err)
{
    switch (err) {
    case -EBADMSG:
        return "is of none of DHAT's, heaptrack's, massif's and pprof's formats, or "
               "damaged";
    case -ENOTSUP:
        return "is of a kind or version that is not read";
    case -EPROTONOSUPPORT:
        return "is compressed by zstd, without which tare was built; first: zstd -d";
    case -EFBIG:
        return "is more than a profile has room for";
    default:
        return strerror(-err);
    }
}

static int write_profile(struct maker *maker, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

    if (!out) {
        message(path, "cannot write: %s", strerror(errno));
        return STATUS_UNREADABLE;
    }
    int err = maker_write(maker, out);
    if (fclose(out) && !err)
        err = -errno;
    if (!err) {
        message(path, "next: tare report %s", path);
        return STATUS_DONE;
    }
    message(path, "cannot write: %s", why_not(err));
    unlink(path);
    return STATUS_UNREADABLE;
}

static int import_file(const char *path, const char *output)
{
    struct content content = {0};
    struct maker maker = {0};
    int err = unpack_file(&content, path);

    if (!err)
        err = maker_init(&maker);
    if (!err)
        err = import_any(&maker, content.bytes, content.count);
    free(content.bytes);
    int status = STATUS_UNREADABLE;
    if (err)
        message(path, "cannot import: %s", why_not(err));
    else
        status = write_profile(&maker, output);
    maker_fini(&maker);
    return status;
}

/* In the working directory: FILE without folders, and with .tare. */
static char *output_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    char *name = malloc(strlen(base) + sizeof ".tare");

    if (name)
        stpcpy(stpcpy(name, base), ".tare");
    return name;
}

int cmd_import(int argc, char **argv)
{
    const char *output = NULL;
    int letter;

    while ((letter = option_next(&options_of_import, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG)
            return STATUS_USAGE;
        output = optarg;
    }
    if (argc - optind != 1)
        return usage_error("import", "one file is needed");
    char *name = output ? strdup(output) : output_name(argv[optind]);
    if (!name) {
        message("import", "not enough memory");
        return STATUS_UNREADABLE;
    }
    int status = import_file(argv[optind], name);
    free(name);
    return status;
}
