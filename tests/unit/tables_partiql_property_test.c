#include "tests/unit/partiql_support.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

/*
 * Random conditions are written twice, as WHERE and as FilterExpression with values, and must
 * choose the same items; long and deep statements must be answered at once.
 */
struct random {
    uint64_t state;
};

static unsigned pick(struct random *random, unsigned below)
{
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random->state >> 33) % below;
}

/* The two spellings and the values of the second one. */
struct spelling {
    struct buf where, filter, values;
    size_t count;
};

static void add_both(struct spelling *out, const char *text)
{
    buf_add_string(&out->where, text);
    buf_add_string(&out->filter, text);
}

/* PartiQL and wire spellings of the same constants. */
static const char *const constants[][2] = {
    {"1", "{\"N\":\"1\"}"},
    {"-2.50", "{\"N\":\"-2.5\"}"},
    {"30e-1", "{\"N\":\"3\"}"},
    {"'b'", "{\"S\":\"b\"}"},
    {"'it''s'", "{\"S\":\"it's\"}"},
    {"''", "{\"S\":\"\"}"},
    {"true", "{\"BOOL\":true}"},
    {"null", "{\"NULL\":true}"},
    {"[1, 'b']", "{\"L\":[{\"N\":\"1\"},{\"S\":\"b\"}]}"},
    {"{'x': {'y': 1}}", "{\"M\":{\"x\":{\"M\":{\"y\":{\"N\":\"1\"}}}}}"},
    {"<<'b', 'a'>>", "{\"SS\":[\"a\",\"b\"]}"},
    {"<<2, 1>>", "{\"NS\":[\"1\",\"2\"]}"},
};
enum { CONSTANTS = sizeof constants / sizeof constants[0], ORDERED = 6 };

static const char *const paths[] = {"pa", "pb", "pc", "pd", "pd.x", "pd.x.y", "pc[0]", "pc[1]"};
enum { PATHS = sizeof paths / sizeof paths[0] };

static void add_constant(struct spelling *out, size_t at)
{
    buf_add_string(&out->where, constants[at][0]);
    buf_add_format(&out->filter, ":v%zu", out->count);
    buf_add_format(&out->values, "%s\":v%zu\":%s", out->count > 0 ? "," : "", out->count,
        constants[at][1]);
    out->count++;
}

static const char *a_path(struct random *random)
{
    return paths[pick(random, PATHS)];
}

static void add_comparison(struct random *random, struct spelling *out)
{
    static const char *const operators[] = {" = ", " <> ", " < ", " <= ", " > ", " >= "};
    unsigned at = pick(random, 6);
    unsigned first = pick(random, 2);
    size_t constant = pick(random, at < 2 ? CONSTANTS : ORDERED);

    if (pick(random, 6) == 0) {
        const char *path = a_path(random);

        buf_add_format(&out->where, "SIZE(%s)%s", path, operators[at]);
        buf_add_format(&out->filter, "size(%s)%s", path, operators[at]);
        add_constant(out, constant);
        return;
    }
    if (first)
        add_constant(out, constant);
    else
        add_both(out, a_path(random));
    add_both(out, operators[at]);
    if (first)
        add_both(out, a_path(random));
    else
        add_constant(out, constant);
}

