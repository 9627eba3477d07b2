#include "console/language/lexer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

static struct arena *arena;

static int open_arena(void **state)
{
    struct error err;

    (void)state;
    arena = arena_new(256 << 20, &err);
    return arena ? 0 : -1;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    arena = NULL;
    return mem_live() == 0 ? 0 : -1;
}

/* "WORD a|PUNCTUATION =|.." of the first statement; an error ends it as "error L:C text". */
static const char *tokens(const char *source, size_t length)
{
    static const char *const kind_name[] = {"END", ";", "WORD", "BTICK", "SQ", "DQ", "NUMBER",
        "DURATION", "PERCENT", "BINARY", "PARAM", "PARAMNAME", "HASH", "SIGN"};
    static char out[4096];
    struct lexer lexer;
    size_t at = 0;

    out[0] = '\0';
    lexer_init(&lexer, text_make(source, length), arena);
    while (lexer.token.kind != TOKEN_END && at < sizeof out - 200) {
        struct token token = lexer_take(&lexer);

        at += (size_t)snprintf(out + at, sizeof out - at, "%s%s %.*s", at > 0 ? "|" : "",
            kind_name[token.kind], (int)token.text.length, token.text.data);
    }
    if (lexer.failed)
        snprintf(out + at, sizeof out - at, "%serror %d:%d %s", at > 0 ? "|" : "", lexer.err.line,
            lexer.err.column, lexer.err.text);
    return out;
}

struct row {
    const char *source, *tokens;
};

static void check_rows(const struct row *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = tokens(row[i].source, strlen(row[i].source));

        if (strcmp(got, row[i].tokens) != 0)
            fail_msg("%s\n  gives    %s\n  expected %s", row[i].source, got, row[i].tokens);
    }
}
#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void words_join_hyphens_between_name_characters(void **state)
{
    static const struct row rows[] = {
        {"", ""},
        {"my-attr", "WORD my-attr"},
        {"b - 1", "WORD b|SIGN -|NUMBER 1"},
        {"b-1", "WORD b-1"},
        {"b -1", "WORD b|SIGN -|NUMBER 1"},
        {"a->b", "WORD a|SIGN ->|WORD b"},
        {"a--b", "WORD a|SIGN -|SIGN -|WORD b"},
        {"_x \xc3\xa9t\xc3\xa9", "WORD _x|WORD \xc3\xa9t\xc3\xa9"},
        {"a-", "WORD a|SIGN -"},
    };

    (void)state;
    CHECK(rows);
}

static void comments_are_blank_and_nest(void **state)
{
    static const struct row rows[] = {
        {"a -- b\nc", "WORD a|WORD c"},
        {"a --", "WORD a"},
        {"a --\tb", "WORD a"},
        {"a /* b /* c */ d */ e", "WORD a|WORD e"},
        {"a /* b", "WORD a|error 1:3 the comment that opens here is not closed"},
        {"#!/usr/bin/gatehouse\na", "WORD a"},
        {"\xef\xbb\xbf"
         "a",
            "WORD a"},
    };

    (void)state;
    CHECK(rows);
}

static void quotes_double_and_dq_takes_json_escapes(void **state)
{
    static const struct row rows[] = {
        {"'it''s'", "SQ it's"},
        {"''", "SQ "},
        {"''''", "SQ '"},
        {"'a\\n'", "SQ a\\n"},
        {"\"it's\\n\"", "DQ it's\n"},
        {"\"say \"\"hi\"\"\"", "DQ say \"hi\""},
        {"\"\\u00e9\\ud83d\\ude00\"", "DQ \xc3\xa9\xf0\x9f\x98\x80"},
        {"\"\\ud83d\"", "error 1:1 a backslash in \"..\" is not one of the JSON escapes"},
        {"\"\\q\"", "error 1:1 a backslash in \"..\" is not one of the JSON escapes"},
        {"`b c`", "BTICK b c"},
        {"`a``b`", "BTICK a`b"},
        {"'a\r\nb'", "SQ a\nb"},
        {"x 'abc", "WORD x|error 1:3 the quote that opens here is not closed"},
        {"'a\xc2\xa0"
         "b'",
            "SQ a\xc2\xa0"
            "b"},
    };

    (void)state;
    CHECK(rows);
}

