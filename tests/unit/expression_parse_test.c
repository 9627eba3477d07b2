#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"
#include "client/expression_parse.h"

enum { ARENA_LIMIT = 64 * 1024 * 1024 };

static const char *const NAMES = "{\"#a\":\"a\",\"#b\":\"b\",\"#dot\":\"x.y\",\"#status\":"
                                 "\"status\",\"#5\":\"five\"}";
static const char *const VALUES =
    "{\":s\":{\"S\":\"a\"},\":t\":{\"S\":\"b\"},\":n\":{\"N\":\"1\"},\":n2\":{\"N\":\"2\"},"
    "\":b\":{\"B\":\"AAE=\"},\":b2\":{\"B\":\"AAI=\"},\":bool\":{\"BOOL\":true},\":null\":"
    "{\"NULL\":true},\":l\":{\"L\":[]},\":m\":{\"M\":{}},\":ss\":{\"SS\":[\"a\"]},\":ns\":"
    "{\"NS\":[\"1\"]},\":bs\":{\"BS\":[\"AA==\"]},\":type\":{\"S\":\"NS\"}}";

struct setting {
    struct arena *arena;
    struct placeholders placeholders;
    struct error err;
};

static const struct json *json_of(struct arena *arena, const char *source)
{
    struct error err = {0};
    const struct json *json = json_parse(text_of(source), arena, &err);

    assert_non_null(json);
    return json;
}

static struct setting open_setting(void)
{
    struct setting setting = {0};

    setting.arena = arena_new(ARENA_LIMIT, &setting.err);
    assert_non_null(setting.arena);
    setting.placeholders.names = json_of(setting.arena, NAMES);
    setting.placeholders.values =
        value_from_wire_item(json_of(setting.arena, VALUES), setting.arena, &setting.err);
    assert_non_null(setting.placeholders.values);
    return setting;
}

static void close_setting(struct setting *setting)
{
    arena_free(setting->arena);
}

struct refusal {
    const char *source, *error;
};

static void check_conditions(const struct refusal *table, size_t count)
{
    struct setting setting = open_setting();

    for (size_t i = 0; i < count; i++) {
        struct error err = {0};
        char expected[600];

        if (expression_parse_condition(text_of(table[i].source), "FilterExpression",
                &setting.placeholders, setting.arena, &err))
            fail_msg("%s: accepted", table[i].source);
        snprintf(expected, sizeof expected, "Invalid FilterExpression: %s", table[i].error);
        if (strcmp(err.text, expected) != 0)
            fail_msg("%s:\n%s\n%s", table[i].source, err.text, expected);
        assert_int_equal(err.code, ERROR_INVALID);
    }
    close_setting(&setting);
}

static void check_updates(const struct refusal *table, size_t count)
{
    struct setting setting = open_setting();

    for (size_t i = 0; i < count; i++) {
        struct error err = {0};
        char expected[600];

        if (expression_parse_update(text_of(table[i].source), &setting.placeholders, setting.arena,
                &err))
            fail_msg("%s: accepted", table[i].source);
        snprintf(expected, sizeof expected, "Invalid UpdateExpression: %s", table[i].error);
        if (strcmp(err.text, expected) != 0)
            fail_msg("%s:\n%s\n%s", table[i].source, err.text, expected);
        assert_int_equal(err.code, ERROR_INVALID);
    }
    close_setting(&setting);
}

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* The list of the developer guide; that the table has 573 words is asserted where it stands. */
static void the_573_words_of_the_guide_are_reserved(void **state)
{
    struct error err = {0};
    struct text rest, word;
    size_t count = 0;
    struct buf list;

    buf_init(&list, 100000);
    assert_int_equal(file_read("tests/data/reserved-words.txt", &list, &err), ERROR_NONE);
    rest = buf_view(&list);
    while (text_take_until(&rest, '\n', &word)) {
        char changed[32];

        assert_true(word.length < sizeof changed);
        memcpy(changed, word.data, word.length);
        assert_true(expression_is_reserved(word));
        for (size_t i = 0; i < word.length; i += 2)
            changed[i] = (char)(changed[i] - 'A' + 'a');
        assert_true(expression_is_reserved(text_make(changed, word.length)));
        changed[word.length] = '_';
        assert_false(expression_is_reserved(text_make(changed, word.length + 1)));
        changed[word.length - 1] = '1';
        assert_false(expression_is_reserved(text_make(changed, word.length)));
        count++;
    }
    assert_int_equal(count, 573);
    buf_done(&list);
    (void)state;
}

static void other_words_are_not_reserved(void **state)
{
    static const char *const word[] = {"", "a", "id", "aborts", "zones", "abor", "pk", "sk",
        "attribute_exists", "descriptions", "localtimestampx", "zonf"};

    for (size_t i = 0; i < COUNT(word); i++)
        assert_false(expression_is_reserved(text_of(word[i])));
    (void)state;
}

