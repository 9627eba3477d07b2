#include "console/statement.h"

#include "console/language/backslash.h"
#include "console/statements/table_call.h"
#include "tests/faults/standin.c"
#include "tests/unit/statement_bench.h"

struct row {
    const char *source, *result;
};

/* Operation and request of the first call, the count of the others, or the error. */
static const char *planned(const char *source)
{
    static struct buf out;
    struct job job = bench_job();
    struct tree *tree = bench_parse(source);
    struct plan plan;

    if (!out.limit)
        buf_init(&out, 1 << 20);
    buf_clear(&out);
    plan_init(&plan, bench.arena);
    plan.is_shown = true;
    if (!tree || tree->statement->plan(&job, tree, &plan, &bench.err))
        return bench_error();
    if (plan.refusal)
        buf_add_format(&out, "refused %d: %s%s%s", (int)plan.refusal, plan.refused,
            plan.refused_hint ? " | " : "", plan.refused_hint ? plan.refused_hint : "");
    for (struct plan_call *call = plan.call; call; call = call->next) {
        buf_add_format(&out, "%s%s ", call == plan.call ? "" : " + ", call->operation->name);
        buf_add_text(&out, call->request);
    }
    if (plan.risk > RISK_ONE)
        buf_add_format(&out, " risk %d %s", (int)plan.risk, plan.risk_name);
    return buf_string(&out);
}

static void check_rows(const struct row *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = planned(row[i].source);

        if (strcmp(got, row[i].result) != 0)
            fail_msg("%s\n  gives    %s\n  expected %s", row[i].source, got, row[i].result);
    }
}
#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

#define KEY17 "{\"TableName\":\"orders\",\"Key\":{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"17\"}},"
#define RCC "\"ReturnConsumedCapacity\":\"TOTAL\""
#define ALL_OLD ",\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}"

