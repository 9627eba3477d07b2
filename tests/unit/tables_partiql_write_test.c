#include "tests/unit/partiql_support.h"

/* Finds word in the statement: "1:column:length". */
static const char *place_of(const char *statement, const char *word, int from)
{
    static char place[64];
    const char *found = strstr(statement + from, word);

    assert_non_null(found);
    snprintf(place, sizeof place, "1:%d:%zu", (int)(found - statement) + 1, strlen(word));
    return place;
}

static void expect_item(struct shop *shop, const char *id, const char *item)
{
    char answer[4096];

    call(shop, "GetItem", "{'TableName':'Music','Key':{'id':{'S':'%s'}}}", id);
    snprintf(answer, sizeof answer, "{'Item':%s}", item);
    expect(shop, answer);
}

static void expect_nothing(struct shop *shop, const char *id)
{
    call(shop, "GetItem", "{'TableName':'Music','Key':{'id':{'S':'%s'}}}", id);
    expect(shop, "{}");
}

static void an_insert_takes_literals_and_parameters(void **state)
{
    struct shop *shop = *state;

    expect_run(shop,
        "INSERT INTO \"Music\" value {'id':'dt', 'n':1, 'map' : {'e1': 'v', 'e2': 4},"
        " 'list': [1,'s', [], {}], 'ns':<<1,34,32,4.5>>, 'ss':<<'b','a'>>, 't': TRUE, 'f': false,"
        " 'nil': NULL, 'a':1E3, 'b':-1.5e-3, 'c':2.50, 'd':-0, 'dot': .5, 'q':'it''s \"here\"'}",
        "", "{'Items':[]}");
    call(shop, "GetItem", "%s", "{'TableName':'Music','Key':{'id':{'S':'dt'}}}");
    assert_string_equal(buf_string(&shop->answer),
        "{\"Item\":{\"a\":{\"N\":\"1000\"},\"b\":{\"N\":\"-0.0015\"},\"c\":{\"N\":\"2.5\"},\"d\":"
        "{\"N\":\"0\"},\"dot\":{\"N\":\"0.5\"},\"f\":{\"BOOL\":false},\"id\":{\"S\":\"dt\"},"
        "\"list\":{\"L\":[{\"N\":\"1\"},{\"S\":\"s\"},{\"L\":[]},{\"M\":{}}]},\"map\":{\"M\":{"
        "\"e1\":{\"S\":\"v\"},\"e2\":{\"N\":\"4\"}}},\"n\":{\"N\":\"1\"},\"nil\":{\"NULL\":true},"
        "\"ns\":{\"NS\":[\"1\",\"4.5\",\"32\",\"34\"]},\"q\":{\"S\":\"it's \\\"here\\\"\"},\"ss\":"
        "{\"SS\":[\"a\",\"b\"]},\"t\":{\"BOOL\":true}}}");
    expect_run(shop, "INSERT INTO Music VALUE {'id':?, 'b':?, 'plain':1}",
        ",'Parameters':[{'S':'p'},{'B':'AAE='}],'ReturnConsumedCapacity':'TOTAL'",
        "{'Items':[],'ConsumedCapacity':{'TableName':'Music','CapacityUnits':1.0}}");
    expect_item(shop, "p", "{'b':{'B':'AAE='},'id':{'S':'p'},'plain':{'N':'1'}}");
    expect_run(shop, "INSERT INTO Music VALUE ?", ",'Parameters':[{'M':{'id':{'S':'m'}}}]",
        "{'Items':[]}");
    expect_item(shop, "m", "{'id':{'S':'m'}}");
    expect_refused(shop, "INSERT INTO Music VALUE {'id':'p'}", "", "DuplicateItemException",
        "Duplicate primary key exists in table");
    expect_item(shop, "p", "{'b':{'B':'AAE='},'id':{'S':'p'},'plain':{'N':'1'}}");
}