static void conditions_of_every_form_are_accepted(void **state)
{
    static const char *const source[] = {
        "a = :n",
        " a=:n ",
        "a\t<>\r\n:n",
        "a < :n and b <= :n AnD c > :n AND d >= :n",
        "#status = :s",
        "#a.b[0].#dot[12][3] = :s",
        "#5 = :s",
        "a . b [ 0 ] = :s",
        "a BETWEEN :n AND :n2 AND b = :n",
        "a between :n and :n2 or b between :b and :b2",
        "a IN (:n)",
        "a in (:n, b, size(c), (:s))",
        "size(a) > :n",
        ":n < size (a)",
        "(size(a)) > (:n)",
        "attribute_exists(a)",
        "attribute_not_exists ( a.b )",
        "attribute_type(a, :type)",
        "begins_with(a, :s) OR begins_with(a, :b) OR begins_with(a, b)",
        "contains(a, :n)",
        "contains(a, b)",
        "contains(:s, a)",
        "NOT a = :n",
        "NOT (a = :n)",
        "NOT (NOT a = :n)",
        "not attribute_exists(a)",
        "(a = :n)",
        "(a = :n) AND (b = :n)",
        "((a = :n) AND b = :n)",
        "(a = :n AND (b = :n OR (c = :n)))",
        "((a) = :n)",
        "(attribute_exists(a)) AND (NOT (attribute_exists(b)))",
        ":n = :n",
        ":n = :s",
        "a = b",
        "andy = :n",
        "a <> :ss AND b = :m AND c = :l AND d = :null",
    };
    struct setting setting = open_setting();

    for (size_t i = 0; i < COUNT(source); i++) {
        struct error err = {0};

        if (!expression_parse_condition(text_of(source[i]), "ConditionExpression",
                &setting.placeholders, setting.arena, &err))
            fail_msg("%s: %s", source[i], err.text);
    }
    close_setting(&setting);
    (void)state;
}

static void not_binds_tighter_than_and_and_and_tighter_than_or(void **state)
{
    struct setting setting = open_setting();
    struct expression *tree =
        expression_parse_condition(TEXT("a = :n OR NOT b = :n AND c = :n OR (d = :n OR e = :n)"),
            "FilterExpression", &setting.placeholders, setting.arena, &setting.err);

    assert_non_null(tree);
    assert_int_equal(tree->kind, EXPRESSION_OR);
    assert_int_equal(tree->count, 3);
    assert_int_equal(tree->operand[0]->kind, EXPRESSION_EQ);
    assert_int_equal(tree->operand[1]->kind, EXPRESSION_AND);
    assert_int_equal(tree->operand[1]->count, 2);
    assert_int_equal(tree->operand[1]->operand[0]->kind, EXPRESSION_NOT);
    assert_int_equal(tree->operand[2]->kind, EXPRESSION_OR);
    assert_int_equal(tree->operand[2]->operand[1]->offset, 46);
    close_setting(&setting);
    (void)state;
}

static void syntax_errors_name_the_token_and_what_is_near(void **state)
{
    static const struct refusal table[] = {
        {"a", "Syntax error; token: \"<EOF>\", near: \"a\""},
        {"a ", "Syntax error; token: \"<EOF>\", near: \"a\""},
        {"a =", "Syntax error; token: \"<EOF>\", near: \"=\""},
        {"= :n", "Syntax error; token: \"=\", near: \"= :n\""},
        {"a = = :n", "Syntax error; token: \"=\", near: \"= = :n\""},
        {"a == :n", "Syntax error; token: \"=\", near: \"== :n\""},
        {"a != :n", "Syntax error; token: \"!\", near: \"a !=\""},
        {"a = :n b", "Syntax error; token: \"b\", near: \":n b\""},
        {"a = :n AND", "Syntax error; token: \"<EOF>\", near: \"AND\""},
        {"a = :n AND AND b = :n", "Syntax error; token: \"AND\", near: \"AND AND b\""},
        {"AND", "Syntax error; token: \"AND\", near: \"AND\""},
        {"a AND b = :n", "Syntax error; token: \"AND\", near: \"a AND b\""},
        {"(a) AND b = :n", "Syntax error; token: \"AND\", near: \") AND b\""},
        {"a = b = c", "Syntax error; token: \"=\", near: \"b = c\""},
        {"a = (b = c)", "Syntax error; token: \"=\", near: \"b = c\""},
        {"(a = :n) = :n", "Syntax error; token: \"=\", near: \") = :n\""},
        {"NOT NOT a = :n", "Syntax error; token: \"NOT\", near: \"NOT NOT a\""},
        {"NOT a", "Syntax error; token: \"<EOF>\", near: \"a\""},
        {"a = NOT b", "Syntax error; token: \"NOT\", near: \"= NOT b\""},
        {"a = 10", "Syntax error; token: \"10\", near: \"= 10\""},
        {"a = 10 AND b", "Syntax error; token: \"10\", near: \"= 10 AND\""},
        {"a = 'x'", "Syntax error; token: \"'\", near: \"= 'x\""},
        {"a = \"x\"", "Syntax error; token: \"\"\", near: \"= \"x\""},
        {"_x = :n", "Syntax error; token: \"_\", near: \"_x\""},
        {"a = _x", "Syntax error; token: \"_\", near: \"= _x\""},
        {"a = #", "Syntax error; token: \"#\", near: \"= #\""},
        {"a = : n", "Syntax error; token: \":\", near: \"= : n\""},
        {"my-name = :n", "Syntax error; token: \"-\", near: \"my-name\""},
        {"\xc3\xa9 = :n", "Syntax error; token: \"\xc3\xa9\", near: \"\xc3\xa9 =\""},
        {"a.[0] = :n", "Syntax error; token: \"[\", near: \".[0\""},
        {"a[b] = :n", "Syntax error; token: \"b\", near: \"[b]\""},
        {"a[0 = :n", "Syntax error; token: \"=\", near: \"0 = :n\""},
        {"a[-1] = :n", "Syntax error; token: \"-\", near: \"[-1\""},
        {"a.in = :n", "Syntax error; token: \"in\", near: \".in =\""},
        {":n.x = :n", "Syntax error; token: \".\", near: \":n.x\""},
        {"attribute_exists()", "Syntax error; token: \")\", near: \"()\""},
        {"attribute_exists(a", "Syntax error; token: \"<EOF>\", near: \"a\""},
        {"contains(a,)", "Syntax error; token: \")\", near: \",)\""},
        {"contains(a b)", "Syntax error; token: \"b\", near: \"a b)\""},
        {"contains(a = b, c)", "Syntax error; token: \"=\", near: \"a = b\""},
        {"a IN :n", "Syntax error; token: \":n\", near: \"IN :n\""},
        {"a IN ()", "Syntax error; token: \")\", near: \"()\""},
        {"a BETWEEN :n", "Syntax error; token: \"<EOF>\", near: \":n\""},
        {"a BETWEEN :n OR :n", "Syntax error; token: \"OR\", near: \":n OR :n\""},
        {"a = :n)", "Syntax error; token: \")\", near: \":n)\""},
        {"(a = :n", "Syntax error; token: \"<EOF>\", near: \":n\""},
        {"()", "Syntax error; token: \")\", near: \"()\""},
        {"a = b + :n", "Syntax error; token: \"+\", near: \"b + :n\""},
        {"a = :n, b = :n", "Syntax error; token: \",\", near: \":n, b\""},
    };

    check_conditions(table, COUNT(table));
    (void)state;
}