static void writes_plan_to_the_calls_of_the_contract(void **state)
{
    static const struct row rows[] = {
        {"PUT cfg {id: 'a', n: 12345678901234567890, tags: <<'x', 'y'>>, blob: b64'AAE=', m: {k: "
         "[1, true, null]}}",
            "PutItem "
            "{\"TableName\":\"cfg\",\"Item\":{\"blob\":{\"B\":\"AAE=\"},\"id\":{\"S\":\"a\"},"
            "\"m\":{\"M\":{\"k\":{\"L\":[{\"N\":\"1\"},{\"BOOL\":true},{\"NULL\":true}]}}},"
            "\"n\":{\"N\":\"12345678901234567890\"},\"tags\":{\"SS\":[\"x\",\"y\"]}},"
            "\"ReturnValues\":\"ALL_OLD\"," RCC "}"},
        {"PUT cfg ddb{\"id\": {\"S\": \"a\"}, \"v\": {\"N\": \"2\"}} IF v = 1 RETURN OLD",
            "PutItem {\"TableName\":\"cfg\",\"Item\":{\"id\":{\"S\":\"a\"},\"v\":{\"N\":\"2\"}},"
            "\"ConditionExpression\":\"#v = :0\",\"ExpressionAttributeNames\":{\"#v\":\"v\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"N\":\"1\"}},\"ReturnValues\":\"ALL_OLD\"," RCC
                ALL_OLD},
        {"INSERT INTO cfg (id, v) VALUES ('b', 1)",
            "PutItem {\"TableName\":\"cfg\",\"Item\":{\"id\":{\"S\":\"b\"},\"v\":{\"N\":\"1\"}},"
            "\"ConditionExpression\":\"attribute_not_exists(#id)\","
            "\"ExpressionAttributeNames\":{\"#id\":\"id\"}," RCC ALL_OLD},
        {"INSERT INTO cfg VALUE {'id': 'b', 'v': 1}",
            "PutItem {\"TableName\":\"cfg\",\"Item\":{\"id\":{\"S\":\"b\"},\"v\":{\"N\":\"1\"}},"
            "\"ConditionExpression\":\"attribute_not_exists(#id)\","
            "\"ExpressionAttributeNames\":{\"#id\":\"id\"}," RCC ALL_OLD},
        {"INSERT INTO cfg (id, v) VALUES ('a', 1), ('b', 2) ON CONFLICT REPLACE AT 50 WCU",
            "BatchWriteItem {\"RequestItems\":{\"cfg\":[{\"PutRequest\":{\"Item\":{\"id\":{\"S\":"
            "\"a\"},\"v\":{\"N\":\"1\"}}}},{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"b\"},\"v\":{"
            "\"N\":\"2\"}}}}]}," RCC "} risk 2 cfg"},
        {"UPDATE orders 'c1', 17 SET total = total + 5, st = 'paid' REMOVE err ADD tags <<'vip'>>",
            "UpdateItem " KEY17 "\"UpdateExpression\":\"SET #total = #total + :0, #st = :1 REMOVE "
            "#err ADD #tags :2\",\"ConditionExpression\":\"attribute_exists(#cust)\","
            "\"ExpressionAttributeNames\":{\"#total\":\"total\",\"#st\":\"st\",\"#err\":\"err\","
            "\"#tags\":\"tags\",\"#cust\":\"cust\"},\"ExpressionAttributeValues\":{\":0\":{\"N\":"
            "\"5\"},\":1\":{\"S\":\"paid\"},\":2\":{\"SS\":[\"vip\"]}},\"ReturnValues\":\"ALL_"
            "OLD\"," RCC ALL_OLD},
        {"UPDATE orders SET total = 9 WHERE cust = 'c1' AND ts = 17 AND st = 'new'",
            "UpdateItem " KEY17 "\"UpdateExpression\":\"SET #total = :0\","
            "\"ConditionExpression\":\"attribute_exists(#cust) AND #st = :1\","
            "\"ExpressionAttributeNames\":{\"#total\":\"total\",\"#cust\":\"cust\",\"#st\":\"st\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"N\":\"9\"},\":1\":{\"S\":\"new\"}},"
            "\"ReturnValues\":\"ALL_OLD\"," RCC ALL_OLD},
        {"UPSERT cfg 'cnt' SET n = if_not_exists(n, 0) + 1 RETURN UPDATED NEW",
            "UpdateItem {\"TableName\":\"cfg\",\"Key\":{\"id\":{\"S\":\"cnt\"}},"
            "\"UpdateExpression\":\"SET #n = if_not_exists(#n, :0) + :1\","
            "\"ExpressionAttributeNames\":{\"#n\":\"n\"},\"ExpressionAttributeValues\":{\":0\":{"
            "\"N\":\"0\"},\":1\":{\"N\":\"1\"}},\"ReturnValues\":\"UPDATED_NEW\"," RCC "}"},
        {"UPDATE orders 'c1', 17 SET lines[0].q = 3 DELETE tags <<'new'>> IF a = 1 OR b = 2",
            "UpdateItem " KEY17 "\"UpdateExpression\":\"SET #lines[0].#q = :0 DELETE #tags :1\","
            "\"ConditionExpression\":\"attribute_exists(#cust) AND (#a = :2 OR #b = :3)\","
            "\"ExpressionAttributeNames\":{\"#lines\":\"lines\",\"#q\":\"q\",\"#tags\":\"tags\","
            "\"#cust\":\"cust\",\"#a\":\"a\",\"#b\":\"b\"},\"ExpressionAttributeValues\":{\":0\":{"
            "\"N\":\"3\"},\":1\":{\"SS\":[\"new\"]},\":2\":{\"N\":\"1\"},\":3\":{\"N\":\"2\"}},"
            "\"ReturnValues\":\"ALL_OLD\"," RCC ALL_OLD},
        {"UPDATE orders SET st = 'x' WHERE cust = 'c1'",
            "refused 11: UPDATE writes one item, and its key is not bound: ts is missing | say "
            "UPDATE MANY for several items, or ts = .. for one"},
        {"UPSERT orders SET st = 'x' WHERE cust = 'c1'",
            "refused 11: UPSERT writes one item, and its key is not bound: ts is missing | ts = .. "
            "for one"},
        {"DELETE FROM orders WHERE cust = 'c1'",
            "refused 11: DELETE writes one item, and its key is not bound: ts is missing | say "
            "DELETE MANY for several items, or ts = .. for one"},
        {"DELETE FROM orders 'c1', 17 IF st = 'void' RETURN OLD",
            "DeleteItem " KEY17 "\"ConditionExpression\":\"#st = :0\","
            "\"ExpressionAttributeNames\":{\"#st\":\"st\"},\"ExpressionAttributeValues\":{\":0\":{"
            "\"S\":\"void\"}},\"ReturnValues\":\"ALL_OLD\"," RCC ALL_OLD},
        {"DELETE FROM orders", "refused 11: DELETE writes one item, and its key is not bound: cust "
                               "is missing | say DELETE MANY or TRUNCATE for all of them, or "
                               "cust = .. for one"},
        {"UPDATE orders 'c1', 17 SET lines = [], lines[0].q = 3",
            "exit 4 at 1:40: paths lines and lines[0].q overlap"},
        {"UPDATE orders 'c1', 17 SET ts = 3", "exit 4 at 1:8: ts is a key attribute and cannot be "
                                              "changed; write a new item and delete "
                                              "the old"},
        {"PUT orders {cust: 'c1'}", "exit 13 at 1:5: the item has no key attribute ts"},
        {"PUT orders {cust: 'c1', ts: 'x'}", "exit 13 at 1:5: ts is NUMBER, 'x' is STRING"},
        {"PUT orders {cust: 'c1', ts: 1}, {cust: 'c1', ts: 1.0}",
            "exit 13 at 1:5: two items have the same key"},
        {"PUT cfg {id: 'a'}, {id: 'b'} IF v = 1",
            "exit 4 at 1:30: PUT of several items takes no IF"},
        {"PUT cfg {id: 'a'} ON CONFLICT SKIP", "exit 4 at 1:19: ON CONFLICT belongs to INSERT"},
        {"INSERT INTO cfg (id, v) VALUES ('a')",
            "exit 4 at 1:32: the row has 1 values for 2 names"},
        {"UPSERT cfg 'a' SET v = 1 WHERE v = 2",
            "exit 4 at 1:8: UPSERT takes no WHERE beyond the key; say IF"},
        {"DELETE FROM cfg 'a' RETURN NEW", "exit 4 at 1:21: DELETE leaves nothing new to return"},
        {"DELETE FROM cfg 'a' IF a MATCHES 'x'",
            "exit 4 at 1:24: MATCHES is evaluated here only, not by the service | FILTER LOCAL .. "
            "MATCHES '..'"},
        {"PUT orders.byStatus {cust: 'a'}",
            "exit 4 at 1:5: an index cannot be written; name the table"},
    };

    (void)state;
    CHECK(rows);
}

