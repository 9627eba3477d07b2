#include "console/messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void check_text(const struct message *message, const char *expected)
{
    struct buf out;

    buf_init(&out, 1 << 16);
    message_add_text(&out, message);
    assert_string_equal(buf_string(&out), expected);
    buf_done(&out);
}

static void check_json(const struct message *message, const char *expected)
{
    struct buf out;

    buf_init(&out, 1 << 16);
    message_add_json(&out, message);
    assert_string_equal(buf_string(&out), expected);
    buf_done(&out);
}

static void caret_stands_under_the_token(void **state)
{
    struct message message = {
        .source = "report.gh",
        .input = TEXT("-- costs\n\nSELECT ts, total FORM orders WHERE cust = 'c1';"),
        .line = 3,
        .column = 18,
        .text = "expected FROM or ',' after a column, found 'FORM'",
        .hint = "a name that is also a word of the language goes in backticks",
    };

    check_text(&message,
        "gatehouse: report.gh:3:18: error: expected FROM or ',' after a column, found 'FORM'\n"
        "  SELECT ts, total FORM orders WHERE cust = 'c1';\n"
        "                   ^~~~\n"
        "hint: a name that is also a word of the language goes in backticks\n");
    (void)state;
}

static void colour_is_on_the_severity_and_the_caret_alone(void **state)
{
    struct message message = {
        .severity = MESSAGE_SAY_WARNING,
        .source = "a.gh",
        .input = TEXT("GET t x"),
        .line = 1,
        .column = 5,
        .text = "no \x1b[7m",
        .note = "n",
        .hint = "h",
        .is_colored = true,
    };

    check_text(&message, "gatehouse: a.gh:1:5: \x1b[1;33mwarning:\x1b[0m no ^[[7m\n"
                         "  GET t x\n"
                         "      \x1b[1;33m^\x1b[0m\n"
                         "note: n\nhint: h\n");
    message.severity = MESSAGE_SAY_ERROR;
    message.line = 0;
    check_text(&message, "gatehouse: a.gh: \x1b[1;31merror:\x1b[0m no ^[[7m\nnote: n\nhint: h\n");
    (void)state;
}

static void caret_counts_columns_of_the_terminal(void **state)
{
    struct message message = {
        .source = "<command 1>",
        .input = TEXT("GET\t日本 'a b' x"),
        .line = 1,
        .column = 8,
        .text = "wrong",
    };

    check_text(&message, "gatehouse: <command 1>:1:8: error: wrong\n"
                         "  GET 日本 'a b' x\n"
                         "           ^~~~~\n");
    message.column = 5;
    check_text(&message, "gatehouse: <command 1>:1:5: error: wrong\n"
                         "  GET 日本 'a b' x\n"
                         "      ^~~~\n");
    (void)state;
}

static void place_behind_the_end_has_a_caret_too(void **state)
{
    struct message message = {
        .source = "<stdin>",
        .input = TEXT("GET t\r\nnext"),
        .line = 1,
        .column = 6,
        .text = "expected a key, found the end of the statement",
    };

    check_text(&message,
        "gatehouse: <stdin>:1:6: error: expected a key, found the end of the statement\n"
        "  GET t\n"
        "       ^\n");
    message.line = 9;
    check_text(&message,
        "gatehouse: <stdin>:9:6: error: expected a key, found the end of the statement\n");
    (void)state;
}

static void long_lines_are_cut_around_the_caret(void **state)
{
    char line[1001];
    struct message message = {.source = "x.gh",
        .input = {line, 1000},
        .line = 1,
        .column = 500,
        .text = "here"};
    struct buf out;
    struct text rest, first, shown, caret;

    memset(line, 'a', sizeof(line));
    memset(line + 400, ' ', 99);
    line[499] = '!';
    buf_init(&out, 1 << 16);
    message_add_text(&out, &message);
    rest = buf_view(&out);
    assert_true(text_take_until(&rest, '\n', &first));
    assert_true(text_take_until(&rest, '\n', &shown));
    assert_true(text_take_until(&rest, '\n', &caret));
    assert_true(shown.length <= 206);
    assert_true(text_starts_with(shown, TEXT("  ..")));
    assert_true(text_ends_with(shown, TEXT("..")));
    assert_int_equal(shown.data[caret.length - 1], '!');
    assert_int_equal(caret.data[caret.length - 1], '^');
    buf_done(&out);
    (void)state;
}

