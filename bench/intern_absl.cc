/* SPDX-License-Identifier: MIT */
#include "bench/intern_ways.h"

#include <mutex>
#include <shared_mutex>
#include <string>

#if __has_include(<absl/container/flat_hash_set.h>)
#include <absl/container/flat_hash_set.h>

static absl::flat_hash_set<std::string> &set_of()
{
    static absl::flat_hash_set<std::string> set;
    return set;
}

static absl::string_view view_of(const tare_text *text)
{
    return absl::string_view(text->start, text->bytes);
}

static void keep(std::uintptr_t sum)
{
    asm volatile("" : : "r"(sum) : "memory");
}

static void look_up_alone(const tare_text *texts, std::size_t count)
{
    auto &set = set_of();
    std::uintptr_t sum = 0;

    INTERN_LOOP(sum += (std::uintptr_t)set.emplace(view_of(text)).first->data());
    keep(sum);
}

static void look_up_mutex(const tare_text *texts, std::size_t count)
{
    static std::mutex lock;
    auto &set = set_of();
    std::uintptr_t sum = 0;

    INTERN_LOOP(std::lock_guard<std::mutex> guard(lock);
                sum += (std::uintptr_t)set.emplace(view_of(text)).first->data());
    keep(sum);
}

static std::uintptr_t find_or_add(const tare_text *text)
{
    static std::shared_mutex lock;
    auto &set = set_of();

    {
        std::shared_lock<std::shared_mutex> guard(lock);
        auto found = set.find(view_of(text));
        if (found != set.end())
            return (std::uintptr_t)found->data();
    }
    std::lock_guard<std::shared_mutex> guard(lock);
    return (std::uintptr_t)set.emplace(view_of(text)).first->data();
}

static void look_up_rwlock(const tare_text *texts, std::size_t count)
{
    std::uintptr_t sum = 0;

    INTERN_LOOP(sum += find_or_add(text));
    keep(sum);
}
#define MISSING nullptr
#else
#define MISSING "libabsl-dev"
#define look_up_alone nullptr
#define look_up_mutex nullptr
#define look_up_rwlock nullptr
#endif

extern "C" {
const struct intern_way intern_way_absl = {"absl", MISSING, true, false, look_up_alone};
const struct intern_way intern_way_absl_mutex = {"absl+mutex", MISSING, false, true,
                                                 look_up_mutex};
const struct intern_way intern_way_absl_rwlock = {"absl+rwlock", MISSING, false, true,
                                                  look_up_rwlock};
}