static void an_insert_that_does_not_fit_is_refused(void **state)
{
    struct shop *shop = *state;
    static char statement[1024];

    EXPECT_WRONG(shop, "INSERT INTO Music VALUE {'n':1}",
        "One or more parameter values were invalid: Missing the key id in the item");
    EXPECT_WRONG(shop, "INSERT INTO Music VALUE {'id':1}",
        "One or more parameter values were invalid: Type mismatch for key id expected: S actual: "
        "N");
    EXPECT_WRONG(shop, "INSERT INTO Music VALUE {'id':''}",
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty string value. Key: id");
    EXPECT_WRONG(shop, "INSERT INTO Music VALUE {'id':'a','':1}", "Empty attribute name");
    EXPECT_WRONG(shop, "INSERT INTO Music VALUE 'x'",
        "Unsupported format in item expression. Please use struct format {...} to express item "
        "values for insert statement.");
    EXPECT_WRONG(shop, "INSERT INTO Music <<{'id':'a'}>>",
        FORM "Unexpected token after expression");
    EXPECT_WRONG(shop, "INSERT INTO Music VALUE <<{'id':'a'}>>",
        "Unsupported operation: Inserting multiple items in a single statement is not supported, "
        "use \"INSERT INTO tableName VALUE item\" instead");
    EXPECT_WRONG(shop, "INSERT INTO Music VALUE {'id':'a'} RETURNING ALL OLD *",
        "RETURNING is not supported in INSERT");
    EXPECT_WRONG(shop, "INSERT INTO Music VALUE {'id':'a', 's':set_add(<<'a'>>, <<'b'>>)}",
        "Unsupported data type: set_add under key root at 1:40:7");
    expect_refused(shop, "INSERT INTO Music VALUE {'id':'a', 'm':{'k':?}}",
        ",'Parameters':[{'S':'v'}]", "ValidationException",
        "Unsupported data type: Parameter under key root.k at 1:45:1");
    EXPECT_WRONG(shop, "INSERT INTO Music VALUE {'id': 1e126}",
        "Number overflow. Attempting to store a number with magnitude larger than supported range "
        "under root");
    EXPECT_WRONG(shop, "INSERT INTO Music VALUE {'id': 'a', 'm': {'x': 1e126}}",
        "Number overflow. Attempting to store a number with magnitude larger than supported range "
        "under root.x");
    expect_refused(shop, "INSERT INTO Music VALUE {'id':?}", ",'Parameters':[{'NULL':false}]",
        "ValidationException",
        "One or more parameter values were invalid: Null attribute value types must have the value "
        "of true");
    for (int depth = 31; depth <= 32; depth++) {
        struct buf text;

        buf_init(&text, sizeof statement);
        buf_add_string(&text, "INSERT INTO Music VALUE {'id':'deep', 'd':");
        buf_add_repeat(&text, '[', (size_t)depth);
        buf_add_string(&text, "1");
        buf_add_repeat(&text, ']', (size_t)depth);
        buf_add_string(&text, "}");
        snprintf(statement, sizeof statement, "%s", buf_string(&text));
        buf_clear(&text);
        buf_add_string(&text, "Nesting Levels have exceeded supported limits under root");
        for (int i = 0; i < depth; i++)
            buf_add_string(&text, "[0]");
        if (depth == 31)
            expect_run(shop, statement, "", "{'Items':[]}");
        else
            EXPECT_WRONG(shop, statement, buf_string(&text));
        buf_done(&text);
    }
}

static void an_update_changes_what_is_there(void **state)
{
    struct shop *shop = *state;

    expect_run(shop,
        "INSERT INTO Music VALUE {'id':'u', 'n':5, 'l':[1,2,3], 'm':{'k':1}, 's':<<'a'>>, "
        "'one':<<1>>}",
        "", "{'Items':[]}");
    expect_run(shop,
        "UPDATE Music SET n=n-1, m.new = [2020, 'x'], l = LIST_APPEND([0], l) SET s = SET_ADD(s, "
        "<<'b','a'>>) SET one = set_delete(one, <<1>>), fresh = set_add(fresh, <<7>>) REMOVE m.k "
        "SET x = if_not_exists(x, 2) + 1, copy = (n) WHERE id = 'u'",
        "", "{'Items':[]}");
    expect_item(shop, "u",
        "{'copy':{'N':'5'},'fresh':{'NS':['7']},'id':{'S':'u'},'l':{'L':[{'N':'0'},{'N':'1'},"
        "{'N':'2'},{'N':'3'}]},'m':{'M':{'new':{'L':[{'N':'2020'},{'S':'x'}]}}},'n':{'N':'4'},'s':"
        "{'SS':['a','b']},'x':{'N':'3'}}");
    expect_run(shop, "UPDATE Music SET n = ? REMOVE l, m WHERE id = ? RETURNING ALL OLD *",
        ",'Parameters':[{'N':'1'},{'S':'u'}]",
        "{'Items':[{'copy':{'N':'5'},'fresh':{'NS':['7']},'id':{'S':'u'},'l':{'L':[{'N':'0'},"
        "{'N':'1'},{'N':'2'},{'N':'3'}]},'m':{'M':{'new':{'L':[{'N':'2020'},{'S':'x'}]}}},'n':{'N':"
        "'4'},'s':{'SS':['a','b']},'x':{'N':'3'}}]}");
    expect_run(shop, "UPDATE Music SET n = n + 1 WHERE id = 'u' AND n = 1 RETURNING MODIFIED OLD *",
        "", "{'Items':[{'n':{'N':'1'}}]}");
    expect_run(shop, "UPDATE Music SET n = n - - 2 WHERE id = 'u' RETURNING MODIFIED NEW *", "",
        "{'Items':[{'n':{'N':'4'}}]}");
    expect_run(shop, "UPDATE Music REMOVE x WHERE id = 'u' RETURNING MODIFIED NEW *", "",
        "{'Items':[]}");
    expect_run(shop, "UPDATE Music REMOVE copy, fresh, s WHERE (id = 'u') RETURNING ALL NEW *",
        ",'ReturnConsumedCapacity':'TOTAL'",
        "{'Items':[{'id':{'S':'u'},'n':{'N':'4'}}],'ConsumedCapacity':{'TableName':'Music',"
        "'CapacityUnits':1.0}}");
    /* The form of the PartiQL specification. */
    expect_run(shop, "FROM Music WHERE id = 'u' SET n = 9", "", "{'Items':[]}");
    expect_item(shop, "u", "{'id':{'S':'u'},'n':{'N':'9'}}");
}

static void an_update_is_of_one_item_that_is_there(void **state)
{
    struct shop *shop = *state;
    static const char failed[] = "The conditional request failed";

    expect_run(shop, "INSERT INTO Music VALUE {'id':'c', 'n':1}", "", "{'Items':[]}");
    expect_refused(shop, "UPDATE Music SET n = 1 WHERE id = 'none'", "",
        "ConditionalCheckFailedException", failed);
    expect_refused(shop, "UPDATE Music SET s = set_add(s, <<1>>) WHERE id = 'none'", "",
        "ConditionalCheckFailedException", failed);
    expect_refused(shop, "UPDATE Music REMOVE s WHERE id = 'none'", "",
        "ConditionalCheckFailedException", failed);
    expect_nothing(shop, "none");
    expect_refused(shop, "UPDATE Music SET n = 2 WHERE id = 'c' AND n > 1", "",
        "ConditionalCheckFailedException", failed);
    run(shop, "UPDATE Music SET n = 2 WHERE id = 'c' AND n > 1",
        ",'ReturnValuesOnConditionCheckFailure':'ALL_OLD'");
    assert_string_equal(buf_string(&shop->answer),
        "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\","
        "\"message\":\"The conditional request failed\",\"Item\":{\"id\":{\"S\":\"c\"},\"n\":{"
        "\"N\":\"1\"}}}");
    EXPECT_WRONG(shop, "UPDATE Music SET n = 2",
        "Where clause does not contain a mandatory equality on all key attributes");
    EXPECT_WRONG(shop, "UPDATE Music SET n = 2 WHERE n = 1",
        "Where clause does not contain a mandatory equality on all key attributes");
    EXPECT_WRONG(shop, "UPDATE Lines SET n = 2 WHERE pk = 'a' AND sk > 1",
        "Where clause does not contain a mandatory equality on all key attributes");
    EXPECT_WRONG(shop, "FROM Music REMOVE n",
        "Where clause does not contain a mandatory equality on all key attributes");
    EXPECT_WRONG(shop, "UPDATE Music SET n = 2 WHERE id = 'c' AND id = 'd'",
        "Multiple conditions on same key id. Only single item Update/Insert/Delete are supported");
    EXPECT_WRONG(shop, "UPDATE Music SET n = 2 WHERE id = 3",
        "Key attribute's data type should match its data type in table's schema: Key id");
    expect_run(shop, "UPDATE Music SET n = 3 WHERE id = 'c' AND 'c' = id", "", "{'Items':[]}");
    expect_item(shop, "c", "{'id':{'S':'c'},'n':{'N':'3'}}");
}

static void sets_grow_and_shrink_by_sets_alone(void **state)
{
    struct shop *shop = *state;
    static const char *const set_first[] = {"t = set_add(s, <<'x'>>)",
        "s = set_add(<<'a'>>, <<'b'>>)", "t = set_delete(s, <<'x'>>)"};
    static const char *const set_second[] = {"s = set_add(s, 'x')", "s = set_delete(s, ['x'])"};
    char statement[256], message[256];

    expect_run(shop, "INSERT INTO Music VALUE {'id':'w', 's':<<'a'>>, 'n':1}", "", "{'Items':[]}");
    for (size_t i = 0; i < 3; i++) {
        const char *name = i < 2 ? "SET_ADD" : "SET_DELETE";

        snprintf(statement, sizeof statement, "UPDATE Music SET %s WHERE id = 'w'", set_first[i]);
        snprintf(message, sizeof message,
            "The first argument to %s must equal the assignment value at %s", name,
            place_of(statement, i < 2 ? "set_add" : "set_delete", 0));
        EXPECT_WRONG(shop, statement, message);
    }
    for (size_t i = 0; i < 2; i++) {
        const char *name = i < 1 ? "SET_ADD" : "SET_DELETE";

        snprintf(statement, sizeof statement, "UPDATE Music SET %s WHERE id = 'w'", set_second[i]);
        snprintf(message, sizeof message,
            "The second argument to %s must be a value with type SET at %s", name,
            place_of(statement, "s,", 0));
        message[strlen(message) - 1] = '1'; /* without the comma */
        EXPECT_WRONG(shop, statement, message);
    }
    EXPECT_WRONG(shop, "UPDATE Music SET s = set_add(s) WHERE id = 'w'",
        "SET_ADD must have exactly two arguments at 1:22:7");
    EXPECT_WRONG(shop, "UPDATE \"Music\"\nSET \"s\" = set_add(\"s\", 'x')\nWHERE id='w'",
        "The second argument to SET_ADD must be a value with type SET at 2:19:3");
    EXPECT_WRONG(shop, "UPDATE Music SET s = set_add(s, <<>>) WHERE id = 'w'",
        "Empty bags are not supported");
}

static void an_update_that_makes_no_sense_is_refused(void **state)
{
    struct shop *shop = *state;

    expect_run(shop, "INSERT INTO Music VALUE {'id':'w', 's':<<'a'>>, 'n':1}", "", "{'Items':[]}");
    EXPECT_WRONG(shop, "UPDATE Music SET s = set_add(s, <<1>>) WHERE id = 'w'",
        "An operand in the update expression has an incorrect data type");
    EXPECT_WRONG(shop, "UPDATE Music SET n = set_add(n, <<'x'>>) WHERE id = 'w'",
        "An operand in the update expression has an incorrect data type");
    EXPECT_WRONG(shop, "UPDATE Music SET z = list_append(z, [1]) WHERE id = 'w'",
        "The provided expression refers to an attribute that does not exist in the item");
    EXPECT_WRONG(shop, "UPDATE Music SET z.y = 1 WHERE id = 'w'",
        "The document path provided in the update expression is invalid for update");
    /* Constants are looked at before conditions. */
    EXPECT_WRONG(shop, "UPDATE Music SET n = 'a' + 1 WHERE id = 'w' AND nope = 'x'",
        "Incorrect operand type for operator or function; operator or function: +, operand type: "
        "S");
    EXPECT_WRONG(shop, "UPDATE Music SET n = n - null WHERE id = 'w'",
        "Incorrect operand type for operator or function; operator or function: -, operand type: "
        "NULL");
    EXPECT_WRONG(shop, "UPDATE Music SET n = list_append(n, 'x') WHERE id = 'w'",
        "Incorrect operand type for operator or function; operator or function: list_append, "
        "operand type: S");
    EXPECT_WRONG(shop, "UPDATE Music SET n = size(s) WHERE id = 'w'",
        "Unrecognized function: size at 1:22:4");
    EXPECT_WRONG(shop, "UPDATE Music SET m = 1 REMOVE m.a WHERE id = 'w'",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; "
        "path one: [m], path two: [m, a]");
    EXPECT_WRONG(shop, "UPDATE Music SET id = 'z' WHERE id = 'w'",
        "One or more parameter values were invalid: Cannot update attribute id. This attribute is "
        "part of the key");
    run(shop, "UPDATE Music SET m = {'d': 1} WHERE id = 'w'", "");
    for (int i = 0; i < 30; i++)
        expect_run(shop, "UPDATE Music SET m.d = m WHERE id = 'w'", "", "{'Items':[]}");
    EXPECT_WRONG(shop, "UPDATE Music SET m.d = m WHERE id = 'w'",
        "Nesting Levels have exceeded supported limits");
    run(shop, "UPDATE Music REMOVE m WHERE id = 'w'", "");
    EXPECT_WRONG(shop, "UPDATE Music SET n = 1 WHERE id = 'w' RETURNING ALL NEW",
        "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause");
    expect_item(shop, "w", "{'id':{'S':'w'},'n':{'N':'1'},'s':{'SS':['a']}}");
}

static void a_delete_takes_one_item_away(void **state)
{
    struct shop *shop = *state;
    static const char *const returning[] = {"MODIFIED OLD *", "ALL NEW *", "MODIFIED NEW *"};

    expect_run(shop, "INSERT INTO Music VALUE {'id':'d', 'n':1}", "", "{'Items':[]}");
    expect_refused(shop, "DELETE FROM Music WHERE id = 'd' AND n = 2", "",
        "ConditionalCheckFailedException", "The conditional request failed");
    expect_run(shop, "DELETE FROM Music WHERE id = 'd' AND n = 1 RETURNING ALL OLD *", "",
        "{'Items':[{'id':{'S':'d'},'n':{'N':'1'}}]}");
    expect_nothing(shop, "d");
    /* Deleting nothing is no failure, whatever else is said of the item. */
    expect_run(shop, "DELETE FROM Music WHERE id = 'd' RETURNING ALL OLD *", "", "{'Items':[]}");
    expect_run(shop, "DELETE FROM Music WHERE id = 'd' AND n = 1", "", "{'Items':[]}");
    EXPECT_WRONG(shop, "DELETE FROM Music WHERE n = 1",
        "Where clause does not contain a mandatory equality on all key attributes");
    for (size_t i = 0; i < sizeof returning / sizeof *returning; i++) {
        char statement[128], message[256];

        snprintf(statement, sizeof statement, "DELETE FROM Music WHERE id = 'd' RETURNING %s",
            returning[i]);
        snprintf(message, sizeof message,
            "Invalid returning clause: RETURNING %s. Only RETURNING ALL OLD * is allowed in DELETE "
            "statements.",
            returning[i]);
        EXPECT_WRONG(shop, statement, message);
    }
}

/* In the answer \x01 stands for an apostrophe. */
static void expect_batch(struct shop *shop, const char *const *statements, const char *more,
    const char *answer)
{
    run_list(shop, "BatchExecuteStatement", "Statements", statements, more);
    for (size_t i = 0; i < shop->answer.length; i++)
        if (shop->answer.data[i] == '\'')
            shop->answer.data[i] = '\x01';
    if (shop->status != 200 || strcmp(buf_string(&shop->answer), wanted(shop, answer)) != 0)
        fail_msg("wanted %s\n     got %s", wanted(shop, answer), buf_string(&shop->answer));
}

static void members_of_a_batch_answer_by_themselves(void **state)
{
    struct shop *shop = *state;

    expect_batch(shop,
        STATEMENTS("INSERT INTO Music VALUE {'id':'a', 'n':1}", "",
            "INSERT INTO Music VALUE {'id':'a', 'n':2}", "", "INSERT INTO Nowhere VALUE {'id':'a'}",
            "", "UPDATE Music SET n = n + 1 WHERE id = 'a' RETURNING ALL NEW *", "",
            "UPDATE Music SET n = 0 WHERE id = 'a' AND n = 7",
            ",'ReturnValuesOnConditionCheckFailure':'ALL_OLD'",
            "UPDATE Music REMOVE n WHERE id = 'a' RETURNING MODIFIED NEW *", "",
            "DELETE FROM Music WHERE id = 'a' RETURNING MODIFIED OLD *", "", "SLECT", "",
            "UPDATE Music SET n = ? WHERE id = 'a'", ",'Parameters':[{'SS':[]}]",
            "DELETE FROM Lines WHERE pk = 'x' AND sk = 1", ""),
        ",'ReturnConsumedCapacity':'TOTAL'",
        "{'Responses':[{'TableName':'Music'},{'Error':{'Code':'DuplicateItem','Message':'Duplicate "
        "primary key exists in table'},'TableName':'Music'},{'Error':{'Code':'ResourceNotFound',"
        "'Message':'Requested resource not found'}},{'TableName':'Music','Item':{'id':{'S':'a'},"
        "'n':{'N':'2'}}},{'Error':{'Code':'ConditionalCheckFailed','Message':'The conditional "
        "request failed','Item':{'id':{'S':'a'},'n':{'N':'2'}}},'TableName':'Music'},{'TableName':"
        "'Music'},{'Error':{'Code':'ValidationError','Message':'Invalid returning clause: "
        "RETURNING "
        "MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements.'}},{'Error':{"
        "'Code':'ValidationError','Message':'Statement wasn\x01"
        "t well formed, can\x01"
        "t be "
        "processed: Expected data manipulation'}},{'Error':{'Code':'ValidationError','Message':"
        "'One or more parameter values were invalid: An string set  may not be empty'}},"
        "{'TableName':'Lines'}],'ConsumedCapacity':[{'TableName':'Music','CapacityUnits':5.0},"
        "{'TableName':'Lines','CapacityUnits':1.0}]}");
}

static void a_batch_reads_items_by_their_keys(void **state)
{
    struct shop *shop = *state;
    static const char needs_key[] =
        "{'Error':{'Code':'ValidationError','Message':'Select statements within "
        "BatchExecuteStatement must specify the primary key in the where clause.'}}";
    char answer[2048];

    expect_run(shop, "INSERT INTO Lines VALUE {'pk':'a', 'sk':1, 'm':{'k':[1]}}", "",
        "{'Items':[]}");
    run_list(shop, "BatchExecuteStatement", "Statements",
        STATEMENTS("SELECT m.k[0] FROM Lines WHERE sk = 1 AND pk = 'a'", ",'ConsistentRead':true",
            "SELECT * FROM Lines WHERE pk = 'none' AND sk = 1", "",
            "SELECT * FROM Lines WHERE pk IN ['a'] AND sk = 1", "",
            "SELECT * FROM Lines WHERE pk = 'a'", "", "SELECT * FROM Lines", "",
            "SELECT * FROM Lines WHERE pk = 'a' AND sk = 1 AND m IS MISSING", "",
            "SELECT * FROM Lines WHERE pk = 'a' AND sk = 1 AND sk = 2", "",
            "SELECT * FROM Lines.\"global\" WHERE g = 'a'", ""),
        ",'ReturnConsumedCapacity':'TOTAL'");
    snprintf(answer, sizeof answer,
        "{'Responses':[{'TableName':'Lines','Item':{'k[0]':{'N':'1'}}},{'TableName':'Lines'},"
        "{'TableName':'Lines','Item':{'m':{'M':{'k':{'L':[{'N':'1'}]}}},'pk':{'S':'a'},'sk':{'N':"
        "'1'}}},%s,%s,%s,%s,%s],'ConsumedCapacity':[{'TableName':'Lines','CapacityUnits':2.0}]}",
        needs_key, needs_key, needs_key, needs_key, needs_key);
    expect(shop, answer);
}

static void a_batch_reads_or_writes(void **state)
{
    struct shop *shop = *state;
    const char *many[53] = {NULL};

    run_list(shop, "BatchExecuteStatement", "Statements",
        STATEMENTS("SELECT * FROM Music WHERE id = 'a'", "", "DELETE FROM Music WHERE id = 'a'",
            ""),
        "");
    expect_fault(shop, "ValidationException",
        "BatchExecuteStatement API does not support both read and write operations in the same "
        "request.");
    EXPECT_INVALID(shop, "BatchExecuteStatement", "{'Statements':[]}",
        "1 validation error detected: Value '[]' at 'statements' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1");
    EXPECT_INVALID(shop, "BatchExecuteStatement", "{'Statements':[{},null]}",
        "2 validation errors detected: Value null at 'statements.1.member.statement' failed to "
        "satisfy constraint: Member must not be null; Value null at "
        "'statements.2.member.statement' failed to satisfy constraint: Member must not be null");
    for (size_t i = 0; i < 26; i++) {
        many[2 * i] = "SELECT * FROM Music WHERE id = 'a'";
        many[2 * i + 1] = "";
    }
    run_list(shop, "BatchExecuteStatement", "Statements", many, "");
    expect_fault(shop, "ValidationException",
        "1 validation error detected: Value '[...]' at 'statements' failed to satisfy constraint: "
        "Member must have length less than or equal to 25");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_insert_takes_literals_and_parameters, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(an_insert_that_does_not_fit_is_refused, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(an_update_changes_what_is_there, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(an_update_is_of_one_item_that_is_there, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(sets_grow_and_shrink_by_sets_alone, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(an_update_that_makes_no_sense_is_refused, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(a_delete_takes_one_item_away, open_partiql, close_partiql),
        cmocka_unit_test_setup_teardown(members_of_a_batch_answer_by_themselves, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(a_batch_reads_items_by_their_keys, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(a_batch_reads_or_writes, open_partiql, close_partiql),
    };

    return cmocka_run_group_tests_name("tables_partiql_write", tests, NULL, NULL);
}
