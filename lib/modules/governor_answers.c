/* SPDX-License-Identifier: MIT
 *
 * The latest answers, by the ids of their requests: whoever asks again is answered the same.
 */
#include "modules/governor_core.h"

static uint16_t tag_of(const uint64_t id[2])
{
    return (uint16_t)tare_hash_integer(id[0] ^ id[1] << 1, 0);
}

/* A number that is not 0 where one of these is the tag; without branches, so that the compiler compares
 * several at once. */
static uint32_t has_tag(const uint16_t tags[TARE__TAGS], uint16_t tag)
{
    uint16_t found = 0;

    for (int i = 0; i < TARE__TAGS; i++)
        found |= (uint16_t) - (tags[i] == tag);
    return found;
}

uint64_t tare__request_hash(const struct tare_governor_request *request)
{
    const uint64_t words[] = {
        request->tenant | (uint64_t)request->op << 32 | (uint64_t)request->severity << 40 |
            (uint64_t)request->feature << 48,
        request->quantity | (uint64_t)request->plan << 32,
        request->version | (uint64_t)request->currency << 32 |
            (uint64_t)request->is_trial << 48,
        (uint64_t)request->amount,
        request->value,
        (uint64_t)request->from_ns,
        (uint64_t)request->until_ns,
        request->attribute_count,
    };
    uint64_t hash = tare_hash_text((const char *)words, sizeof words, 0);

    return request->attribute_count
               ? tare_hash_text((const char *)request->attributes,
                                request->attribute_count * sizeof *request->attributes,
                                hash)
               : hash;
}

static uint32_t find(const struct tare_governor *governor, const uint64_t id[2])
{
    const struct tare__answers *answers = tare__answers(governor);
    const struct tare__answer *list = tare__answer_list(governor);
    uint16_t tag = tag_of(id);

    for (uint32_t first = 0; first < answers->count; first += TARE__TAGS) {
        if (TARE_LIKELY(!has_tag(answers->tags + first, tag)))
            continue;
        for (uint32_t i = first; i < first + TARE__TAGS && i < answers->count; i++)
            if (answers->tags[i] == tag && list[i].id[0] == id[0] && list[i].id[1] == id[1])
                return i;
    }
    return UINT32_MAX;
}

bool tare__answer_find(const struct tare_governor *governor,
                       const struct tare_governor_request *request, uint64_t content,
                       struct tare_governor_decision *decision)
{
    uint32_t at = find(governor, request->id);

    if (TARE_LIKELY(at == UINT32_MAX))
        return false;
    const struct tare__answer *answer = &tare__answer_list(governor)[at];
    if (answer->content != content) {
        decision->verdict = TARE_GOVERNOR_ERROR;
        decision->reason = TARE_GOVERNOR_ID_CONFLICT;
    } else {
        *decision = answer->decision;
        decision->flags |= TARE_GOVERNOR_REPLAYED;
    }
    return true;
}

void tare__answer_put(struct tare_governor *governor, const struct tare__answer *answer)
{
    struct tare__answers *answers = tare__answers(governor);
    uint32_t at = answers->next;

    answers->tags[at] = tag_of(answer->id);
    tare__answer_list(governor)[at] = *answer;
    answers->next = at + 1 == governor->policy->config.answers ? 0 : at + 1;
    if (answers->count <= at)
        answers->count = at + 1;
}