static void add_test(struct random *random, struct spelling *out)
{
    static const char *const types[][2] = {{"NULL", "NULL"}, {"BOOLEAN", "BOOL"}, {"STRING", "S"},
        {"NUMERIC", "N"}, {"STRUCT", "M"}, {"LIST", "L"}};
    const char *path = a_path(random);
    unsigned at = pick(random, 6), count;

    switch (pick(random, 7)) {
    case 0:
        buf_add_format(&out->where, "%s IS MISSING", path);
        buf_add_format(&out->filter, "attribute_not_exists(%s)", path);
        break;
    case 1:
        buf_add_format(&out->where, "%s IS NOT MISSING", path);
        buf_add_format(&out->filter, "attribute_exists(%s)", path);
        break;
    case 2:
        buf_add_format(&out->where, "%s IS %s", path, types[at][0]);
        buf_add_format(&out->filter, "attribute_type(%s, :v%zu)", path, out->count);
        buf_add_format(&out->values, "%s\":v%zu\":{\"S\":\"%s\"}", out->count > 0 ? "," : "",
            out->count, types[at][1]);
        out->count++;
        break;
    case 3:
        buf_add_format(&out->where, "Begins_With(%s, ", path);
        buf_add_format(&out->filter, "begins_with(%s, ", path);
        add_constant(out, 3 + pick(random, 3));
        add_both(out, ")");
        break;
    case 4:
        buf_add_format(&out->where, "CONTAINS(%s, ", path);
        buf_add_format(&out->filter, "contains(%s, ", path);
        add_constant(out, pick(random, CONSTANTS));
        add_both(out, ")");
        break;
    case 5:
        add_both(out, path);
        add_both(out, " BETWEEN ");
        at = pick(random, 2);
        add_constant(out, at ? 1 : 5);
        add_both(out, " AND ");
        add_constant(out, at ? 0 : 3);
        break;
    default:
        buf_add_format(&out->where, "%s IN [", path);
        buf_add_format(&out->filter, "%s IN (", path);
        count = 1 + pick(random, 4);
        for (unsigned i = 0; i < count; i++) {
            if (i > 0)
                add_both(out, ", ");
            add_constant(out, pick(random, CONSTANTS));
        }
        buf_add_string(&out->where, "]");
        buf_add_string(&out->filter, ")");
        break;
    }
}

static void add_condition(struct random *random, struct spelling *out, int depth)
{
    unsigned choice = depth > 3 ? 0 : pick(random, 5);
    unsigned count = 2 + pick(random, 2);

    switch (choice) {
    case 0:
    case 1:
        if (pick(random, 2))
            add_comparison(random, out);
        else
            add_test(random, out);
        return;
    case 2:
        add_both(out, "NOT ");
        break;
    default:
        break;
    }
    add_both(out, "(");
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            add_both(out, choice == 3 ? " AND " : " OR ");
        add_condition(random, out, depth + 1);
    }
    add_both(out, ")");
}

static void make_items(struct shop *shop, struct random *random)
{
    for (int i = 0; i < 60; i++) {
        char statement[512];

        snprintf(statement, sizeof statement,
            "INSERT INTO Music VALUE {'id':'i%d', 'pa':%s, 'pb':%s, 'pc':%s, 'pd':%s}", i,
            constants[pick(random, CONSTANTS)][0], constants[pick(random, CONSTANTS)][0],
            constants[pick(random, CONSTANTS)][0], constants[pick(random, CONSTANTS)][0]);
        expect_run(shop, statement, "", "{'Items':[]}");
        if (pick(random, 3) > 0)
            continue;
        snprintf(statement, sizeof statement, "UPDATE Music REMOVE p%c WHERE id = 'i%d'",
            "abcd"[pick(random, 4)], i);
        expect_run(shop, statement, "", "{'Items':[]}");
    }
}

/* "i1 i2 ..": the items of the answer. */
static void list_items(struct shop *shop, const char *asked, struct buf *out)
{
    const struct json *items;

    if (shop->status != 200)
        fail_msg("%s\n%s", asked, buf_string(&shop->answer));
    buf_clear(out);
    items = answer_at(shop, "Items");
    for (const struct json *item = items->first; item; item = item->next) {
        struct text id = json_string_member(json_member(item, "id"), "S");

        buf_add_format(out, "%.*s ", (int)id.length, id.data);
    }
}

static void ask_both(struct shop *shop, const struct spelling *spelling, struct buf *chosen,
    struct buf *expected)
{
    struct buf statement;

    buf_init(&statement, 64 * 1024);
    buf_add_format(&statement, "SELECT * FROM Music WHERE %s", buf_string(&spelling->where));
    run(shop, buf_string(&statement), "");
    list_items(shop, buf_string(&statement), chosen);
    buf_done(&statement);
    buf_clear(&shop->request);
    buf_add_format(&shop->request, "{\"TableName\":\"Music\",\"FilterExpression\":\"%s\"",
        buf_string(&spelling->filter));
    if (spelling->count > 0)
        buf_add_format(&shop->request, ",\"ExpressionAttributeValues\":{%s}",
            buf_string(&spelling->values));
    buf_add_char(&shop->request, '}');
    send_request(shop, "Scan");
    list_items(shop, buf_string(&spelling->filter), expected);
}

