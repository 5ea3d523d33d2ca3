/* SPDX-License-Identifier: MIT
 *
 * A file is written without a name where the system can do so (then nothing is left of it when the
 * program is killed), else under a name of its own; it is made durable, renamed over the old one, and
 * the folder is made durable. A rename is one step: there is no moment without a whole file.
 */
#include "modules/codec_core.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_folder(struct codec_file *file)
{
    char *slash = strrchr(file->path, '/');
    const char *folder = !slash ? "." : slash == file->path ? "/" : file->path;

    file->name = slash ? slash + 1 : file->path;
    if (!*file->name)
        return -EISDIR;
    if (slash)
        *slash = 0;
    file->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return file->folder < 0 ? -errno : 0;
}

/* Of what stands there: the permissions, 0 for nothing; -errno where it cannot be replaced. */
static int old_mode(const struct codec_file *file)
{
    struct stat status;

    if (fstatat(file->folder, file->name, &status, AT_SYMLINK_NOFOLLOW))
        return errno == ENOENT ? 0 : -errno;
    if (S_ISLNK(status.st_mode))
        return -ELOOP;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    return S_ISREG(status.st_mode) ? (int)(status.st_mode & 0777) : -EINVAL;
}

/* No two of them at a time, in whatever process: what exists is passed over. */
static void next_name(struct codec_file *file)
{
    static unsigned latest;

    snprintf(file->temporary_name, sizeof file->temporary_name, ".tare-%ld-%u.new",
             (long)getpid(), __atomic_add_fetch(&latest, 1, __ATOMIC_RELAXED));
}

static int open_named(struct codec_file *file)
{
    do {
        next_name(file);
        file->file = openat(file->folder, file->temporary_name,
                            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    } while (file->file < 0 && errno == EEXIST);
    file->is_named = file->file >= 0;
    return file->file < 0 ? -errno : 0;
}

static int open_new(struct codec_file *file)
{
    /* Without /proc it could not be given a name afterwards. */
    if (!access("/proc/self/fd", X_OK))
        file->file = openat(file->folder, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
    if (file->file < 0)
        return open_named(file);
    return 0;
}

int tare__codec_file_begin(struct codec_file *file, struct tare_mem *mem, const char *path)
{
    size_t path_bytes = strlen(path) + 1;

    *file = (struct codec_file){.folder = -1, .file = -1, .mem = mem};
    file->path = tare_mem_alloc(mem, path_bytes, 1);
    if (!file->path)
        return -ENOMEM;
    file->path_bytes = path_bytes;
    memcpy(file->path, path, path_bytes);
    int err = open_folder(file), mode = err ? err : old_mode(file);
    err = mode < 0 ? mode : open_new(file);
    if (!err && mode && fchmod(file->file, (mode_t)mode))
        err = -errno;
    if (err)
        tare__codec_file_fini(file);
    return err;
}

int tare__codec_file_write(struct codec_file *file, const void *data, size_t bytes)
{
    const char *at = data;

    while (bytes) {
        ssize_t written = write(file->file, at, bytes);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        at += written;
        bytes -= (size_t)written;
    }
    return 0;
}

static int make_durable(int file)
{
    while (fsync(file))
        if (errno != EINTR)
            return -errno;
    return 0;
}

/* A name for a file that has none. */
static int give_name(struct codec_file *file)
{
    char own[64];

    snprintf(own, sizeof own, "/proc/self/fd/%d", file->file);
    do {
        next_name(file);
        file->is_named =
            !linkat(AT_FDCWD, own, file->folder, file->temporary_name, AT_SYMLINK_FOLLOW);
    } while (!file->is_named && errno == EEXIST);
    return file->is_named ? 0 : -errno;
}

int tare__codec_file_commit(struct codec_file *file)
{
    int err = make_durable(file->file);

    if (!err && !file->is_named)
        err = give_name(file);
    if (err)
        return err;
    if (renameat(file->folder, file->temporary_name, file->folder, file->name))
        return -errno;
    file->is_named = false;
    err = make_durable(file->folder);
    return err == -EINVAL ? 0 : err; /* a system that does so by itself */
}

void tare__codec_file_fini(struct codec_file *file)
{
    if (file->is_named)
        unlinkat(file->folder, file->temporary_name, 0);
    if (file->file >= 0)
        close(file->file);
    if (file->folder >= 0)
        close(file->folder);
    tare_mem_free(file->mem, file->path, file->path_bytes, 1);
    *file = (struct codec_file){.folder = -1, .file = -1};
}

int tare__codec_file_open(const char *path, uint64_t *bytes)
{
    /* It would wait for the other end of a pipe, were it one. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;

    if (file < 0)
        return -errno;
    int err = fstat(file, &status)      ? -errno
              : S_ISREG(status.st_mode) ? 0
              : S_ISDIR(status.st_mode) ? -EISDIR
                                        : -EINVAL;
    if (err) {
        close(file);
        return err;
    }
    *bytes = (uint64_t)status.st_size;
    return file;
}

int tare__codec_file_read(int file, void *data, size_t bytes)
{
    char *to = data;

    while (bytes) {
        ssize_t got = read(file, to, bytes);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (!got)
            return -EBADMSG;
        to += got;
        bytes -= (size_t)got;
    }
    return 0;
}
