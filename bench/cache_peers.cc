/* SPDX-License-Identifier: MIT
 *
 * A shared object that bench/cache.c loads, where there is a C++ compiler: maps in 16 shards, each
 * with a lock, whose values are shared_ptrs.
 */
#include <cstdlib>
#include <list>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#ifdef HAVE_ABSL
#include <absl/container/flat_hash_map.h>
#endif

#include "bench/cache_ways.h"

namespace
{

#ifdef HAVE_ABSL
template <typename Value> using Map = absl::flat_hash_map<std::uint64_t, Value>;
#define MAP "absl"
#else
template <typename Value> using Map = std::unordered_map<std::uint64_t, Value>;
#define MAP "unordered_map"
#endif

using Value = std::shared_ptr<std::uint64_t>;

std::size_t shard_of(std::uint64_t key)
{
    return (key * 0x9fb21c651e98df25u) >> 60;
}

/* Reads lock a shard for sharing and mark use; nothing is evicted. */
struct alignas(64) Shared {
    struct Entry {
        Value value;
        unsigned char used;
    };
    std::shared_mutex lock;
    Map<Entry> map;

    void put(std::uint64_t key, std::size_t)
    {
        std::unique_lock<std::shared_mutex> guard(lock);

        map[key] = Entry{std::make_shared<std::uint64_t>(key * 3), 0};
    }

    Value get(std::uint64_t key)
    {
        std::shared_lock<std::shared_mutex> guard(lock);
        auto at = map.find(key);

        if (at == map.end())
            return nullptr;
        if (!__atomic_load_n(&at->second.used, __ATOMIC_RELAXED))
            __atomic_store_n(&at->second.used, 1, __ATOMIC_RELAXED);
        return at->second.value;
    }
};

/* A least recently used list in each shard, as caches have that are written in an afternoon. */
struct alignas(64) Listed {
    struct Entry {
        std::uint64_t key;
        Value value;
    };
    std::mutex lock;
    std::list<Entry> list;
    Map<std::list<Entry>::iterator> map;

    void put(std::uint64_t key, std::size_t capacity)
    {
        std::lock_guard<std::mutex> guard(lock);

        if (map.size() >= capacity) {
            map.erase(list.back().key);
            list.pop_back();
        }
        list.push_front({key, std::make_shared<std::uint64_t>(key * 3)});
        map[key] = list.begin();
    }

    Value get(std::uint64_t key)
    {
        std::lock_guard<std::mutex> guard(lock);
        auto at = map.find(key);

        if (at == map.end())
            return nullptr;
        list.splice(list.begin(), list, at->second);
        return at->second->value;
    }
};

template <typename Shard> struct Way {
    static Shard *shards;
    static std::size_t capacity;

    static void begin(std::size_t entries)
    {
        shards = new Shard[CACHE_SHARDS];
        capacity = entries / CACHE_SHARDS;
    }

    static void put(std::uint64_t key)
    {
        shards[shard_of(key)].put(key, capacity);
    }

    static std::size_t gets(const std::uint64_t *keys, std::size_t count)
    {
        std::size_t hits = 0;

        for (std::size_t i = 0; i < count; i++) {
            Value value = shards[shard_of(keys[i])].get(keys[i]);

            if (value && *value != keys[i] * 3)
                std::abort();
            hits += value != nullptr;
        }
        return hits;
    }

    static void end()
    {
        delete[] shards;
    }
};

template <typename Shard> Shard *Way<Shard>::shards;
template <typename Shard> std::size_t Way<Shard>::capacity;

} // namespace

extern "C" __attribute__((visibility("default"))) const cache_way cache_peers[] = {
    {"rwlock " MAP, Way<Shared>::begin, Way<Shared>::put, Way<Shared>::gets,
     Way<Shared>::end},
    {"LRU " MAP, Way<Listed>::begin, Way<Listed>::put, Way<Listed>::gets, Way<Listed>::end},
    {},
};
