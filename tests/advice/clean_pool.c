/* SPDX-License-Identifier: MIT
 *
 * Objects that come and go, from a pool: nothing to advise.
 */
#include <tare/pool.h>

enum { TURNS = 200000, PLACES = 5000 };

struct object {
    unsigned number;
    char rest[60];
};
TARE_POOL_DEFINE(object, struct object);

static struct object *places[PLACES];

int main(void)
{
    for (unsigned i = 0; i < TURNS; i++) {
        unsigned at = i * 2654435761u % PLACES;

        object_free(places[at]);
        places[at] = object_alloc();
        if (!places[at])
            return 1;
        *places[at] = (struct object){.number = i};
    }
    return 0;
}