static void numbers_know_durations_and_percent(void **state)
{
    static const struct row rows[] = {
        {"12 1.5 .5 1e30 1E-2", "NUMBER 12|NUMBER 1.5|NUMBER .5|NUMBER 1e30|NUMBER 1E-2"},
        {"90s 7d 250ms 2w 1m 3h", "DURATION 90s|DURATION 7d|DURATION 250ms|DURATION 2w|"
                                  "DURATION 1m|DURATION 3h"},
        {"50% 2.5%", "PERCENT 50|PERCENT 2.5"},
        {"12x", "error 1:1 a number runs into a name: '12x'"},
        {"2024-orders", "error 1:1 a number runs into a name: '2024-orders'"},
        {"1.5s", "error 1:1 a number runs into a name: '1.5s'"},
        {"1-2", "NUMBER 1|SIGN -|NUMBER 2"},
        {"a[0].q", "WORD a|SIGN [|NUMBER 0|SIGN ]|SIGN .|WORD q"},
        {"-5", "SIGN -|NUMBER 5"},
    };

    (void)state;
    CHECK(rows);
}

static void binary_has_three_spellings(void **state)
{
    static const struct row rows[] = {
        {"b64'QUI='", "BINARY AB"},
        {"x'4142'", "BINARY AB"},
        {"b\"QUI=\"", "BINARY AB"},
        {"x''", "BINARY "},
        {"b64 'QUI='", "WORD b64|SQ QUI="},
        {"x'414'", "error 1:1 not valid hexadecimal: pairs of 0-9 a-f"},
        {"b64'QUI'", "error 1:1 not valid base64"},
    };

    (void)state;
    CHECK(rows);
}

static void a_colon_behind_a_name_or_quote_is_a_colon(void **state)
{
    static const struct row rows[] = {
        {":name :a-b", "PARAM name|PARAM a-b"},
        {":`n`", "PARAMNAME n"},
        {"prod:orders", "WORD prod|SIGN :|WORD orders"},
        {"{a:true}", "SIGN {|WORD a|SIGN :|WORD true|SIGN }"},
        {"{'a':b}", "SIGN {|SQ a|SIGN :|WORD b|SIGN }"},
        {"{\"a\":b}", "SIGN {|DQ a|SIGN :|WORD b|SIGN }"},
        {"{a::p}", "SIGN {|WORD a|SIGN :|PARAM p|SIGN }"},
        {"a=:p", "WORD a|SIGN =|PARAM p"},
        {"#s", "HASH s"},
        {"a <= b <> c != d << e >> f -> ?",
            "WORD a|SIGN <=|WORD b|SIGN <>|WORD c|SIGN !=|WORD d|SIGN <<|WORD e|SIGN >>|WORD f|"
            "SIGN ->|SIGN ?"},
    };

    (void)state;
    CHECK(rows);
}

static void odd_characters_are_errors_with_their_place(void **state)
{
    static const struct row rows[] = {
        {"a $b", "WORD a|error 1:3 unexpected character '$'"},
        {"a\n  \x01", "WORD a|error 2:3 control character U+0001"},
        {"\xe2\x80\xae", "error 1:1 U+202E (bidirectional control) outside quotes"},
        {"a \xe2\x80\x8b", "WORD a|error 1:3 U+200B (zero-width character) outside quotes"},
        {"\xff", "error 1:1 invalid UTF-8: byte 0xff"},
        {"'a\xff'", "error 1:3 invalid UTF-8: byte 0xff"},
        {"\xc3\xa9\xc3\xa9 \xff", "WORD \xc3\xa9\xc3\xa9|error 1:4 invalid UTF-8: byte 0xff"},
        {"-- \x02", "error 1:4 control character U+0002"},
    };

    (void)state;
    CHECK(rows);
    assert_string_equal(tokens("ab\xc2\xa0"
                               "c",
                            5),
        "error 1:3 U+00A0 (no-break space) outside quotes");
    assert_string_equal(tokens("a\0b", 3), "WORD a|error 1:2 a NUL character");
}

static void a_token_knows_its_place_in_code_points(void **state)
{
    struct lexer lexer;

    (void)state;
    lexer_init(&lexer, TEXT("\xc3\xa9 '\xe4\xb8\xad\nx' y"), arena);
    assert_int_equal(lexer_take(&lexer).column, 1);
    assert_int_equal(lexer.token.column, 3);
    lexer_take(&lexer);
    assert_int_equal(lexer.token.line, 2);
    assert_int_equal(lexer.token.column, 4);
    assert_true(lexer.token.blank_before);
}

static void nothing_behind_a_semicolon_is_read_before_it_is_taken(void **state)
{
    struct lexer lexer;

    (void)state;
    lexer_init(&lexer, TEXT("a; $"), arena);
    lexer_take(&lexer);
    assert_int_equal(lexer.token.kind, TOKEN_SEMICOLON);
    assert_false(lexer.failed);
    lexer_take(&lexer);
    assert_true(lexer.failed);
}

