/* SPDX-License-Identifier: MIT
 *
 * States of governors are compressed and come back; and the life of a customer from one governor to the
 * next: what a subscription says is done at the others, by whoever asked it.
 */
#include "lib/governor_fixture.h"

#include <tare/codec.h>

enum { TENANTS = 100, EVENTS = 485, POOL = 64 };

/* A quota's governor amid its work: Poisson times, few tenants that ask much, some that are denied. */
static struct governed busy(uint64_t seed, unsigned tenants, unsigned events)
{
    const struct tare_governor_config config = {
        .type = TARE_GOVERNOR_QUOTA,
        .tenants = tenants,
        .events = events,
        .seed = 1,
        .quota = {.limit = 100, .period_ns = 10 * SECOND, .burst = 10}};
    struct governed made = govern(&config);
    int64_t now_ns = INT64_C(1700000000) * SECOND;

    for (unsigned i = 0; i < 5 * events; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        now_ns += __builtin_clzll(seed | 1) * INT64_C(5000000) + (int64_t)(seed >> 44);
        uint64_t skewed = (seed >> 40 & 0xffff) * (seed >> 20 & 0xffff) >> 16;
        ASK(&made, CHECK, .tenant = (uint32_t)(skewed * tenants >> 16) * 1000003,
            .quantity = 1, .now_ns = now_ns);
        assert_int_not_equal(made.decision.verdict, TARE_GOVERNOR_ERROR);
    }
    return made;
}

static const struct tare_codec_field event_deltas[] = {
    TARE_CODEC_FIELD(struct tare_governor_event, time_ns),
    TARE_CODEC_FIELD(struct tare_governor_event, seq)};
static const struct tare_codec_layout event_layout = {sizeof(struct tare_governor_event),
                                                      event_deltas, 2};
static const struct tare_codec_field tenant_deltas[] = {{0, 4}}; /* sorted */
static const struct tare_codec_layout tenant_layout = {sizeof(struct tare__tenants_entry),
                                                       tenant_deltas, 1};

/* A snapshot's parts, as tare/governor.h does not tell: the rest, then events, then tenants. */
static void parts_of(const void *snapshot, size_t bytes, size_t events, size_t tenants,
                     struct tare_codec_part parts[3])
{
    size_t event_bytes = events * sizeof(struct tare_governor_event);
    size_t tenant_bytes = tenants * sizeof(struct tare__tenants_entry);
    const char *at = snapshot;

    parts[0] = (struct tare_codec_part){at, bytes - event_bytes - tenant_bytes, NULL};
    at += parts[0].bytes;
    parts[1] = (struct tare_codec_part){at, event_bytes, &event_layout};
    parts[2] = (struct tare_codec_part){at + event_bytes, tenant_bytes, &tenant_layout};
}

/* The frame's bytes; what it gives back is what went in, and a governor takes it. */
static size_t there_and_back(struct tare_codec *codec, struct governed *from,
                             unsigned tenants, unsigned events)
{
    struct tare_codec_block frame = {0}, content = {0};
    struct tare_codec_part parts[3], found[3] = {0};
    struct tare_governor_stats stats;
    size_t bytes, frame_bytes;
    void *snapshot = saved(from, &bytes);
    struct governed to = busy(99, tenants, events);

    tare_governor_get_stats(from->governor, &stats);
    parts_of(snapshot, bytes, events, stats.tenants, parts);
    for (int i = 0; i < 3; i++)
        found[i].layout = parts[i].layout;
    assert_int_equal(tare_codec_encode_parts(codec, parts, 3, &frame), 0);
    assert_int_equal(tare_codec_decode_parts(codec, frame.data, frame.bytes, 1 << 20,
                                             &content, found, 3),
                     0);
    char *back = calloc(1, bytes), *at = back;
    for (int i = 0; i < 3; at += found[i++].bytes)
        memcpy(at, found[i].data, found[i].bytes);
    assert_int_equal(at - back, bytes);
    assert_memory_equal(back, snapshot, bytes);
    assert_int_equal(tare_governor_restore(to.governor, back, bytes), 0);
    same_state(from, &to);
    frame_bytes = frame.bytes;
    free(back);
    free(snapshot);
    govern_end(&to);
    tare_codec_block_fini(&frame);
    tare_codec_block_fini(&content);
    return frame_bytes;
}

