/* SPDX-License-Identifier: MIT */
#include "governors/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int open_socket(int family)
{
    int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    return descriptor < 0 ? -errno : descriptor;
}

static int listen_at(int descriptor, const void *address, socklen_t bytes)
{
    int err =
        bind(descriptor, address, bytes) || listen(descriptor, SOMAXCONN) ? -errno : 0;

    if (err)
        close(descriptor);
    return err ? err : descriptor;
}

/* Does anybody answer at the socket? If not, it is in the way. */
static int make_way(const struct sockaddr_un *address)
{
    struct stat status;
    int descriptor;

    if (lstat(address->sun_path, &status))
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(status.st_mode))
        return -EADDRINUSE;
    descriptor = open_socket(AF_UNIX);
    if (descriptor < 0)
        return descriptor;
    int err = connect(descriptor, (const void *)address, sizeof *address) ? -errno : 0;
    close(descriptor);
    if (err != -ECONNREFUSED)
        return -EADDRINUSE;
    return unlink(address->sun_path) ? -errno : 0;
}

int listen_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (!*path || strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path));
    int err = make_way(&address);
    int descriptor = err ? err : open_socket(AF_UNIX);
    if (descriptor < 0)
        return descriptor;
    mode_t before = umask(0177);
    int result = listen_at(descriptor, &address, sizeof address);
    umask(before);
    return result;
}

int listen_loopback(uint16_t port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(port),
                                        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int descriptor = open_socket(AF_INET);
    int yes = 1;

    if (descriptor < 0)
        return descriptor;
    (void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return listen_at(descriptor, &address, sizeof address);
}
