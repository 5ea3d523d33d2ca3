/* SPDX-License-Identifier: MIT
 *
 * Words of a text and where they stand: most words come once or twice, so that most of their places
 * need no allocation.
 */
#include <stdio.h>
#include <string.h>

#include <tare/vec.h>
#include <tare/vec_integer.h>
#include <tare/vec_order.h>

TARE_VEC_DEFINE_INLINE(places, uint32_t, 4);
TARE_VEC_DEFINE_INTEGER(places, uint32_t);

struct word {
    const char *text;
    struct places *places; /* behind a pointer: a vector of vectors would move them */
};

static void end_word(void *element, void *context)
{
    struct word *word = element;

    (void)context;
    places_fini(word->places);
    tare_mem_free(tare_mem_default(), word->places, sizeof *word->places,
                  _Alignof(struct places));
}

static inline bool comes_before(const struct word *a, const struct word *b)
{
    return strcmp(a->text, b->text) < 0;
}

/* words_push, words_fini, ... and, as the words have an order, words_sort, words_search, ... */
TARE_VEC_DEFINE(words, struct word, .destruct = end_word);
TARE_VEC_DEFINE_ORDER(words, struct word, comes_before);

static struct places *places_of(struct words *words, const char *text)
{
    struct word word = {text, NULL}, *found = words_search(words, &word);

    if (found)
        return found->places;
    word.places =
        tare_mem_alloc(tare_mem_default(), sizeof *word.places, _Alignof(struct places));
    if (!word.places)
        return NULL;
    places_init(word.places, NULL);
    if (words_insert_sorted(words, word))
        return word.places;
    end_word(&word, NULL);
    return NULL;
}

int main(void)
{
    static const char *const text[] = {
        "the", "tare",  "is",  "what", "the", "packaging", "of",   "the", "goods", "weighs",
        "the", "goods", "are", "paid", "for", "the",       "tare", "is",  "not"};
    enum { COUNT = sizeof text / sizeof *text };
    struct words words = {0};
    unsigned spilt = 0;

    if (!words_reserve_for(&words, COUNT / 2,
                           25)) /* half of them, it is guessed, and a few */
        return 1;
    for (uint32_t i = 0; i < COUNT; i++) {
        struct places *places = places_of(&words, text[i]);

        if (!places || !places_push(places, i))
            return 1;
    }
    TARE_VEC_EACH(word, &words)
    {
        printf("%-10s", word->text);
        TARE_VEC_EACH(place, word->places)
        printf(" %u", *place);
        putchar('\n');
        spilt += word->places->capacity > 4;
    }
    struct word goods = {"goods", NULL}, *found = words_search(&words, &goods);
    bool is_right = found && places_find(found->places, 11) == 1 && spilt == 1;
    printf("%u words, of which %u did not fit into its first four places\n", words.length,
           spilt);
    words_fini(&words);
    return is_right ? 0 : 1;
}