static void mistakes_in_conditions_have_the_sentences_of_the_service(void **state)
{
    static const struct refusal table[] = {
        {"", "The expression can not be empty;"},
        {" \n", "The expression can not be empty;"},
        {"((a = :n))", "The expression has redundant parentheses;"},
        {"a = ((:n))", "The expression has redundant parentheses;"},
        {"NOT ((a = :n) ) AND b = :n", "The expression has redundant parentheses;"},
        {"status = :s", "Attribute name is a reserved keyword; reserved keyword: status"},
        {"a.Name = :s", "Attribute name is a reserved keyword; reserved keyword: Name"},
        {"#x = :s", "An expression attribute name used in the document path is not defined; "
                    "attribute name: #x"},
        {"a = :x", "An expression attribute value used in expression is not defined; attribute "
                   "value: :x"},
        {"a[2147483648] = :n", "List index is not within the allowable range; index: [2147483648]"},
        {"a[99999999999999999999999] = :n",
            "List index is not within the allowable range; index: [99999999999999999999999]"},
        {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g = :n",
            "The document path has too many nesting levels; nesting levels: 33"},
        {"nothing(a)", "Invalid function name; function: nothing"},
        {"Size(a) = :n", "Invalid function name; function: Size"},
        {"if_not_exists(a, :n) = :n",
            "The function is not allowed in a condition expression; function: if_not_exists"},
        {"size(a)", "The function is not allowed to be used this way in an expression; function: "
                    "size"},
        {"size(a) AND b = :n", "The function is not allowed to be used this way in an expression; "
                               "function: size"},
        {"begins_with(a, :s) = :n", "The function is not allowed to be used this way in an "
                                    "expression; function: begins_with"},
        {"a IN (contains(a, :s))", "The function is not allowed to be used this way in an "
                                   "expression; function: contains"},
        {"size(attribute_exists(a)) = :n", "The function is not allowed to be used this way in an "
                                           "expression; function: attribute_exists"},
        {"attribute_exists(a, b)", "Incorrect number of operands for operator or function; "
                                   "operator or function: attribute_exists, number of operands: "
                                   "2"},
        {"begins_with(a)", "Incorrect number of operands for operator or function; operator or "
                           "function: begins_with, number of operands: 1"},
        {"attribute_exists(:n)", "Operator or function requires a document path; operator or "
                                 "function: attribute_exists"},
        {"attribute_type(:n, :type)", "Operator or function requires a document path; operator or "
                                      "function: attribute_type"},
        {"attribute_type(a, :n)", "Incorrect operand type for operator or function; operator or "
                                  "function: attribute_type, operand type: N"},
        {"attribute_type(a, b)", "Incorrect operand type for operator or function; operator or "
                                 "function: attribute_type, operand type: "
                                 "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"},
        {"attribute_type(a, :t)", "Invalid attribute type name found; type: b, valid types: "
                                  "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
        {"begins_with(a, :n)", "Incorrect operand type for operator or function; operator or "
                               "function: begins_with, operand type: N"},
        {"begins_with(:ss, a)", "Incorrect operand type for operator or function; operator or "
                                "function: begins_with, operand type: SS"},
        {"begins_with(size(a), :s)", "Incorrect operand type for operator or function; operator "
                                     "or function: begins_with, operand type: N"},
        {"size(:null) = :n", "Incorrect operand type for operator or function; operator or "
                             "function: size, operand type: NULL"},
        {"size(size(a)) = :n", "Incorrect operand type for operator or function; operator or "
                               "function: size, operand type: N"},
        {"a < :bool", "Incorrect operand type for operator or function; operator or function: <, "
                      "operand type: BOOL"},
        {"a BETWEEN :m AND :m", "Incorrect operand type for operator or function; operator or "
                                "function: BETWEEN, operand type: M"},
        {"a = a", "The first operand must be distinct from the remaining operands for this "
                  "operator or function; operator: =, first operand: [a]"},
        {"#a.b[0] < a.b[0]", "The first operand must be distinct from the remaining operands for "
                             "this operator or function; operator: <, first operand: [a, b, [0]]"},
        {"contains(a, a)", "The first operand must be distinct from the remaining operands for "
                           "this operator or function; operator: contains, first operand: [a]"},
        {"a BETWEEN :t AND :s", "The BETWEEN operator requires upper bound to be greater than or "
                                "equal to lower bound; lower bound operand: AttributeValue: "
                                "{S:b}, upper bound operand: AttributeValue: {S:a}"},
        {"a BETWEEN :n2 AND :n", "The BETWEEN operator requires upper bound to be greater than or "
                                 "equal to lower bound; lower bound operand: AttributeValue: "
                                 "{N:2}, upper bound operand: AttributeValue: {N:1}"},
        {"a BETWEEN :n AND :b", "The BETWEEN operator requires same data type for lower and upper "
                                "bounds; lower bound operand: AttributeValue: {N:1}, upper bound "
                                "operand: AttributeValue: {B:AAE=}"},
    };

    check_conditions(table, COUNT(table));
    (void)state;
}

/* Each one has two or more mistakes; tables.md 8.2 says which comes first. */
static void the_first_mistake_of_a_condition_is_chosen_by_class(void **state)
{
    static const struct refusal table[] = {
        {"((a = :x)) AND", "Syntax error; token: \"<EOF>\", near: \"AND\""},
        {"status = :x AND nothing(a) AND size(a) AND ((b = :n))",
            "The expression has redundant parentheses;"},
        {"status = :x AND size(a) AND nothing(a)", "Invalid function name; function: nothing"},
        {"status = :x AND size(a)", "The function is not allowed to be used this way in an "
                                    "expression; function: size"},
        {"a = :x AND b = #x AND status = :n",
            "Attribute name is a reserved keyword; reserved keyword: status"},
        {"name = :n AND status = :n",
            "Attribute name is a reserved keyword; reserved keyword: name"},
        {"a = :x AND b = #x", "An expression attribute value used in expression is not defined; "
                              "attribute value: :x"},
        {"a = #x AND b = :x", "An expression attribute name used in the document path is not "
                              "defined; attribute name: #x"},
        {"a < :bool AND b = :x", "Incorrect operand type for operator or function; operator or "
                                 "function: <, operand type: BOOL"},
        {"a BETWEEN :bool AND :x", "An expression attribute value used in expression is not "
                                   "defined; attribute value: :x"},
        {"attribute_exists(:n, :x)", "An expression attribute value used in expression is not "
                                     "defined; attribute value: :x"},
        {"begins_with(a, a, :n)", "Incorrect number of operands for operator or function; "
                                  "operator or function: begins_with, number of operands: 3"},
        {"attribute_type(a, a)", "The first operand must be distinct from the remaining operands "
                                 "for this operator or function; operator: attribute_type, first "
                                 "operand: [a]"},
        {"NOT begins_with(a, :n) OR a = a",
            "Incorrect operand type for operator or function; operator or function: begins_with, "
            "operand type: N"},
    };

    check_conditions(table, COUNT(table));
    (void)state;
}

static void more_than_100_candidates_are_too_many(void **state)
{
    struct setting setting = open_setting();
    struct error err = {0};
    struct buf source;

    buf_init(&source, 5000);
    buf_add_string(&source, "a IN (:n");
    for (int i = 1; i < 100; i++)
        buf_add_string(&source, ", :n");
    assert_non_null(
        expression_parse_condition(text_of(arena_format(setting.arena, "%s)", buf_string(&source))),
            "FilterExpression", &setting.placeholders, setting.arena, &err));
    assert_null(expression_parse_condition(text_of(arena_format(setting.arena, "%s, :n)",
                                               buf_string(&source))),
        "FilterExpression", &setting.placeholders, setting.arena, &err));
    assert_string_equal(err.text, "Invalid FilterExpression: The IN operator is provided with too "
                                  "many operands; number of operands: 101");
    buf_done(&source);
    close_setting(&setting);
    (void)state;
}

static struct text repeated(struct arena *arena, const char *first, const char *again, size_t count,
    const char *last)
{
    struct buf out;
    struct text text;

    buf_init(&out, 100000);
    buf_add_string(&out, first);
    for (size_t i = 0; i < count; i++)
        buf_add_string(&out, again);
    buf_add_string(&out, last);
    text = arena_text(arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static void more_than_300_operators_are_too_many(void **state)
{
    struct setting setting = open_setting();
    const char *closing = arena_string(setting.arena, repeated(setting.arena, "", ")", 149, ""));
    struct error err = {0};

    /* 150 comparisons and 149 ORs; spaces and parentheses do not count. */
    assert_non_null(
        expression_parse_condition(repeated(setting.arena, "a<b ", "or (a<b ", 149, closing),
            "FilterExpression", &setting.placeholders, setting.arena, &err));
    assert_non_null(
        expression_parse_condition(repeated(setting.arena, "NOT a<b", " or a<b", 149, ""),
            "FilterExpression", &setting.placeholders, setting.arena, &err));
    assert_null(expression_parse_condition(repeated(setting.arena, "NOT a<b", " or a<b", 149,
                                               " or attribute_exists(a)"),
        "FilterExpression", &setting.placeholders, setting.arena, &err));
    assert_string_equal(err.text, "Invalid FilterExpression: The expression contains too many "
                                  "operators; operator count: 301");
    assert_null(expression_parse_condition(repeated(setting.arena, "((a<b))", " or a<b", 400, ""),
        "FilterExpression", &setting.placeholders, setting.arena, &err));
    assert_string_equal(err.text, "Invalid FilterExpression: The expression contains too many "
                                  "operators; operator count: 301");
    close_setting(&setting);
    (void)state;
}

static void more_than_4096_bytes_are_too_many(void **state)
{
    struct setting setting = open_setting();
    struct error err = {0};

    assert_non_null(expression_parse_condition(repeated(setting.arena, "a = :n", " ", 4090, ""),
        "ConditionExpression", &setting.placeholders, setting.arena, &err));
    assert_null(expression_parse_condition(repeated(setting.arena, "a = :n", " ", 4091, ""),
        "ConditionExpression", &setting.placeholders, setting.arena, &err));
    assert_string_equal(err.text, "Invalid ConditionExpression: Expression size has exceeded the "
                                  "maximum allowed size; expression size: 4097");
    assert_null(expression_parse_update(repeated(setting.arena, "REMOVE a", " ", 5000, ""),
        &setting.placeholders, setting.arena, &err));
    assert_string_equal(err.text, "Invalid UpdateExpression: Expression size has exceeded the "
                                  "maximum allowed size;");
    assert_null(expression_parse_projection(repeated(setting.arena, "a", " ", 4096, ""),
        &setting.placeholders, setting.arena, &err));
    assert_string_equal(err.text, "Invalid ProjectionExpression: Expression size has exceeded the "
                                  "maximum allowed size; expression size: 4097");
    close_setting(&setting);
    (void)state;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void deep_and_broken_expressions_end_at_once(void **state)
{
    struct setting setting = open_setting();
    struct error err = {0};
    const char *closing =
        arena_string(setting.arena, repeated(setting.arena, "a = :n", ")", 2045, ""));
    double start = seconds();

    assert_null(expression_parse_condition(repeated(setting.arena, "", "(", 2045, closing),
        "FilterExpression", &setting.placeholders, setting.arena, &err));
    assert_string_equal(err.text,
        "Invalid FilterExpression: The expression has redundant parentheses;");
    assert_null(expression_parse_condition(repeated(setting.arena, "", "(", 4096, ""),
        "FilterExpression", &setting.placeholders, setting.arena, &err));
    assert_string_equal(err.text,
        "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"(\"");
    assert_null(expression_parse_condition(repeated(setting.arena, "", "NOT(", 1024, ""),
        "FilterExpression", &setting.placeholders, setting.arena, &err));
    assert_null(expression_parse_condition(repeated(setting.arena, "", "size(", 819, ""),
        "FilterExpression", &setting.placeholders, setting.arena, &err));
    assert_null(expression_parse_update(repeated(setting.arena, "SET a=", "(", 4090, ""),
        &setting.placeholders, setting.arena, &err));
    assert_null(expression_parse_condition(repeated(setting.arena, "a", ".b", 2047, ""),
        "FilterExpression", &setting.placeholders, setting.arena, &err));
    /* All six take well below a millisecond; sanitizers on a loaded machine get more. */
    assert_true(seconds() - start < 1);
    close_setting(&setting);
    (void)state;
}

static void placeholders_that_were_used_are_marked(void **state)
{
    struct setting setting = open_setting();
    bool values_used[14] = {false}, names_used[5] = {false};
    const struct value *values = setting.placeholders.values;

    setting.placeholders.values_used = values_used;
    setting.placeholders.names_used = names_used;
    assert_non_null(expression_parse_condition(TEXT("#dot = :n AND b <> #a"), "FilterExpression",
        &setting.placeholders, setting.arena, &setting.err));
    assert_non_null(expression_parse_projection(TEXT("#5.x"), &setting.placeholders, setting.arena,
        &setting.err));
    assert_true(
        names_used[0] && !names_used[1] && names_used[2] && !names_used[3] && names_used[4]);
    for (size_t i = 0; i < values->count; i++)
        assert_int_equal(values_used[i], text_is(values->name[i], ":n"));
    close_setting(&setting);
    (void)state;
}

static void many_names_are_found_as_few_are(void **state)
{
    struct setting setting = open_setting();
    bool used[5001] = {false};
    struct expression *tree;
    struct buf names;

    buf_init(&names, 1000000);
    buf_add_string(&names, "{\"#n7\":\"first\"");
    for (int i = 0; i < 5000; i++)
        buf_add_format(&names, ",\"#n%d\":\"name %d\"", i, i);
    buf_add_string(&names, "}");
    setting.placeholders.names = json_of(setting.arena, buf_string(&names));
    setting.placeholders.names_used = used;
    tree = expression_parse_condition(TEXT("#n7.#n4999 = #n0"), "FilterExpression",
        &setting.placeholders, setting.arena, &setting.err);
    assert_non_null(tree);
    assert_true(text_is(tree->operand[0]->path->part[0].name, "name 7"));
    assert_true(text_is(tree->operand[0]->path->part[1].name, "name 4999"));
    assert_true(text_is(tree->operand[1]->path->part[0].name, "name 0"));
    /* The first #n7 is hidden by the second one, so it counts as used. */
    assert_true(used[0] && used[1] && used[8] && used[5000] && !used[2]);
    assert_null(expression_parse_condition(TEXT("#n5000 = #n0"), "FilterExpression",
        &setting.placeholders, setting.arena, &setting.err));
    assert_string_equal(setting.err.text,
        "Invalid FilterExpression: An expression attribute name used in the document path is not "
        "defined; attribute name: #n5000");
    buf_done(&names);
    close_setting(&setting);
    (void)state;
}

static void key_conditions_become_clauses_with_the_key_first(void **state)
{
    static const struct {
        const char *source, *text;
    } table[] = {
        {"a = :s", "a = 'a'"},
        {"a = :s AND b = :n", "a = 'a' AND b = 1"},
        {"(a = :s) AND (b BETWEEN :n AND :n2)", "a = 'a' AND b BETWEEN 1 AND 2"},
        {"begins_with(b, :s) AND :s = a", "begins_with(b, 'a') AND a = 'a'"},
        {"a = :s AND :n < b", "a = 'a' AND b > 1"},
        {"a = :s AND :n >= #dot", "a = 'a' AND `x.y` <= 1"},
        {"a = :s AND (b = :n AND c <= :n)", "a = 'a' AND b = 1 AND c <= 1"},
    };
    struct setting setting = open_setting();

    for (size_t i = 0; i < COUNT(table); i++) {
        struct expression *tree = expression_parse_key_condition(text_of(table[i].source),
            &setting.placeholders, setting.arena, &setting.err);
        struct buf out;

        if (!tree)
            fail_msg("%s: %s", table[i].source, setting.err.text);
        buf_init(&out, 1000);
        expression_add_text(&out, tree);
        assert_string_equal(buf_string(&out), table[i].text);
        buf_done(&out);
        if (tree->kind == EXPRESSION_AND)
            for (size_t j = 0; j < tree->count; j++)
                assert_int_equal(tree->operand[j]->operand[0]->kind, EXPRESSION_PATH);
    }
    close_setting(&setting);
    (void)state;
}

static void key_conditions_of_other_forms_are_refused(void **state)
{
    static const struct refusal table[] = {
        {"", "The expression can not be empty;"},
        {"a = ", "Syntax error; token: \"<EOF>\", near: \"=\""},
        {"status = :n", "Attribute name is a reserved keyword; reserved keyword: status"},
        {"a = :s OR b = :n", "Invalid operator used in KeyConditionExpression: OR"},
        {"NOT a = :s", "Invalid operator used in KeyConditionExpression: NOT"},
        {"a IN (:s)", "Invalid operator used in KeyConditionExpression: IN"},
        {"a <> :s", "Invalid operator used in KeyConditionExpression: <>"},
        {"a = :s AND contains(b, :s)", "Invalid operator used in KeyConditionExpression: contains"},
        {"attribute_exists(b)",
            "Invalid operator used in KeyConditionExpression: attribute_exists"},
        {"size(a) = :n", "KeyConditionExpressions cannot contain nested operations"},
        {":n BETWEEN a AND :n2",
            "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key "
            "attribute as its first operand"},
        {"begins_with(:s, a)", "Invalid condition in KeyConditionExpression: begins_with operator "
                               "must have the key attribute as its first operand"},
        {"a = b", "Invalid condition in KeyConditionExpression: Multiple attribute names used in "
                  "one condition"},
        {":s = :s", "Invalid condition in KeyConditionExpression: No key attribute specified"},
        {"a.b = :s", "KeyConditionExpressions cannot have conditions on nested attributes"},
        {"a[0] = :s", "KeyConditionExpressions cannot have conditions on nested attributes"},
        {"a = :s AND #a > :n", "KeyConditionExpressions must only contain one condition per key"},
        {"a = :s AND b = :n OR c = :n", "Invalid operator used in KeyConditionExpression: OR"},
    };
    struct setting setting = open_setting();

    for (size_t i = 0; i < COUNT(table); i++) {
        struct error err = {0};
        char expected[600];

        assert_null(expression_parse_key_condition(text_of(table[i].source), &setting.placeholders,
            setting.arena, &err));
        snprintf(expected, sizeof expected, "Invalid KeyConditionExpression: %s", table[i].error);
        assert_string_equal(err.text, expected);
        assert_int_equal(err.code, ERROR_INVALID);
    }
    close_setting(&setting);
    (void)state;
}

static void updates_are_grouped_by_kind(void **state)
{
    static const struct {
        const char *source, *text;
    } table[] = {
        {"set a = :n", "SET a = 1"},
        {"REMOVE a, b[1] SET c = :n, d = a ADD e :ns DELETE f :ss",
            "SET c = 1, d = a REMOVE a, b[1] ADD e <<1>> DELETE f <<'a'>>"},
        {"SET a = b + :n, c = :n - d", "SET a = b + 1, c = 1 - d"},
        {"SET a = (b + :n)", "SET a = b + 1"},
        {"SET a = (b + :n) - (c)", "SET a = (b + 1) - c"},
        {"SET a = if_not_exists(a, :n) + :n", "SET a = if_not_exists(a, 1) + 1"},
        {"SET a = list_append(if_not_exists(a, :l), :l)",
            "SET a = list_append(if_not_exists(a, []), [])"},
        {"SET #status = list_append(a, (b))", "SET status = list_append(a, b)"},
        {"ADD a :n, b.c :ss", "ADD a 1, b.c <<'a'>>"},
        {"SET a[0] = :n, a[1] = :n, b.c = :n, b.d = :n",
            "SET a[0] = 1, a[1] = 1, b.c = 1, b.d = 1"},
        {"remove#a", "REMOVE a"},
    };
    struct setting setting = open_setting();

    for (size_t i = 0; i < COUNT(table); i++) {
        struct update *update = expression_parse_update(text_of(table[i].source),
            &setting.placeholders, setting.arena, &setting.err);
        struct buf out;

        if (!update)
            fail_msg("%s: %s", table[i].source, setting.err.text);
        buf_init(&out, 1000);
        update_add_text(&out, update);
        assert_string_equal(buf_string(&out), table[i].text);
        buf_done(&out);
    }
    close_setting(&setting);
    (void)state;
}

static void mistakes_in_updates_have_the_sentences_of_the_service(void **state)
{
    static const struct refusal table[] = {
        {"", "The expression can not be empty;"},
        {"whatever", "Syntax error; token: \"whatever\", near: \"whatever\""},
        {"SET", "Syntax error; token: \"<EOF>\", near: \"SET\""},
        {"set _x = :n", "Syntax error; token: \"_\", near: \"set _x\""},
        {"SET a", "Syntax error; token: \"<EOF>\", near: \"a\""},
        {"SET a :n", "Syntax error; token: \":n\", near: \"a :n\""},
        {"SET a <> :n", "Syntax error; token: \"<>\", near: \"a <> :n\""},
        {"SET a = :n,", "Syntax error; token: \"<EOF>\", near: \",\""},
        {"SET a = :n b = :n", "Syntax error; token: \"b\", near: \":n b =\""},
        {"SET a = 5", "Syntax error; token: \"5\", near: \"= 5\""},
        {"SET a = if_not_exists(a, 0)", "Syntax error; token: \"0\", near: \", 0)\""},
        {"SET a = :n + :n + :n", "Syntax error; token: \"+\", near: \":n + :n\""},
        {"SET a = list_append(b + c, d)", "Syntax error; token: \"+\", near: \"b + c\""},
        {"SET a = :n)", "Syntax error; token: \")\", near: \":n)\""},
        {"SET :n = a", "Syntax error; token: \":n\", near: \"SET :n =\""},
        {"SET a = remove", "Syntax error; token: \"remove\", near: \"= remove\""},
        {"REMOVE a = :n", "Syntax error; token: \"=\", near: \"a = :n\""},
        {"ADD a b", "Syntax error; token: \"b\", near: \"a b\""},
        {"ADD a, :n", "Syntax error; token: \",\", near: \"a, :n\""},
        {"DELETE a", "Syntax error; token: \"<EOF>\", near: \"a\""},
        {"SET a = ((:n))", "The expression has redundant parentheses;"},
        {"SET a = b.status", "Attribute name is a reserved keyword; reserved keyword: status"},
        {"SET a = nothing(b)", "Invalid function name; function: nothing"},
        {"SET a = size(b)", "The function is not allowed in an update expression; function: size"},
        {"SET a = :n SET b = :n",
            "The \"SET\" section can only be used once in an update expression;"},
        {"remove a REMOVE b",
            "The \"REMOVE\" section can only be used once in an update expression;"},
        {"SET #x = :n", "An expression attribute name used in the document path is not defined; "
                        "attribute name: #x"},
        {"SET a = :x", "An expression attribute value used in expression is not defined; "
                       "attribute value: :x"},
        {"SET a = :n, a = :n", "Two document paths overlap with each other; must remove or "
                               "rewrite one of these paths; path one: [a], path two: [a]"},
        {"SET a = :n REMOVE a.b", "Two document paths overlap with each other; must remove or "
                                  "rewrite one of these paths; path one: [a], path two: [a, b]"},
        {"REMOVE a[1].b, a[1]", "Two document paths overlap with each other; must remove or "
                                "rewrite one of these paths; path one: [a, [1], b], path two: "
                                "[a, [1]]"},
        {"SET a.b = :n, a[0] = :n", "Two document paths conflict with each other; must remove or "
                                    "rewrite one of these paths; path one: [a, b], path two: [a, "
                                    "[0]]"},
        {"SET #dot = :n, x.y = :n, #dot = :n",
            "Two document paths overlap with each other; must remove or rewrite one of these "
            "paths; path one: [x.y], path two: [x.y]"},
        {"ADD a :s", "Incorrect operand type for operator or function; operator: ADD, operand "
                     "type: STRING"},
        {"ADD a :m", "Incorrect operand type for operator or function; operator: ADD, operand "
                     "type: MAP"},
        {"DELETE a :n", "Incorrect operand type for operator or function; operator: DELETE, "
                        "operand type: NUMBER"},
        {"SET a = :s + b", "Incorrect operand type for operator or function; operator or "
                           "function: +, operand type: S"},
        {"SET a = b - :ss", "Incorrect operand type for operator or function; operator or "
                            "function: -, operand type: SS"},
        {"SET a = list_append(b, :n)", "Incorrect operand type for operator or function; operator "
                                       "or function: list_append, operand type: N"},
        {"SET a = list_append(b)", "Incorrect number of operands for operator or function; "
                                   "operator or function: list_append, number of operands: 1"},
        {"SET a = if_not_exists(:n, :n)", "Operator or function requires a document path; "
                                          "operator or function: if_not_exists"},
    };

    check_updates(table, COUNT(table));
    (void)state;
}

static void the_first_mistake_of_an_update_is_chosen_by_class(void **state)
{
    static const struct refusal table[] = {
        {"SET status = nothing(b) SET #x = :x",
            "Attribute name is a reserved keyword; reserved keyword: status"},
        {"SET a = nothing(b) SET #x = :x", "Invalid function name; function: nothing"},
        {"SET a = :x SET a = #x",
            "The \"SET\" section can only be used once in an update expression;"},
        {"SET a = :x, a = #x", "An expression attribute name used in the document path is not "
                               "defined; attribute name: #x"},
        {"SET a = :x, a = :n", "An expression attribute value used in expression is not defined; "
                               "attribute value: :x"},
        {"SET a.b = :n, a[0] = :n, a = :n ADD b :s",
            "Two document paths overlap with each other; must remove or rewrite one of these "
            "paths; path one: [a, b], path two: [a]"},
        {"SET a = :s + :n ADD a :s", "Two document paths overlap with each other; must remove or "
                                     "rewrite one of these paths; path one: [a], path two: [a]"},
        {"SET a = :s + :n ADD b :s", "Incorrect operand type for operator or function; operator: "
                                     "ADD, operand type: STRING"},
    };

    check_updates(table, COUNT(table));
    (void)state;
}

static void operators_and_functions_of_updates_are_counted(void **state)
{
    struct setting setting = open_setting();
    struct error err = {0};
    struct buf source;

    buf_init(&source, 10000);
    buf_add_string(&source, "SET ");
    for (int i = 0; i < 301; i++)
        buf_add_format(&source, "%sx%d=a+b", i ? "," : "", i);
    assert_null(
        expression_parse_update(buf_view(&source), &setting.placeholders, setting.arena, &err));
    assert_string_equal(err.text, "Invalid UpdateExpression: The expression contains too many "
                                  "operators; operator count: 301");
    buf_cut(&source, source.length - strlen(",x300=a+b"));
    assert_non_null(
        expression_parse_update(buf_view(&source), &setting.placeholders, setting.arena, &err));
    buf_done(&source);
    close_setting(&setting);
    (void)state;
}

static void projections_are_lists_of_paths(void **state)
{
    static const struct refusal table[] = {
        {"", "The expression can not be empty;"},
        {"a,", "Syntax error; token: \"<EOF>\", near: \",\""},
        {"a b", "Syntax error; token: \"b\", near: \"a b\""},
        {"a,,b", "Syntax error; token: \",\", near: \",,b\""},
        {"l[a]", "Syntax error; token: \"a\", near: \"[a]\""},
        {":n", "Syntax error; token: \":n\", near: \":n\""},
        {"size(a)", "Syntax error; token: \"(\", near: \"size(a\""},
        {"a, and", "Attribute name is a reserved keyword; reserved keyword: and"},
        {"#x, status", "Attribute name is a reserved keyword; reserved keyword: status"},
        {"a, a, #x", "An expression attribute name used in the document path is not defined; "
                     "attribute name: #x"},
        {"a.b, #a", "Two document paths overlap with each other; must remove or rewrite one of "
                    "these paths; path one: [a, b], path two: [a]"},
        {"a.b, a[1]", "Two document paths conflict with each other; must remove or rewrite one of "
                      "these paths; path one: [a, b], path two: [a, [1]]"},
    };
    struct setting setting = open_setting();
    struct projection *projection;

    for (size_t i = 0; i < COUNT(table); i++) {
        struct error err = {0};
        char expected[600];

        assert_null(expression_parse_projection(text_of(table[i].source), &setting.placeholders,
            setting.arena, &err));
        snprintf(expected, sizeof expected, "Invalid ProjectionExpression: %s", table[i].error);
        assert_string_equal(err.text, expected);
    }
    projection = expression_parse_projection(TEXT("a, #dot , l[0] [1].b"), &setting.placeholders,
        setting.arena, &setting.err);
    assert_non_null(projection);
    assert_int_equal(projection->count, 3);
    assert_true(path_is_name(projection->path[1], TEXT("x.y")));
    assert_int_equal(projection->path[2]->count, 4);
    assert_true(projection->path[2]->part[2].is_index);
    assert_int_equal(projection->path[2]->part[2].index, 1);
    close_setting(&setting);
    (void)state;
}

static void placeholders_may_be_absent(void **state)
{
    struct setting setting = open_setting();
    struct placeholders none = {0};
    struct error err = {0};

    assert_non_null(expression_parse_condition(TEXT("attribute_exists(a)"), "ConditionExpression",
        &none, setting.arena, &err));
    assert_null(expression_parse_condition(TEXT("a = :n"), "ConditionExpression", &none,
        setting.arena, &err));
    assert_string_equal(err.text, "Invalid ConditionExpression: An expression attribute value "
                                  "used in expression is not defined; attribute value: :n");
    assert_null(expression_parse_condition(TEXT("#a = b"), "ConditionExpression", &none,
        setting.arena, &err));
    close_setting(&setting);
    (void)state;
}

/* Sources that need more than the first block of an arena, and issues. */
static void parsing_survives_every_failed_allocation(void **state)
{
    static const char *const source[] = {
        "a = :n AND (b IN (:n, :s, c.d[1]) OR NOT begins_with(#a, :s)) AND size(e) > :n",
        "a = :x AND b BETWEEN :t AND :s",
    };
    struct setting setting = open_setting();
    long live = mem_live();

    for (size_t i = 0; i < COUNT(source); i++) {
        bool done = false;

        for (long nth = 1; !done; nth++) {
            struct error err = {0};
            struct arena *arena;
            void *filled = NULL;

            mem_fail_at(nth);
            arena = arena_new(ARENA_LIMIT, &err);
            if (arena)
                filled = arena_alloc(arena, 3500, 1);
            if (filled)
                done = expression_parse_condition(text_of(source[i]), "FilterExpression",
                           &setting.placeholders, arena, &err) ||
                       err.code == ERROR_INVALID;
            else
                err.code = ERROR_MEMORY;
            mem_fail_at(0);
            assert_true(done || err.code == ERROR_MEMORY);
            arena_free(arena);
            assert_int_equal(mem_live(), live);
            assert_true(nth < 1000);
        }
    }
    close_setting(&setting);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void every_limit_of_memory_is_reported(void **state)
{
    struct setting setting = open_setting();
    bool done = false;

    for (size_t limit = 0; !done; limit += 16) {
        struct error err = {0};
        struct arena *arena = arena_new(limit, &err);
        bool good;

        assert_non_null(arena);
        good = expression_parse_update(TEXT("SET a = b + :n, c = list_append(d, :l) REMOVE e"),
            &setting.placeholders, arena, &err);
        done = good;
        assert_true(good || err.code == ERROR_LIMIT);
        arena_free(arena);
        assert_true(limit < 100000);
    }
    close_setting(&setting);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_573_words_of_the_guide_are_reserved),
        cmocka_unit_test(other_words_are_not_reserved),
        cmocka_unit_test(conditions_of_every_form_are_accepted),
        cmocka_unit_test(not_binds_tighter_than_and_and_and_tighter_than_or),
        cmocka_unit_test(syntax_errors_name_the_token_and_what_is_near),
        cmocka_unit_test(mistakes_in_conditions_have_the_sentences_of_the_service),
        cmocka_unit_test(the_first_mistake_of_a_condition_is_chosen_by_class),
        cmocka_unit_test(more_than_100_candidates_are_too_many),
        cmocka_unit_test(more_than_300_operators_are_too_many),
        cmocka_unit_test(more_than_4096_bytes_are_too_many),
        cmocka_unit_test(deep_and_broken_expressions_end_at_once),
        cmocka_unit_test(placeholders_that_were_used_are_marked),
        cmocka_unit_test(many_names_are_found_as_few_are),
        cmocka_unit_test(key_conditions_become_clauses_with_the_key_first),
        cmocka_unit_test(key_conditions_of_other_forms_are_refused),
        cmocka_unit_test(updates_are_grouped_by_kind),
        cmocka_unit_test(mistakes_in_updates_have_the_sentences_of_the_service),
        cmocka_unit_test(the_first_mistake_of_an_update_is_chosen_by_class),
        cmocka_unit_test(operators_and_functions_of_updates_are_counted),
        cmocka_unit_test(projections_are_lists_of_paths),
        cmocka_unit_test(placeholders_may_be_absent),
        cmocka_unit_test(parsing_survives_every_failed_allocation),
        cmocka_unit_test(every_limit_of_memory_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