static void a_backslash_command_is_a_line(void **state)
{
    static const struct row rows[] = {
        {"\\dt prod-*\nGET t 1", "SIGN \\|; |WORD GET|WORD t|NUMBER 1"},
        {"a;\\x on", "WORD a|; ;|SIGN \\|; "},
        {"a \\x", "WORD a|error 1:3 unexpected character '\\'"},
    };
    struct lexer lexer;

    (void)state;
    CHECK(rows);
    lexer_init(&lexer, TEXT("  \\set a 'x;y'\n"), arena);
    assert_int_equal(lexer.token.source.length, strlen("\\set a 'x;y'"));
}

static void recovery_goes_behind_the_next_semicolon_outside_quotes(void **state)
{
    struct lexer lexer;

    (void)state;
    lexer_init(&lexer, TEXT("a $ 'x;y' $ ; b"), arena);
    lexer_recover(&lexer);
    assert_false(lexer.failed);
    assert_true(text_is(lexer.token.text, "b"));
    lexer_init(&lexer, TEXT("a b"), arena);
    lexer_recover(&lexer);
    assert_int_equal(lexer.token.kind, TOKEN_END);
}

static void a_statement_has_at_most_one_mebibyte(void **state)
{
    struct lexer lexer;
    struct buf source;

    (void)state;
    buf_init(&source, 4 << 20);
    buf_add_string(&source, "a; '");
    buf_add_repeat(&source, 'x', LEXER_STATEMENT_LIMIT - 2);
    buf_add_string(&source, "'");
    lexer_init(&lexer, buf_view(&source), arena);
    lexer_take(&lexer);
    lexer_take(&lexer);
    assert_false(lexer.failed);
    buf_add_string(&source, " y");
    lexer_init(&lexer, buf_view(&source), arena);
    lexer_take(&lexer);
    lexer_take(&lexer);
    assert_true(lexer.failed);
    assert_string_equal(lexer.err.text, "a statement may have at most 1 MiB");
    buf_done(&source);
}

static void endless_comments_and_broken_quotes_take_linear_time(void **state)
{
    static const char *const piece[] = {"/*", "\"\\q\" ", "'", "$", "/* */ ", "\xff"};
    uint64_t start = clock_monotonic();

    (void)state;
    for (size_t i = 0; i < sizeof piece / sizeof *piece; i++) {
        struct lexer lexer;
        struct buf source;

        buf_init(&source, 8 << 20);
        while (source.length < 1000000)
            buf_add_string(&source, piece[i]);
        lexer_init(&lexer, buf_view(&source), arena);
        lexer_recover(&lexer);
        assert_int_equal(lexer.token.kind, TOKEN_END);
        buf_done(&source);
        arena_reset(arena);
    }
    assert_true(clock_monotonic() - start < 20 * CLOCK_SECOND);
}

static void the_scan_tells_what_enter_may_submit(void **state)
{
    static const struct {
        const char *source;
        enum lexer_state state;
    } rows[] = {
        {"", LEXER_EMPTY},
        {" -- x\n;;", LEXER_EMPTY},
        {"GET t 1", LEXER_COMPLETE},
        {"GET t 'a", LEXER_NEEDS_MORE},
        {"GET t 'a''", LEXER_NEEDS_MORE},
        {"PUT t {a: [1", LEXER_NEEDS_MORE},
        {"PUT t {a: '}'}", LEXER_COMPLETE},
        {"a /* b", LEXER_NEEDS_MORE},
        {"a \"x\\\"", LEXER_NEEDS_MORE},
        {"\\set x '", LEXER_COMPLETE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (lexer_scan(text_of(rows[i].source)) != rows[i].state)
            fail_msg("scan of %s", rows[i].source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words_join_hyphens_between_name_characters, open_arena,
            close_arena),
        cmocka_unit_test_setup_teardown(comments_are_blank_and_nest, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(quotes_double_and_dq_takes_json_escapes, open_arena,
            close_arena),
        cmocka_unit_test_setup_teardown(numbers_know_durations_and_percent, open_arena,
            close_arena),
        cmocka_unit_test_setup_teardown(binary_has_three_spellings, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_colon_behind_a_name_or_quote_is_a_colon, open_arena,
            close_arena),
        cmocka_unit_test_setup_teardown(odd_characters_are_errors_with_their_place, open_arena,
            close_arena),
        cmocka_unit_test_setup_teardown(a_token_knows_its_place_in_code_points, open_arena,
            close_arena),
        cmocka_unit_test_setup_teardown(nothing_behind_a_semicolon_is_read_before_it_is_taken,
            open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_backslash_command_is_a_line, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(recovery_goes_behind_the_next_semicolon_outside_quotes,
            open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_statement_has_at_most_one_mebibyte, open_arena,
            close_arena),
        cmocka_unit_test_setup_teardown(endless_comments_and_broken_quotes_take_linear_time,
            open_arena, close_arena),
        cmocka_unit_test(the_scan_tells_what_enter_may_submit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
