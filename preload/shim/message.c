/* SPDX-License-Identifier: MIT */
#include "shim/message.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "shim/sys.h"

static dev_t stderr_device;
static ino_t stderr_inode;
static int process;

bool sys_may_be_filtered;

void text_add(struct text *text, const char *string)
{
    size_t bytes = strlen(string), room = sizeof text->bytes - text->used;

    if (bytes > room)
        bytes = room;
    memcpy(text->bytes + text->used, string, bytes);
    text->used += bytes;
}

static void add_in_base(struct text *text, uint64_t number, unsigned base, unsigned width)
{
    char digits[32];
    size_t i = sizeof digits;

    digits[--i] = '\0';
    do {
        digits[--i] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    while (sizeof digits - 1 - i < width && i > 0)
        digits[--i] = ' ';
    text_add(text, digits + i);
}

void text_add_number(struct text *text, uint64_t number)
{
    add_in_base(text, number, 10, 0);
}

void text_add_hex(struct text *text, uint64_t number)
{
    text_add(text, "0x");
    add_in_base(text, number, 16, 0);
}

void text_add_column(struct text *text, uint64_t number, unsigned width)
{
    add_in_base(text, number, 10, width);
}

void text_write(struct text *text)
{
    int saved_errno = errno;
    size_t done = 0;
    long wrote;

    do {
        wrote = sys_write(STDERR_FILENO, text->bytes + done, text->used - done);
        if (wrote > 0)
            done += (size_t)wrote;
    } while (done < text->used && (wrote > 0 || (wrote < 0 && errno == EINTR)));
    text->used = 0;
    errno = saved_errno;
}

void message_init(void)
{
    struct stat status;

    process = getpid();
    if (fstat(STDERR_FILENO, &status) == 0) {
        stderr_device = status.st_dev;
        stderr_inode = status.st_ino;
    }
}

int message_stderr_is_unchanged(void)
{
    struct stat status;

    return !sys_may_be_filtered && fstat(STDERR_FILENO, &status) == 0 &&
           status.st_dev == stderr_device && status.st_ino == stderr_inode;
}

int message_process_is_first(void)
{
    return process == getpid();
}

void message_why(const char *what, const char *why)
{
    struct text text = {0};

    if (!message_stderr_is_unchanged())
        return;
    text_add(&text, "tare: ");
    text_add(&text, what);
    if (why) {
        text_add(&text, ": ");
        text_add(&text, why);
    }
    text.bytes[text.used < sizeof text.bytes ? text.used++ : text.used - 1] = '\n';
    text_write(&text);
}

void message(const char *what)
{
    message_why(what, NULL);
}
