#include "console/staged_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "console/statement.h"
#include "console/statements/write.h"
#include "tests/unit/plain_value.h"
#include "tests/unit/random_value.h"

static char table_name[] = "cfg", many_name[] = "many", key_name[] = "id";
static struct catalog_key key_table[] = {{key_name, 'S', false}};
static const struct catalog_table cfg = {.name = table_name, .key_count = 1, .key = key_table};
static const struct catalog_table many = {.name = many_name, .key_count = 1, .key = key_table};

static const char *statement_of(struct arena *arena, const struct staged_change *change)
{
    struct error err = {0};
    const char *text;
    struct buf out;

    buf_init(&out, STAGED_BYTES);
    if (staged_add_statement(change, arena, &out, &err))
        fail_msg("%s", err.text);
    text = arena_string(arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static const char *request_of(struct arena *arena, const struct staged_change *change)
{
    struct error err = {0};
    struct staged_call call;

    if (staged_compile(change, false, arena, &call, &err))
        fail_msg("%s", err.text);
    return arena_format(arena, "%s %.*s", call.operation, (int)call.request.length,
        call.request.data);
}

static void a_move_is_one_transaction(void **state)
{
    struct arena *arena = new_arena();
    struct staged_change change = {.table = &cfg,
        .base = plain(arena, "{\"id\": \"a\", \"n\": 1}"),
        .wanted = plain(arena, "{\"id\": \"b\", \"n\": 1}")};

    assert_string_equal(request_of(arena, &change),
        "TransactWriteItems {\"TransactItems\":[{\"Put\":{\"TableName\":\"cfg\",\"Item\":{\"id\":{"
        "\"S\":\"b\"},\"n\":{\"N\":\"1\"}},\"ConditionExpression\":\"attribute_not_exists(#id)\","
        "\"ExpressionAttributeNames\":{\"#id\":\"id\"},"
        "\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}},{\"Delete\":{\"TableName\":\"cfg\","
        "\"Key\":{\"id\":{\"S\":\"a\"}},\"ConditionExpression\":\"#id = :0 AND #n = :1\","
        "\"ExpressionAttributeNames\":{\"#id\":\"id\",\"#n\":\"n\"},"
        "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"a\"},\":1\":{\"N\":\"1\"}},"
        "\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}}],"
        "\"ReturnConsumedCapacity\":\"TOTAL\"}");
    assert_string_equal(statement_of(arena, &change),
        "BEGIN WRITE;\nINSERT INTO cfg VALUE {id: 'b', n: 1};\n"
        "DELETE FROM cfg {id: 'a'} IF id = 'a' AND n = 1;\nCOMMIT;\n");
    assert_int_equal(staged_cost(&change), 4);
    arena_free(arena);
    (void)state;
}

static void a_table_called_many_stands_in_backticks(void **state)
{
    struct arena *arena = new_arena();
    struct staged_change change = {.table = &many,
        .base = plain(arena, "{\"id\": \"a\", \"n\": 1}"),
        .wanted = plain(arena, "{\"id\": \"a\", \"n\": 2}")};

    assert_string_equal(statement_of(arena, &change),
        "UPDATE `many` {id: 'a'} SET n = 2 IF n = 1;\n");
    arena_free(arena);
    (void)state;
}

static const struct value *image(struct arena *arena, const char *source)
{
    return strcmp(source, "-") == 0 ? NULL : plain(arena, source);
}

static void a_change_is_judged_by_what_is_there(void **state)
{
    static const struct {
        const char *base, *wanted, *theirs, *there;
        enum staged_verdict verdict;
    } case_table[] = {
        {"{\"id\": 1, \"n\": 1}", "{\"id\": 1, \"n\": 2}", "{\"id\": 1, \"n\": 1, \"m\": 9}", "-",
            STAGED_FITS},
        {"{\"id\": 1, \"n\": 1}", "{\"id\": 1, \"n\": 2}", "{\"id\": 1, \"n\": 2, \"m\": 9}", "-",
            STAGED_ALREADY},
        {"{\"id\": 1, \"n\": 1}", "{\"id\": 1, \"n\": 2}", "{\"id\": 1, \"n\": 3}", "-",
            STAGED_CONFLICTS},
        {"{\"id\": 1, \"n\": 1}", "{\"id\": 1, \"n\": 2}", "{\"id\": 1}", "-", STAGED_CONFLICTS},
        {"{\"id\": 1, \"n\": 1}", "{\"id\": 1, \"n\": 2}", "-", "-", STAGED_CONFLICTS},
        /* A list that has moved, and a map that is gone. */
        {"{\"id\": 1, \"l\": [{\"q\": 1, \"s\": 1}, {\"q\": 1, \"s\": 2}]}",
            "{\"id\": 1, \"l\": [{\"q\": 1, \"s\": 1}, {\"q\": 5, \"s\": 2}]}",
            "{\"id\": 1, \"l\": [{\"q\": 1, \"s\": 0}, {\"q\": 1, \"s\": 1}, {\"q\": 1, \"s\": "
            "2}]}",
            "-", STAGED_CONFLICTS},
        {"{\"id\": 1, \"m\": {}}", "{\"id\": 1, \"m\": {\"a\": 1}}", "{\"id\": 1}", "-",
            STAGED_CONFLICTS},
        {"{\"id\": 1, \"l\": [1]}", "{\"id\": 1, \"l\": [1, 2]}", "{\"id\": 1, \"l\": [7]}", "-",
            STAGED_FITS},
        {"{\"id\": 1, \"l\": [1]}", "{\"id\": 1, \"l\": [1, 2]}", "{\"id\": 1, \"l\": [1, 3]}", "-",
            STAGED_CONFLICTS},
        {"-", "{\"id\": 1, \"n\": 1}", "-", "-", STAGED_FITS},
        {"-", "{\"id\": 1, \"n\": 1}", "{\"id\": 1, \"n\": 1.0}", "-", STAGED_ALREADY},
        {"-", "{\"id\": 1, \"n\": 1}", "{\"id\": 1}", "-", STAGED_CONFLICTS},
        {"{\"id\": 1, \"n\": 1}", "-", "{\"id\": 1, \"n\": 1}", "-", STAGED_FITS},
        {"{\"id\": 1, \"n\": 1}", "-", "{\"id\": 1, \"n\": 2}", "-", STAGED_CONFLICTS},
        {"{\"id\": 1, \"n\": 1}", "-", "-", "-", STAGED_ALREADY},
        {"{\"id\": 1}", "{\"id\": 2}", "{\"id\": 1}", "-", STAGED_FITS},
        {"{\"id\": 1}", "{\"id\": 2}", "{\"id\": 1}", "{\"id\": 2}", STAGED_CONFLICTS},
        {"{\"id\": 1}", "{\"id\": 2}", "-", "{\"id\": 2}", STAGED_ALREADY},
        {"{\"id\": 1}", "{\"id\": 2}", "-", "-", STAGED_CONFLICTS},
    };

    for (size_t i = 0; i < sizeof case_table / sizeof *case_table; i++) {
        struct arena *arena = new_arena();
        struct staged_change change = {.table = &cfg,
            .base = image(arena, case_table[i].base),
            .wanted = image(arena, case_table[i].wanted)};
        enum staged_verdict verdict;
        struct error err = {0};

        assert_int_equal(staged_judge(&change, image(arena, case_table[i].theirs),
                             image(arena, case_table[i].there), arena, &verdict, &err),
            ERROR_NONE);
        if (verdict != case_table[i].verdict)
            fail_msg("case %zu: %d, not %d", i, (int)verdict, (int)case_table[i].verdict);
        arena_free(arena);
    }
    (void)state;
}

/* The write that the text says. */
static const struct write *parse(struct arena *arena, const char *text)
{
    struct error err = {0};
    struct lexer lexer;
    struct tree *tree;
    bool empty;

    lexer_init(&lexer, text_of(text), arena);
    tree = statement_parse(&lexer, "test", &empty, &err);
    if (!tree)
        fail_msg("%s: %s", text, err.text);
    return tree->node;
}

static void check(struct arena *arena, const struct staged_change *change)
{
    const struct write *write = parse(arena, statement_of(arena, change));
    struct error err = {0};

    if (!change->base) {
        assert_true(value_equal(write->item[0], change->wanted));
        return;
    }
    assert_true(value_equal(write->key.map, catalog_key_of(arena, change->table, change->base)));
    assert_true(expression_holds(write->condition, change->base, arena));
    if (change->wanted)
        assert_true(
            value_equal(update_apply(write->update, change->base, arena, &err), change->wanted));
}

static void a_plan_says_what_is_staged(void **state)
{
    uint64_t seed = 7103;

    for (int i = 0; i < 10000; i++) {
        struct arena *arena = new_arena();
        const struct value *id = plain(arena, "\"a\"");
        struct staged_change change = {.table = &cfg,
            .base = value_with(arena, random_item(&seed, arena), TEXT("id"), id),
            .wanted = value_with(arena, random_item(&seed, arena), TEXT("id"), id)};

        for (size_t k = 0; k < change.base->count; k++)
            if (random_below(&seed, 2) == 0)
                change.wanted = value_with(arena, change.wanted, change.base->name[k],
                    &change.base->element[k]);
        if (random_below(&seed, 4) == 0)
            change.wanted = NULL;
        else if (random_below(&seed, 4) == 0)
            change.base = NULL;
        if (!change.base || !change.wanted || !value_equal(change.base, change.wanted))
            check(arena, &change);
        arena_free(arena);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_move_is_one_transaction),
        cmocka_unit_test(a_table_called_many_stands_in_backticks),
        cmocka_unit_test(a_change_is_judged_by_what_is_there),
        cmocka_unit_test(a_plan_says_what_is_staged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
