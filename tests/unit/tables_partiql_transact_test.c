#include "tests/unit/partiql_support.h"

static const char *transact(struct shop *shop, const char *const *statements, const char *more)
{
    return run_list(shop, "ExecuteTransaction", "TransactStatements", statements, more);
}

static void expect_transact(struct shop *shop, const char *const *statements, const char *more,
    const char *answer)
{
    transact(shop, statements, more);
    expect(shop, answer);
}

/* ValidationException */
static void expect_invalid(struct shop *shop, const char *const *statements, const char *message)
{
    transact(shop, statements, "");
    expect_fault(shop, "ValidationException", message);
}

/* TransactionCanceledException with these codes and this array of reasons. */
static void expect_canceled(struct shop *shop, const char *const *statements, const char *codes,
    const char *reasons)
{
    char message[256];
    const char *found;

    transact(shop, statements, "");
    snprintf(message, sizeof message,
        "Transaction cancelled, please refer cancellation reasons for specific reasons [%s]",
        codes);
    expect_fault(shop, "TransactionCanceledException", message);
    found = strstr(buf_string(&shop->answer), "\"CancellationReasons\":");
    assert_non_null(found);
    wanted(shop, reasons);
    if (strncmp(found + 22, buf_string(&shop->wanted), shop->wanted.length) != 0)
        fail_msg("wanted %s\n     got %s", buf_string(&shop->wanted), found);
}

static void expect_row(struct shop *shop, const char *id, const char *item)
{
    char statement[128], answer[512];

    snprintf(statement, sizeof statement, "SELECT * FROM Music WHERE id = '%s'", id);
    snprintf(answer, sizeof answer, "{'Items':[%s]}", item);
    expect_run(shop, statement, "", answer);
}

static void writes_happen_together(void **state)
{
    struct shop *shop = *state;

    expect_transact(shop,
        STATEMENTS("INSERT INTO Music VALUE {'id':'a', 'n':1}", "",
            "INSERT INTO Music VALUE {'id':?}", ",'Parameters':[{'S':'b'}]",
            "INSERT INTO Lines VALUE {'pk':'a', 'sk':1}", ""),
        ",'ReturnConsumedCapacity':'TOTAL'",
        "{'Responses':[],'ConsumedCapacity':[{'TableName':'Music','CapacityUnits':4.0,"
        "'WriteCapacityUnits':4.0},{'TableName':'Lines','CapacityUnits':2.0,'WriteCapacityUnits':"
        "2.0}]}");
    expect_transact(shop,
        STATEMENTS("EXISTS(SELECT * FROM Music WHERE id = 'b' AND n IS MISSING)", "",
            "UPDATE Music SET n = n + 1 WHERE id = 'a' AND n = 1", "",
            "DELETE FROM Lines WHERE pk = 'a' AND sk = 1", ""),
        "", "{'Responses':[]}");
    expect_row(shop, "a", "{'id':{'S':'a'},'n':{'N':'2'}}");
    expect_run(shop, "SELECT * FROM Lines WHERE pk = 'a'", "", "{'Items':[]}");
}

static void nothing_happens_when_one_fails(void **state)
{
    struct shop *shop = *state;

    expect_run(shop, "INSERT INTO Music VALUE {'id':'a', 'n':1}", "", "{'Items':[]}");
    expect_canceled(shop,
        STATEMENTS("INSERT INTO Music VALUE {'id':'new'}", "", "INSERT INTO Music VALUE {'id':'a'}",
            "", "UPDATE Music SET n = 1 WHERE id = 'none'", "",
            "EXISTS(SELECT * FROM Music WHERE id = 'other' AND n = 1)", ""),
        "None, DuplicateItem, ConditionalCheckFailed, ConditionalCheckFailed",
        "[{'Code':'None'},{'Code':'DuplicateItem','Message':'Duplicate primary key exists in "
        "table'},{'Code':'ConditionalCheckFailed','Message':'The conditional request failed'},"
        "{'Code':'ConditionalCheckFailed','Message':'The conditional request failed'}]");
    expect_row(shop, "new", "");
    expect_canceled(shop,
        STATEMENTS("UPDATE Music SET n = 2 WHERE id = 'a' AND n = 7",
            ",'ReturnValuesOnConditionCheckFailure':'ALL_OLD'"),
        "ConditionalCheckFailed",
        "[{'Code':'ConditionalCheckFailed','Message':'The conditional request failed','Item':{'id':"
        "{'S':'a'},'n':{'N':'1'}}}]");
    expect_canceled(shop,
        STATEMENTS("INSERT INTO Music VALUE {'id':'x'}", "",
            "UPDATE Music SET n = n + m WHERE id = 'a'", ""),
        "None, ValidationError",
        "[{'Code':'None'},{'Code':'ValidationError','Message':'The provided expression refers to "
        "an attribute that does not exist in the item'}]");
    /* The first value counts in EXISTS, the second one is a condition. */
    expect_canceled(shop,
        STATEMENTS("EXISTS(SELECT * FROM Music WHERE id = 'a' AND id = 'b' AND n = 1)", ""),
        "ConditionalCheckFailed",
        "[{'Code':'ConditionalCheckFailed','Message':'The conditional request failed'}]");
    expect_row(shop, "a", "{'id':{'S':'a'},'n':{'N':'1'}}");
}

