#include "console/output/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "client/expression.h"
#include "console/language/parser.h"
#include "console/statements/import_reader.h"
#include "panels/item_lines.h"
#include "tests/unit/random_value.h"

/* What is printed is read back as the same value: 100,000 of them in every form. */

enum { ROUNDS = 100000, ITEMS = 100000, ARENA = 256 << 20, RESET_EVERY = 500 };

static struct arena *arena;

static int open_arena(void **state)
{
    struct error err;

    (void)state;
    arena = arena_new(ARENA, &err);
    return arena ? 0 : -1;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return mem_live() == 0 ? 0 : -1;
}

static const char *wire_of(const struct value *value)
{
    struct buf out;
    struct json_writer writer;
    struct text copy;

    buf_init(&out, 1 << 20);
    json_writer_init(&writer, &out);
    value_add_wire(&writer, value);
    buf_add_char(&out, '\0');
    copy = arena_text(arena, buf_view(&out));
    buf_done(&out);
    assert_non_null(copy.data);
    return copy.data;
}

/* Byte for byte: numbers keep the text they came with. */
static void assert_same(const struct value *value, const struct value *again, const char *printed)
{
    if (!again || strcmp(wire_of(value), wire_of(again)) != 0)
        fail_msg("%s is printed as %s and read as %s", wire_of(value), printed,
            again ? wire_of(again) : "nothing");
}

static const struct value *read_literal(const char *source, bool *whole)
{
    struct language_context context = {.now = 1};
    struct lexer lexer;
    struct error err = {0};
    const struct value *value;

    lexer_init(&lexer, text_of(source), arena);
    lexer.context = &context;
    value = parse_literal(&lexer, &err);
    *whole = value && !lexer.failed && lexer.token.kind == TOKEN_END;
    return value;
}

static void literals_are_read_as_the_value_they_print(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        const struct value *value = random_value(&seed, arena, 4);
        struct buf text;
        bool whole;

        buf_init(&text, 1 << 20);
        value_add_literal(&text, value);
        assert_same(value, read_literal(buf_string(&text), &whole), buf_string(&text));
        assert_true(whole);
        buf_done(&text);
        if (i % RESET_EVERY == 0)
            arena_reset(arena);
    }
}

static void json_of_both_kinds_is_read_as_the_value_it_prints(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (int i = 0; i < 2 * ROUNDS; i++) {
        const struct value *value = random_value(&seed, arena, 4), *again = NULL;
        bool plain = i % 2 == 0;
        struct json_writer writer;
        const struct json *tree;
        struct error err = {0};
        struct buf text;

        buf_init(&text, 1 << 20);
        json_writer_init(&writer, &text);
        if (plain)
            value_add_plain(&writer, value);
        else
            value_add_wire(&writer, value);
        tree = json_parse(buf_view(&text), arena, &err);
        if (tree)
            again =
                plain ? value_from_plain(tree, arena, &err) : value_from_wire(tree, arena, &err);
        assert_same(value, again, buf_string(&text));
        buf_done(&text);
        if (i % RESET_EVERY == 0)
            arena_reset(arena);
    }
}

/* Attributes one to a line, long ones spread over several, as an editor gets them. */
static void items_of_the_editor_are_read_as_they_were_shown(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct value *item = value_new_container(arena, VALUE_M, 2);
        enum item_form form = i % 2 == 0 ? ITEM_JSON : ITEM_WIRE;
        const struct json *tree;
        const struct value *again = NULL;
        struct error err = {0};
        struct buf text;

        assert_non_null(item);
        for (size_t n = 0; n < 2; n++) {
            item->name[n] = n == 0 ? TEXT("$b") : TEXT("of the second");
            item->element[n] = *random_value(&seed, arena, 4);
            item->count++;
        }
        buf_init(&text, 1 << 20);
        item_lines_add(&text, item, form);
        tree = json_parse(buf_view(&text), arena, &err);
        if (tree)
            again = form == ITEM_JSON ? value_from_plain_item(tree, arena, &err)
                                      : value_from_wire_item(tree, arena, &err);
        assert_same(item, again, buf_string(&text));
        buf_done(&text);
        if (i % RESET_EVERY == 0)
            arena_reset(arena);
    }
}

/* Names that files, headers and paths could trip over. */
static struct text random_name(uint64_t *seed, size_t number)
{
    static const char *const piece[] = {"a", "B", ".", ",", ":", "\"", "'", " ", "[0]", "$s", "`",
        "\xc3\xa9", "\xe6\xbc\xa2", "-", "\\", "\t", "/", "#"};
    char text[80];
    int length = snprintf(text, sizeof text, "n%zu", number);

    for (size_t i = random_below(seed, 4); i > 0; i--)
        length += snprintf(text + length, sizeof text - (size_t)length, "%s",
            piece[random_below(seed, sizeof piece / sizeof *piece)]);
    return arena_text(arena, text_make(text, (size_t)length));
}

