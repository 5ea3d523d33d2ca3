/* SPDX-License-Identifier: MIT
 *
 * Objects that die together: a server's requests. All that a request needs is allocated from an
 * arena, nothing is freed, and a reset ends the request. The arena learns how much a request takes:
 * after the first few no memory is asked for any more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/arena.h>

struct parameter {
    struct parameter *next;
    const char *name, *value;
};

/* "a=1&b=2" as a list, the last one first; NULL for none, and when there is no memory. */
static struct parameter *parse(struct tare_arena *arena, const char *query)
{
    struct parameter *parameters = NULL;

    while (*query) {
        size_t name_bytes = strcspn(query, "=&"), value_bytes = 0;
        const char *value = query + name_bytes;
        if (*value == '=')
            value_bytes = strcspn(++value, "&");

        struct parameter *parameter = TARE_ARENA_NEW(arena, struct parameter);
        if (!parameter)
            return NULL;
        *parameter = (struct parameter){
            .next = parameters,
            .name = tare_arena_strndup(arena, query, name_bytes),
            .value = tare_arena_strndup(arena, value, value_bytes),
        };
        if (!parameter->name || !parameter->value)
            return NULL;
        parameters = parameter;
        query = value + value_bytes;
        query += *query == '&';
    }
    return parameters;
}

static void close_log(void *log)
{
    fclose(log);
}

/* The length of the answer; 0 when there is no memory. */
static size_t serve(struct tare_arena *arena, const char *query)
{
    FILE *log = fopen("/dev/null", "w");
    if (!log)
        return 0;
    if (!tare_arena_defer(arena, close_log, log)) { /* else closed when the request ends */
        fclose(log);
        return 0;
    }
    char *answer = tare_arena_strdup(arena, "you said:");
    struct parameter *parameter = parse(arena, query);
    while (answer && parameter) {
        struct tare_arena_mark mark = tare_arena_get_mark(arena);
        const char *scratch =
            tare_arena_printf(arena, " %s is %s;", parameter->name, parameter->value);
        if (scratch)
            fputs(scratch, log);
        tare_arena_rewind(arena, mark);
        answer = tare_arena_printf(arena, "%s %s", answer, parameter->value);
        parameter = parameter->next;
    }
    return answer ? strlen(answer) : 0;
}

int main(void)
{
    static const char query[] = "name=tare&unit=kilogram&of=the+packaging&long=0123456789"
                                "0123456789012345678901234567890123456789012345678901234";
    struct tare_mem_counter counter;
    struct tare_arena arena;
    size_t bytes = 0;

    tare_mem_counter_init(&counter, NULL, 0);
    tare_arena_init(&arena, &counter.mem);
    for (int request = 0; request < 3; request++) {
        bytes += serve(&arena, query);
        tare_arena_reset(&arena);
    }
    uint64_t first = tare_mem_counted(&counter).allocations;
    for (int request = 3; request < 1000; request++) {
        bytes += serve(&arena, query);
        tare_arena_reset(&arena);
    }
    uint64_t all = tare_mem_counted(&counter).allocations;
    printf("1000 requests, %zu bytes of answers\n", bytes);
    printf("allocations: %llu in the first 3 requests, %llu after them\n",
           (unsigned long long)first, (unsigned long long)(all - first));
    printf("kept for the next request: %zu bytes\n", tare_mem_counted(&counter).live_bytes);
    tare_arena_fini(&arena);

    /* Under a memory checker each object is an allocation, so that is all that can be asked. */
    bool is_seen = all > 1000;
    size_t left = tare_mem_counted(&counter).live_bytes;
    return bytes > 0 && left == 0 && (all == first || is_seen) ? EXIT_SUCCESS
                                                               : EXIT_FAILURE;
}