static void tables_plan_to_the_calls_of_the_contract(void **state)
{
    static const struct row rows[] = {
        {"CREATE TABLE orders (cust STRING HASH, ts NUMBER RANGE, status STRING) INDEX byStatus "
         "(status, ts) INCLUDE (total) ON DEMAND STREAM NEW_AND_OLD",
            "CreateTable {\"TableName\":\"orders\",\"AttributeDefinitions\":[{\"AttributeName\":"
            "\"cust\",\"AttributeType\":\"S\"},{\"AttributeName\":\"ts\",\"AttributeType\":\"N\"},{"
            "\"AttributeName\":\"status\",\"AttributeType\":\"S\"}],\"KeySchema\":[{"
            "\"AttributeName\":\"cust\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"ts\","
            "\"KeyType\":"
            "\"RANGE\"}],\"GlobalSecondaryIndexes\":[{\"IndexName\":\"byStatus\",\"KeySchema\":[{"
            "\"AttributeName\":\"status\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"ts\","
            "\"KeyType\":\"RANGE\"}],\"Projection\":{\"ProjectionType\":\"INCLUDE\","
            "\"NonKeyAttributes\":[\"total\"]}}],\"BillingMode\":\"PAY_PER_REQUEST\","
            "\"StreamSpecification\":{\"StreamEnabled\":true,\"StreamViewType\":"
            "\"NEW_AND_OLD_IMAGES\"}}"},
        {"CREATE TABLE t (id S HASH) PROVISIONED 20 RCU 10 WCU INDEX x (zip S) KEYS ONLY CAPACITY "
         "5 "
         "RCU 6 WCU TTL expires PITR ON 7 DAYS TAGS {a: 'b'} DELETION PROTECTION ON NOWAIT",
            "CreateTable {\"TableName\":\"t\",\"AttributeDefinitions\":[{\"AttributeName\":\"id\","
            "\"AttributeType\":\"S\"},{\"AttributeName\":\"zip\",\"AttributeType\":\"S\"}],"
            "\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],"
            "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"x\",\"KeySchema\":[{\"AttributeName\":"
            "\"zip\",\"KeyType\":\"HASH\"}],\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"},"
            "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":5,\"WriteCapacityUnits\":6}}],"
            "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":20,\"WriteCapacityUnits\":10},"
            "\"DeletionProtectionEnabled\":true,\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]} + "
            "UpdateTimeToLive {\"TableName\":\"t\",\"TimeToLiveSpecification\":{\"Enabled\":true,"
            "\"AttributeName\":\"expires\"}} + UpdateContinuousBackups {\"TableName\":\"t\","
            "\"PointInTimeRecoverySpecification\":{\"PointInTimeRecoveryEnabled\":true,"
            "\"RecoveryPeriodInDays\":7}}"},
        {"CREATE TABLE t (id S)",
            "exit 4 at 1:14: exactly one column must be HASH | such as (id STRING HASH)"},
        {"CREATE TABLE t (id S HASH, n N)",
            "exit 4 at 1:28: the column n is in no key | only attributes of keys are declared; "
            "others need no column"},
        {"CREATE TABLE t (id S HASH) INDEX x (zip)",
            "exit 4 at 1:37: the type of zip is not known: zip STRING"},
        {"CREATE TABLE t (id S HASH, b S RANGE, c S RANGE)",
            "exit 4 at 1:14: at most one column can be RANGE"},
        {"API DescribeLimits {}", "DescribeLimits {}"},
        {"API PutItem {TableName: 'cfg', Item: {id: {S: 'a'}}}",
            "PutItem {\"Item\":{\"id\":{\"S\":\"a\"}},\"TableName\":\"cfg\"} risk 2 PutItem"},
        {"API PutItm {}",
            "exit 4 at 1:5: dynamodb has no operation PutItm | did you mean PutItem?"},
        {"SHOW TABLES LIKE 'prod-%'", "ListTables {} + DescribeTable "},
        {"DESCRIBE TABLE orders", "DescribeTable {\"TableName\":\"orders\"}"},
    };

    (void)state;
    CHECK(rows);
}