static void random_conditions_choose_what_a_filter_chooses(void **state)
{
    struct shop *shop = *state;
    struct random random = {20261121};
    struct spelling spelling;
    struct buf chosen, expected;
    size_t total = 0;

    make_items(shop, &random);
    buf_init(&spelling.where, 64 * 1024);
    buf_init(&spelling.filter, 64 * 1024);
    buf_init(&spelling.values, 64 * 1024);
    buf_init(&chosen, 64 * 1024);
    buf_init(&expected, 64 * 1024);
    for (int round = 0; round < 600; round++) {
        buf_clear(&spelling.where);
        buf_clear(&spelling.filter);
        buf_clear(&spelling.values);
        spelling.count = 0;
        add_condition(&random, &spelling, 0);
        if (spelling.where.length > 3000 || spelling.filter.length > 3000)
            continue;
        ask_both(shop, &spelling, &chosen, &expected);
        total += chosen.length;
        if (strcmp(buf_string(&chosen), buf_string(&expected)) != 0)
            fail_msg("WHERE %s\n  chose  %s\n  wanted %s", buf_string(&spelling.where),
                buf_string(&chosen), buf_string(&expected));
    }
    assert_true(total > 4000); /* not all of them choose nothing */
    buf_done(&spelling.where);
    buf_done(&spelling.filter);
    buf_done(&spelling.values);
    buf_done(&chosen);
    buf_done(&expected);
}

/* What is repeated until the statement is full, between a head and a tail. */
struct bomb {
    const char *head, *repeated, *tail;
};

static const struct bomb bomb_table[] = {
    {"SELECT * FROM Music WHERE ", "(", ""},
    {"SELECT * FROM Music WHERE ", "NOT (", "a = 1"},
    {"SELECT * FROM Music WHERE ", "NOT ", "a = 1"},
    {"SELECT * FROM Music WHERE a = ", "[", ""},
    {"SELECT * FROM Music WHERE a = ", "<<", ""},
    {"SELECT * FROM Music WHERE a = ", "{'a':", ""},
    {"SELECT * FROM Music WHERE a = ", "- ", "1"},
    {"SELECT * FROM Music WHERE a = 1", " OR a = 1", ""},
    {"SELECT * FROM Music WHERE a = 1", " AND NOT a = 1", ""},
    {"SELECT * FROM Music WHERE a = 1", " = 1", ""},
    {"SELECT * FROM Music WHERE a = 1", " IS NULL", ""},
    {"SELECT * FROM Music WHERE (((a = 1) = true) = true", ") = true", ""},
    {"SELECT * FROM Music WHERE ", "size(", "a"},
    {"SELECT * FROM Music WHERE ", "contains(a, ", "a"},
    {"SELECT * FROM Music WHERE a", ".b", " = 1"},
    {"SELECT * FROM Music WHERE a", "[1]", " = 1"},
    {"SELECT * FROM Music WHERE a IN [1", ",1", "]"},
    {"SELECT a", ",a", " FROM Music"},
    {"SELECT * FROM Music WHERE a = 1", " /**/", ""},
    {"SELECT * FROM Music WHERE a = 1 ", "/*", ""},
    {"SELECT * FROM Music WHERE a = '", "''", "'"},
    {"SELECT * FROM Music WHERE a = \"", "\"\"", "\""},
    {"SELECT * FROM Music WHERE a = ", "9", ""},
    {"SELECT * FROM Music WHERE a = 1e", "9", ""},
    {"SELECT * FROM Music ORDER BY id", ", id", ""},
    {"UPDATE Music SET a = ", "(", ""},
    {"UPDATE Music SET a = ", "list_append(", "a"},
    {"UPDATE Music SET a = 1", " + 1", " WHERE id = 'a'"},
    {"UPDATE Music SET a = 1", " SET a = 1", " WHERE id = 'a'"},
    {"UPDATE Music SET a = 1", ", a.b = 1", " WHERE id = 'a'"},
    {"UPDATE Music REMOVE a", ", a", " WHERE id = 'a'"},
    {"INSERT INTO Music VALUE {'id':'x'", ",'a':1", "}"},
    {"INSERT INTO Music VALUE {'id':'x','l':[1", ",1", "]}"},
    {"INSERT INTO Music VALUE {'id':'x','s':<<1", ",1", ">>}"},
    {"DELETE FROM Music WHERE id = 'a'", " AND id = 'a'", ""},
    {"EXISTS", "(", ""},
};