static void basic_compression(void **state)
{
    (void)state;
    for (int kind = TARE_CODEC_BEST; kind < TARE_CODEC_KINDS; kind++) {
        const struct tare_codec_options options = {.kind = (enum tare_codec_kind)kind};
        struct governed from = busy(7, 16, 32);
        struct tare_codec *codec;

        if (tare_codec_is_built_in(options.kind)) {
            assert_int_equal(tare_codec_create(&codec, &options), 0);
            assert_true(there_and_back(codec, &from, 16, 32) > 0);
            tare_codec_destroy(&codec);
        }
        govern_end(&from);
    }
}

static void compression_ratio(void **state)
{
    const struct tare_codec_options options = {.kind = TARE_CODEC_ZSTD};
    struct tare_codec *codec;

    (void)state;
    if (!tare_codec_is_built_in(TARE_CODEC_ZSTD))
        skip();
    assert_int_equal(tare_codec_create(&codec, &options), 0);
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct governed from = busy(seed, TENANTS, EVENTS);
        size_t bytes;

        free(saved(&from, &bytes));
        assert_true(bytes > 16000);
        size_t frame = there_and_back(codec, &from, TENANTS, EVENTS);
        assert_true(bytes >= 4 * frame);
        govern_end(&from);
    }
    tare_codec_destroy(&codec);
}

/* Many small states in one frame take less than each in its own. */
static void pool_compression(void **state)
{
    struct governed pool[POOL];
    struct tare_codec *codec;
    struct tare_codec_block frame = {0}, content = {0};
    size_t room, alone = 0, used = 0, bytes[POOL];

    (void)state;
    assert_int_equal(tare_codec_create(&codec, NULL), 0);
    for (unsigned i = 0; i < POOL; i++) {
        pool[i] = busy(i, 16, 32);
        alone += there_and_back(codec, &pool[i], 16, 32);
    }
    room = tare_governor_snapshot_bytes(pool[0].policy);
    char *all = calloc(POOL, room);
    for (unsigned i = 0; i < POOL; used += bytes[i++]) {
        bytes[i] = tare_governor_save(pool[i].governor, all + used, room);
        assert_true(bytes[i] && bytes[i] % 8 == 0);
    }
    assert_int_equal(tare_codec_encode(codec, all, used, &frame), 0);
    assert_true(frame.bytes < used && frame.bytes < alone);
    assert_int_equal(tare_codec_decode(codec, frame.data, frame.bytes, used, &content), 0);
    assert_int_equal(content.bytes, used);
    used = 0;
    for (unsigned i = 0; i < POOL; used += bytes[i++]) {
        struct governed back = busy(1000, 16, 32);

        assert_int_equal(
            tare_governor_restore(back.governor, (char *)content.data + used, bytes[i]), 0);
        same_state(&pool[i], &back);
        govern_end(&back);
        govern_end(&pool[i]);
    }
    free(all);
    tare_codec_block_fini(&frame);
    tare_codec_block_fini(&content);
    tare_codec_destroy(&codec);
}

/* Plans, what they grant, and how much of it. */
enum { NO_PLAN, BASIC, PRO, PLANS, API = 1, EXPORT = 2, CUSTOMER = 42, PRICE = 3 };
static const uint64_t features[PLANS] = {
    [BASIC] = 1 << API, [PRO] = 1 << API | 1 << EXPORT};

struct shop {
    struct governed subscription, entitlement, billing, quotas[PLANS];
    uint32_t version, plan; /* the customer's quota */
    uint64_t orders;
};