static void keys_that_do_not_fit_cancel(void **state)
{
    struct shop *shop = *state;
    static const char schema[] = "{'Code':'ValidationError','Message':'The provided key element "
                                 "does not match the schema'}";
    char reasons[1024];

    snprintf(reasons, sizeof reasons, "[%s,%s,%s,%s,{'Code':'None'}]", schema, schema, schema,
        schema);
    expect_canceled(shop,
        STATEMENTS("UPDATE Lines SET a = 1 WHERE pk = 'k'", "",
            "UPDATE Lines SET a = 1 WHERE pk IN ['k'] AND sk = 1", "",
            "UPDATE Lines SET a = 1 WHERE pk = 'k' AND sk = 1 AND pk = 'l'", "",
            "UPDATE Lines SET a = 1 WHERE pk = 'k' AND sk = '1'", "",
            "UPDATE Lines SET a = 1 WHERE pk = 'k' AND sk = 1", ""),
        "ValidationError, ValidationError, ValidationError, ValidationError, None", reasons);
    expect_canceled(shop, STATEMENTS("INSERT INTO Lines VALUE {'pk':'k'}", ""), "ValidationError",
        "[{'Code':'ValidationError','Message':'One or more parameter values were invalid: Missing "
        "the key sk in the item'}]");
    snprintf(reasons, sizeof reasons, "[{'Code':'None'},%s]", schema);
    expect_canceled(shop,
        STATEMENTS("SELECT * FROM Music WHERE id = 'a'", "", "SELECT * FROM Music WHERE id = 1",
            ""),
        "None, ValidationError", reasons);
    expect_canceled(shop,
        STATEMENTS("UPDATE Nowhere SET a = 1 WHERE b = 1", "", "DELETE FROM Music WHERE id = 'a'",
            ""),
        "ResourceNotFound, None",
        "[{'Code':'ResourceNotFound','Message':'Requested resource not found'},{'Code':'None'}]");
    expect_invalid(shop, STATEMENTS("INSERT INTO Music VALUE {'id':''}", ""),
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty string value. Key: id");
}

static void statements_have_their_place_in_messages(void **state)
{
    struct shop *shop = *state;
    static const char delete[] = "DELETE FROM Music WHERE id = 'z'";

    expect_invalid(shop, STATEMENTS(delete, "", "SELECT * FROM Music WHERE", ""),
        "Validation failed in TransactStatements[1]: " FORM "Unexpected term");
    expect_invalid(shop,
        STATEMENTS("UPDATE Nowhere SET a = 1 WHERE id = 'a'", "",
            "UPDATE Music SET a = 1 WHERE id = 'a' RETURNING ALL NEW *", ""),
        "Validation failed in TransactStatements[1]: RETURNING clause is not supported in "
        "ExecuteTransaction.");
    expect_invalid(shop, STATEMENTS("SELECT * FROM Lines.\"global\" WHERE g = 'x'", ""),
        "Validation failed in TransactStatements[0]: Reads on indices are not supported within "
        "transactions.");
    expect_invalid(shop,
        STATEMENTS("EXISTS(SELECT * FROM Lines.\"global\" WHERE g = 'x' AND a = 1)", ""),
        "Validation failed in TransactStatements[0]: Operations on indices are not supported in "
        "transactions");
    expect_invalid(shop, STATEMENTS("EXISTS(SELECT * FROM Music WHERE id = 'a')", "", delete, ""),
        "Validation failed in TransactStatements[0]: EXISTS() must contain a single item read with "
        "additional condition");
    expect_invalid(shop, STATEMENTS("SELECT * FROM Music WHERE id = 'a' AND b = 1", ""),
        "Validation failed in TransactStatements[0]: Select statements within ExecuteTransaction "
        "must specify the primary key in the where clause.");
    expect_invalid(shop, STATEMENTS("SELECT * FROM Music WHERE id = 'a'", "", delete, ""),
        "ExecuteTransaction API does not support both read and write operations in the same "
        "request.");
    expect_invalid(shop, STATEMENTS(delete, "", "UPDATE Music SET a = 1 WHERE 'z' = id", ""),
        "Transaction request cannot include multiple operations on one item");
    expect_invalid(shop,
        STATEMENTS("SELECT * FROM Music WHERE id = 'a'", "", "SELECT n FROM Music WHERE id = 'a'",
            ""),
        "Transaction request cannot include multiple operations on one item");
    /* Bad values are told without a place. */
    expect_invalid(shop,
        STATEMENTS("SELECT", "", "DELETE FROM Music WHERE id = ?",
            ",'Parameters':[{'SS':['a','a']}]"),
        "One or more parameter values were invalid: Input collection [a, a] contains duplicates.");
    EXPECT_INVALID(shop, "ExecuteTransaction", "{'TransactStatements':[]}",
        "1 validation error detected: Value '[]' at 'transactStatements' failed to satisfy "
        "constraint: Member must have length greater than or equal to 1");
    EXPECT_INVALID(shop, "ExecuteTransaction",
        "{'TransactStatements':[{'Statement':''}],"
        "'ClientRequestToken':''}",
        "2 validation errors detected: Value '' at 'clientRequestToken' failed to satisfy "
        "constraint: Member must have length greater than or equal to 1; Value '' at "
        "'transactStatements.1.member.statement' failed to satisfy constraint: Member must have "
        "length greater than or equal to 1");
}

static void reads_see_one_moment(void **state)
{
    struct shop *shop = *state;

    expect_run(shop, "INSERT INTO Music VALUE {'id':'a', 'm':{'n':1}}", "", "{'Items':[]}");
    expect_transact(shop,
        STATEMENTS("SELECT * FROM Music WHERE id = 'a'", "", "SELECT * FROM Music WHERE id = ?",
            ",'Parameters':[{'S':'none'}]", "SELECT m FROM Music WHERE id IN ['b'] AND id = 'b'",
            ""),
        ",'ReturnConsumedCapacity':'INDEXES'",
        "{'Responses':[{'Item':{'id':{'S':'a'},'m':{'M':{'n':{'N':'1'}}}}},{},{}],"
        "'ConsumedCapacity':[{'TableName':'Music','CapacityUnits':6.0,'ReadCapacityUnits':6.0,"
        "'Table':{'CapacityUnits':6.0,'ReadCapacityUnits':6.0}}]}");
    expect_transact(shop, STATEMENTS("SELECT m.n, size(id) FROM Music WHERE (id = 'a')", ""), "",
        "{'Responses':[{'Item':{'n':{'N':'1'},'_2':{'N':'1'}}}]}");
}

static void a_token_makes_a_transaction_happen_once(void **state)
{
    struct shop *shop = *state;
    static const char add[] = "UPDATE Music SET n = n + 1 WHERE id = 'a'";

    expect_run(shop, "INSERT INTO Music VALUE {'id':'a', 'n':1}", "", "{'Items':[]}");
    expect_transact(shop, STATEMENTS(add, ""),
        ",'ClientRequestToken':'t1','ReturnConsumedCapacity':'TOTAL'",
        "{'Responses':[],'ConsumedCapacity':[{'TableName':'Music','CapacityUnits':2.0,"
        "'WriteCapacityUnits':2.0}]}");
    expect_transact(shop, STATEMENTS(add, ""),
        ",'ClientRequestToken':'t1','ReturnConsumedCapacity':'TOTAL'",
        "{'Responses':[],'ConsumedCapacity':[{'TableName':'Music','CapacityUnits':2.0,"
        "'ReadCapacityUnits':2.0}]}");
    expect_row(shop, "a", "{'id':{'S':'a'},'n':{'N':'2'}}");
    transact(shop, STATEMENTS("UPDATE Music SET n = n + 2 WHERE id = 'a'", ""),
        ",'ClientRequestToken':'t1'");
    expect_fault(shop, "IdempotentParameterMismatchException",
        "DynamoDB rejected the request because you retried a request with a different payload but "
        "with an idempotent token that was already used.");
    expect_row(shop, "a", "{'id':{'S':'a'},'n':{'N':'2'}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_happen_together, open_partiql, close_partiql),
        cmocka_unit_test_setup_teardown(nothing_happens_when_one_fails, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(keys_that_do_not_fit_cancel, open_partiql, close_partiql),
        cmocka_unit_test_setup_teardown(statements_have_their_place_in_messages, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(reads_see_one_moment, open_partiql, close_partiql),
        cmocka_unit_test_setup_teardown(a_token_makes_a_transaction_happen_once, open_partiql,
            close_partiql),
    };

    return cmocka_run_group_tests_name("tables_partiql_transact", tests, NULL, NULL);
}