static struct value *random_record(uint64_t *seed, const struct text *name, size_t names,
    int number)
{
    struct value *item = value_new_container(arena, VALUE_M, names + 1);

    assert_non_null(item);
    item->name[0] = TEXT("id");
    item->element[0] =
        (struct value){.type = VALUE_N, .text = text_of(arena_format(arena, "%d", number))};
    item->count = 1;
    for (size_t i = 0; i < names; i++) {
        if (random_below(seed, 3) == 0)
            continue;
        item->name[item->count] = name[i];
        item->element[item->count++] = *random_value(seed, arena, 2);
    }
    value_sort(item);
    return item;
}

enum { NAMES = 8, PAGE = 100 };

static void write_records(FILE *file, const char *format, uint64_t seed, const struct text *name)
{
    struct output_options options = {.format = format,
        .columns = "",
        .null_text = "",
        .headers = true,
        .typed = true};
    struct sink_shape shape = {.is_items = true, .title = "t"};
    struct rows_status status = {.state = ROWS_LOADING};
    struct writer writer;
    struct error err = {0};
    struct sink *sink;
    struct arena *names = arena;

    arena = arena_new(ARENA, &err);
    writer_init(&writer, fileno(file), "file");
    sink = output_new(&writer, &options, &err);
    assert_non_null(sink);
    assert_int_equal(sink->begin(sink, &shape, &err), ERROR_NONE);
    for (int i = 0; i < ITEMS; i++) {
        assert_int_equal(sink->row(sink, random_record(&seed, name, NAMES, i), &err), ERROR_NONE);
        if (i % PAGE == PAGE - 1) {
            assert_int_equal(sink->page(sink, &status, &err), ERROR_NONE);
            arena_reset(arena);
        }
    }
    assert_int_equal(sink->end(sink, &status, &err), ERROR_NONE);
    assert_int_equal(writer_flush(&writer, &err), ERROR_NONE);
    output_free(sink);
    writer_done(&writer);
    arena_free(arena);
    arena = names;
}

static void check_format(const char *format)
{
    struct text name[NAMES];
    uint64_t seed = 77, again;
    struct import_reader *reader;
    struct error err = {0};
    FILE *file = tmpfile();
    const struct value *item;
    struct arena *names;

    assert_non_null(file);
    for (size_t i = 0; i < NAMES; i++)
        name[i] = random_name(&seed, i);
    again = seed;
    write_records(file, format, seed, name);
    assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
    reader = import_reader_open(NULL, fileno(file), format, false, NULL, &err);
    assert_non_null(reader);
    names = arena;
    arena = arena_new(ARENA, &err);
    for (int i = 0; i < ITEMS; i++) {
        enum import_result result = import_reader_next(reader, arena, &item, &err);
        struct text record = import_reader_record(reader);

        if (result != IMPORT_ITEM)
            fail_msg("%s, item %d: %s in %.*s", format, i, err.text, (int)record.length,
                record.data);
        assert_same(random_record(&again, name, NAMES, i), item, record.data);
        if (i % PAGE == PAGE - 1)
            arena_reset(arena);
    }
    assert_int_equal(import_reader_next(reader, arena, &item, &err), IMPORT_END);
    import_reader_close(reader);
    arena_free(arena);
    arena = names;
    fclose(file);
}

static void files_of_json_are_read_as_the_items_they_hold(void **state)
{
    (void)state;
    check_format("json");
    check_format("jsonl");
    check_format("ddbjson");
}

static void typed_columns_are_read_as_the_items_they_hold(void **state)
{
    (void)state;
    check_format("csv");
    check_format("tsv");
}

/* A cell is a literal, or the text itself where no literal looks like it. */
static void cells_for_eyes_can_be_told_apart(void **state)
{
    static const char *const word[] = {"true", "TRUE", "Null", "-", "+5", "5", "1e3", ".5", "-1",
        "b64'AA=='", "x'00'", "<<1>>", "[1]", "{a: 1}", "'a'", "`a`", "a b", "paid", "0x", "1-a",
        " a", "a ", "", "\xc3\xa9", "a\tb", "\n", "1 ", "now", "-x", "--", "b\"AA==\""};
    struct output_options options = {.format = "vertical", .columns = "", .null_text = ""};
    struct sink_shape shape = {.is_items = true, .title = "t"};
    struct rows_status status = {.state = ROWS_COMPLETE};
    uint64_t seed = 3;

    (void)state;
    for (size_t i = 0; i < 3000 + sizeof word / sizeof *word; i++) {
        struct value *item = value_new_container(arena, VALUE_M, 1);
        FILE *file = tmpfile();
        char line[4096] = "", *cell;
        const struct value *again;
        struct value bare;
        struct writer writer;
        struct error err = {0};
        struct sink *sink;
        bool whole;

        assert_true(item && file);
        item->name[0] = TEXT("a");
        item->element[0] = i < sizeof word / sizeof *word
                               ? (struct value){.type = VALUE_S, .text = text_of(word[i])}
                               : *random_value(&seed, arena, 2);
        item->count = 1;
        writer_init(&writer, fileno(file), "file");
        sink = output_new(&writer, &options, &err);
        assert_non_null(sink);
        assert_int_equal(sink->begin(sink, &shape, &err), ERROR_NONE);
        assert_int_equal(sink->row(sink, item, &err), ERROR_NONE);
        assert_int_equal(sink->end(sink, &status, &err), ERROR_NONE);
        assert_int_equal(writer_flush(&writer, &err), ERROR_NONE);
        rewind(file);
        assert_non_null(fgets(line, sizeof line, file)); /* -[ 1 ]- */
        assert_non_null(fgets(line, sizeof line, file));
        line[strcspn(line, "\n")] = '\0';
        cell = line + strlen("a  ");
        again = read_literal(cell, &whole);
        bare = (struct value){.type = VALUE_S, .text = text_of(cell)};
        if (!whole)
            again = &bare;
        assert_same(&item->element[0], again, cell);
        assert_null(fgets(line, sizeof line, file));
        output_free(sink);
        writer_done(&writer);
        fclose(file);
        arena_reset(arena);
    }
}

