/* SPDX-License-Identifier: MIT
 *
 * Blocks that come past the shim, by the C library's other names and its own calls, and are given
 * back through it.
 */
#include <ftw.h>
#include <glob.h>
#include <obstack.h>
#include <regex.h>
#include <stdio.h>
#include <sys/stat.h>
#include <wchar.h>

#include "faults/fault.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

enum { BLOCKS = 500 };

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t),
    *__libc_memalign(size_t, size_t);

static void past(void)
{
    for (size_t i = 1; i <= BLOCKS; i++) {
        char *a = __libc_malloc(i * 100), *b = __libc_calloc(i, 7),
             *c = __libc_memalign(64, i);

        memset(a, 1, i * 100);
        a = realloc(a, i * 150);
        CHECK(a[0] == 1 && a[i * 100 - 1] == 1 && b[i] == 0);
        free(a);
        free(b);
        free(c);
    }
}

static int visit(const char *path, const struct stat *file, int kind)
{
    (void)file;
    (void)kind;
    return path == NULL;
}

int main(void)
{
    struct obstack stack;
    char *text = NULL, *line = NULL;
    size_t bytes, room = 0;
    regex_t pattern;
    glob_t found;
    FILE *stream = open_memstream(&text, &bytes);

    past();
    for (int i = 0; i < 1000; i++)
        fprintf(stream, "line %d\n", i);
    fclose(stream);
    stream = fmemopen(text, bytes, "r");
    while (getline(&line, &room, stream) > 0)
        ;
    fclose(stream);
    CHECK(strcmp(line, "line 999\n") == 0 || *line == '\0');
    free(line);
    free(text);
    CHECK(asprintf(&text, "%ls %*d", L"wide", 3000, 1) > 3000);
    free(text);
    CHECK(regcomp(&pattern, "(a|b)*c(d{1,9}|e)+", REG_EXTENDED) == 0);
    CHECK(regexec(&pattern, "ababcdddd", 0, NULL, 0) == 0);
    regfree(&pattern);
    CHECK(glob("/proc/self/sta*", 0, NULL, &found) == 0 && found.gl_pathc >= 1);
    globfree(&found);
    obstack_init(&stack);
    for (int i = 0; i < 1000; i++)
        obstack_alloc(&stack, i);
    obstack_free(&stack, NULL);
    CHECK(ftw("/proc/self/fdinfo", visit, 5) == 0);
    fault_say("ok\n");
    fault_header("untracked", 3 * BLOCKS);
    return 0;
}
