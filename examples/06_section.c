/* SPDX-License-Identifier: MIT
 *
 * What a piece of code allocates, measured where it stands: a server that has seen its first request
 * is to allocate nothing for the ones that follow. By itself libtare counts what its modules take;
 * with the tracker every malloc of the thread counts, and the arena's objects too:
 *
 *     build/release/tare run build/release/examples/06_section
 */
#include <stdio.h>
#include <string.h>

#include <tare/arena.h>
#include <tare/section.h>

enum { REQUESTS = 1000, WORDS = 40 };

/* The request's words, back to front; all of it lies in the arena, and is gone with its reset. */
static size_t answer(struct tare_arena *arena, const char *request)
{
    char **words = TARE_ARENA_ARRAY(arena, char *, WORDS);
    char *text = tare_arena_strdup(arena, request), *rest = NULL;
    char *reply = tare_arena_alloc_zero(arena, strlen(request) + 2);
    size_t count = 0;

    if (!words || !text || !reply)
        return 0;
    for (char *word = strtok_r(text, " ", &rest); word && count < WORDS;
         word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    for (size_t i = count; i-- > 0;)
        strcat(strcat(reply, words[i]), i ? " " : "");
    return strlen(reply);
}

static size_t serve(struct tare_arena *arena, int requests)
{
    size_t bytes = 0;

    for (int i = 0; i < requests; i++) {
        bytes += answer(arena, "seven blocks were lent and one came back");
        tare_arena_reset(arena);
    }
    return bytes;
}

int main(void)
{
    struct tare_section first, others, whole;
    struct tare_arena arena = {0};

    tare_section_begin(&whole, "whole");
    tare_section_begin(&first, "first request");
    size_t bytes = serve(&arena, 1);
    tare_section_end(&first);
    tare_section_begin(&others, "all others");
    bytes += serve(&arena, REQUESTS - 1);
    tare_section_end(&others);
    tare_arena_fini(&arena);
    tare_section_end(&whole);

    printf("%d requests were answered with %zu bytes\n", REQUESTS, bytes);
    tare_section_print(&first, stdout);
    tare_section_print(&others, stdout);
    tare_section_print(&whole, stdout);
    return first.counts.allocations == 0 || others.counts.allocations != 0 ||
           tare_section_live_blocks(&whole) != 0 ||
           whole.counts.peak_bytes < first.counts.peak_bytes;
}