static void unknown_statements_name_what_is_near(void **state)
{
    static const struct row rows[] = {
        {"FOLLOW orders 'x'", "exit 4 at 1:1: unknown statement 'FOLLOW'"},
        {"SELEKT * FROM x", "exit 4 at 1:1: unknown statement 'SELEKT' | did you mean SELECT?"},
        {"'x'", "exit 4 at 1:1: expected a statement, found 'x'"},
        {"DELETE orders", "exit 4 at 1:8: expected FROM or MANY, found 'orders'"},
        {"SELECT ts, total FORM orders WHERE cust = 'c1'",
            "exit 4 at 1:18: expected FROM or ',' after a column, found 'FORM' | a name that is "
            "also "
            "a word of the language goes in backticks"},
        {"EXPLAIN EXPLAIN GET t 1", "exit 4 at 1:9: EXPLAIN does not nest"},
        {"EXPLAIN (XML) GET t 1", "exit 4 at 1:10: expected AWS, CURL or JSON, found 'XML'"},
        {"EXPLAIN (JSN) GET t 1", "exit 4 at 1:10: expected AWS, CURL or JSON, found 'JSN' | did "
                                  "you mean JSON?"},
        {"WATCH PUT cfg {id: 'a'}", "exit 4 at 1:7: WATCH repeats reads only"},
        {"GET cfg :key AND :other", "exit 4 at 1:14: expected ONLY or CONSISTENT, found 'AND'"},
        {"UPDATE cfg 'a' SET n = 1 LIMIT 5", "exit 4 at 1:26: expected IF, WHERE, RETURN or "
                                             "another option, found 'LIMIT' | LIMIT belongs to "
                                             "UPDATE MANY"},
        {"SCAN orders EXAMIN 5", "exit 4 at 1:13: expected WHERE, ORDER BY, LIMIT or another "
                                 "option, found 'EXAMIN' | did you mean EXAMINE?"},
        {"PUT cfg {id: :b, c: :a, d: :b}",
            "exit 4 at 1:1: no value for :b, :a | --param b=LITERAL gives one"},
        {"SELECT * FROM t LIMIT 1 LIMIT 2", "exit 4 at 1:25: LIMIT is said twice"},
        {"CREATE TABLE t (id S HASH) ON DEMAND PROVISIONED 1 RCU 1 WCU",
            "exit 4 at 1:38: ON DEMAND and PROVISIONED exclude each other"},
        {"ALTER TABLE t SET PROVISIONED 1 RCU 1 WCU, SET ON DEMAND",
            "exit 4 at 1:44: ON DEMAND and PROVISIONED exclude each other"},
        {"SELECT * FROM t LIMIT 0", "exit 4 at 1:23: LIMIT must be a whole number of at least 1"},
        {"SELECT * FROM t KEYS IN (1) USING INDEX x",
            "exit 4 at 1:15: KEYS IN reads the table, not an index"},
        {"SELECT * FROM", "exit 4 at 1:14: expected a table, found the end of the statement"},
        {"\\nosuch", "exit 4 at 1:1: unknown command '\\nosuch'"},
        {"\\d", "exit 4 at 1:1: \\d needs an argument: \\d table"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tree *tree = bench_parse(rows[i].source);

        if (tree || strcmp(bench_error(), rows[i].result) != 0)
            fail_msg("%s\n  gives    %s\n  expected %s", rows[i].source,
                tree ? "a statement" : bench_error(), rows[i].result);
    }
}

static void prefixes_and_places_are_kept(void **state)
{
    struct tree *tree;
    struct lexer lexer;
    bool empty;

    (void)state;
    tree = bench_parse("EXPLAIN (AWS, JSON) WATCH EVERY 5s TIMES 3 GET cfg 'a'");
    assert_non_null(tree);
    assert_true(tree->explain && tree->explain_aws && tree->explain_json && !tree->explain_curl);
    assert_true(tree->watch);
    assert_int_equal(tree->watch_every, 5 * CLOCK_SECOND);
    assert_int_equal(tree->watch_times, 3);
    lexer_init(&lexer, TEXT(";; \n GET cfg 'a' -- x\n ; QUIT"), bench.arena);
    assert_null(statement_parse(&lexer, "f.gh", &empty, &bench.err));
    assert_true(empty);
    lexer_take(&lexer);
    assert_null(statement_parse(&lexer, "f.gh", &empty, &bench.err));
    lexer_take(&lexer);
    tree = statement_parse(&lexer, "f.gh", &empty, &bench.err);
    assert_non_null(tree);
    assert_true(text_is(tree->source, "GET cfg 'a'"));
    assert_int_equal(tree->line, 2);
    assert_int_equal(tree->column, 2);
    assert_int_equal(lexer.token.kind, TOKEN_SEMICOLON);
}

static void backslash_commands_are_statements(void **state)
{
    static const struct row rows[] = {
        {"\\dt prod-*", "ListTables {} + DescribeTable "},
        {"\\dt", "ListTables {} + DescribeTable "},
        {"\\d orders", "DescribeTable {\"TableName\":\"orders\"}"},
        {"\\di orders", "DescribeTable {\"TableName\":\"orders\"}"},
    };
    struct tree *tree;

    (void)state;
    CHECK(rows);
    tree = bench_parse("\\x off\nGET cfg 'a'");
    assert_non_null(tree);
    assert_string_equal(tree->statement->name, "SET");
    assert_true(text_is(tree->source, "\\x off"));
    tree = bench_parse("\\set n {a: 1}");
    assert_non_null(tree);
    assert_string_equal(tree->statement->name, "\\set");
    for (const struct backslash_command *command = backslash_command_table; command->name;
         command++)
        assert_true(command->bare || command->with);
}

static void every_record_is_complete_and_its_examples_parse(void **state)
{
    (void)state;
    assert_true(statement_count() > 20);
    bench.context.is_left_out = true; /* examples use parameters that nobody has given */
    bench.context.last_read = TEXT("SCAN orders");
    for (size_t i = 0; i < statement_count(); i++) {
        const struct statement *statement = statement_at(i);

        assert_true(statement->summary && statement->family && statement->syntax);
        assert_true(statement->parse != NULL && statement->run != NULL);
        assert_true(statement->summary[strlen(statement->summary) - 1] != '.');
        if (i > 0 && strcmp(statement_at(i - 1)->name, statement->name) >= 0)
            fail_msg("%s stands twice", statement->name);
        assert_ptr_equal(statement_named(text_of(statement->name)), statement);
        assert_non_null(statement->example);
        assert_non_null(statement->example[0]);
        for (const char *const *example = statement->example; *example; example++) {
            struct tree *tree = bench_parse(*example);

            if (!tree)
                fail_msg("%s: %s", *example, bench_error());
            else if (tree->statement != statement)
                fail_msg("%s is %s, not %s", *example, tree->statement->name, statement->name);
        }
    }
}

static void parts_of_requests_become_template_references(void **state)
{
    static const struct row rows[] = {
        {"GET orders :path.cust, :path.ts ONLY total, st",
            "GetItem {\"TableName\":\"orders\",\"Key\":{\"cust\":{\"S\":\"$util.escapeJavaScript("
            "$input.params().path.cust).replaceAll(\"\\\\'\",\"'\")\"},\"ts\":{\"N\":\"$util."
            "escapeJavaScript($input.params().path.ts).replaceAll(\"\\\\'\",\"'\")\"}},"
            "\"ProjectionExpression\":\"\\u0023total, \\u0023st\",\"ExpressionAttributeNames\":{"
            "\"\\u0023total\":\"total\",\"\\u0023st\":\"st\"}}"},
        {"PUT orders {cust: :body.cust, ts: :body.ts, total: number(:body.total), ok: "
         "bool(:body.ok)} "
         "IF attribute_not_exists(cust)",
            NULL},
        {"PUT cfg :body", "PutItem {\"TableName\":\"cfg\",\"Item\":$input.json('$')}"},
        {"QUERY orders WHERE cust = :query.c AND ts > :header.x-since LIMIT 5",
            "Query {\"TableName\":\"orders\",\"KeyConditionExpression\":\"\\u0023cust = :0 AND "
            "\\u0023ts > :1\",\"ExpressionAttributeNames\":{\"\\u0023cust\":\"cust\",\"\\u0023ts\":"
            "\"ts\"},\"ExpressionAttributeValues\":{\":0\":{\"S\":\"$util.escapeJavaScript($input."
            "params().querystring.c).replaceAll(\"\\\\'\",\"'\")\"},\":1\":{\"N\":\"$util."
            "escapeJavaScript($input.params().header.get('x-since')).replaceAll(\"\\\\'\",\"'\")\"}"
            "},"
            "\"Limit\":5}"},
        {"SELECT * FROM orders WHERE total > 5",
            "exit 11 at 1:1: this needs a Scan of about 48 MB (about 5,900 RCU, from the table's "
            "size); say SCAN or ALLOW SCAN | the table would serve it with cust = .."},
        {"PUT cfg {id: 'a'}, {id: 'b'}", "exit 4 at 1:1: a TABLE target must be exactly one call, "
                                         "evaluated by the service alone"},
        {"GET cfg :path", "exit 4 at 1:9: :path stands for many parts of the request; name one, as "
                          ":path.id"},
        {"CREATE TABLE x (id S HASH)",
            "exit 4 at 1:1: expected GET, QUERY, SCAN, PUT, UPDATE or DELETE, found 'CREATE'"},
    };
    struct tree outer = {.input_name = "<test>", .arena = NULL};

    (void)state;
    bench.session->is_interactive = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct job job = bench_job();
        struct table_call call;
        struct lexer lexer;
        struct tree *inner;
        char got[2000];

        job.who = "prompt";
        memset(&bench.err, 0, sizeof bench.err);
        lexer_init(&lexer, text_of(rows[i].source), bench.arena);
        lexer.context = &bench.context;
        inner = table_call_parse(&lexer, &outer, &bench.err);
        if (!inner || table_call_plan(&job, bench.session->link, inner, &call, &bench.err))
            snprintf(got, sizeof got, "%s", bench_error());
        else
            snprintf(got, sizeof got, "%s %.*s", call.operation, (int)call.request_template.length,
                call.request_template.data);
        if (rows[i].result && strcmp(got, rows[i].result) != 0)
            fail_msg("%s\n  gives    %s\n  expected %s", rows[i].source, got, rows[i].result);
        if (rows[i].result)
            continue;
        assert_non_null(
            strstr(got, "\"total\":{\"N\":\"$util.escapeJavaScript($input.path('$.total'))"));
        assert_non_null(strstr(got, "\"ok\":{\"BOOL\":#if(\"$input.path('$.ok')\" == \"true\")true"
                                    "#{else}false#end}"));
        assert_non_null(strstr(got, "\"ts\":{\"N\":\"$util.escapeJavaScript($input.path('$.ts'))"));
        assert_non_null(
            strstr(got, "\"ConditionExpression\":\"attribute_not_exists(\\u0023cust)\""));
        assert_null(strstr(got, "ReturnConsumedCapacity"));
    }
    bench.session->is_interactive = false;
}