static struct expression *random_path(uint64_t *seed)
{
    const struct path *path = path_new_name(arena, random_name(seed, random_below(seed, 5)));
    struct expression *out = path ? expression_new_path(arena, path) : NULL;

    assert_non_null(out);
    return out;
}

static struct expression *new_node(enum expression_kind kind, size_t count)
{
    struct expression *out = expression_new(arena, kind, count);

    assert_non_null(out);
    return out;
}

static struct expression *random_predicate(uint64_t *seed)
{
    static const enum expression_kind kind[] = {EXPRESSION_EQ, EXPRESSION_NE, EXPRESSION_LT,
        EXPRESSION_LE, EXPRESSION_GT, EXPRESSION_GE, EXPRESSION_BETWEEN, EXPRESSION_IN,
        EXPRESSION_EXISTS, EXPRESSION_NOT_EXISTS, EXPRESSION_BEGINS_WITH, EXPRESSION_CONTAINS};
    size_t which = random_below(seed, sizeof kind / sizeof *kind);
    bool one = kind[which] == EXPRESSION_EXISTS || kind[which] == EXPRESSION_NOT_EXISTS;
    size_t count = one ? 1 : kind[which] == EXPRESSION_BETWEEN ? 3 : 2;
    struct expression *out = new_node(kind[which], count);

    out->operand[0] = random_path(seed);
    if (count == 2 && random_below(seed, 5) == 0 && which < 6) {
        struct expression *size = new_node(EXPRESSION_SIZE, 1);

        size->operand[0] = out->operand[0];
        out->operand[0] = size;
    }
    for (size_t i = 1; i < count; i++)
        out->operand[i] = random_below(seed, 4) == 0
                              ? random_path(seed)
                              : expression_new_value(arena, random_value(seed, arena, 2));
    return out;
}

static struct expression *random_condition(uint64_t *seed, int depth)
{
    size_t kind = depth > 0 ? random_below(seed, 4) : 3;
    struct expression *out;

    if (kind == 3)
        return random_predicate(seed);
    out = new_node(kind == 0   ? EXPRESSION_NOT
                   : kind == 1 ? EXPRESSION_AND
                               : EXPRESSION_OR,
        kind == 0 ? 1 : 2 + random_below(seed, 2));
    for (size_t i = 0; i < out->count; i++)
        out->operand[i] = random_condition(seed, depth - 1);
    return out;
}

static void print_condition(struct buf *out, const struct expression *condition)
{
    buf_init(out, 1 << 20);
    expression_add_text(out, condition);
    assert_int_equal(out->failure, ERROR_NONE);
}

static void conditions_of_explain_are_read_as_what_they_print(void **state)
{
    uint64_t seed = 4;

    (void)state;
    for (int i = 0; i < ROUNDS / 5; i++) {
        const struct expression *condition = random_condition(&seed, 3), *again;
        struct language_context context = {.now = 1};
        struct error err = {0};
        struct lexer lexer;
        struct buf first, second;

        print_condition(&first, condition);
        lexer_init(&lexer, buf_view(&first), arena);
        lexer.context = &context;
        again = parse_condition(&lexer, &err);
        if (!again || lexer.failed || lexer.token.kind != TOKEN_END)
            fail_msg("%s: %s", buf_string(&first), err.text);
        print_condition(&second, again);
        assert_string_equal(buf_string(&second), buf_string(&first));
        buf_done(&first);
        buf_done(&second);
        if (i % RESET_EVERY == 0)
            arena_reset(arena);
    }
}

#define ONCE(test) cmocka_unit_test_setup_teardown(test, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONCE(literals_are_read_as_the_value_they_print),
        ONCE(json_of_both_kinds_is_read_as_the_value_it_prints),
        ONCE(items_of_the_editor_are_read_as_they_were_shown),
        ONCE(conditions_of_explain_are_read_as_what_they_print),
        ONCE(files_of_json_are_read_as_the_items_they_hold),
        ONCE(typed_columns_are_read_as_the_items_they_hold),
        ONCE(cells_for_eyes_can_be_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
