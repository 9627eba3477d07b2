#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "client/expression.h"
#include "client/expression_parse.h"
#include "tests/unit/plain_value.h"
#include "tests/unit/random_value.h"

/* A condition in the service's grammar; values in plain JSON, `{":0": 1}`. */
static struct expression *condition(struct arena *arena, const char *source, const char *values)
{
    struct error err = {0};
    struct placeholders placeholders = {.values = plain(arena, values)};
    struct expression *tree = expression_parse_condition(text_of(source), "ConditionExpression",
        &placeholders, arena, &err);

    if (!tree)
        fail_msg("%s: %s", source, err.text);
    return tree;
}

static struct path *path_of(struct arena *arena, const char *names)
{
    struct path *path = arena_alloc(arena, 1, sizeof *path);
    struct text rest = text_of(names), part;

    path->part = arena_alloc(arena, 20, sizeof *path->part);
    while (text_take_field(&rest, '/', &part)) {
        int64_t index;
        bool is_index = text_to_integer(part, 0, 1000, &index);

        path->part[path->count].is_index = is_index;
        if (is_index)
            path->part[path->count].index = (size_t)index;
        else
            path->part[path->count].name = part;
        path->count++;
    }
    return path;
}

static struct expression *leaf(struct arena *arena, const char *names)
{
    return expression_new_path(arena, path_of(arena, names));
}

static struct expression *constant(struct arena *arena, const char *source)
{
    return expression_new_value(arena, plain(arena, source));
}

static struct expression *node(struct arena *arena, enum expression_kind kind, struct expression *a,
    struct expression *b, struct expression *c)
{
    struct expression *tree = expression_new(arena, kind, c ? 3 : b ? 2 : 1);

    tree->operand[0] = a;
    if (b)
        tree->operand[1] = b;
    if (c)
        tree->operand[2] = c;
    return tree;
}