/* Parse and plan of one statement with an arena of its own; true when it went through. */
static bool plan_alone(const char *source)
{
    struct error err = {0};
    struct arena *arena = arena_new(64 << 20, &err);
    struct job job = bench_job();
    struct lexer lexer;
    struct tree *tree = NULL;
    struct plan plan;
    bool empty, done = false;

    if (arena) {
        job.arena = arena;
        lexer_init(&lexer, text_of(source), arena);
        tree = statement_parse(&lexer, "<test>", &empty, &err);
        plan_init(&plan, arena);
        done = tree && tree->statement->plan(&job, tree, &plan, &err) == ERROR_NONE;
    }
    mem_fail_at(0);
    if (!done && err.code != ERROR_MEMORY)
        fail_msg("%s: %s", source, err.text);
    arena_free(arena);
    return done;
}

static void parse_and_plan_survive_every_failed_allocation(void **state)
{
    static const char *const source[] = {
        "SELECT ts, total FROM orders WHERE cust IN ('c1', 'c2') AND ts > 10 AND ts < 20 AND "
        "x.y[2] "
        "LIKE 'a%' ORDER BY ts DESC LIMIT 3",
        "SELECT * FROM orders WHERE #s = :v WITH NAMES {'#s': 'status'} VALUES {':v': 'open'}",
        "GET cfg 'a' ONLY b, c",
        "SELECT * FROM cfg WHERE id IN ('a', 'b') AND x = 1",
        "PUT cfg {id: 'a', l: [1, {x: <<'y'>>}], d: {\"$ss\": [\"x\"]}, t: ddb{\"N\": \"1\"}}",
        "UPDATE orders 'c1', 17 SET a = if_not_exists(b, 0) + 1 REMOVE c IF d = 4",
        "INSERT INTO cfg (id, v) VALUES ('a', 1), ('b', 2)",
        "CREATE TABLE t (id S HASH) INDEX x (zip S) KEYS ONLY TTL e",
        "\\dt prod-*",
    };

    (void)state;
    for (size_t i = 0; i < sizeof source / sizeof *source; i++) {
        long live;

        assert_true(plan_alone(source[i])); /* what the catalogue keeps is kept from now on */
        live = mem_live();
        for (long nth = 1;; nth++) {
            bool done;

            mem_fail_at(nth);
            done = plan_alone(source[i]);
            assert_int_equal(mem_live(), live);
            if (done)
                break;
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_plan_to_the_calls_of_the_contract),
        TEST(tables_plan_to_the_calls_of_the_contract),
        TEST(unknown_statements_name_what_is_near),
        TEST(prefixes_and_places_are_kept),
        TEST(backslash_commands_are_statements),
        TEST(every_record_is_complete_and_its_examples_parse),
        TEST(parts_of_requests_become_template_references),
        TEST(parse_and_plan_survive_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
