/* SPDX-License-Identifier: MIT
 *
 * A vector that has all its room from the beginning: nothing to advise.
 */
#include <algorithm>
#include <cstdint>
#include <vector>

enum { NUMBERS = 200000 };

int main()
{
    std::vector<uint64_t> numbers;
    uint64_t random = 1;

    numbers.reserve(NUMBERS);
    for (unsigned i = 0; i < NUMBERS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        numbers.push_back(random);
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers.front() > numbers.back();
}
