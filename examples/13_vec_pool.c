/* SPDX-License-Identifier: MIT
 *
 * Requests that each gather some results: the vectors are used again, with the room that the
 * requests before them needed; what one large request needed is not kept for ever.
 */
#include <stdio.h>

#include <tare/vec_pool.h>

struct result {
    unsigned document;
    double rank;
};

TARE_VEC_DEFINE(results, struct result);

/* result_list_alloc, result_list_free, ... */
TARE_VEC_POOL_DEFINE(result_list, results, .most_bytes = 4 << 10, .keep_bytes = 64 << 10);

enum { REQUESTS = 100000, FEW = 20, MANY = 5000 };

/* The sum of all ranks; below 0: no memory. */
static double serve(unsigned request)
{
    TARE_POOL_SCOPED(result_list, found); /* freed here, on each way out */
    unsigned count = request % 10000 == 9999 ? MANY : request % FEW;
    double sum = 0;

    if (!found || !results_reserve_for(found, count, 0))
        return -1;
    for (unsigned i = 0; i < count; i++)
        results_push_unchecked(found, (struct result){request + i, 1.0 / (i + 1)});
    TARE_VEC_EACH(result, found)
    sum += result->rank;
    return sum;
}

int main(void)
{
    struct tare_mem_counter counter;
    size_t most = 0;

    tare_mem_counter_init(&counter, NULL, 0);
    result_list_store.from = &counter.mem; /* to show what it takes */
    for (unsigned request = 0; request < REQUESTS; request++) {
        if (serve(request) < 0)
            return 1;
        size_t kept = tare_vec_store_held_bytes(&result_list_store);
        most = kept > most ? kept : most;
    }
    struct tare_mem_counter seen = tare_mem_counted(&counter);
    printf("%d requests: %lu allocations, at most %zu bytes kept between them\n", REQUESTS,
           (unsigned long)(seen.allocations + seen.resizes), most);
    size_t lost = tare_pool_fini(&result_list_pool);
    return lost || most > 64 << 10 || tare_mem_counted(&counter).live_bytes != 0;
}
