/* SPDX-License-Identifier: MIT */
#include "shim/options.h"

#include <stddef.h>
#include <string.h>

#include "format/pattern.h"
#include "shim/message.h"
#include "shim/sys.h"

struct options options = {.sites = true, .output = PATTERN_DEFAULT};

enum { NUMBER_MAX = 1000000000 };

static void complain(const char *setting, const char *why)
{
    struct text text = {0};

    text_add(&text, setting);
    text.bytes[text.used < sizeof text.bytes ? text.used : text.used - 1] = '\0';
    message_why(text.bytes, why);
}

static bool read_number(const char *value, uint32_t *number)
{
    uint64_t n = 0;

    if (!*value)
        return false;
    for (; *value; value++) {
        if (*value < '0' || *value > '9' ||
            (n = n * 10 + (uint64_t)(*value - '0')) > NUMBER_MAX)
            return false;
    }
    *number = (uint32_t)n;
    return true;
}

static bool read_switch(const char *value, bool *on)
{
    if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
        return false;
    *on = *value == '1';
    return true;
}

/* In MiB. */
static bool read_trace(const char *value, uint64_t *bytes)
{
    uint32_t number;

    if (!read_number(value, &number))
        return false;
    *bytes = (uint64_t)number << 20;
    return true;
}

static bool read_allocator(const char *value, bool *mimalloc)
{
    if (strcmp(value, "mimalloc") != 0 && strcmp(value, "system") != 0)
        return false;
    *mimalloc = *value == 'm';
    return true;
}

static bool read_advise(const char *value)
{
    options.fill = strcmp(value, "1") == 0;
    options.advise = options.fill || strcmp(value, "nofill") == 0;
    return options.advise || strcmp(value, "0") == 0;
}

/* Absolute, because a process that goes on in a fork may have left this directory. */
static bool read_output(const char *value)
{
    static const struct pattern_values any = {.program = "", .host = ""};
    char tried[LEDGER_PATH_BYTES];
    size_t used = 0, bytes = strlen(value);

    if (!bytes || pattern_expand(tried, sizeof tried, value, &any) != 0)
        return false;
    if (*value != '/') {
        long length = syscall(SYS_getcwd, options.output, sizeof options.output);

        /* a percent sign in the directory's own name is none of the pattern's */
        if (length > 1 && !strchr(options.output, '%')) {
            used = (size_t)length;
            options.output[used - 1] = '/';
        }
    }
    if (used + bytes >= sizeof options.output)
        used = 0; /* too long together: stay relative */
    if (bytes >= sizeof options.output)
        return false;
    memmove(options.output + used, value, bytes + 1);
    return true;
}

/* One variable, "NAME=VALUE" without its TARE_; false and `why` when it is not understood. */
static bool read_setting(const char *setting, const char **why)
{
    const char *value = strchr(setting, '=');
    size_t name_bytes = value ? (size_t)(value - setting) : 0;

#define IS(name) (name_bytes == sizeof(name) - 1 && memcmp(setting, name, name_bytes) == 0)
    if (!value)
        return true;
    value++;
    *why = "not a number: the default is used";
    if (IS("STACK_DEPTH"))
        return read_number(value, &options.stack_depth);
    if (IS("CHECK_STACKS"))
        return read_number(value, &options.check_stacks);
    if (IS("LOOKER"))
        return read_number(value, &options.looker);
    if (IS("TRACE"))
        return read_trace(value, &options.trace_bytes);
    *why = "neither 0 nor 1: the default is used";
    if (IS("TRACK_SITES"))
        return read_switch(value, &options.sites);
    if (IS("PRINT_REPORT"))
        return read_switch(value, &options.print_report);
    if (IS("VERBOSE"))
        return read_switch(value, &options.verbose);
    *why = "neither system nor mimalloc: the default is used";
    if (IS("ALLOCATOR"))
        return read_allocator(value, &options.mimalloc);
    *why = "neither 0, 1 nor nofill: 0 is used";
    if (IS("ADVISE"))
        return read_advise(value);
    *why = "not a file name pattern: " PATTERN_DEFAULT " is used";
    if (IS("OUTPUT"))
        return read_output(value);
    if (IS("NO_INSTALL"))
        return true; /* for make, not for us */
    *why = "no such setting";
    return false;
#undef IS
}

void options_init(void)
{
    extern char **environ;

    read_output(PATTERN_DEFAULT);
    for (char **entry = environ; entry && *entry; entry++) {
        const char *why;

        if (strncmp(*entry, "TARE_", 5) == 0 && !read_setting(*entry + 5, &why))
            complain(*entry, why);
    }
    options.advise &= options.sites;
    options.fill &= options.advise;
    options.sites_unchecked = options.sites && !options.check_stacks;
}
