/* SPDX-License-Identifier: MIT */
#include "advice/waste.h"

#include "advice/packaging.h"

#include <math.h>

const struct waste_detector waste_detectors[] = {
    {waste_duplicates, OF_LINE},
    {waste_churn, OF_LINE | OF_CALLER},
    {waste_burst, OF_LINE},
    {waste_temporary, OF_LINE},
    {waste_growth, OF_CALLER},
    {waste_unwritten, OF_LINE},
    {waste_tiny, OF_LINE | OF_CALLER},
    {waste_slack, OF_LINE},
    {waste_cold, OF_LINE},
    {waste_remote, OF_LINE},
    {waste_leak, OF_CALLER},
    {NULL, 0},
};

double case_mean_bytes(const struct waste_case *c)
{
    uint64_t one = case_one_size(c);

    if (one)
        return (double)one;
    return part_of((double)c->site->counts.bytes, (double)c->site->counts.allocations);
}

double case_blocks_at_peak(const struct waste_case *c)
{
    double blocks = part_of((double)c->site->counts.bytes_at_peak, case_mean_bytes(c));
    double most = (double)c->site->evidence.most_blocks;

    return most > 0 ? fmin(blocks, most) : blocks;
}

/* Slack is known of the blocks that are not of the latest run of one size. */
double case_block_bytes(const struct waste_case *c)
{
    const double size_field = 8;
    const struct evidence *evidence = &c->site->evidence;
    double known = (double)evidence->slack_allocations;
    double bytes = case_mean_bytes(c);

    if (case_one_size(c) || 2 * known < (double)c->site->counts.allocations)
        return packaging_block_bytes(bytes, c->whole->is_mimalloc);
    return bytes + part_of((double)evidence->slack_bytes, known) +
           (c->whole->is_mimalloc ? 0 : size_field);
}

uint64_t case_one_size(const struct waste_case *c)
{
    const struct evidence *evidence = &c->site->evidence;
    double common = (double)evidence->common_blocks;

    if (evidence->least_bytes && evidence->least_bytes == evidence->greatest_bytes)
        return evidence->least_bytes;
    return common >= 0.9 * (double)evidence->size_count ? evidence->common_bytes : 0;
}

bool case_is_text(const struct waste_case *c)
{
    const struct advice_held *held = &c->site->held;
    const struct advice_contents *contents = &c->site->contents;
    const struct advice_unwritten *unwritten = &c->site->unwritten;

    return 2 * (double)(held->text_blocks + contents->text_blocks) >
               (double)(held->blocks + contents->blocks) &&
           4 * (double)(held->unwritten_bytes + unwritten->unwritten_bytes) <=
               (double)(held->unwritten_of_bytes + unwritten->bytes);
}

double case_most_sizes_bytes(const struct waste_case *c)
{
    const struct evidence *evidence = &c->site->evidence;
    double left = 0.05 * (double)evidence->size_count;
    uint32_t bucket = LEDGER_SIZE_BUCKETS - 1;

    while (bucket && (double)evidence->sizes[bucket] <= left)
        left -= (double)evidence->sizes[bucket--];
    return fmin(exp2(bucket), (double)evidence->greatest_bytes);
}
