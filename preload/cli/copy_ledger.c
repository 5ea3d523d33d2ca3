/* SPDX-License-Identifier: MIT */
#include "cli/copy_ledger.h"

#include "cli/run_dir.h"
#include "format/pattern.h"
#include "profile/ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEQUENCE_MAX = 100000 };

static bool is_zero(const uint8_t *page)
{
    return !page[0] && !memcmp(page, page + 1, LEDGER_PAGE_BYTES - 1);
}

static int write_range(int fd, const uint8_t *bytes, size_t from, size_t to)
{
    while (from < to) {
        ssize_t wrote = pwrite(fd, bytes + from, to - from, (off_t)from);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -errno;
        from += (size_t)wrote;
    }
    return 0;
}

/* Runs of pages that are not zero. */
static int write_pages(int fd, const struct ledger_file *file)
{
    size_t at = 0;

    while (at < file->used_bytes) {
        size_t end = at;

        while (end < file->used_bytes && !is_zero(file->bytes + end))
            end += LEDGER_PAGE_BYTES;
        int err = write_range(fd, file->bytes, at, end);
        if (err)
            return err;
        at = end + LEDGER_PAGE_BYTES;
    }
    return ftruncate(fd, (off_t)file->used_bytes) ? -errno : 0;
}

static int write_file(const char *path, const struct ledger_file *file)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return -errno;
    int err = write_pages(fd, file);
    if (close(fd) && !err)
        err = -errno;
    if (err)
        unlink(path);
    return err;
}

static int write_first_free(const struct ledger_file *file, const char *pattern,
                            struct pattern_values *values, char *path)
{
    int err;

    do {
        err = pattern_expand(path, PATH_MAX, pattern, values);
        if (err)
            return err;
        err = make_folders(path);
        if (!err)
            err = write_file(path, file);
    } while (err == -EEXIST && values->sequence++ < SEQUENCE_MAX);
    return err;
}

int copy_ledger(const char *from, const char *pattern, char **to)
{
    struct ledger_file file;
    char path[PATH_MAX] = "";
    char host[256] = "";
    char executable[LEDGER_PATH_BYTES];
    int err = ledger_file_read(&file, from);

    *to = NULL;
    if (err)
        return err;
    const struct ledger_header *header = ledger_file_header(&file);
    gethostname(host, sizeof host - 1);
    memcpy(executable, header->executable, sizeof executable);
    executable[sizeof executable - 1] = '\0';
    const char *slash = strrchr(executable, '/');
    const char *program = slash ? slash + 1 : executable;
    struct pattern_values values = {.pid = header->pid,
                                    .program = *program ? program : "unknown",
                                    .host = host,
                                    .start_seconds =
                                        header->start_realtime_ns / 1000000000u};
    err = write_first_free(&file, pattern, &values, path);
    ledger_file_fini(&file);
    *to = strdup(path);
    return !err && !*to ? -ENOMEM : err;
}
