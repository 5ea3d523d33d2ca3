/* SPDX-License-Identifier: MIT
 *
 * The latest answers, by the ids of their requests: whoever asks again is answered the same.
 */
#include "modules/governor_core.h"

static uint32_t tag_of(const uint64_t id[2])
{
    return (uint32_t)tare_hash_integer(id[0] ^ id[1] << 1, 0);
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

bool tare__answer_find(const struct tare_governor *governor,
                       const struct tare_governor_request *request, uint64_t content,
                       struct tare_governor_decision *decision)
{
    const struct tare__answers *answers = tare__answers(governor);
    const struct tare__answer *list = tare__answer_list(governor);
    uint32_t tag = tag_of(request->id);

    for (uint32_t i = 0; i < answers->count; i++) {
        if (answers->tags[i] != tag || list[i].id[0] != request->id[0] ||
            list[i].id[1] != request->id[1])
            continue;
        if (list[i].content != content) {
            decision->verdict = TARE_GOVERNOR_ERROR;
            decision->reason = TARE_GOVERNOR_ID_CONFLICT;
        } else {
            *decision = list[i].decision;
            decision->flags |= TARE_GOVERNOR_REPLAYED;
        }
        return true;
    }
    return false;
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
