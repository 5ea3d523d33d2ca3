/* SPDX-License-Identifier: MIT */
#include "advice/judge.h"

#include "advice/growth.h"
#include "advice/names.h"
#include "advice/share.h"
#include "advice/spots.h"
#include "profile/site_id.h"
#include "profile/view.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Less is not worth a line of anybody's code, whatever part of a small program it is. */
static const double least_peak_bytes = 64 << 10, least_cpu_ns = 2e5;
static const double least_peak_part = 0.01, least_cpu_part = 0.005;

/* Of two that are nearly worth the same, the one that is less work is first. */
static const double nearly = 0.9;

struct judging {
    struct judgement *judgement;
    struct profile *profile;
    struct view view;
    struct spots spots;
    struct growth *growths; /* by process */
    const struct costs *costs;
    uint32_t room;
    bool with_little;
};

static double certainty(enum confidence confidence)
{
    static const double weights[] = {0.3, 0.7, 1};

    return weights[confidence];
}

static double worth_of(const struct waste_whole *whole, const struct saving *saving)
{
    double peak = saving->peak_bytes >= least_peak_bytes
                      ? part_of(saving->peak_bytes, whole->peak_bytes)
                      : 0;
    double cpu =
        saving->cpu_ns >= least_cpu_ns ? part_of(saving->cpu_ns, whole->cpu_ns) : 0;

    peak = peak >= least_peak_part ? fmin(peak, 1) : 0;
    cpu = cpu >= least_cpu_part ? fmin(cpu, 1) : 0;
    return fmax(peak, cpu);
}

static double weighted(const struct judging *judging, const struct finding *finding)
{
    return worth_of(&judging->judgement->whole, &finding->saving) *
           certainty(finding->confidence);
}

static bool is_better(const struct judging *judging, const struct finding *one,
                      const struct finding *other)
{
    double left = weighted(judging, one);
    double right = weighted(judging, other);

    if (left * nearly > right || right * nearly > left)
        return left > right;
    return one->remedy < other->remedy;
}

static void add_other(struct advice *advice, enum remedy remedy)
{
    for (unsigned i = 0; i < advice->other_count; i++)
        if (advice->others[i] == remedy)
            return;
    if (remedy != advice->finding.remedy && advice->other_count < JUDGE_OTHERS)
        advice->others[advice->other_count++] = remedy;
}

void advice_add_site(struct advice *advice, uint64_t id)
{
    bool is_new = advice->id_count < JUDGE_IDS;

    for (uint32_t i = 0; is_new && i < advice->id_count; i++)
        is_new = advice->ids[i] != id;
    if (is_new)
        advice->ids[advice->id_count++] = id;
    advice->site_count++;
}

/* All that detectors find, of those that look at such blocks together. */
static unsigned detect(const struct judging *judging, const struct waste_case *c,
                       enum waste_of of, struct finding found[WASTES_MAX])
{
    unsigned count = 0;

    for (unsigned i = 0; waste_detectors[i].find; i++)
        if (waste_detectors[i].of & of && waste_detectors[i].find(c, &found[count]) &&
            (judging->with_little || weighted(judging, &found[count]) > 0))
            count++;
    return count;
}

static const struct finding *best_of(const struct judging *judging,
                                     const struct finding *found, unsigned count)
{
    const struct finding *best = found;

    for (unsigned i = 1; i < count; i++)
        if (is_better(judging, &found[i], best))
            best = &found[i];
    return best;
}

/* Add what is known of a site to a case, which points to `to`. */
static void gather(const struct judging *judging, const struct site *site,
                   struct site_advice *to, struct waste_case *c)
{
    static const struct counts none;
    const struct process *processes = judging->profile->processes;
    bool is_first = !to->counts.allocations;
    bool has_growth = growth_add(&judging->growths[site->process],
                                 &processes[site->process], site->records, c->live_bytes);

    c->site = to;
    c->whole = &judging->judgement->whole;
    c->costs = judging->costs;
    site_advice_add(to, &processes[site->process], &site->counts, site->records);
    for (uint32_t i = site->parts; i; i = judging->view.parts[i - 1].next) {
        const struct site_part *part = &judging->view.parts[i - 1];

        site_advice_add(to, &processes[part->process], &none, part->records);
        has_growth &= growth_add(&judging->growths[part->process],
                                 &processes[part->process], part->records, c->live_bytes);
    }
    /* threads note what they have at the peak when they next do something: the sum may be too much */
    if ((double)to->counts.bytes_at_peak > c->whole->requested_bytes)
        to->counts.bytes_at_peak = (uint64_t)fmax(0, c->whole->requested_bytes);
    c->has_growth = has_growth && (is_first || c->has_growth);
}

