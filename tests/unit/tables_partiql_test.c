#include "tests/unit/partiql_support.h"

/* What is wrong with a statement whatever the tables hold. */
struct refusal {
    const char *statement, *message;
};

static const struct refusal grammar_table[] = {
    {"SLECT * FROM Lines", FORM "Expected data manipulation"},
    {"", FORM},
    {";", FORM "Expected data manipulation"},
    {"UPDATE Lines-x SET a = 1 WHERE pk = 'a'", FORM "Expected data manipulation"},
    {"UPDATE Lines WHERE pk = 'a'", FORM "Expected data manipulation"},
    {"SELECT * FROM Lines WHERE pk = 'a' foo", FORM "Unexpected token after expression"},
    {"SELECT * FROM Lines WHERE sk = 1 e5", FORM "Unexpected token after expression"},
    {"INSERT INTO Music VALUE {'id': 'x'} foo", FORM "Unexpected token after expression"},
    {"UPDATE Music SET a = 9 WHERE id = 'a' foo", FORM "Unexpected token after expression"},
    {"DELETE FROM Music WHERE id = 'a' foo", FORM "Unexpected token after expression"},
    {"DELETE FROM Music WHERE id = 'a' ORDER BY id", FORM "Unexpected token after expression"},
    {"SELECT * FROM Music WHERE id = 'a')", FORM "Unexpected token after expression"},
    {"SELECT * FROM Music ORDER BY id WHERE id = 'a'", FORM "Unexpected token after expression"},
    {"INSERT INTO Music t VALUE {'id': 'x'}", FORM "Unexpected token after expression"},
    {"FROM Music SET c = 1 WHERE id = 'x'", FORM "Unexpected token after expression"},
    {"SELECT * FROM Music WHERE id = 1e2147483648", FORM},
    {"SELECT * FROM Music WHERE id = 1e99999999999", FORM},
    {"SELECT * FROM Music WHERE id = 1.5e-2147483647", FORM},
    {"SELECT * FROM Music WHERE id = 1 # note", FORM},
    {"SELECT * FROM Music WHERE id = 1 /* note", FORM},
    {"SELECT * FROM \"Music", FORM},
    {"SELECT * FROM Music WHERE id = 'open", FORM},
    {"SELECT * FROM Music WHERE id = 1e", FORM},
    {"SELECT * FROM Music WHERE id = 2fa", FORM},
    {"SELECT * FROM Music WHERE id = `ion`", FORM},
    {"SELECT * FROM Music WHERE", FORM "Unexpected term"},
    {"SELECT * FROM Music WHERE;", FORM "Unexpected term"},
    {"SELECT id FROM Music WHERE   ", FORM "Unexpected term"},
    {"UPDATE Music SET a = 1 WHERE", FORM "Unexpected term"},
    {"DELETE FROM Music WHERE", FORM "Unexpected term"},
    {"SELECT * FROM Music WHERE NOT", FORM "Unexpected term"},
    {"SELECT * FROM Music WHERE (", FORM "Unexpected term"},
    {"SELECT * FROM Nowhere WHERE", FORM "Unexpected term"},
    {"SELECT * FROM", FORM "Unexpected term"},
    {"SELECT * FROM Music WHERE id = 'a' AND",
        FORM "Missing right-hand side expression of infix operator"},
    {"SELECT * FROM Music WHERE id = 'a' OR",
        FORM "Missing right-hand side expression of infix operator"},
    {"SELECT * FROM Music WHERE id =", FORM "Missing right-hand side expression of infix operator"},
    {"SELECT * FROM Music WHERE ORDER BY id", FORM "Unexpected keyword"},
    {"SELECT * FROM Music WHERE value = 1", FORM "Unexpected keyword"},
    {"SELECT user FROM Music", FORM "Unexpected keyword"},
    {"SELECT * FROM Music WHERE id = 'a' AND x IS FOO", FORM "Expected type name"},
    {"SELECT * FROM Music WHERE IS NULL", FORM "Unexpected operator"},
    {"SELECT * FROM Music WHERE id = LIKE", FORM "Unexpected operator"},
    {"DELETE FROM", FORM "Expected identifier for simple path"},
    {"DELETE FROM;", FORM "Expected identifier for simple path"},
    {"DELETE FROM WHERE id = 'a'", FORM "Expected identifier for simple path"},
    {"SELECT * FROM Music WHERE attribute_exists(m.inner)", FORM "Invalid path dot component"},
    {"SELECT * FROM Music WHERE a.*.b = 1", "Unpivot path component like a.*.b are not supported"},
    {"SELECT a[*] FROM Music", "Wildcard path component like a[*].b are not supported"},
    {"SELECT * FROM Music t WHERE id = 'x'", "Aliasing is not supported"},
    {"SELECT * FROM Music AS t WHERE id = 'x'", "Aliasing is not supported"},
    {"SELECT id AS x FROM Music", "Aliasing is not supported"},
    {"UPDATE Music t SET a = 3 WHERE id = 'x'", "Aliasing is not supported"},
    {"DELETE FROM Music t WHERE id = 'x'", "Aliasing is not supported"},
    {"SELECT * FROM Music, Lines", "Only select from a single table or index is supported."},
    {"SELECT * FROM Music JOIN Lines", "Only select from a single table or index is supported."},
    {"SELECT * FROM Music LIMIT 5", "Unsupported clause: LIMIT at 1:27:1"},
    {"SELECT * FROM Music.a.b", "A path may contain at most 2 components in the FROM clause"},
    {"SELECT * FROM \"Music\".\"\"", "Path component cannot be an empty string"},
    {"SELECT * FROM \"\" WHERE id = 'a'", "Path component cannot be an empty string"},
    {"SELECT *, id FROM Music",
        "Other attributes should not be present in the projection when '*' is used."},
    {"SELECT id, a.id FROM Music", "Duplicate identifiers in select clause: id"},
    {"SELECT attribute_exists(a) FROM Music", "Unexpected path component at 1:8:16"},
    {"SELECT COUNT(*) FROM Music", "Unexpected path component at 1:8:5"},
    {"SELECT l[-1] FROM Music",
        "List index is not within the allowable range; index: [-1] at 1:11:1"},
    {"SELECT l[2147483648] FROM Music",
        "List index is not within the allowable range; index: [2147483648] at 1:10:10"},
    {"UPDATE \"Lines\".\"local\" SET a = 1 WHERE pk = 'a'",
        "FROM clause may only contain a single table name in data manipulation statements"},
    {"EXISTS(SELECT * FROM Music WHERE id = 'a' AND b IS MISSING)",
        "EXISTS can only be used in ExecuteTransaction write requests."},
};