static const char *own_text(struct arena *arena, const struct expression *tree)
{
    struct buf out;
    const char *text;

    buf_init(&out, 100000);
    expression_add_text(&out, tree);
    text = arena_string(arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static const char *maps_text(struct arena *arena, const struct expression_printer *printer)
{
    struct json_writer writer;
    struct buf out;
    const char *text;

    buf_init(&out, 100000);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    expression_print_maps(printer, &writer);
    json_end_object(&writer);
    text = arena_string(arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static const char *print(struct arena *arena, struct expression_printer *printer,
    const struct expression *tree)
{
    struct buf out;
    const char *text;

    buf_init(&out, 100000);
    expression_print(printer, &out, tree);
    text = arena_string(arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static struct expression_printer *new_printer(struct arena *arena)
{
    struct error err = {0};
    struct expression_printer *printer = expression_printer_new(arena, &err);

    assert_non_null(printer);
    return printer;
}

static void paths_are_written_with_backticks_where_needed(void **state)
{
    struct arena *arena = new_arena();
    struct buf out;

    buf_init(&out, 1000);
    path_add(&out, path_of(arena, "a/b c/0/12/d-e"));
    assert_string_equal(buf_string(&out), "a.`b c`[0][12].d-e");
    buf_done(&out);
    arena_free(arena);
    (void)state;
}

static void paths_overlap_when_one_begins_the_other(void **state)
{
    struct arena *arena = new_arena();

    assert_true(path_overlap(path_of(arena, "a"), path_of(arena, "a/b")));
    assert_true(path_overlap(path_of(arena, "a/0/c"), path_of(arena, "a/0")));
    assert_true(path_overlap(path_of(arena, "a"), path_of(arena, "a")));
    assert_false(path_overlap(path_of(arena, "a/0"), path_of(arena, "a/1")));
    assert_false(path_overlap(path_of(arena, "a/b"), path_of(arena, "a/0")));
    assert_false(path_overlap(path_of(arena, "a"), path_of(arena, "b")));
    assert_true(path_equal(path_of(arena, "a/1"), path_of(arena, "a/1")));
    assert_false(path_equal(path_of(arena, "a/1"), path_of(arena, "a")));
    assert_true(path_is_name(path_new_name(arena, TEXT("x")), TEXT("x")));
    assert_false(path_is_name(path_of(arena, "x/y"), TEXT("x")));
    arena_free(arena);
    (void)state;
}

static void joining_conditions_makes_one_flat_list(void **state)
{
    struct arena *arena = new_arena();
    struct expression *a = condition(arena, "a = :0 AND b = :0", "{\":0\": 1}");
    struct expression *b = condition(arena, "c = :0", "{\":0\": 1}");
    struct expression *joined = expression_and(arena, a, b);

    assert_ptr_equal(expression_and(arena, NULL, b), b);
    assert_ptr_equal(expression_and(arena, a, NULL), a);
    assert_null(expression_and(arena, NULL, NULL));
    assert_int_equal(joined->count, 3);
    assert_string_equal(own_text(arena, joined), "a = 1 AND b = 1 AND c = 1");
    assert_string_equal(own_text(arena, expression_and(arena, b, a)), "c = 1 AND a = 1 AND b = 1");
    arena_free(arena);
    (void)state;
}

static void conditions_are_told_in_the_words_of_the_language(void **state)
{
    static const struct {
        const char *source, *text;
    } table[] = {
        {"cust = :s", "cust = 'c1'"},
        {"ts BETWEEN :n AND :m", "ts BETWEEN 10 AND 20"},
        {"attribute_exists(a) and attribute_not_exists(b.c[1])",
            "attribute_exists(a) AND attribute_not_exists(b.c[1])"},
        {"a <> :s or NOT (b < size(c))", "a <> 'c1' OR NOT b < size(c)"},
        {"a IN (:n,:m , b)", "a IN (10, 20, b)"},
        {"NOT (a = :n OR b = :n)", "NOT (a = 10 OR b = 10)"},
        {"(a = :n OR b = :n) AND c = :n", "(a = 10 OR b = 10) AND c = 10"},
        {"(a = :n AND b = :n) OR c = :n", "a = 10 AND b = 10 OR c = 10"},
        {"NOT (NOT a = :n)", "NOT (NOT a = 10)"},
        {"contains(tags, :s) AND begins_with(a, :s) AND attribute_type(a, :t)",
            "contains(tags, 'c1') AND begins_with(a, 'c1') AND attribute_type(a, 'S')"},
        {"(a) = (:n)", "a = 10"},
    };
    struct arena *arena = new_arena();

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_string_equal(own_text(arena,
                                condition(arena, table[i].source,
                                    "{\":s\":\"c1\",\":n\":10,\":m\":20,\":t\":\"S\"}")),
            table[i].text);
    arena_free(arena);
    (void)state;
}

/* The examples of the language: 5, 17 to 21, 33, 34. */
static void the_worked_examples_print_as_documented(void **state)
{
    struct arena *arena = new_arena();
    struct expression *cust =
        node(arena, EXPRESSION_EQ, leaf(arena, "cust"), constant(arena, "\"c1\""), NULL);
    struct expression *ts = node(arena, EXPRESSION_BETWEEN, leaf(arena, "ts"),
        constant(arena, "10"), constant(arena, "20"));
    struct expression *total =
        node(arena, EXPRESSION_GT, leaf(arena, "total"), constant(arena, "5"), NULL);
    struct expression_printer *printer = new_printer(arena);
    struct expression *tree;

    assert_string_equal(print(arena, printer, expression_and(arena, cust, ts)),
        "#cust = :0 AND #ts BETWEEN :1 AND :2");
    assert_string_equal(print(arena, printer, total), "#total > :3");
    assert_string_equal(maps_text(arena, printer),
        "{\"ExpressionAttributeNames\":{\"#cust\":\"cust\",\"#ts\":\"ts\",\"#total\":\"total\"},"
        "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"c1\"},\":1\":{\"N\":\"10\"},"
        "\":2\":{\"N\":\"20\"},\":3\":{\"N\":\"5\"}}}");

    tree = expression_and(arena,
        node(arena, EXPRESSION_OR,
            node(arena, EXPRESSION_NOT_EXISTS, leaf(arena, "err"), NULL, NULL),
            node(arena, EXPRESSION_TYPE, leaf(arena, "err"), constant(arena, "\"NULL\""), NULL),
            NULL),
        node(arena, EXPRESSION_NOT,
            node(arena, EXPRESSION_EQ, leaf(arena, "paid"), constant(arena, "true"), NULL), NULL,
            NULL));
    printer = new_printer(arena);
    print(arena, printer, cust);
    assert_string_equal(print(arena, printer, tree),
        "(attribute_not_exists(#err) OR attribute_type(#err, :1)) AND NOT #paid = :2");

    printer = new_printer(arena);
    print(arena, printer, cust);
    tree = expression_and(arena,
        node(arena, EXPRESSION_GE, node(arena, EXPRESSION_SIZE, leaf(arena, "lines"), NULL, NULL),
            constant(arena, "3"), NULL),
        node(arena, EXPRESSION_TYPE, leaf(arena, "meta"), constant(arena, "\"M\""), NULL));
    assert_string_equal(print(arena, printer, tree),
        "size(#lines) >= :1 AND attribute_type(#meta, :2)");

    printer = new_printer(arena);
    print(arena, printer, cust);
    tree = expression_and(arena,
        node(arena, EXPRESSION_BEGINS_WITH, leaf(arena, "note"), constant(arena, "\"rush\""), NULL),
        node(arena, EXPRESSION_CONTAINS, leaf(arena, "tags"), constant(arena, "\"vip\""), NULL));
    assert_string_equal(print(arena, printer, tree),
        "begins_with(#note, :1) AND contains(#tags, :2)");

    printer = new_printer(arena);
    print(arena, printer, cust);
    tree = node(arena, EXPRESSION_NE, leaf(arena, "a/b c/0"), constant(arena, "null"), NULL);
    assert_string_equal(print(arena, printer, tree), "#a.#b_c[0] <> :1");
    assert_string_equal(maps_text(arena, printer),
        "{\"ExpressionAttributeNames\":{\"#cust\":\"cust\",\"#a\":\"a\",\"#b_c\":\"b c\"},"
        "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"c1\"},\":1\":{\"NULL\":true}}}");
    arena_free(arena);
    (void)state;
}

static void names_that_clash_get_numbers(void **state)
{
    struct arena *arena = new_arena();
    struct expression_printer *printer = new_printer(arena);
    struct buf out;

    buf_init(&out, 10000);
    expression_print_path(printer, &out, path_of(arena, "b c/b-c/b_c_2/b.c/b c/\xc3\xa9"));
    assert_string_equal(buf_string(&out), "#b_c.#b_c_2.#b_c_2_2.#b_c_3.#b_c.#_");
    buf_clear(&out);
    expression_print_path(printer, &out, path_new_name(arena, TEXT("")));
    assert_string_equal(buf_string(&out), "#__2");
    assert_string_equal(maps_text(arena, printer),
        "{\"ExpressionAttributeNames\":{\"#b_c\":\"b c\",\"#b_c_2\":\"b-c\",\"#b_c_2_2\":"
        "\"b_c_2\",\"#b_c_3\":\"b.c\",\"#_\":\"\xc3\xa9\",\"#__2\":\"\"}}");
    buf_done(&out);
    assert_string_equal(maps_text(arena, new_printer(arena)), "{}");
    arena_free(arena);
    (void)state;
}

static void long_names_get_placeholders_the_service_takes(void **state)
{
    struct arena *arena = new_arena();
    struct expression_printer *printer = new_printer(arena);
    char name[1000];
    struct buf out;

    memset(name, 'x', sizeof name);
    buf_init(&out, 10000);
    expression_print_path(printer, &out, path_new_name(arena, text_make(name, sizeof name)));
    assert_true(out.length < 250);
    buf_clear(&out);
    expression_print_path(printer, &out, path_new_name(arena, text_make(name, sizeof name - 1)));
    assert_true(out.length < 255);
    assert_true(text_ends_with(buf_view(&out), TEXT("_2")));
    buf_done(&out);
    arena_free(arena);
    (void)state;
}

static const char *const ITEM =
    "{\"s\":\"hello\",\"n\":5,\"z\":0,\"b\":{\"$b\":\"AAH/\"},\"t\":true,\"u\":null,"
    "\"l\":[1,\"a\",[2],{\"k\":\"v\"}],\"m\":{\"x\":1,\"y\":{\"deep\":\"d\"}},"
    "\"ss\":{\"$ss\":[\"a\",\"b\"]},\"ns\":{\"$ns\":[1,2]},\"bs\":{\"$bs\":[\"AA==\"]}}";

static const char *const VALUES =
    "{\":hello\":\"hello\",\":he\":\"he\",\":ll\":\"ll\",\":e\":\"\",\":a\":\"a\",\":n4\":4,"
    "\":n5\":5.0,\":n6\":6,\":n1\":1,\":n2\":2,\":n3\":3,\":true\":true,\":null\":null,"
    "\":b0\":{\"$b\":\"AA==\"},\":b01\":{\"$b\":\"AAE=\"},\":l2\":[2],\":S\":\"S\",\":N\":\"N\","
    "\":M\":\"M\",\":NULL\":\"NULL\",\":ss\":{\"$ss\":[\"b\",\"a\"]},\":SS\":\"SS\",\":v\":\"v\"}";

static void conditions_hold_or_not(void **state)
{
    static const struct {
        const char *source;
        bool holds;
    } table[] = {
        {"s = :hello", true},
        {"s = :he", false},
        {"s <> :he", true},
        {"n = :n5", true},
        {"n < :n6 AND n <= :n5 AND n > :n4 AND n >= :n5", true},
        {"n > :n5", false},
        {"n BETWEEN :n4 AND :n6", true},
        {"n BETWEEN :n5 AND :n5", true},
        {"n BETWEEN :n6 AND :n6", false},
        {"z < :n1", true},
        {"s < :n6", false},
        {"s >= :n6", false},
        {"t < :n6", false},
        {"t = :true", true},
        {"u = :null", true},
        {"ss = :ss", true},
        {"b BETWEEN :b0 AND :b01", false},
        {"b > :b01", true},
        {"gone = :n1", false},
        {"gone <> :n1", true},
        {"gone < :n1", false},
        {"gone BETWEEN :n1 AND :n2", false},
        {"gone IN (:n1, :n2)", false},
        {"gone = gone2", false},
        {"gone <> gone2", true},
        {"begins_with(gone, :e)", false},
        {"contains(gone, :e)", false},
        {"attribute_type(gone, :S)", false},
        {"NOT gone = :n1", true},
        {"n IN (:n1, :n5)", true},
        {"n IN (:n1, :hello)", false},
        {"s IN (:he, s2, :hello)", true},
        {"attribute_exists(m.y.deep)", true},
        {"attribute_exists(m.y.nothing)", false},
        {"attribute_not_exists(l[4])", true},
        {"attribute_exists(l[3].k)", true},
        {"attribute_exists(s.x)", false},
        {"attribute_exists(s[0])", false},
        {"attribute_exists(u)", true},
        {"attribute_type(s, :S) AND attribute_type(n, :N) AND attribute_type(m, :M)", true},
        {"attribute_type(u, :NULL) AND attribute_type(ss, :SS)", true},
        {"attribute_type(s, :N)", false},
        {"begins_with(s, :he)", true},
        {"begins_with(s, :e)", true},
        {"begins_with(s, :ll)", false},
        {"begins_with(b, :b01)", true},
        {"begins_with(b, :he)", false},
        {"begins_with(n, :he)", false},
        {"contains(s, :ll)", true},
        {"contains(s, :e)", true},
        {"contains(s, :n5)", false},
        {"contains(b, :b01)", true},
        {"contains(ss, :a)", true},
        {"contains(ss, :he)", false},
        {"contains(ns, :n2)", true},
        {"contains(ns, :a)", false},
        {"contains(bs, :b0)", true},
        {"contains(l, :l2)", true},
        {"contains(l, :n1)", true},
        {"contains(l, :n2)", false},
        {"contains(m, :n1)", false},
        {"contains(n, :n5)", false},
        {"size(s) = :n5", true},
        {"size(b) = :n3", true},
        {"size(l) = :n4", true},
        {"size(m) = :n2 AND size(ss) = :n2 AND size(ns) = :n2 AND size(bs) = :n1", true},
        {"size(s) > size(b)", true},
        {"size(n) = :n1", false},
        {"size(n) <> :n1", false},
        {"size(t) < :n6", false},
        {"size(gone) = :n1", false},
        {"size(:hello) = :n5", true},
        {":n5 = n", true},
        {"l[3].k = :v AND m.x = :n1", true},
        {"l[2][0] = :n2", true},
        {"s = :he OR n = :n5 AND t = :true", true},
        {"(s = :he OR n = :n5) AND t <> :true", false},
        {"NOT (s = :he OR n = :n5)", false},
        {"NOT s = :he AND NOT n = :n4", true},
    };
    struct arena *arena = new_arena();
    const struct value *item = plain(arena, ITEM);

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct expression *tree = condition(arena, table[i].source, VALUES);

        if (expression_holds(tree, item, arena) != table[i].holds)
            fail_msg("%s", table[i].source);
    }
    arena_free(arena);
    (void)state;
}

static void nothing_is_an_item_without_attributes(void **state)
{
    struct arena *arena = new_arena();
    const struct value *nothing = plain(arena, "{}");

    assert_true(
        expression_holds(condition(arena, "attribute_not_exists(id)", "{}"), nothing, arena));
    assert_false(expression_holds(condition(arena, "attribute_exists(id)", "{}"), nothing, arena));
    arena_free(arena);
    (void)state;
}

/* No grammar of expressions says it; PartiQL does. */
static void a_condition_that_is_compared_is_a_bool(void **state)
{
    struct arena *arena = new_arena();
    const struct value *item = plain(arena, "{\"id\": 1, \"yes\": true}");
    struct expression *exists = condition(arena, "attribute_exists(id)", "{}");
    struct expression *equal = expression_new(arena, EXPRESSION_EQ, 2);
    struct expression *among = expression_new(arena, EXPRESSION_IN, 2);

    equal->operand[0] = exists;
    equal->operand[1] = expression_new_path(arena, path_of(arena, "yes"));
    assert_true(expression_holds(equal, item, arena));
    equal->operand[1] = expression_new_value(arena, value_new_bool(arena, false));
    assert_false(expression_holds(equal, item, arena));
    equal->kind = EXPRESSION_NE;
    assert_true(expression_holds(equal, item, arena));
    among->operand[0] = equal;
    among->operand[1] = expression_new_value(arena, value_new_bool(arena, true));
    assert_true(expression_holds(among, item, arena));
    arena_free(arena);
    (void)state;
}

static void matches_compiles_its_pattern_once_and_releases_it(void **state)
{
    struct arena *arena = new_arena();
    const struct value *item = plain(arena, "{\"note\":\"a RUSH today\",\"n\":5}");
    struct expression *good = node(arena, EXPRESSION_MATCHES, leaf(arena, "note"),
        constant(arena, "\"(?i)rush.*today\""), NULL);
    struct expression *other =
        node(arena, EXPRESSION_MATCHES, leaf(arena, "note"), constant(arena, "\"^x\""), NULL);
    struct expression *broken =
        node(arena, EXPRESSION_MATCHES, leaf(arena, "note"), constant(arena, "\"(\""), NULL);
    struct expression *number =
        node(arena, EXPRESSION_MATCHES, leaf(arena, "n"), constant(arena, "\"5\""), NULL);
    struct expression *either = node(arena, EXPRESSION_OR, other, good, NULL);
    long before = mem_live(), after;

    assert_true(expression_holds(either, item, arena));
    after = mem_live();
    assert_true(after > before);
    assert_true(expression_holds(either, item, arena));
    assert_int_equal(mem_live(), after);
    assert_false(expression_holds(other, item, arena));
    assert_false(expression_holds(broken, item, arena));
    assert_false(expression_holds(number, item, arena));
    assert_string_equal(own_text(arena, good), "note MATCHES '(?i)rush.*today'");
    expression_release(either);
    expression_release(broken);
    expression_release(number);
    assert_int_equal(mem_live(), before);
    expression_release(either);
    arena_free(arena);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static struct expression *random_operand(uint64_t *seed, struct arena *arena)
{
    static const char *const path[] = {"a", "b", "c", "d", "e", "a/0", "b/x y/1", "c/a"};

    if (random_below(seed, 2))
        return expression_new_value(arena, random_value(seed, arena, 1));
    return leaf(arena, path[random_below(seed, sizeof path / sizeof *path)]);
}

static struct expression *random_predicate(uint64_t *seed, struct arena *arena)
{
    static const char *const type[] = {"\"S\"", "\"N\"", "\"M\"", "\"NULL\""};
    enum expression_kind kind =
        (enum expression_kind)(EXPRESSION_EQ + random_below(seed, EXPRESSION_CONTAINS - 2));
    struct expression *first = leaf(arena, (const char *[]){"a", "b", "c"}[random_below(seed, 3)]);
    struct expression *other = random_operand(seed, arena);

    /* The service refuses one path twice, and constants that cannot be ordered. */
    if (other->kind == EXPRESSION_PATH && path_equal(other->path, first->path))
        other = leaf(arena, "e");
    if (other->kind == EXPRESSION_VALUE && other->value->type > VALUE_B && kind > EXPRESSION_NE)
        other = constant(arena, "\"a\"");
    if (kind == EXPRESSION_TYPE)
        return node(arena, kind, first, constant(arena, type[random_below(seed, 4)]), NULL);
    if (kind == EXPRESSION_EXISTS || kind == EXPRESSION_NOT_EXISTS)
        return node(arena, kind, first, NULL, NULL);
    if (kind == EXPRESSION_BEGINS_WITH && other->kind == EXPRESSION_VALUE)
        other = constant(arena, "\"a\"");
    if (kind == EXPRESSION_BETWEEN)
        return node(arena, kind, first, constant(arena, "-5"), constant(arena, "50"));
    if (kind == EXPRESSION_IN)
        return node(arena, kind, first, other, constant(arena, "\"ab\""));
    if (kind <= EXPRESSION_GE && random_below(seed, 4) == 0)
        first = node(arena, EXPRESSION_SIZE, first, NULL, NULL);
    return node(arena, kind, first, other, NULL);
}

static struct expression *random_condition(uint64_t *seed, struct arena *arena, int depth)
{
    size_t choice = depth > 0 ? random_below(seed, 4) : 3;

    if (choice == 3)
        return random_predicate(seed, arena);
    if (choice == 2)
        return node(arena, EXPRESSION_NOT, random_condition(seed, arena, depth - 1), NULL, NULL);
    return node(arena, choice ? EXPRESSION_AND : EXPRESSION_OR,
        random_condition(seed, arena, depth - 1), random_condition(seed, arena, depth - 1),
        random_below(seed, 2) ? random_condition(seed, arena, depth - 1) : NULL);
}

/* What was printed reads back, through the maps that go over the wire, as the same condition. */
static struct expression *reparse(struct arena *arena, const struct expression *tree,
    const char **printed)
{
    struct expression_printer *printer = new_printer(arena);
    struct error err = {0};
    struct placeholders placeholders = {0};
    struct expression *again;
    struct json *maps;
    const struct json *values;

    *printed = print(arena, printer, tree);
    maps = json_parse(text_of(maps_text(arena, printer)), arena, &err);
    assert_non_null(maps);
    placeholders.names = json_member(maps, "ExpressionAttributeNames");
    values = json_member(maps, "ExpressionAttributeValues");
    placeholders.values = values ? value_from_wire_item(values, arena, &err) : NULL;
    again = expression_parse_condition(text_of(*printed), "FilterExpression", &placeholders, arena,
        &err);
    if (!again)
        fail_msg("%s: %s", *printed, err.text);
    return again;
}

static void what_is_printed_parses_and_evaluates_alike(void **state)
{
    uint64_t seed = 4711;
    int held = 0;

    for (int round = 0; round < 1500; round++) {
        struct arena *arena = new_arena();
        struct expression *tree = random_condition(&seed, arena, 3);
        const char *first, *second;
        struct expression *again = reparse(arena, tree, &first);

        reparse(arena, again, &second);
        assert_string_equal(first, second);
        assert_string_equal(own_text(arena, tree), own_text(arena, again));
        for (int i = 0; i < 20; i++) {
            const struct value *item = random_item(&seed, arena);
            bool holds = expression_holds(tree, item, arena);

            held += holds;
            assert_int_equal(holds, expression_holds(again, item, arena));
        }
        arena_free(arena);
    }
    /* Both answers must be common, or the test says nothing. */
    assert_true(held > 5000 && held < 25000);
    (void)state;
}

static void a_full_arena_fails_the_buffer_of_the_printer(void **state)
{
    struct arena *trees = new_arena();
    struct error err = {0};
    struct arena *small = arena_new(200, &err);
    struct expression_printer *printer = expression_printer_new(small, &err);
    struct buf out;

    buf_init(&out, 1000);
    assert_non_null(printer);
    expression_print(printer, &out, condition(trees, "a = :0", "{\":0\":1}"));
    assert_int_not_equal(buf_check(&out, "expression", &err), ERROR_NONE);
    buf_done(&out);
    arena_free(small);
    arena_free(trees);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_written_with_backticks_where_needed),
        cmocka_unit_test(paths_overlap_when_one_begins_the_other),
        cmocka_unit_test(joining_conditions_makes_one_flat_list),
        cmocka_unit_test(conditions_are_told_in_the_words_of_the_language),
        cmocka_unit_test(the_worked_examples_print_as_documented),
        cmocka_unit_test(names_that_clash_get_numbers),
        cmocka_unit_test(long_names_get_placeholders_the_service_takes),
        cmocka_unit_test(conditions_hold_or_not),
        cmocka_unit_test(nothing_is_an_item_without_attributes),
        cmocka_unit_test(a_condition_that_is_compared_is_a_bool),
        cmocka_unit_test(matches_compiles_its_pattern_once_and_releases_it),
        cmocka_unit_test(what_is_printed_parses_and_evaluates_alike),
        cmocka_unit_test(a_full_arena_fails_the_buffer_of_the_printer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