static void foreign_bytes_are_shown_not_sent(void **state)
{
    struct message message = {
        .severity = MESSAGE_SAY_WARNING,
        .source = "a\033.gh",
        .input = TEXT("x\033[31m\x9b y"),
        .line = 1,
        .column = 9,
        .text = "bell \a",
    };

    check_text(&message, "gatehouse: a^[.gh:1:9: warning: bell ^G\n"
                         "  x^[[31m\\x9b y\n"
                         "              ^\n");
    (void)state;
}

static void messages_without_a_place_are_one_line(void **state)
{
    struct message message = {.severity = MESSAGE_SAY_NOTE, .text = "st is 'void' now", .hint = ""};

    check_text(&message, "gatehouse: note: st is 'void' now\n");
    (void)state;
}

static void json_messages_leave_out_what_is_absent(void **state)
{
    struct message message = {
        .code = ERROR_CONDITION,
        .source = "<command 1>",
        .line = 1,
        .column = 1,
        .text = "UpdateItem orders: the \"condition\" failed",
        .hint = "exit 3",
        .statement = "UPDATE orders 'c1', 17 SET st = 'paid'",
        .operation = "UpdateItem",
        .service_code = "ConditionalCheckFailedException",
        .request_id = "8JK2",
        .is_retryable = true,
    };
    struct message bare = {.code = ERROR_USAGE, .text = "wrong", .hint = ""};
    struct message note = {.severity = MESSAGE_SAY_NOTE, .text = "so"};

    check_json(&message,
        "{\"severity\":\"error\",\"code\":3,\"service_code\":\"ConditionalCheckFailedException\","
        "\"message\":\"UpdateItem orders: the \\\"condition\\\" failed\",\"source\":\"<command "
        "1>\","
        "\"line\":1,\"column\":1,\"statement\":\"UPDATE orders 'c1', 17 SET st = 'paid'\","
        "\"operation\":\"UpdateItem\",\"request_id\":\"8JK2\",\"retryable\":true,"
        "\"hint\":\"exit 3\"}\n");
    check_json(&bare, "{\"severity\":\"error\",\"code\":2,\"message\":\"wrong\"}\n");
    check_json(&note, "{\"severity\":\"note\",\"message\":\"so\"}\n");
    (void)state;
}

static void exit_statuses_are_those_of_the_manual(void **state)
{
    static const int expected[] = {
        [ERROR_NONE] = 0,
        [ERROR_MEMORY] = 70,
        [ERROR_IO] = 7,
        [ERROR_LIMIT] = 2,
        [ERROR_USAGE] = 2,
        [ERROR_MISSING] = 1,
        [ERROR_CONDITION] = 3,
        [ERROR_NOT_FOUND] = 4,
        [ERROR_THROTTLED] = 5,
        [ERROR_ACCESS] = 6,
        [ERROR_NETWORK] = 7,
        [ERROR_REFUSED] = 8,
        [ERROR_PARTIAL] = 9,
        [ERROR_INVALID] = 10,
        [ERROR_DIFFERENT] = 11,
        [ERROR_CANCELLED] = 130,
        [ERROR_INTERNAL] = 70,
    };

    for (int code = ERROR_NONE; code <= ERROR_INTERNAL; code++) {
        bool documented = false;

        assert_int_equal(message_exit_status((enum error_code)code), expected[code]);
        for (const struct message_status *row = message_status_table; row->text; row++)
            documented = documented || row->status == expected[code];
        assert_true(documented);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caret_stands_under_the_token),
        cmocka_unit_test(colour_is_on_the_severity_and_the_caret_alone),
        cmocka_unit_test(caret_counts_columns_of_the_terminal),
        cmocka_unit_test(place_behind_the_end_has_a_caret_too),
        cmocka_unit_test(long_lines_are_cut_around_the_caret),
        cmocka_unit_test(foreign_bytes_are_shown_not_sent),
        cmocka_unit_test(messages_without_a_place_are_one_line),
        cmocka_unit_test(json_messages_leave_out_what_is_absent),
        cmocka_unit_test(exit_statuses_are_those_of_the_manual),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
