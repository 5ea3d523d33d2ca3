/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"
#include "cli/commands.h"

#include "import/import.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static const struct option_line lines[] = {
    {'o', "output", "FILE", "name of the profile (FILE.tare); never overwritten"},
    {0},
};

const struct option_table options_of_import = {
    .verb = "import",
    .usage =
        "tare import [OPTION]... FILE\n"
        "\n"
        "Makes a profile for tare of a file of DHAT's, of massif's, of pprof's (heap\n"
        "profiles) or of heaptrack's (as heaptrack leaves it; unpack .zst first). .gz is\n"
        "unpacked here.\n",
    .lines = lines,
};

struct content {
    uint8_t *bytes;
    size_t count, room;
};

static int read_more(struct content *content, gzFile file)
{
    if (content->count == content->room) {
        size_t room = content->room ? 2 * content->room : 1 << 16;
        uint8_t *bytes = realloc(content->bytes, room);

        if (!bytes)
            return -ENOMEM;
        content->bytes = bytes;
        content->room = room;
    }
    size_t wanted = content->room - content->count;
    int got = gzread(file, content->bytes + content->count,
                     wanted < 1 << 30 ? (unsigned)wanted : 1u << 30);
    content->count += got > 0 ? (size_t)got : 0;
    return got >= 0 ? got : errno ? -errno : -EBADMSG;
}

/* The whole file, unpacked if it is compressed. */
static int read_file(struct content *content, const char *path)
{
    gzFile file = gzopen(path, "rbe");
    int got = 1;

    if (!file)
        return errno ? -errno : -ENOMEM;
    errno = 0;
    while (got > 0)
        got = read_more(content, file);
    int err = gzclose_r(file);
    return got ? got : err ? -EBADMSG : 0;
}

static const char *why_not(int err)
{
    switch (err) {
    case -EBADMSG:
        return "is of none of DHAT's, heaptrack's, massif's and pprof's formats, or "
               "damaged";
    case -ENOTSUP:
        return "is of a kind or version that is not read";
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

static bool is_zstd(const struct content *content)
{
    return content->count >= 4 && !memcmp(content->bytes, "\x28\xb5\x2f\xfd", 4);
}

static int import_file(const char *path, const char *output)
{
    struct content content = {0};
    struct maker maker = {0};
    int err = read_file(&content, path);

    if (!err)
        err = maker_init(&maker);
    if (!err)
        err = import_any(&maker, content.bytes, content.count);
    bool is_packed = err == -ENOTSUP && is_zstd(&content);
    free(content.bytes);
    int status = STATUS_UNREADABLE;
    if (is_packed)
        message(path, "cannot import: it is compressed; first: zstd -d %s", path);
    else if (err)
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
