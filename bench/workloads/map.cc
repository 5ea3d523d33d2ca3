/* SPDX-License-Identifier: MIT
 *
 * usage: map KEYS - ordered and hashed maps from strings to strings, and what is done with them.
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

using Index = std::map<std::string, std::string>;
using Groups = std::unordered_map<std::string, std::vector<std::string>>;

static std::string name(uint64_t number)
{
    return "customer/" + std::to_string(number * 2654435761u % 1000003) + "/" +
           std::to_string(number);
}

static Index build_index(uint64_t keys)
{
    Index index;

    for (uint64_t i = 0; i < keys; i++)
        index[name(i)] = "value of " + name(i * 3);
    return index;
}

static Groups group(const Index &index)
{
    Groups groups;

    for (const auto &entry : index)
        groups[entry.first.substr(0, 12)].push_back(entry.second);
    return groups;
}

static void thin_out(Index &index)
{
    for (auto at = index.begin(); at != index.end();)
        at = at->first.back() % 2 ? index.erase(at) : std::next(at);
}

int main(int argc, char **argv)
{
    uint64_t keys = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
    Index index = build_index(keys);
    Groups groups = group(index);
    size_t bytes = 0;

    thin_out(index);
    Index copy = index;
    for (const auto &members : groups)
        for (const auto &member : members.second)
            bytes += (members.first + "=" + member).size();
    std::printf("%zu %zu %zu\n", copy.size(), groups.size(), bytes);
    return 0;
}
