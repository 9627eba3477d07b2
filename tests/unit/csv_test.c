#include "base/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

/* "[a][b]\n" of all rows; "!\n" for what is none. */
static const char *rows(struct text source, char delimiter)
{
    static struct buf out;
    struct error err;
    struct arena *arena = arena_new(1 << 20, &err);
    size_t at = 0;

    assert_non_null(arena);
    buf_done(&out);
    buf_init(&out, 4096);
    for (;;) {
        struct csv_row row;
        size_t length;
        enum csv_result result = csv_read_row(text_slice(source, at, source.length), delimiter,
            true, arena, &row, &length);

        if (result == CSV_END)
            break;
        assert_true(result == CSV_ROW || result == CSV_BAD);
        for (size_t i = 0; result == CSV_ROW && i < row.count; i++)
            buf_add_format(&out, "[%.*s]", (int)row.field[i].length, row.field[i].data);
        buf_add_string(&out, result == CSV_BAD ? "!\n" : row.empty ? "-\n" : "\n");
        at += length;
    }
    arena_free(arena);
    return buf_string(&out);
}

static void rows_are_split_as_rfc_4180_says(void **state)
{
    static const struct {
        const char *source, *rows;
    } cases[] = {
        {"", ""},
        {"a", "[a]\n"},
        {"a,b\n", "[a][b]\n"},
        {"a,b\r\nc,d", "[a][b]\n[c][d]\n"},
        {",\n", "[][]\n"},
        {"a,", "[a][]\n"},
        {"\n\r\n", "[]-\n[]-\n"},
        {"\"\"\n", "[]\n"},
        {"\"a,b\",c", "[a,b][c]\n"},
        {"\"a\nb\"\n", "[a\nb]\n"},
        {"\"a\r\nb\",\"c\"\r\nd,e\r\n", "[a\r\nb][c]\n[d][e]\n"},
        {"\"say \"\"hi\"\"\"", "[say \"hi\"]\n"},
        {"\"\"\"\"", "[\"]\n"},
        {" a , b ", "[ a ][ b ]\n"},
        {"a\rb,c", "[a\rb][c]\n"},
        /* A quote out of place spoils its line, an open one the rest. */
        {"a\"b,c\nd", "!\n[d]\n"},
        {"\"a\"b,c\nd", "!\n[d]\n"},
        {"a\n\"b,c\nd", "[a]\n!\n"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(rows(text_of(cases[i].source), ','), cases[i].rows);
    assert_string_equal(rows(TEXT("a,b|c d"), '|'), "[a,b][c d]\n");
    assert_string_equal(rows(TEXT("a\tb"), '\t'), "[a][b]\n");
    (void)state;
}

static void a_row_that_may_go_on_is_waited_for(void **state)
{
    static const char source[] = "ab,\"c\"\"d\"\r\nnext";
    struct error err;
    struct arena *arena = arena_new(1 << 20, &err);
    struct csv_row row;
    size_t length;

    assert_non_null(arena);
    for (size_t end = 0; end < 11; end++)
        assert_int_equal(csv_read_row(text_make(source, end), ',', false, arena, &row, &length),
            CSV_MORE);
    assert_int_equal(csv_read_row(text_make(source, 11), ',', false, arena, &row, &length),
        CSV_ROW);
    assert_int_equal(length, 11);
    assert_int_equal(row.count, 2);
    assert_true(text_is(row.field[1], "c\"d"));
    arena_free(arena);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_split_as_rfc_4180_says),
        cmocka_unit_test(a_row_that_may_go_on_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