static const struct refusal condition_table[] = {
    {"foo(a)", "Unrecognized function: foo at 1:27:3"},
    {"EXISTS(a)", "Unrecognized function: exists at 1:27:6"},
    {"set_add(a, <<'x'>>) = a", "Unrecognized function: set_add at 1:27:7"},
    {"attribute_exists('a')",
        "Operator or function requires a document path; operator or function: attribute_exists"},
    {"attribute_exists()", "Incorrect number of operands for operator or function; operator or "
                           "function: attribute_exists, number of operands: 0"},
    {"Attribute_Exists(a, b)", "Incorrect number of operands for operator or function; operator or "
                               "function: attribute_exists, number of operands: 2"},
    {"attribute_type(a, 1)", "Incorrect operand type for operator or function; operator or "
                             "function: attribute_type, operand type: N"},
    {"attribute_type(a, true)", "Incorrect operand type for operator or function; operator or "
                                "function: attribute_type, operand type: BOOL"},
    {"attribute_type(a, 'X')", "Invalid attribute type name found; type: X, valid types: "
                               "{N,BS,L,B,NULL,M,S,SS,NS,BOOL}"},
    {"begins_with(a, 1)", "Incorrect operand type for operator or function; operator or function: "
                          "begins_with, operand type: N"},
    {"a < true", "Incorrect operand type for operator or function; operator or function: <, "
                 "operand type: BOOL"},
    {"a >= [1]", "Incorrect operand type for operator or function; operator or function: >=, "
                 "operand type: L"},
    {"attribute_exists(a) > false", "Incorrect operand type for operator or function; operator or "
                                    "function: >, operand type: BOOL"},
    {"a BETWEEN null AND 1", "Incorrect operand type for operator or function; operator or "
                             "function: BETWEEN, operand type: NULL"},
    {"a BETWEEN 'b' AND 'a'",
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
        "lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}"},
    {"a BETWEEN 1 AND 'a'",
        "The BETWEEN operator requires same data type for lower and upper bounds; lower bound "
        "operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}"},
    {"a BETWEEN 1 OR 2", FORM "Unexpected token after expression"},
    {"a + 1 = 2", "Unsupported operator in Condition Expression. Operator: +"},
    {"a LIKE 'x'", "Unsupported operator in Condition Expression. Operator: LIKE"},
    {"a > -b", "Incorrect number of operands for operator or function; operator or function: -, "
               "number of operands: 1"},
    {"a IN []", "IN operator must have a left hand argument of type Variable Reference and right "
                "hand argument of type Seq with at least one member"},
    {"1 IN [1]", "IN operator must have a left hand argument of type Variable Reference and right "
                 "hand argument of type Seq with at least one member"},
    {"a = MISSING", "MISSING must be compared using IS operator"},
    {"a IS INT4", "Unsupported data type for IS operator: INT4. Supported data types are [MISSING, "
                  "NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"},
    {"size(a) IS NULL",
        "The left hand side argument to IS must be a Variable Reference, Literal, or Path"},
    {"a", "WHERE clause must contain an expression that resolves to a boolean"},
    {"a AND b = 1", "The arguments to AND/OR must be Expressions"},
    {"NOT a", "The argument to NOT must be a Type or Expression"},
    {"a = 1 = 2", FORM "Unexpected token after expression"},
    {"a = 1e126", "Number overflow. Attempting to store a number with magnitude larger than "
                  "supported range under root"},
    {"a = 1e-131", "Number underflow. Attempting to store a number with magnitude smaller than "
                   "supported range under root"},
    {"a = 123456789012345678901234567890123456789",
        "Attempting to store more than 38 significant digits in a Number under root"},
    {"a = {'b': [1, 1e126]}", "Number overflow. Attempting to store a number with magnitude larger "
                              "than supported range under root.b[1]"},
    {"a = [?]", "Unsupported data type: Parameter under key root[0] at 1:32:1"},
    {"a = [b]", "Unsupported data type: VariableReference under key root[0] at 1:32:1"},
    {"a = <<>>", "Empty bags are not supported"},
    {"a = <<1, 'x'>>",
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"},
    {"a = <<<<1>>>>",
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"},
    {"a = <<'b','a','b'>>",
        "One or more parameter values were invalid: Input collection [b, a, b] contains "
        "duplicates."},
    {"a = <<2, 2.0>>", "One or more parameter values were invalid: Input collection [2, 2.0] "
                       "contains duplicates! under root"},
    {"a = {'b': 1, 'b': 2}", "Duplicate keys in tuple. Key: b under root"},
    {"a = {b: 1}", "Tuple keys must be of type String. Actual type: VariableReference"},
    {"a = ?", "Number of parameters in request and statement don't match."},
};

static void statements_that_cannot_be_read_are_told(void **state)
{
    struct shop *shop = *state;

    for (size_t i = 0; i < sizeof grammar_table / sizeof *grammar_table; i++)
        if (grammar_table[i].statement[0])
            EXPECT_WRONG(shop, grammar_table[i].statement, grammar_table[i].message);
    for (size_t i = 0; i < sizeof condition_table / sizeof *condition_table; i++) {
        char statement[512];

        snprintf(statement, sizeof statement, "SELECT * FROM Music WHERE %s",
            condition_table[i].statement);
        EXPECT_WRONG(shop, statement, condition_table[i].message);
    }
}

static void a_list_of_candidates_ends_at_100(void **state)
{
    struct shop *shop = *state;
    struct buf statement;

    buf_init(&statement, 8192);
    for (int count = 100; count <= 101; count++) {
        buf_clear(&statement);
        buf_add_string(&statement, "SELECT * FROM Music WHERE a IN (0");
        for (int i = 1; i < count; i++)
            buf_add_format(&statement, ", %d", i);
        buf_add_string(&statement, ")");
        if (count == 100)
            expect_run(shop, buf_string(&statement), "", "{'Items':[]}");
        else
            EXPECT_WRONG(shop, buf_string(&statement),
                "The IN operator is provided with too many operands; number of operands: 101");
    }
    buf_done(&statement);
}

static void members_of_a_request_are_checked(void **state)
{
    struct shop *shop = *state;
    static char long_statement[8300];

    EXPECT_INVALID(shop, "ExecuteStatement", "{}",
        "1 validation error detected: Value null at 'statement' failed to satisfy constraint: "
        "Member must not be null");
    EXPECT_WRONG(shop, "",
        "1 validation error detected: Value '' at 'statement' failed to satisfy constraint: Member "
        "must have length greater than or equal to 1");
    memset(long_statement, ' ', 8193);
    memcpy(long_statement, "SELECT * FROM Music", 19);
    run(shop, long_statement, "");
    assert_int_equal(shop->status, 400);
    assert_non_null(strstr(buf_string(&shop->answer),
        "at 'statement' failed to satisfy constraint: Member must have length less than or equal "
        "to 8192"));
    long_statement[8192] = '\0';
    expect_run(shop, long_statement, "", "{'Items':[]}");
    expect_refused(shop, "SELECT * FROM Music", ",'Parameters':[]", "ValidationException",
        "1 validation error detected: Value '[]' at 'parameters' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1");
    expect_refused(shop, "SELECT * FROM Music", ",'Limit':0,'ReturnConsumedCapacity':'ALL'",
        "ValidationException",
        "2 validation errors detected: Value 'ALL' at 'returnConsumedCapacity' failed to satisfy "
        "constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; Value '0' at "
        "'limit' failed to satisfy constraint: Member must have value greater than or equal to 1");
    expect_refused(shop, "SELECT * FROM Music", ",'Parameters':[{'N':1}]", "SerializationException",
        "NUMBER_VALUE cannot be converted to String");
    /* Parameters come before the statement. */
    expect_refused(shop, "SELECT WHERE", ",'Parameters':[{'SS':['a','a']}]", "ValidationException",
        "One or more parameter values were invalid: Input collection [a, a] contains duplicates.");
    expect_refused(shop, "SELECT * FROM Music WHERE id = ?", ",'Parameters':[{'S':'a'},{'S':'b'}]",
        "ValidationException", "Number of parameters in request and statement don't match.");
    expect_refused(shop, "SELECT * FROM Nowhere", "", "ResourceNotFoundException",
        "Requested resource not found");
}

/* Rows 1..8 of two partitions, and what conditions are about. */
static void fill(struct shop *shop)
{
    for (int i = 1; i <= 8; i++) {
        char statement[512];

        snprintf(statement, sizeof statement,
            "INSERT INTO Lines VALUE {'pk':'%s', 'sk':%d, 'g':'g%d', 'g2':'h', 'r':'r%d', "
            "'held':%d, 'data':'d%d', 'm':{'k':[%d,'x''y']}, 't':<<'a','t%d'>>}",
            i <= 5 ? "a" : "b", i, i % 2, i, i, i, i, i);
        expect_run(shop, statement, "", "{'Items':[]}");
    }
    expect_run(shop, "UPDATE Lines SET nul = null, yes = true REMOVE t WHERE pk='a' AND sk=3", "",
        "{'Items':[]}");
}

/* "1 2 3": sk of the items in the answer. */
static const char *keys(struct shop *shop)
{
    static char list[4096];
    const struct json *items = answer_at(shop, "Items");
    size_t length = 0;

    list[0] = '\0';
    for (const struct json *item = items ? items->first : NULL; item; item = item->next) {
        struct text text = json_string_member(json_member(item, "sk"), "N");

        length += (size_t)snprintf(list + length, sizeof list - length, "%s%.*s", length ? " " : "",
            (int)text.length, text.data);
    }
    return list;
}

static void expect_keys(struct shop *shop, const char *where, const char *expected)
{
    char statement[1024];

    snprintf(statement, sizeof statement, "SELECT sk FROM Lines WHERE %s", where);
    run(shop, statement, "");
    if (shop->status != 200 || strcmp(keys(shop), expected) != 0)
        fail_msg("%s\n  wanted %s\n  got    %s", where, expected, buf_string(&shop->answer));
}

static void conditions_choose_items(void **state)
{
    struct shop *shop = *state;

    fill(shop);
    expect_keys(shop, "pk = 'a'", "1 2 3 4 5");
    expect_keys(shop, "'a' = pk AND 2 < sk", "3 4 5");
    expect_keys(shop, "pk = 'a' AND sk BETWEEN 2 AND 4", "2 3 4");
    expect_keys(shop, "pk = 'a' AND sk NOT BETWEEN 2 AND 4", "1 5");
    expect_keys(shop, "pk = 'a' AND sk IN [1, 3, 9]", "1 3");
    expect_keys(shop, "pk = 'a' AND sk NOT IN (1, 3, 9)", "2 4 5");
    expect_keys(shop, "pk = 'a' AND sk > 1 AND sk <> 3 AND sk != 4", "2 5");
    expect_keys(shop, "pk = 'a' AND (sk = 1 OR sk = 5)", "1 5");
    expect_keys(shop, "pk = 'a' AND NOT NOT NOT sk = 1", "2 3 4 5");
    expect_keys(shop, "(pk = 'a' AND sk >= 2) AND held < 4", "2 3");
    expect_keys(shop, "pk = 'a' AND pk = 'b'", "");
    expect_keys(shop, "pk = 'a' AND sk = 1 AND sk > 0", "1");
    expect_keys(shop, "pk IN ['a'] AND sk = 4", "4");
    expect_keys(shop, "pk = 'a' AND nul IS NULL", "3");
    expect_keys(shop, "pk = 'a' AND nul IS NOT NULL", "1 2 4 5");
    expect_keys(shop, "pk = 'a' AND t IS MISSING", "3");
    expect_keys(shop, "pk = 'a' AND t IS NOT MISSING AND m IS STRUCT AND m.k IS LIST", "1 2 4 5");
    expect_keys(shop, "pk = 'a' AND held IS NUMERIC AND data IS STRING AND yes IS BOOLEAN", "3");
    expect_keys(shop, "pk = 'a' AND BEGINS_WITH(\"data\", 'd4')", "4");
    expect_keys(shop, "pk = 'a' AND contains(t, 't5')", "5");
    expect_keys(shop, "pk = 'a' AND attribute_type(t, 'SS') AND size(t) = 2 AND size(data) = 2",
        "1 2 4 5");
    expect_keys(shop, "pk = 'a' AND m.k[0] = 2 AND m['k'][1] = 'x''y'", "2");
    expect_keys(shop, "pk = 'a' AND m.k = [4, 'x''y'] AND m = {'k': [4, 'x''y']}", "4");
    expect_keys(shop, "pk = 'a' AND t = <<'t5', 'a'>>", "5");
    expect_keys(shop, "pk = 'a' AND held > - - 3", "4 5");
    expect_keys(shop, "pk = 'a' AND held = 30e-1", "3");
    expect_keys(shop, "pk = 'a' -- the first\n AND /* not the rest */ sk < 2;", "1");
    /* A condition that is compared is a BOOL. */
    expect_keys(shop, "pk = 'a' AND attribute_exists(nul) = true", "3");
    expect_keys(shop, "pk = 'a' AND false <> attribute_exists(nul)", "3");
    expect_keys(shop, "pk = 'a' AND attribute_exists(nul) = yes", "3");
    expect_keys(shop, "pk = 'a' AND (held BETWEEN 2 AND 3) = false", "1 4 5");
    expect_keys(shop, "pk = 'a' AND attribute_exists(nul) = 1", "");
    expect_keys(shop, "pk = 'a' AND attribute_exists(nul) IN [true]", "3");
    EXPECT_WRONG(shop, "SELECT * FROM Lines WHERE pk = 1",
        "Key attribute's data type should match its data type in table's schema: Key pk");
    EXPECT_WRONG(shop, "SELECT * FROM Lines WHERE pk = 'a' AND sk IN [1, '2']",
        "Key attribute's data type should match its data type in table's schema: Key sk");
    EXPECT_WRONG(shop, "SELECT * FROM Lines WHERE pk = 'a' AND sk.x = 1",
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
        "allowed: Key: sk");
    expect_run(shop, "SELECT * FROM Lines WHERE pk > 1", "", "{'Items':[]}");
}

static void columns_are_named_after_the_end_of_their_paths(void **state)
{
    struct shop *shop = *state;

    fill(shop);
    expect_run(shop,
        "SELECT m.k[0], \"held\", nope, size(data), size(held), SIZE(m.k), t FROM Lines WHERE "
        "pk = 'a' AND sk = 2",
        "",
        "{'Items':[{'k[0]':{'N':'2'},'held':{'N':'2'},'_4':{'N':'2'},'_6':{'N':'2'},"
        "'t':{'SS':['a','t2']}}]}");
    expect_run(shop, "SELECT nope FROM Lines WHERE pk = 'b' AND sk < 8", "", "{'Items':[{},{}]}");
    expect_run(shop, "SELECT l[-0] FROM Lines WHERE pk = 'none'", "", "{'Items':[]}");
}

/* Units tell a Query from a Scan: eight items of 1 KB each are read, or those of one partition. */
static void equality_on_the_hash_key_makes_a_query(void **state)
{
    struct shop *shop = *state;
    static char pad[4001];
    static char more[4200];

    memset(pad, 'x', 4000);
    snprintf(more, sizeof more, ",'Parameters':[{'S':'%s'}]", pad);
    for (int i = 0; i < 8; i++) {
        char statement[128];

        snprintf(statement, sizeof statement,
            "INSERT INTO Lines VALUE {'pk':'p%d', 'sk':%d, 'g':'g%d', 'g2':'h', 'r':'r', 'pad':?}",
            i / 4, i, i / 4);
        expect_run(shop, statement, more, "{'Items':[]}");
    }
#define UNITS(n) "{'Items':[],'ConsumedCapacity':{'TableName':'Lines','CapacityUnits':" n "}}"
#define COST ",'ReturnConsumedCapacity':'TOTAL'"
    expect_run(shop, "SELECT sk FROM Lines WHERE nope = 1", COST, UNITS("4.0"));
    expect_run(shop, "SELECT sk FROM Lines WHERE pk > 'a' AND nope = 1", COST, UNITS("4.0"));
    expect_run(shop, "SELECT sk FROM Lines WHERE (pk = 'p0' OR pk = 'none') AND nope = 1", COST,
        UNITS("2.0"));
    expect_run(shop,
        "SELECT sk FROM Lines WHERE pk IN ['p1', 'p0', 'x'] AND sk IN [3] AND nope = 1", COST,
        UNITS("0.5"));
    expect_run(shop, "SELECT sk FROM Lines WHERE (pk = 'p0' OR sk = 1) AND nope = 1", COST,
        UNITS("4.0"));
    expect_run(shop, "SELECT sk FROM Lines WHERE nope = 1 AND pk = 'p0'", COST, UNITS("2.0"));
    expect_run(shop, "SELECT sk FROM Lines WHERE pk = 'p0' AND sk >= 2 AND nope = 1", COST,
        UNITS("1.0"));
    expect_run(shop, "SELECT sk FROM Lines WHERE pk = 'p0' AND sk IN [2] AND nope = 1", COST,
        UNITS("0.5"));
    expect_run(shop, "SELECT sk FROM Lines WHERE pk = 'p0' AND (sk = 2 OR sk = 3) AND nope = 1",
        COST, UNITS("2.0"));
    expect_run(shop, "SELECT sk FROM Lines WHERE pk = 'p0' AND sk = 2 AND nope = 1",
        COST ",'ConsistentRead':true", UNITS("1.0"));
    /* An index of several HASH attributes needs all of them. */
    expect_run(shop, "SELECT sk FROM \"Lines\".\"many\" WHERE g = 'g0' AND nope = 1", COST,
        UNITS("4.0"));
    expect_run(shop, "SELECT sk FROM \"Lines\".\"many\" WHERE g = 'g0' AND g2 = 'h' AND nope = 1",
        COST, UNITS("2.0"));
}

static void indexes_are_read_by_their_names(void **state)
{
    struct shop *shop = *state;

    fill(shop);
    expect_run(shop, "SELECT * FROM \"Lines\".\"global\" WHERE g = 'g0' AND r > 'r4'",
        ",'ReturnConsumedCapacity':'INDEXES'",
        "{'Items':[{'g':{'S':'g0'},'held':{'N':'6'},'pk':{'S':'b'},'r':{'S':'r6'},'sk':{'N':'6'}},"
        "{'g':{'S':'g0'},'held':{'N':'8'},'pk':{'S':'b'},'r':{'S':'r8'},'sk':{'N':'8'}}],"
        "'ConsumedCapacity':{'TableName':'Lines','CapacityUnits':0.5,'Table':{'CapacityUnits':0.0},"
        "'GlobalSecondaryIndexes':{'global':{'CapacityUnits':0.5}}}}");
    run(shop, "SELECT sk FROM Lines.\"global\" WHERE g = 'g1' AND held IN [3, 5]", "");
    assert_string_equal(keys(shop), "3 5");
    /* A local index fetches what it does not hold. */
    expect_run(shop, "SELECT held, r FROM Lines.\"local\" WHERE pk = 'b' AND r = 'r7'",
        ",'ConsistentRead':true", "{'Items':[{'held':{'N':'7'},'r':{'S':'r7'}}]}");
    /* A Scan of an index filters by what it holds. */
    expect_run(shop, "SELECT sk FROM Lines.\"global\" WHERE data = 'd1'", "", "{'Items':[]}");
    EXPECT_WRONG(shop, "SELECT * FROM Lines.nope WHERE pk = 'a'",
        "The table does not have the specified index");
    EXPECT_WRONG(shop, "SELECT data, m.k FROM Lines.\"global\"",
        "One or more parameter values were invalid: Global secondary index global does not project "
        "[data, m]");
    EXPECT_WRONG(shop, "SELECT sk FROM Lines.\"global\" WHERE g = 'g0' AND (data = 'x' OR t = 'y')",
        "One or more parameter values were invalid: Secondary index global does not project one or "
        "more filter attributes: [data, t]");
    EXPECT_WRONG(shop, "SELECT sk FROM Lines.\"local\" WHERE pk = 'a' AND data = 'x'",
        "One or more parameter values were invalid: Secondary index local does not project one or "
        "more filter attributes: [data]");
    expect_refused(shop, "SELECT * FROM Lines.\"global\" WHERE g = 'g0'", ",'ConsistentRead':true",
        "ValidationException",
        "Strongly consistent read is not supported on Global Secondary Indexes");
}

static void rows_come_in_the_order_asked_for(void **state)
{
    struct shop *shop = *state;

    fill(shop);
    expect_keys(shop, "pk = 'a' ORDER BY sk DESC", "5 4 3 2 1");
    expect_keys(shop, "pk = 'a' ORDER BY sk", "1 2 3 4 5");
    expect_keys(shop, "pk = 'a' ORDER BY pk DESC, sk ASC", "1 2 3 4 5");
    expect_keys(shop, "pk = 'a' ORDER BY pk ASC", "5 4 3 2 1");
    EXPECT_WRONG(shop, "SELECT sk FROM Lines ORDER BY sk",
        "Must have WHERE clause in the statement when using ORDER BY clause.");
    EXPECT_WRONG(shop, "SELECT sk FROM Lines WHERE pk = 'a' ORDER BY held DESC",
        "Attribute held in ORDER BY clause must be part of the primary key");
    EXPECT_WRONG(shop, "SELECT sk FROM Lines WHERE pk > 'a' ORDER BY sk",
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER "
        "BY clause.");
}

/* Follows the pages; the keys of all of them, "|" between pages. */
static void expect_pages(struct shop *shop, const char *statement, const char *more,
    const char *expected)
{
    char token[512] = "", members[1024];
    struct buf all;
    int pages = 0;

    buf_init(&all, 4096);
    do {
        struct text next;

        snprintf(members, sizeof members, "%s%s%s%s", more, token[0] ? ",'NextToken':'" : "", token,
            token[0] ? "'" : "");
        run(shop, statement, members);
        assert_int_equal(shop->status, 200);
        buf_add_string(&all, pages > 0 ? "|" : "");
        buf_add_string(&all, keys(shop));
        next = json_string_member(answer_at(shop, ""), "NextToken");
        assert_true((next.data != NULL) == (answer_at(shop, "LastEvaluatedKey") != NULL));
        snprintf(token, sizeof token, "%.*s", (int)next.length, next.data ? next.data : "");
    } while (token[0] && ++pages < 20);
    assert_string_equal(buf_string(&all), expected);
    buf_done(&all);
}

static void several_hash_keys_are_read_one_after_the_other(void **state)
{
    struct shop *shop = *state;
    struct buf statement;

    fill(shop);
    expect_keys(shop, "pk IN ['b', 'a']", "6 7 8 1 2 3 4 5");
    expect_keys(shop, "pk IN ['none', 'a', 'a', 'x'] AND sk > 3", "4 5");
    expect_keys(shop, "pk = 'a' OR pk = 'b' OR pk IN ['a', 'c']", "1 2 3 4 5 6 7 8");
    expect_keys(shop, "(pk = 'a' OR pk = 'b') AND (sk = 2 OR held = 7)", "2 7");
    expect_keys(shop, "pk IN ['a', 'b'] AND pk = 'b'", "6 7 8");
    expect_keys(shop, "pk IN ['a', 'b'] AND pk IN ['b', 'c']", "6 7 8");
    expect_keys(shop, "NOT pk IN ['a']", "6 7 8");
    expect_keys(shop, "pk IN ['b', 'a'] ORDER BY pk DESC, sk ASC", "6 7 8 1 2 3 4 5");
    expect_keys(shop, "pk IN ['b', 'a'] ORDER BY pk, sk DESC", "5 4 3 2 1 8 7 6");
    expect_keys(shop, "pk IN ['b', 'a'] ORDER BY pk DESC", "8 7 6 5 4 3 2 1");
    expect_pages(shop, "SELECT sk FROM Lines WHERE pk IN ['b', 'none', 'a']", ",'Limit':3",
        "6 7 8|1 2 3|4 5");
    expect_pages(shop, "SELECT sk FROM Lines WHERE pk IN ['b', 'a'] ORDER BY pk DESC", ",'Limit':2",
        "8 7|6 5|4 3|2 1|");
    run(shop, "SELECT sk FROM Lines.\"global\" WHERE g IN ['g1', 'g0'] AND r < 'r4'", "");
    assert_string_equal(keys(shop), "1 3 2");
    EXPECT_WRONG(shop, "SELECT sk FROM Lines WHERE pk IN ['a', 1]",
        "Key attribute's data type should match its data type in table's schema: Key pk");
    EXPECT_WRONG(shop, "SELECT sk FROM Lines WHERE pk IN ['a', 'b'] ORDER BY sk",
        "Must have hash key in ORDER BY clause when more than one hash key condition specified in "
        "WHERE clause.");
    buf_init(&statement, 8192);
    for (int count = 50; count <= 51; count++) {
        buf_clear(&statement);
        buf_add_string(&statement, "SELECT sk FROM Lines WHERE pk IN ['b'");
        for (int i = 1; i < count; i++)
            buf_add_format(&statement, ", 'v%d'", i);
        buf_add_string(&statement, "]");
        if (count == 50) {
            run(shop, buf_string(&statement), "");
            assert_string_equal(keys(shop), "6 7 8");
        } else {
            EXPECT_WRONG(shop, buf_string(&statement),
                "Too many decomposed read operations for a given query.");
        }
    }
    buf_done(&statement);
}

static void pages_go_on_from_their_token(void **state)
{
    struct shop *shop = *state;
    char token[512], more[1024];
    struct text next;

    fill(shop);
    expect_pages(shop, "SELECT sk FROM Lines WHERE pk = 'a'", ",'Limit':2", "1 2|3 4|5");
    expect_pages(shop, "SELECT sk FROM Lines WHERE pk = 'a' ORDER BY sk DESC", ",'Limit':2",
        "5 4|3 2|1");
    /* The limit counts what is looked at. */
    expect_pages(shop, "SELECT sk FROM Lines WHERE pk = 'a' AND held = 4", ",'Limit':2", "|4|");
    expect_pages(shop, "SELECT sk FROM Lines WHERE pk = ?", ",'Parameters':[{'S':'b'}],'Limit':3",
        "6 7 8|");
    expect_pages(shop, "SELECT sk FROM Lines.\"global\" WHERE g = 'g1'", ",'Limit':3", "1 3 5|7");
    run(shop, "SELECT sk FROM Lines WHERE pk = ?", ",'Parameters':[{'S':'a'}],'Limit':1");
    assert_string_equal(keys(shop), "1");
    next = json_string_member(answer_at(shop, ""), "NextToken");
    snprintf(token, sizeof token, "%.*s", (int)next.length, next.data);
    snprintf(more, sizeof more, ",'Parameters':[{'S':'a'}],'Limit':4,'NextToken':'%s'", token);
    run(shop, "SELECT sk FROM Lines WHERE pk = ?", more);
    assert_string_equal(keys(shop), "2 3 4 5");
    expect_refused(shop, "SELECT sk  FROM Lines WHERE pk = ?", more, "ValidationException",
        "NextToken does not match request");
    snprintf(more, sizeof more, ",'Parameters':[{'S':'b'}],'Limit':4,'NextToken':'%s'", token);
    expect_refused(shop, "SELECT sk FROM Lines WHERE pk = ?", more, "ValidationException",
        "NextToken does not match request");
    expect_refused(shop, "SELECT sk FROM Lines", ",'NextToken':'nonsense!'", "ValidationException",
        "Invalid NextToken");
    expect_refused(shop, "SELECT sk FROM Lines", ",'NextToken':'AAAA'", "ValidationException",
        "Invalid NextToken");
    expect_refused(shop, "SELECT sk FROM Lines", ",'NextToken':''", "ValidationException",
        "1 validation error detected: Value '' at 'nextToken' failed to satisfy constraint: Member "
        "must have length greater than or equal to 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(statements_that_cannot_be_read_are_told, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(a_list_of_candidates_ends_at_100, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(members_of_a_request_are_checked, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(conditions_choose_items, open_partiql, close_partiql),
        cmocka_unit_test_setup_teardown(columns_are_named_after_the_end_of_their_paths,
            open_partiql, close_partiql),
        cmocka_unit_test_setup_teardown(equality_on_the_hash_key_makes_a_query, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(indexes_are_read_by_their_names, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(rows_come_in_the_order_asked_for, open_partiql,
            close_partiql),
        cmocka_unit_test_setup_teardown(several_hash_keys_are_read_one_after_the_other,
            open_partiql, close_partiql),
        cmocka_unit_test_setup_teardown(pages_go_on_from_their_token, open_partiql, close_partiql),
    };

    return cmocka_run_group_tests_name("tables_partiql", tests, NULL, NULL);
}
