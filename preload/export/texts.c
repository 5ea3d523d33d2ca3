/* SPDX-License-Identifier: MIT */
#include "export/texts.h"

#include <errno.h>
#include <stdlib.h>

void texts_fini(struct texts *texts)
{
    free(texts->bytes);
    free(texts->of);
    *texts = (struct texts){0};
}

/* Behind the last text there is always as much as sink_short reads at once. */
static bool reserve(struct texts *texts, size_t bytes)
{
    if (texts->used + bytes + SINK_SHORT <= texts->room)
        return true;
    size_t room = 2 * (texts->used + bytes + SINK_SHORT);
    char *more = realloc(texts->bytes, room);
    if (!more) {
        texts->samples->error = -ENOMEM;
        return false;
    }
    memset(more + texts->room, 0, room - texts->room);
    texts->bytes = more;
    texts->room = room;
    return true;
}

void texts_add(struct texts *texts, const char *bytes, size_t count)
{
    if (!reserve(texts, count))
        return;
    memcpy(texts->bytes + texts->used, bytes, count);
    texts->used += count;
}

void texts_add_char(struct texts *texts, char c)
{
    texts_add(texts, &c, 1);
}

void texts_add_number(struct texts *texts, uint64_t number)
{
    char digits[24];

    texts_add(texts, digits,
              (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number));
}

static void add_place(struct texts *texts, const struct place *place)
{
    const struct place_frame *frames = texts->samples->places.frames;

    for (uint32_t i = 0; i < place->frame_count; i++) {
        uint32_t k = texts->innermost_first ? i : place->frame_count - 1 - i;
        uint32_t index = place->first_frame + k;

        if (i)
            texts_add_char(texts, texts->between);
        texts->add(texts, &frames[index], index);
    }
}

/* All places that were met since. */
static bool catch_up(struct texts *texts)
{
    const struct places *places = &texts->samples->places;

    if (places->count > texts->of_room) {
        uint32_t room = places->count * 2;
        void *of = realloc(texts->of, room * sizeof *texts->of);

        if (!of) {
            texts->samples->error = -ENOMEM;
            return false;
        }
        texts->of = of;
        texts->of_room = room;
    }
    for (; texts->count < places->count; texts->count++) {
        size_t at = texts->used;

        add_place(texts, &places->list[texts->count]);
        texts->of[texts->count].at = at;
        texts->of[texts->count].bytes = (uint32_t)(texts->used - at);
    }
    return !texts->samples->error;
}

void texts_put_stack(struct texts *texts, struct sink *sink)
{
    const struct samples *samples = texts->samples;
    uint32_t depth = samples->depth;

    if (texts->count < samples->places.count && !catch_up(texts))
        return;
    for (uint32_t i = 0; i < depth; i++) {
        uint32_t place = samples->stack[texts->innermost_first ? i : depth - 1 - i];

        if (i)
            sink_char(sink, texts->between);
        sink_short(sink, texts->bytes + texts->of[place].at, texts->of[place].bytes);
    }
}
