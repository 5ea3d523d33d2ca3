/* SPDX-License-Identifier: MIT
 *
 * What the JSON writer writes is JSON, whatever it is given.
 */
#include "report/json_writer.h"
#include "support/json_check.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct memory_json {
    struct json_writer json;
    char *text;
    size_t bytes;
};

static void begin(struct memory_json *to)
{
    memset(to, 0, sizeof *to);
    to->json.out = open_memstream(&to->text, &to->bytes);
    assert_non_null(to->json.out);
}

static void check(struct memory_json *from, const char *expected)
{
    assert_int_equal(fclose(from->json.out), 0);
    assert_true(json_is_valid(from->text, from->bytes));
    if (expected)
        assert_string_equal(from->text, expected);
    free(from->text);
}

static void check_string(const char *text, const char *expected)
{
    struct memory_json to;

    begin(&to);
    json_text(&to.json, NULL, text);
    check(&to, expected);
}

static void strings_are_escaped(void **state)
{
    (void)state;
    check_string("plain", "\"plain\"");
    check_string("a\"b\\c\n\t\x01\x7f", "\"a\\\"b\\\\c\\n\\t\\u0001\\u007f\"");
    check_string("</script>", "\"</script>\"");
    check_string(NULL, "null");
}

static void invalid_utf8_becomes_the_replacement_character(void **state)
{
    (void)state;
    check_string("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
                 "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
    check_string("\xff", "\"\xef\xbf\xbd\"");
    check_string("a\xc3", "\"a\xef\xbf\xbd\"");
    check_string("\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    check_string("\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    check_string("\xf4\x90\x80\x80",
                 "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void every_pair_of_bytes_makes_a_valid_string(void **state)
{
    (void)state;
    for (int first = 1; first < 256; first++) {
        for (int second = 1; second < 256; second += 5) {
            char text[] = {(char)first, (char)second, 'x', 0};

            check_string(text, NULL);
        }
    }
}

static void members_are_separated_and_nested(void **state)
{
    struct memory_json to;

    (void)state;
    begin(&to);
    json_object_begin(&to.json, NULL);
    json_number(&to.json, "most", UINT64_MAX);
    json_array_begin(&to.json, "list");
    json_bool(&to.json, NULL, true);
    json_hex(&to.json, NULL, 0xabc, 16);
    json_array_begin(&to.json, NULL);
    json_array_end(&to.json);
    json_array_end(&to.json);
    json_object_begin(&to.json, "empty");
    json_object_end(&to.json);
    json_object_end(&to.json);
    check(&to, "{\n \"most\": 18446744073709551615,\n \"list\": [\n  true,\n"
               "  \"0000000000000abc\",\n  []],\n \"empty\": {}}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(invalid_utf8_becomes_the_replacement_character),
        cmocka_unit_test(every_pair_of_bytes_makes_a_valid_string),
        cmocka_unit_test(members_are_separated_and_nested),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
