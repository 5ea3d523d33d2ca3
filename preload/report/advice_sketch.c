/* SPDX-License-Identifier: MIT */
#include "report/advice.h"
#include "report/short_name.h"

#include <inttypes.h>
#include <string.h>

/* In a line: %F is the function, %B a block's bytes, %N a number of elements. A line with %B is left
 * out where the size is not known. */
static const char *const sketches[REMEDY_COUNT] = {
    [REMEDY_LEAK] = "free(block);    /* %F: where its last user is done with it */\n",
    [REMEDY_RESERVE] =
        "#include <tare/vec.h>\n"
        "TARE_VEC_DEFINE(items, struct item);\n"
        "struct items items = {0};\n"
        "if (!items_reserve(&items, count))    /* %F: known, or so many as last time */\n"
        "    return -ENOMEM;\n"
        "/* in bytes: %B; std::vector: items.reserve(count) */\n",
    [REMEDY_SHRINK] = "malloc(%B)    /* %F: that is what is used, or fits */\n",
    [REMEDY_VEC] =
        "#include <tare/vec.h>\n"
        "TARE_VEC_DEFINE_INLINE(bytes, char, %B);    /* %F: no call for so many */\n"
        "struct bytes bytes = {0};\n"
        "char *room = bytes_push_raw(&bytes, count);\n"
        "bytes_fini(&bytes);    /* or, where the size is bounded: char room[%B]; */\n",
    [REMEDY_ARENA] =
        "#include <tare/arena.h>\n"
        "struct tare_arena arena = {0};\n"
        "void *one = tare_arena_alloc(&arena, bytes);    /* %F, for malloc */\n"
        "/* each is of %B bytes: TARE_ARENA_NEW(&arena, struct object) */\n"
        "tare_arena_reset(&arena);    /* for all calls of free */\n",
    [REMEDY_POOL] = "#include <tare/pool.h>\n"
                    "TARE_POOL_DEFINE(object, struct object);    /* %F: %B bytes */\n"
                    "struct object *one = object_alloc();\n"
                    "object_free(one);\n",
    [REMEDY_BATCH_FREE] =
        "/* %F: the thread that is done keeps blocks, and hands many back at once */\n"
        "done[count++] = block;\n"
        "if (count == BATCH)\n"
        "    send_back(owner, done, count);    /* the owner calls free */\n",
    [REMEDY_INTERN] = "#include <tare/intern.h>\n"
                      "uint32_t name = tare_intern_insert(tare_intern_global(), text, "
                      "bytes);    /* %F */\n"
                      "puts(tare_intern_text(tare_intern_global(), name));    /* equal: "
                      "the same number */\n",
    [REMEDY_RC] = "#include <tare/rc.h>\n"
                  "struct value { struct tare_rc rc; char data[%B]; };\n"
                  "TARE_RC_DEFINE(value, struct value);\n"
                  "struct value *same = value_acquire(known);    /* %F: for a copy */\n"
                  "value_release(same);\n",
    [REMEDY_CODEC] = "#include <tare/codec.h>\n"
                     "/* %F: compress once nobody has looked at it for a while */\n",
    [REMEDY_MAP] = "#define TARE_MAP_NAME entries    /* %F: of %B bytes, for nodes */\n"
                   "#define TARE_MAP_KEY uint64_t\n"
                   "#define TARE_MAP_VALUE struct value\n"
                   "#include <tare/map.h>\n"
                   "struct entries entries = {0};\n"
                   "int err = entries_insert(&entries, key, value);\n",
};

static void put_function(FILE *out, const char *function)
{
    const struct styled plain = {.out = out};
    char brief[SHORT_NAME_BYTES];

    style_text(&plain, STYLE_PLAIN, short_name(brief, function), 0);
}

static void put_line(FILE *out, const char *line, size_t bytes, uint64_t object_bytes,
                     const char *function)
{
    for (const char *at = line; at < line + bytes; at++) {
        if (at[0] == '%' && at[1] == 'F')
            put_function(out, function);
        else if (at[0] == '%' && at[1] == 'B')
            fprintf(out, "%" PRIu64, object_bytes);
        else
            putc(*at, out);
        at += at[0] == '%' && (at[1] == 'F' || at[1] == 'B');
    }
    putc('\n', out);
}

void advice_sketch(FILE *out, const struct advice *advice, const char *function,
                   const char *indent)
{
    const char *line = sketches[advice->finding.remedy];
    const char *end;

    for (; *line; line = end + 1) {
        end = strchr(line, '\n');
        const char *size = strstr(line, "%B");
        if (size && size < end && !advice->finding.object_bytes)
            continue;
        fputs(indent, out);
        put_line(out, line, (size_t)(end - line), advice->finding.object_bytes, function);
    }
}
