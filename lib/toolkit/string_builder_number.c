/* SPDX-License-Identifier: MIT */
#include "base/debug.h"
#include "toolkit/string_builder_parts.h"

enum { U64_DIGITS = 20, U64_HEX_DIGITS = 16 };

char *tare__digits_before(char *end, uint64_t value)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";

    while (value >= 100) {
        memcpy(end -= 2, pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10)
        memcpy(end -= 2, pairs + value * 2, 2);
    else
        *--end = (char)('0' + value);
    return end;
}

bool tare_string_builder_append_u64(struct tare_string_builder *builder, uint64_t value)
{
    char digits[U64_DIGITS], *end = digits + sizeof digits;
    const char *start = tare__digits_before(end, value);

    return tare_string_builder_append_bytes(builder, start, (size_t)(end - start));
}

bool tare_string_builder_append_i64(struct tare_string_builder *builder, int64_t value)
{
    char digits[U64_DIGITS + 1], *end = digits + sizeof digits;
    /* the least one has no positive counterpart but as unsigned */
    char *start = tare__digits_before(end, value < 0 ? -(uint64_t)value : (uint64_t)value);

    if (value < 0)
        *--start = '-';
    return tare_string_builder_append_bytes(builder, start, (size_t)(end - start));
}

bool tare_string_builder_append_hex(struct tare_string_builder *builder, uint64_t value,
                                    unsigned least_digits)
{
    char digits[U64_HEX_DIGITS], *end = digits + sizeof digits, *start = end;

    do
        *--start = "0123456789abcdef"[value & 15];
    while (value >>= 4);
    size_t bytes = (size_t)(end - start);
    size_t zeros = least_digits > bytes ? least_digits - bytes : 0;
    char *to = tare__string_builder_open(builder, zeros + bytes);
    if (!to)
        return false;
    memset(to, '0', zeros);
    memcpy(to + zeros, start, bytes);
    builder->bytes += zeros + bytes;
    TARE_AUDIT(tare__string_builder_valid(builder));
    return true;
}

/* DIGITS e EXPONENT, the point after the first digit. */
static char *put_scientific(char *to, const char *digits, size_t count, int exponent)
{
    char text[4], *end = text + sizeof text;

    *to++ = digits[0];
    if (count > 1) {
        *to++ = '.';
        memcpy(to, digits + 1, count - 1);
        to += count - 1;
    }
    *to++ = 'e';
    *to++ = exponent < 0 ? '-' : '+';
    const char *start =
        tare__digits_before(end, (uint64_t)(exponent < 0 ? -exponent : exponent));
    memcpy(to, start, (size_t)(end - start));
    return to + (end - start);
}

/* The first `point` digits, zeros if there are fewer, then the others behind the point. */
static char *put_plain(char *to, const char *digits, size_t count, int point)
{
    size_t whole = point > 0 ? (size_t)point : 0;

    if (whole >= count) {
        memcpy(to, digits, count);
        memset(to + count, '0', whole - count);
        return to + whole;
    }
    if (whole)
        memcpy(to, digits, whole);
    else
        *to++ = '0';
    to += whole;
    *to++ = '.';
    for (; point < 0; point++)
        *to++ = '0';
    memcpy(to, digits + whole, count - whole);
    return to + (count - whole);
}

bool tare_string_builder_append_double(struct tare_string_builder *builder, double value)
{
    /* a sign, 0.00000 or an exponent, all digits; or 21 digits and no point */
    char text[DOUBLE_DIGITS + 8], digits[DOUBLE_DIGITS], *end = text;
    int point;

    if (__builtin_isnan(value))
        return tare_string_builder_append(builder, "nan");
    if (__builtin_signbit(value)) {
        *end++ = '-';
        value = -value;
    }
    if (__builtin_isinf(value)) {
        memcpy(end, "inf", 3);
        end += 3;
    } else if (value == 0) {
        *end++ = '0';
    } else {
        size_t count = tare__double_digits(value, digits, &point);
        /* where others write an exponent too: ECMA-262, Number::toString */
        end = point > -6 && point <= 21 ? put_plain(end, digits, count, point)
                                        : put_scientific(end, digits, count, point - 1);
    }
    return tare_string_builder_append_bytes(builder, text, (size_t)(end - text));
}
