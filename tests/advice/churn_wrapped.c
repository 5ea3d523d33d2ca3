/* SPDX-License-Identifier: MIT
 *
 * Requests that come and go, among users, sessions and baskets that stay; all are asked for through one
 * function, whose name says nothing: pool, in receive.
 */
#include <stdlib.h>
#include <string.h>

#include <tare/pool.h>

enum { REQUESTS = 200000, UNDER_WAY = 32, USERS = 20000 };

struct request {
    unsigned number, user;
    char text[88];
};

struct user {
    struct session *session;
    struct basket *basket;
    char name[40];
};

struct session {
    struct user *user;
    char key[112];
};

struct basket {
    unsigned items[62];
};

static struct user *users[USERS];
static struct request *under_way[UNDER_WAY];

/* Never NULL. */
static __attribute__((noinline)) void *take(size_t bytes)
{
    void *block = malloc(bytes);

    if (!block)
        abort();
    return memset(block, 'a', bytes);
}

#ifdef REMEDIED
TARE_POOL_DEFINE(request, struct request);
#else
#define request_alloc() ((struct request *)take(sizeof(struct request)))
#define request_free(request) free(request)
#endif

static __attribute__((noinline)) struct request *receive(unsigned number)
{
    struct request *request = request_alloc();

    *request = (struct request){.number = number, .user = number % USERS, .text = "look"};
    return request;
}

static __attribute__((noinline)) void open_session(struct user *user)
{
    user->session = take(sizeof *user->session);
    user->session->user = user;
}

static __attribute__((noinline)) void fill_basket(struct user *user, unsigned item)
{
    user->basket = take(sizeof *user->basket);
    user->basket->items[0] = item;
}

static __attribute__((noinline)) void welcome(unsigned number)
{
    users[number] = take(sizeof *users[number]);
    open_session(users[number]);
    fill_basket(users[number], number);
}

static __attribute__((noinline)) unsigned answer(struct request *request)
{
    unsigned user = request ? request->user : 0;

    if (request)
        request_free(request);
    return user;
}

int main(void)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < REQUESTS; i++) {
        if (i % (REQUESTS / USERS) == 0)
            welcome(i / (REQUESTS / USERS));
        unsigned at = i * 7 % UNDER_WAY;
        sum += answer(under_way[at]);
        under_way[at] = receive(i);
    }
    for (unsigned i = 0; i < UNDER_WAY; i++)
        sum += answer(under_way[i]);
    return sum == 0;
}