static struct shop open_shop(void)
{
    const struct tare_governor_config subscription = {
        .type = TARE_GOVERNOR_SUBSCRIPTION,
        .tenants = 4,
        .events = 64,
        .subscription = {.dunning_ns = 10 * SECOND}};
    const struct tare_governor_config entitlement = {
        .type = TARE_GOVERNOR_ENTITLEMENT,
        .tenants = 4,
        .events = 64,
        .entitlement = {
            .features = {[API] = TARE_GOVERNOR_SWITCH, [EXPORT] = TARE_GOVERNOR_SWITCH}}};
    const struct tare_governor_config billing = {
        .type = TARE_GOVERNOR_BILLING,
        .tenants = 4,
        .events = 64,
        .answers = 16,
        .is_closed = true,
        .billing = {.credit_limit = 100, .grace_ns = 5 * SECOND, .currency = 978}};
    struct shop shop = {
        govern(&subscription), govern(&entitlement), govern(&billing), {{0}}, 0, 0, 0};

    for (unsigned plan = BASIC; plan < PLANS; plan++)
        shop.quotas[plan] = govern(
            &(struct tare_governor_config){.type = TARE_GOVERNOR_QUOTA,
                                           .tenants = 4,
                                           .events = 64,
                                           .quota = {.limit = plan == PRO ? 50 : 5,
                                                     .period_ns = 1000 * SECOND,
                                                     .burst = plan == PRO ? 50 : 5}});
    return shop;
}

static void close_shop(struct shop *shop)
{
    govern_end(&shop->subscription);
    govern_end(&shop->entitlement);
    govern_end(&shop->billing);
    for (unsigned plan = BASIC; plan < PLANS; plan++)
        govern_end(&shop->quotas[plan]);
}

/* Do at the others what the subscription's decision says. */
static void follow(struct shop *shop, int64_t now_ns)
{
    const struct tare_governor_decision *decision = &shop->subscription.decision;

    if (decision->effects & TARE_GOVERNOR_SET_ENTITLEMENTS)
        ALLOWS(&shop->entitlement, REPLACE, .tenant = CUSTOMER,
               .value = features[decision->plan], .version = ++shop->version,
               .now_ns = now_ns);
    if (decision->effects & TARE_GOVERNOR_SET_QUOTA)
        shop->plan = decision->plan;
    if (decision->effects & TARE_GOVERNOR_OPEN_ACCOUNT)
        assert_int_equal(tare_governor_admit(shop->billing.governor, CUSTOMER, now_ns), 0);
}

/* A call of the interface; what keeps it from being, or OK. */
static enum tare_governor_reason call(struct shop *shop, uint16_t feature, int64_t now_ns)
{
    struct governed *quota = &shop->quotas[shop->plan];

    ASK(&shop->subscription, CHECK, .tenant = CUSTOMER, .now_ns = now_ns);
    follow(shop, now_ns);
    if (shop->subscription.decision.verdict)
        return shop->subscription.decision.reason;
    if (ASK(&shop->entitlement, CHECK, .tenant = CUSTOMER, .feature = feature,
            .now_ns = now_ns))
        return shop->entitlement.decision.reason;
    if (ASK(&shop->billing, CHECK, .tenant = CUSTOMER, .amount = PRICE, .now_ns = now_ns))
        return shop->billing.decision.reason;
    if (ASK(quota, CHECK, .tenant = CUSTOMER, .quantity = 1, .now_ns = now_ns))
        return quota->decision.reason;
    shop->orders++;
    ALLOWS(&shop->billing, CHARGE, .tenant = CUSTOMER, .amount = PRICE, .currency = 978,
           .id = {shop->orders}, .now_ns = now_ns);
    ALLOWS(&shop->billing, CHARGE, .tenant = CUSTOMER, .amount = PRICE, .currency = 978,
           .id = {shop->orders}, .now_ns = now_ns); /* asked again, charged once */
    assert_true(shop->billing.decision.flags & TARE_GOVERNOR_REPLAYED);
    return TARE_GOVERNOR_OK;
}

