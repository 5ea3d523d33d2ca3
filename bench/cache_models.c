/* SPDX-License-Identifier: MIT */
#include "bench/cache_models.h"

#include <stdio.h>
#include <stdlib.h>

#define NONE UINT32_MAX

enum { NOWHERE, T1, T2, B1, B2, LISTS };

/* Lists of keys, the one used last first; each key is in one of them, or NOWHERE. */
struct model {
    struct list {
        uint32_t first, last, count;
    } lists[LISTS];
    struct place {
        uint32_t next, previous;
        unsigned char list;
    } * places;
};

static struct model begin(size_t key_count)
{
    struct model model = {.places = calloc(key_count, sizeof *model.places)};

    if (!model.places) {
        perror("cache");
        exit(1);
    }
    for (int i = 0; i < LISTS; i++)
        model.lists[i].first = model.lists[i].last = NONE;
    return model;
}

static void take(struct model *model, uint32_t key)
{
    struct place *place = &model->places[key];
    struct list *list = &model->lists[place->list];

    if (place->list == NOWHERE)
        return;
    if (place->previous == NONE)
        list->first = place->next;
    else
        model->places[place->previous].next = place->next;
    if (place->next == NONE)
        list->last = place->previous;
    else
        model->places[place->next].previous = place->previous;
    list->count--;
    place->list = NOWHERE;
}

static void move(struct model *model, uint32_t key, unsigned char to)
{
    struct list *list = &model->lists[to];

    take(model, key);
    if (to == NOWHERE)
        return;
    model->places[key] = (struct place){.next = list->first, .previous = NONE, .list = to};
    if (list->first == NONE)
        list->last = key;
    else
        model->places[list->first].previous = key;
    list->first = key;
    list->count++;
}

double model_lru(const struct trace *trace, uint32_t capacity)
{
    struct model model = begin(trace->key_count);
    size_t hits = 0;

    for (size_t i = 0; i < trace->count; i++) {
        uint32_t key = trace->keys[i];

        if (model.places[key].list == T1)
            hits++;
        else if (model.lists[T1].count == capacity)
            take(&model, model.lists[T1].last);
        move(&model, key, T1);
    }
    free(model.places);
    return (double)hits / (double)trace->count;
}

static void replace(struct model *model, double wanted, int is_in_b2)
{
    uint32_t count = model->lists[T1].count;

    if (count && (count > wanted || (is_in_b2 && count == (uint32_t)wanted) ||
                  !model->lists[T2].count))
        move(model, model->lists[T1].last, B1);
    else
        move(model, model->lists[T2].last, B2);
}

/* A key that is in neither ghost list. */
static void make_room(struct model *model, uint32_t capacity, double wanted)
{
    const struct list *lists = model->lists;
    uint32_t first = lists[T1].count + lists[B1].count,
             all = first + lists[T2].count + lists[B2].count;

    if (first == capacity) {
        if (lists[T1].count < capacity) {
            take(model, lists[B1].last);
            replace(model, wanted, 0);
        } else {
            take(model, lists[T1].last);
        }
    } else if (all >= capacity) {
        if (all == 2 * capacity)
            take(model, lists[B2].last);
        replace(model, wanted, 0);
    }
}

static double at_least_one(uint32_t one, uint32_t other)
{
    return one > other ? (double)one / other : 1;
}

double model_arc(const struct trace *trace, uint32_t capacity)
{
    struct model model = begin(trace->key_count);
    const struct list *lists = model.lists;
    double wanted = 0;
    size_t hits = 0;

    for (size_t i = 0; i < trace->count; i++) {
        uint32_t key = trace->keys[i];
        unsigned char list = model.places[key].list;

        hits += list == T1 || list == T2;
        if (list == B1) {
            wanted += at_least_one(lists[B2].count, lists[B1].count);
            wanted = wanted < capacity ? wanted : capacity;
        } else if (list == B2) {
            wanted -= at_least_one(lists[B1].count, lists[B2].count);
            wanted = wanted > 0 ? wanted : 0;
        }
        if (list == B1 || list == B2)
            replace(&model, wanted, list == B2);
        else if (list == NOWHERE)
            make_room(&model, capacity, wanted);
        move(&model, key, list == NOWHERE ? T1 : T2);
    }
    free(model.places);
    return (double)hits / (double)trace->count;
}
