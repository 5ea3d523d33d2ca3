/* SPDX-License-Identifier: MIT
 *
 * Two threads put messages together, whose block doubles each time it is full: reserve, in append.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <tare/string_builder.h>

enum { MESSAGES = 1500, WORDS = 2048, THREADS = 2 };

static const char word[] = "sixteen letters ";

#ifdef REMEDIED
struct message {
    struct tare_string_builder builder;
};

static __attribute__((noinline)) bool append(struct message *message)
{
    struct tare_string_builder *builder = &message->builder;

    return (builder->bytes || tare_string_builder_reserve_for(builder, WORDS * 16, 0)) &&
           tare_string_builder_append(builder, word);
}

static void message_fini(struct message *message)
{
    tare_string_builder_fini(&message->builder);
}
#else
struct message {
    char *text;
    size_t bytes, room;
};

static __attribute__((noinline)) bool append(struct message *message)
{
    if (message->bytes + 16 > message->room) {
        size_t room = message->room ? 2 * message->room : 16;
        char *text = realloc(message->text, room);

        if (!text)
            return false;
        message->text = text;
        message->room = room;
    }
    memcpy(message->text + message->bytes, word, 16);
    message->bytes += 16;
    return true;
}

static void message_fini(struct message *message)
{
    free(message->text);
}
#endif

static void *work(void *failed)
{
    for (unsigned i = 0; i < MESSAGES; i++) {
        struct message message;

        memset(&message, 0, sizeof message);

        for (unsigned k = 0; k < WORDS; k++)
            *(bool *)failed |= !append(&message);
        message_fini(&message);
    }
    return NULL;
}

int main(void)
{
    bool failed[THREADS] = {false};
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, &failed[i]);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return failed[0] || failed[1];
}