static int64_t owed(struct shop *shop, int64_t now_ns)
{
    ASK(&shop->billing, PEEK, .tenant = CUSTOMER, .amount = 0, .now_ns = now_ns);
    return shop->billing.decision.limit - shop->billing.decision.remaining;
}

static void full_workflow(void **state)
{
    struct shop shop = open_shop();

    (void)state;
    assert_int_equal(call(&shop, API, 1), TARE_GOVERNOR_NOT_SUBSCRIBED);
    REFUSES(&shop.billing, UNKNOWN_TENANT, CHARGE, .tenant = CUSTOMER, .amount = 1,
            .currency = 978, .id = {999}, .now_ns = 1);
    ALLOWS(&shop.subscription, ACTIVATE, .tenant = CUSTOMER, .plan = BASIC, .version = 1,
           .until_ns = 100 * SECOND, .now_ns = 2);
    assert_int_equal(shop.subscription.decision.effects, TARE_GOVERNOR_SET_ENTITLEMENTS |
                                                             TARE_GOVERNOR_SET_QUOTA |
                                                             TARE_GOVERNOR_OPEN_ACCOUNT);
    follow(&shop, 2);
    for (int i = 0; i < 5; i++)
        assert_int_equal(call(&shop, API, SECOND), TARE_GOVERNOR_OK);
    assert_int_equal(call(&shop, API, SECOND), TARE_GOVERNOR_OVER_QUOTA);
    assert_int_equal(call(&shop, EXPORT, SECOND), TARE_GOVERNOR_NOT_GRANTED);
    assert_int_equal(owed(&shop, SECOND), 5 * PRICE);

    ALLOWS(&shop.subscription, CHANGE_PLAN, .tenant = CUSTOMER, .plan = PRO, .version = 2,
           .now_ns = SECOND);
    follow(&shop, SECOND);
    for (int i = 5; i < 33; i++)
        assert_int_equal(call(&shop, i % 2 ? API : EXPORT, 2 * SECOND), TARE_GOVERNOR_OK);
    assert_int_equal(call(&shop, API, 2 * SECOND), TARE_GOVERNOR_OVER_CREDIT);
    assert_int_equal(owed(&shop, 2 * SECOND), 33 * PRICE);
    ALLOWS(&shop.billing, INVOICE_DUE, .tenant = CUSTOMER, .until_ns = 3 * SECOND,
           .now_ns = 2 * SECOND);
    assert_int_equal(call(&shop, API, 8 * SECOND + 1), TARE_GOVERNOR_ACCOUNT_SUSPENDED);
    ALLOWS(&shop.billing, PAYMENT, .tenant = CUSTOMER, .amount = 33 * PRICE,
           .currency = 978, .id = {1, 1}, .now_ns = 9 * SECOND);
    assert_int_equal(call(&shop, API, 9 * SECOND), TARE_GOVERNOR_OK);
    assert_int_equal(owed(&shop, 9 * SECOND), PRICE);

    /* The end by time alone is found by the next who asks. */
    ALLOWS(&shop.subscription, PAYMENT_FAILED, .tenant = CUSTOMER, .version = 3,
           .now_ns = 10 * SECOND);
    assert_int_equal(call(&shop, API, 15 * SECOND), TARE_GOVERNOR_OK);
    assert_int_equal(call(&shop, API, 21 * SECOND), TARE_GOVERNOR_NOT_SUBSCRIBED);
    DENIES(&shop.entitlement, NOT_GRANTED, CHECK, .tenant = CUSTOMER, .feature = API,
           .now_ns = 21 * SECOND);
    assert_int_equal(shop.plan, NO_PLAN);
    assert_int_equal(owed(&shop, 21 * SECOND), 2 * PRICE);
    assert_int_equal(shop.orders, 35);
    close_shop(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basic_compression),
        cmocka_unit_test(compression_ratio),
        cmocka_unit_test(pool_compression),
        cmocka_unit_test(full_workflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