/* Could anything that is done about it be worth it? Most sites are too small, and cost no more than
 * this question. */
static bool is_candidate(const struct judging *judging, const struct counts *counts)
{
    const double dearest_ns = 10000;
    struct saving all = {
        .peak_bytes = 4 * ((double)counts->bytes_at_peak + (double)counts->live_bytes) +
                      (double)counts->bytes,
        .cpu_ns = (double)counts->allocations * dearest_ns};

    return judging->with_little || worth_of(&judging->judgement->whole, &all) > 0;
}

static int add_advice(struct judging *judging, const struct advice *advice)
{
    struct judgement *judgement = judging->judgement;

    if (judgement->count == judging->room) {
        uint32_t room = judging->room ? 2 * judging->room : 16;
        struct advice *list = realloc(judgement->list, room * sizeof *list);

        if (!list)
            return -ENOMEM;
        judgement->list = list;
        judging->room = room;
    }
    judgement->list[judgement->count++] = *advice;
    return 0;
}

/* What is found at the sites of [first, end) one by one, without what all their callers share. */
static int judge_callers(struct judging *judging, uint32_t first, uint32_t end,
                         enum waste_name name, double *best)
{
    int err = 0;

    for (uint32_t i = first; !err && i < end; i++) {
        struct site *site = &judging->view.sites[judging->spots.sites[i].site];
        struct site_advice gathered = {0};
        struct waste_case c = {.name = name};
        struct finding found[WASTES_MAX];

        gather(judging, site, &gathered, &c);
        unsigned count = detect(judging, &c, OF_CALLER, found);
        if (!count || (err = site_ids_set(judging->profile->processes, site, 1)))
            continue;
        struct advice advice = {.id = site->id,
                                .process = site->process,
                                .leaf = site->leaf,
                                .frame = judging->spots.sites[i].frame,
                                .finding = *best_of(judging, found, count)};
        advice_add_site(&advice, site->id);
        *best += weighted(judging, &advice.finding);
        err = add_advice(judging, &advice);
    }
    return err;
}

/* What all sites of the spot have in common, if that is worth more than each caller's own: then it
 * takes the place of those from `own` on. */
static int judge_together(struct judging *judging, const struct waste_case *c,
                          uint32_t first, uint32_t end, uint32_t own, double callers_best)
{
    struct judgement *judgement = judging->judgement;
    struct finding found[WASTES_MAX];
    unsigned count = detect(judging, c, OF_LINE, found);
    struct advice advice = {.frame = judging->spots.sites[first].frame};

    if (!count)
        return 0;
    advice.finding = *best_of(judging, found, count);
    if (weighted(judging, &advice.finding) < callers_best) {
        for (uint32_t i = own; i < judgement->count; i++)
            add_other(&judgement->list[i], advice.finding.remedy);
        return 0;
    }
    for (uint32_t i = first; i < end; i++) {
        struct site *site = &judging->view.sites[judging->spots.sites[i].site];
        int err = site_ids_set(judging->profile->processes, site, 1);

        if (err)
            return err;
        if (i == first) {
            advice.id = site->id;
            advice.process = site->process;
            advice.leaf = site->leaf;
        }
        advice_add_site(&advice, site->id);
    }
    for (unsigned i = 0; i < count; i++)
        add_other(&advice, found[i].remedy);
    for (uint32_t i = own; i < judgement->count; i++)
        add_other(&advice, judgement->list[i].finding.remedy);
    judgement->count = own;
    return add_advice(judging, &advice);
}

static int judge_spot(struct judging *judging, uint32_t first, uint32_t end)
{
    const struct site *sites = judging->view.sites;
    const struct site *site = &sites[judging->spots.sites[first].site];
    struct site_advice gathered = {0};
    struct waste_case c = {0};
    struct counts counts = {0};
    uint32_t own = judging->judgement->count;
    double callers_best = 0;

    for (uint32_t i = first; i < end; i++)
        counts_add(&counts, &sites[judging->spots.sites[i].site].counts);
    if (!judging->spots.sites[first].frame || !is_candidate(judging, &counts))
        return 0;
    c.name = names_of_stack(judging->profile, &judging->profile->processes[site->process],
                            site->leaf);
    if (c.name == NAME_LIBTARE)
        return 0;
    for (uint32_t i = first; i < end; i++)
        gather(judging, &sites[judging->spots.sites[i].site], &gathered, &c);
    int err = judge_callers(judging, first, end, c.name, &callers_best);
    return err ? err : judge_together(judging, &c, first, end, own, callers_best);
}

