/* SPDX-License-Identifier: MIT
 *
 * The shortest digits that read as a given double, by Steele and White. Most doubles that programs
 * print have few digits and are done without big numbers.
 */
#include "toolkit/string_builder_parts.h"

/* Room for 2 * 2^1075 and for 2^54 * 10^324: the quotient's parts for the least and largest double. */
enum { BIG_WORDS = 38 };

/* An integer without a sign, the least word first; no zero words at its end. */
struct big {
    uint32_t words[BIG_WORDS];
    int count;
};

static void big_set(struct big *big, uint64_t value)
{
    big->words[0] = (uint32_t)value;
    big->words[1] = (uint32_t)(value >> 32);
    big->count = big->words[1] ? 2 : big->words[0] != 0;
}

static void big_multiply(struct big *big, uint32_t factor)
{
    uint64_t carry = 0;

    for (int i = 0; i < big->count; i++) {
        carry += (uint64_t)big->words[i] * factor;
        big->words[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        big->words[big->count++] = (uint32_t)carry;
}

static void big_multiply_by_power_of_ten(struct big *big, int power)
{
    for (; power >= 9; power -= 9)
        big_multiply(big, 1000000000);
    uint32_t rest = 1;
    for (; power > 0; power--)
        rest *= 10;
    big_multiply(big, rest);
}

static void big_shift_left(struct big *big, int bits)
{
    int words = bits / 32;

    for (int i = big->count - 1; i >= 0 && words; i--)
        big->words[i + words] = big->words[i];
    for (int i = 0; i < words; i++)
        big->words[i] = 0;
    if (big->count)
        big->count += words;
    big_multiply(big, (uint32_t)1 << bits % 32);
}

static int big_compare(const struct big *a, const struct big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (int i = a->count - 1; i >= 0; i--)
        if (a->words[i] != b->words[i])
            return a->words[i] < b->words[i] ? -1 : 1;
    return 0;
}

static struct big big_sum(const struct big *a, const struct big *b)
{
    struct big sum;
    uint64_t carry = 0;
    int count = a->count > b->count ? a->count : b->count;

    for (int i = 0; i < count; i++) {
        carry +=
            (i < a->count ? a->words[i] : 0) + (uint64_t)(i < b->count ? b->words[i] : 0);
        sum.words[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        sum.words[count++] = (uint32_t)carry;
    sum.count = count;
    return sum;
}

/* big -= factor * other, which is not more. */
static void big_subtract(struct big *big, const struct big *other, uint32_t factor)
{
    uint64_t product = 0;
    int64_t borrow = 0;

    for (int i = 0; i < big->count; i++) {
        product += i < other->count ? (uint64_t)other->words[i] * factor : 0;
        borrow += (int64_t)big->words[i] - (int64_t)(uint32_t)product;
        big->words[i] = (uint32_t)borrow;
        product >>= 32;
        borrow >>= 32;
    }
    while (big->count && !big->words[big->count - 1])
        big->count--;
}

/* big / divisor, which is less than 10; big is the remainder then. The divisor's last word is at
 * least 8 and less than 2^32 / 10, so that the quotient of the last words is at most one less. */
static unsigned big_divide(struct big *big, const struct big *divisor)
{
    if (big->count < divisor->count)
        return 0;
    unsigned quotient =
        big->words[big->count - 1] / (divisor->words[divisor->count - 1] + 1);
    if (quotient)
        big_subtract(big, divisor, quotient);
    if (big_compare(big, divisor) >= 0) {
        big_subtract(big, divisor, 1);
        quotient++;
    }
    return quotient;
}

/* value = rest / divisor * 10^point, and whatever is between (rest - below) / divisor and
 * (rest + above) / divisor reads as the same. */
struct fraction {
    struct big rest, divisor, below, above;
    bool is_even; /* so do the two ends */
    int point;
};

/* The least power of ten that is more than a value of at least 2^bits; at most one too small. */
static int least_power_of_ten(int bits)
{
    double logarithm = bits * 0.30102999566398120 - 1e-10;
    int power = (int)logarithm;

    return power + (logarithm > power);
}

static void multiply_numerators(struct fraction *fraction, int power)
{
    big_multiply_by_power_of_ten(&fraction->rest, power);
    big_multiply_by_power_of_ten(&fraction->below, power);
    big_multiply_by_power_of_ten(&fraction->above, power);
}

/* All of it, so that the divisor is as big_divide needs it. */
static void normalise(struct fraction *fraction)
{
    uint32_t last = fraction->divisor.words[fraction->divisor.count - 1];
    int bits = (__builtin_clz(last) + 28) % 32;

    big_shift_left(&fraction->rest, bits);
    big_shift_left(&fraction->divisor, bits);
    big_shift_left(&fraction->below, bits);
    big_shift_left(&fraction->above, bits);
}

static bool reads_as_more(const struct fraction *fraction)
{
    struct big highest = big_sum(&fraction->rest, &fraction->above);

    return big_compare(&highest, &fraction->divisor) >= !fraction->is_even;
}

static bool reads_as_less(const struct fraction *fraction)
{
    return big_compare(&fraction->rest, &fraction->below) < fraction->is_even;
}

static void make_fraction(struct fraction *fraction, double value)
{
    enum { BITS = 53, EXPONENT_MIN = -1074 };
    int exponent;
    uint64_t mantissa = (uint64_t)__builtin_ldexp(__builtin_frexp(value, &exponent), BITS);

    exponent -= BITS;
    while (exponent < EXPONENT_MIN) /* the lowest bits of a subnormal are none */
        mantissa >>= 1, exponent++;
    /* below a power of two, doubles are twice as dense as above */
    bool is_uneven = mantissa == (uint64_t)1 << (BITS - 1) && exponent > EXPONENT_MIN;
    big_set(&fraction->rest, mantissa);
    big_set(&fraction->divisor, 1);
    big_set(&fraction->below, 1);
    big_set(&fraction->above, 1);
    big_shift_left(&fraction->rest, (exponent > 0 ? exponent : 0) + 1 + is_uneven);
    big_shift_left(&fraction->divisor, (exponent < 0 ? -exponent : 0) + 1 + is_uneven);
    big_shift_left(&fraction->below, exponent > 0 ? exponent : 0);
    big_shift_left(&fraction->above, (exponent > 0 ? exponent : 0) + is_uneven);
    fraction->is_even = mantissa % 2 == 0;
    fraction->point = least_power_of_ten(exponent + 63 - __builtin_clzll(mantissa));
    if (fraction->point >= 0)
        big_multiply_by_power_of_ten(&fraction->divisor, fraction->point);
    else
        multiply_numerators(fraction, -fraction->point);
    if (reads_as_more(fraction))
        fraction->point++;
    else
        multiply_numerators(fraction, 1);
    normalise(fraction);
}

static size_t all_digits(double value, char digits[DOUBLE_DIGITS], int *point)
{
    struct fraction fraction;
    size_t count = 0;

    make_fraction(&fraction, value);
    *point = fraction.point;
    for (;;) {
        unsigned digit = big_divide(&fraction.rest, &fraction.divisor);
        bool is_low = reads_as_less(&fraction), is_high = reads_as_more(&fraction);

        if (is_low && is_high) {
            big_multiply(&fraction.rest, 2); /* the nearer one, or the even one */
            is_low = big_compare(&fraction.rest, &fraction.divisor) < (digit % 2 == 0);
        }
        if (is_low || is_high) {
            digits[count++] = (char)('0' + digit + !is_low);
            return count;
        }
        digits[count++] = (char)('0' + digit);
        multiply_numerators(&fraction, 1);
    }
}

/* value = *decimal / 10^*places, if so for a decimal of at most 15 digits: no other of as many
 * digits reads as the same. Both are exact as doubles, so that their quotient is what is read. */
static bool is_short_decimal(double value, uint64_t *decimal, int *places)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    enum { PLACES_MAX = sizeof powers / sizeof *powers - 1 };
    int exponent;

    if (value < 9007199254740992 && (double)(uint64_t)value == value) {
        *decimal = (uint64_t)value;
        *places = 0;
        return true;
    }
    __builtin_frexp(value, &exponent);
    *places = 15 - least_power_of_ten(exponent - 1);
    if (*places > PLACES_MAX)
        *places = PLACES_MAX;
    if (*places > 0 && value * powers[*places] >= 1e15)
        --*places;
    if (*places <= 0)
        return false;
    *decimal = (uint64_t)(value * powers[*places] + 0.5);
    return *decimal && (double)*decimal / powers[*places] == value;
}

size_t tare__double_digits(double value, char digits[DOUBLE_DIGITS], int *point)
{
    static const uint32_t steps[][2] = {{100000000, 8}, {10000, 4}, {100, 2}, {10, 1}};
    char text[20], *end = text + sizeof text;
    uint64_t decimal;
    int places;

    if (!is_short_decimal(value, &decimal, &places))
        return all_digits(value, digits, point);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (decimal % steps[i][0] == 0) {
            decimal /= steps[i][0];
            places -= (int)steps[i][1];
        }
    const char *start = tare__digits_before(end, decimal);
    size_t count = (size_t)(end - start);
    memcpy(digits, start, count);
    *point = (int)count - places;
    return count;
}
