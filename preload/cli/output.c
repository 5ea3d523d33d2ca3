/* SPDX-License-Identifier: MIT */
#include "cli/output.h"

#include "cli/arguments.h"

#include "report/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *output_name(const struct output *output)
{
    return output->path ? output->path : "standard output";
}

static mode_t mode_of_new_files(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return 0666 & ~mask;
}

/* A file of a name of its own, with the access rights of the one whose place it will take. */
static FILE *open_beside(struct output *output, mode_t mode)
{
    if (asprintf(&output->beside, "%s.XXXXXX", output->path) < 0) {
        output->beside = NULL;
        return NULL;
    }
    int fd = mkostemp(output->beside, O_CLOEXEC);
    FILE *file = fd < 0 || fchmod(fd, mode) ? NULL : fdopen(fd, "w");

    if (file)
        return file;
    if (fd >= 0) {
        close(fd);
        unlink(output->beside);
    }
    free(output->beside);
    output->beside = NULL;
    return NULL;
}

bool output_open(struct output *output, const char *path)
{
    struct stat status;

    if (path && !strcmp(path, "-"))
        path = NULL;
    *output = (struct output){.path = path};
    if (!path) {
        output->file = stdout;
        return true;
    }
    if (lstat(path, &status))
        output->file = open_beside(output, mode_of_new_files());
    else if (S_ISREG(status.st_mode) && status.st_nlink == 1 && access(path, W_OK) == 0)
        output->file = open_beside(output, status.st_mode & 0777);
    /* Also in folders that take no new file. */
    if (!output->file)
        output->file = fopen(path, "we");
    if (!output->file)
        message(path, "cannot write: %s", strerror(errno));
    return output->file != NULL;
}

static int finish(struct output *output, int err)
{
    if (!err)
        err = stream_end(output->file);
    if (output->path && fclose(output->file) && !err)
        err = -errno;
    if (output->beside && !err && rename(output->beside, output->path))
        err = -errno;
    if (output->beside && err)
        unlink(output->beside);
    free(output->beside);
    *output = (struct output){.path = output->path};
    return err;
}

int output_close(struct output *output, int err)
{
    err = finish(output, err);
    if (!err)
        return STATUS_DONE;
    message(output_name(output), "cannot write: %s", strerror(-err));
    return STATUS_UNREADABLE;
}

void output_drop(struct output *output)
{
    finish(output, -ECANCELED);
}