static void no_statement_takes_long(void **state)
{
    struct shop *shop = *state;
    struct buf statement;

    buf_init(&statement, 64 * 1024);
    for (size_t i = 0; i < sizeof bomb_table / sizeof *bomb_table; i++) {
        const struct bomb *bomb = &bomb_table[i];
        uint64_t started = clock_monotonic();

        buf_clear(&statement);
        buf_add_string(&statement, bomb->head);
        while (statement.length + strlen(bomb->repeated) + strlen(bomb->tail) <= 8192)
            buf_add_string(&statement, bomb->repeated);
        buf_add_string(&statement, bomb->tail);
        run(shop, buf_string(&statement), "");
        if (shop->status != 200 && shop->status != 400)
            fail_msg("%s%s..: %s", bomb->head, bomb->repeated, buf_string(&shop->answer));
        if (clock_monotonic() - started > 2000 * CLOCK_MS)
            fail_msg("%s%s.. takes long", bomb->head, bomb->repeated);
    }
    buf_done(&statement);
}

/* Chains of what is not nested are answered, however long. */
static void long_statements_that_are_flat_are_answered(void **state)
{
    struct shop *shop = *state;
    struct buf statement;

    expect_run(shop, "INSERT INTO Music VALUE {'id':'a'}", "", "{'Items':[]}");
    buf_init(&statement, 64 * 1024);
    buf_add_string(&statement, "SELECT id FROM Music WHERE id = 'z'");
    while (statement.length < 8100)
        buf_add_string(&statement, " OR id = 'z'");
    buf_add_string(&statement, " OR id = 'a'");
    expect_run(shop, buf_string(&statement), "", "{'Items':[{'id':{'S':'a'}}]}");
    buf_clear(&statement);
    buf_add_string(&statement, "SELECT id FROM Music WHERE ");
    for (int i = 0; i < 60; i++)
        buf_add_string(&statement, "(NOT (");
    buf_add_string(&statement, "id = 'a'");
    for (int i = 0; i < 60; i++)
        buf_add_string(&statement, "))");
    expect_run(shop, buf_string(&statement), "", "{'Items':[{'id':{'S':'a'}}]}");
    buf_clear(&statement);
    buf_add_string(&statement, "SELECT id FROM Music WHERE ");
    buf_add_repeat(&statement, '(', 200);
    buf_add_string(&statement, "id = 'a'");
    buf_add_repeat(&statement, ')', 200);
    EXPECT_WRONG(shop, buf_string(&statement), FORM);
    buf_done(&statement);
}

static void statements_survive_every_failed_allocation(void **state)
{
    static const char *const statements[] = {
        "SELECT m.k[0], size(l), \"q\"\"q\" FROM Lines WHERE pk = 'a''b' AND sk BETWEEN ? AND 9 "
        "AND "
        "(l = [1, {'x': <<1, 2>>}] OR NOT q IS MISSING) ORDER BY sk DESC",
        "SELECT * FROM Lines.\"global\" WHERE held IN [1, 2, 3, 4, 5]",
        "SELECT foo(a) FROM Lines WHERE pk = ?",
        "UPDATE Lines SET a = 1, a.b = 2 WHERE pk = ?",
    };
    struct shop *shop = *state;
    size_t failures = 0;

    expect_run(shop, "INSERT INTO Lines VALUE {'pk':'a''b','sk':1,'g':'g','r':'r','held':1}", "",
        "{'Items':[]}");
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        const char *more = strchr(statements[i], '?') ? ",'Parameters':[{'N':'1'}]" : "";

        long live;

        run(shop, statements[i], more);
        live = mem_live();
        for (long nth = 1; nth <= 60; nth++) {
            mem_fail_at(nth);
            run(shop, statements[i], more);
            mem_fail_at(0);
            failures += shop->status == 500;
            if (shop->status == 500)
                assert_non_null(strstr(buf_string(&shop->answer), "out of memory"));
            run(shop, statements[i], more);
            assert_int_equal(mem_live(), live);
        }
    }

    assert_true(failures > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_conditions_choose_what_a_filter_chooses,
            open_partiql, close_partiql),
        cmocka_unit_test_setup_teardown(no_statement_takes_long, open_partiql, close_partiql),
        cmocka_unit_test_setup_teardown(statements_survive_every_failed_allocation, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(long_statements_that_are_flat_are_answered, open_partiql,
            close_partiql),
    };

    return cmocka_run_group_tests_name("tables_partiql_property", tests, NULL, NULL);
}