static int by_worth(const void *a, const void *b)
{
    const struct advice *one = a;
    const struct advice *other = b;
    double left = one->worth * certainty(one->finding.confidence);
    double right = other->worth * certainty(other->finding.confidence);

    if (left != right)
        return left > right ? -1 : 1;
    return (one->id > other->id) - (one->id < other->id);
}

static void rank(struct judging *judging)
{
    struct judgement *judgement = judging->judgement;

    for (uint32_t i = 0; i < judgement->count; i++)
        judgement->list[i].worth =
            worth_of(&judgement->whole, &judgement->list[i].finding.saving);
    if (judgement->count)
        qsort(judgement->list, judgement->count, sizeof *judgement->list, by_worth);
}

static int judge_spots(struct judging *judging)
{
    int err = 0;

    for (uint32_t i = 0; !err && i < judging->spots.count;) {
        uint32_t end = spots_end(&judging->spots, i);

        err = judge_spot(judging, i, end);
        i = end;
    }
    if (err)
        return err;
    rank(judging);
    share_advice(judging->judgement, judging->profile);
    rank(judging);
    return 0;
}

/* Each process at its peak, with what the allocator took for its blocks then. */
static void add_process(struct waste_whole *whole, const struct judging *judging)
{
    for (uint32_t i = 0; i < judging->profile->process_count; i++) {
        const struct process *process = &judging->profile->processes[i];

        whole->requested_bytes += (double)process->peak_bytes;
        whole->duration_ns += (double)process->duration_ns;
        /* where nobody waited for it, it is taken to have worked all the time */
        whole->cpu_ns += (double)(process->header->cpu_ns ? process->header->cpu_ns
                                                          : process->duration_ns);
        whole->calls += (double)process->counts.allocations;
        judging->judgement->is_advised |= process_is_advised(process);
        whole->is_mimalloc |= process->header->allocator == LEDGER_ALLOCATOR_MIMALLOC;
    }
    whole->peak_bytes = whole->requested_bytes;
}

static void weigh_whole(struct judging *judging)
{
    struct waste_whole *whole = &judging->judgement->whole;

    *whole = (struct waste_whole){0};
    add_process(whole, judging);
    for (uint32_t i = 0; i < judging->view.site_count; i++) {
        struct site_advice gathered = {0};
        struct waste_case c = {0};

        gather(judging, &judging->view.sites[i], &gathered, &c);
        whole->copied_bytes += (double)gathered.evidence.copied_bytes;
        whole->remote_frees += (double)gathered.evidence.remote_frees;
        whole->peak_bytes +=
            case_blocks_at_peak(&c) * fmax(0, case_block_bytes(&c) - case_mean_bytes(&c));
    }
}

static int follow_growth(struct judging *judging)
{
    uint32_t count = judging->profile->process_count;
    int err = 0;

    judging->growths = calloc((size_t)count + 1, sizeof *judging->growths);
    if (!judging->growths)
        return -ENOMEM;
    for (uint32_t i = 0; !err && i < count; i++)
        err = growth_init(&judging->growths[i], &judging->profile->processes[i]);
    return err;
}

int judge(struct judgement *judgement, struct profile *profile, const struct costs *costs,
          bool with_little)
{
    struct judging judging = {.judgement = judgement,
                              .profile = profile,
                              .costs = costs,
                              .with_little = with_little};

    *judgement = (struct judgement){0};
    int err = view_init(&judging.view, profile->processes, 0, profile->process_count,
                        ORDER_BYTES, 0);
    if (err)
        return err;
    err = follow_growth(&judging);
    if (!err)
        err = spots_init(&judging.spots, profile, &judging.view);
    if (!err) {
        weigh_whole(&judging);
        err = judge_spots(&judging);
    }
    for (uint32_t i = 0; judging.growths && i < profile->process_count; i++)
        growth_fini(&judging.growths[i]);
    free(judging.growths);
    spots_fini(&judging.spots);
    view_fini(&judging.view);
    if (err)
        judgement_fini(judgement);
    return err;
}

void judgement_fini(struct judgement *judgement)
{
    free(judgement->list);
    *judgement = (struct judgement){0};
}
