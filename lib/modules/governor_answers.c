/* SPDX-License-Identifier: MIT
 *
 * The latest answers, by the ids of their requests: whoever asks again is answered the same.
 */
#include "modules/governor_core.h"

uint32_t tare__request_hash(const struct tare_governor_request *request)
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

    if (request->attribute_count)
        hash = tare_hash_text((const char *)request->attributes,
                              request->attribute_count * sizeof *request->attributes, hash);
    return (uint32_t)(hash >> 32);
}

/* All are compared, several at once and without branches: most ids are new. */
static bool has_tag(const tare__tags *tags, size_t count, uint16_t tag)
{
    const tare__tags wanted = {tag, tag, tag, tag, tag, tag, tag, tag};
    tare__tags found = {0};
    uint64_t halves[2];

    for (size_t i = 0; i < count; i++)
        found |= (tare__tags)(tags[i] == wanted);
    memcpy(halves, &found, sizeof halves);
    return halves[0] | halves[1];
}

const struct tare__answer *tare__answer_find(const struct tare_governor *governor,
                                             const uint64_t id[2])
{
    const struct tare__answer *list = tare__answer_list(governor);
    const tare__tags *tags = tare__tags_of(governor);
    uint32_t count = tare__answers_count(governor);

    if (TARE_LIKELY(!has_tag(tags, tare__tags_count(count), tare__id_tag(id))))
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        if (tags[i / TARE__TAGS][i % TARE__TAGS] == tare__id_tag(id) &&
            list[i].id[0] == id[0] && list[i].id[1] == id[1])
            return &list[i];
    return NULL;
}

struct tare_governor_decision tare__answer_get(const struct tare_governor *governor,
                                               const struct tare__answer *answer)
{
    enum tare_governor_type type = governor->policy->config.type;
    struct tare_governor_decision decision = {
        .verdict = answer->words & 3,
        .reason = answer->words >> 2 & 63,
        .state_from = answer->words >> 8 & 3,
        .state_to = answer->words >> 10 & 3,
        .effects = answer->words >> 12 & 15,
        .flags = (uint16_t)(answer->words >> 16 | TARE_GOVERNOR_REPLAYED),
        .retry_after_ns = answer->retry_after_ns,
        .reset_after_ns = answer->reset_after_ns,
        .seq = answer->seq};

    if (type == TARE_GOVERNOR_QUOTA || type == TARE_GOVERNOR_BILLING) {
        decision.limit = (int64_t)answer->limit_or_value;
        decision.remaining = (int64_t)answer->remaining_or_plan;
    } else {
        decision.value = answer->limit_or_value;
        decision.plan = (uint32_t)answer->remaining_or_plan;
    }
    return decision;
}
