#include "endpoint/tables/operations.h"
#include "endpoint/tables/shapes.h"
#include "tests/unit/tables_support.h"

/*
 * SerializationException (tables.md 1.4): every JSON type at every place of every operation. What
 * is expected stands in a table of its own; the places come from the shapes.
 */
enum { LITERAL_COUNT = 9, DEPTH_LIMIT = 9 };

static const char *const literal_table[LITERAL_COUNT] = {"true", "false", "12", "-1.5", "'text'",
    "'YES'", "[]", "{}", "null"};

#define OK NULL
#define MODEL "com.amazonaws.dynamodb.v20120810."
#define TO_STRING " cannot be converted to String"
#define STRUCTURE "Start of structure or map found where not expected"
#define CLASS "Unrecognized collection type class "

/* %: the name of the shape; *: any other answer than a SerializationException. */
struct expectation {
    enum shape_kind kind;
    const char *message[LITERAL_COUNT];
};

static const struct expectation expectation_table[] = {
    {SHAPE_STRING, {"TRUE_VALUE" TO_STRING, "FALSE_VALUE" TO_STRING, "NUMBER_VALUE" TO_STRING,
                       "DECIMAL_VALUE" TO_STRING, OK, OK, CLASS "java.lang.String", STRUCTURE, OK}},
    {SHAPE_BOOLEAN,
        {OK, OK, "NUMBER_VALUE cannot be converted to Boolean",
            "DECIMAL_VALUE cannot be converted to Boolean", "Unexpected token received from parser",
            OK, CLASS "java.lang.Boolean", STRUCTURE, OK}},
    {SHAPE_INTEGER,
        {"TRUE_VALUE cannot be converted to Integer", "FALSE_VALUE cannot be converted to Integer",
            OK, OK, "STRING_VALUE cannot be converted to Integer",
            "STRING_VALUE cannot be converted to Integer", CLASS "java.lang.Integer", STRUCTURE,
            OK}},
    {SHAPE_LONG,
        {"TRUE_VALUE cannot be converted to Long", "FALSE_VALUE cannot be converted to Long", OK,
            OK, "STRING_VALUE cannot be converted to Long",
            "STRING_VALUE cannot be converted to Long", CLASS "java.lang.Long", STRUCTURE, OK}},
    {SHAPE_DATE,
        {"TRUE_VALUE cannot be converted to Date", "FALSE_VALUE cannot be converted to Date", OK,
            OK, "STRING_VALUE cannot be converted to Date",
            "STRING_VALUE cannot be converted to Date", CLASS "java.util.Date", STRUCTURE, OK}},
    {SHAPE_BLOB, {"only base-64-encoded strings are convertible to bytes",
                     "only base-64-encoded strings are convertible to bytes",
                     "only base-64-encoded strings are convertible to bytes",
                     "only base-64-encoded strings are convertible to bytes", OK,
                     "Base64 encoded length is expected a multiple of 4 bytes but found: 3",
                     CLASS "java.nio.ByteBuffer", STRUCTURE, OK}},
    {SHAPE_LIST, {"Unexpected field type", "Unexpected field type", "Unexpected field type",
                     "Unexpected field type", "Unexpected field type", "Unexpected field type", OK,
                     STRUCTURE, OK}},
    {SHAPE_MAP, {"Unexpected field type", "Unexpected field type", "Unexpected field type",
                    "Unexpected field type", "Unexpected field type", "Unexpected field type",
                    "Unrecognized collection type java.util.Map<java.lang.String, %>", OK, OK}},
    {SHAPE_STRUCTURE, {"Unexpected field type", "Unexpected field type", "Unexpected field type",
                          "Unexpected field type", "Unexpected field type", "Unexpected field type",
                          CLASS "%", OK, OK}},
    {SHAPE_VALUE, {"Unexpected value type in payload", "Unexpected value type in payload",
                      "Unexpected value type in payload", "Unexpected value type in payload",
                      "Unexpected value type in payload", "Unexpected value type in payload",
                      CLASS "%", OK, OK}},
};

static const struct shape_member value_member_table[] = {
    {"S", &(const struct shape){.kind = SHAPE_STRING}},
    {"N", &(const struct shape){.kind = SHAPE_STRING}},
    {"B", &(const struct shape){.kind = SHAPE_BLOB}},
    {"BOOL", &(const struct shape){.kind = SHAPE_BOOLEAN}},
    {"NULL", &(const struct shape){.kind = SHAPE_BOOLEAN}},
    {"SS", &(const struct shape){.kind = SHAPE_LIST,
               .of = &(const struct shape){.kind = SHAPE_STRING}}},
    {"NS", &(const struct shape){.kind = SHAPE_LIST,
               .of = &(const struct shape){.kind = SHAPE_STRING}}},
    {"BS",
        &(const struct shape){.kind = SHAPE_LIST, .of = &(const struct shape){.kind = SHAPE_BLOB}}},
    {NULL, NULL},
};

struct walker {
    struct shop *shop;
    const char *operation;
    struct buf path; /* '"a":[' */
    size_t depth;
    const char *closing[DEPTH_LIMIT + 1];
    bool in_element;
    unsigned count;
};

static const char *find_expected(const struct walker *walker, const struct shape *shape,
    int literal)
{
    /* An element that is a structure is told like a value. */
    if (shape->kind == SHAPE_STRUCTURE && walker->in_element && literal < 6)
        return "Unexpected value type in payload";
    for (size_t i = 0; i < sizeof expectation_table / sizeof expectation_table[0]; i++)
        if (expectation_table[i].kind == shape->kind)
            return expectation_table[i].message[literal];
    fail_msg("a shape without expectations");
    return OK;
}

static void add_expected(struct buf *out, const char *expected, const struct shape *shape)
{
    const char *name = shape->name;

    for (; *expected; expected++)
        if (*expected == '%')
            buf_add_string(out, name);
        else
            buf_add_char(out, *expected);
}

static void try_literal(struct walker *walker, const struct shape *shape, int literal)
{
    struct shop *shop = walker->shop;
    const char *expected = find_expected(walker, shape, literal);
    const struct json *said, *type;
    struct buf message;

    buf_clear(&shop->request);
    add_quoted(&shop->request, buf_string(&walker->path));
    add_quoted(&shop->request, literal_table[literal]);
    for (size_t i = walker->depth; i > 0; i--)
        buf_add_string(&shop->request, walker->closing[i - 1]);
    send_request(shop, walker->operation);
    walker->count++;
    type = json_member(answer_at(shop, ""), "__type");
    if (shop->status != 200 && shop->status != 400)
        fail_msg("%s %s: %s", walker->operation, buf_string(&shop->request),
            buf_string(&shop->answer));
    if (!expected) {
        if (type && text_ends_with(type->text, TEXT("#SerializationException")))
            fail_msg("%s %s: %s", walker->operation, buf_string(&shop->request),
                buf_string(&shop->answer));
        return;
    }
    buf_init(&message, 1024);
    add_expected(&message, expected, shape);
    said = json_member(answer_at(shop, ""), "Message");
    if (!said || !type || !text_equal(said->text, buf_view(&message)) ||
        !text_is(type->text, "com.amazon.coral.service#SerializationException"))
        fail_msg("%s %s:\nwanted %s\n   got %s", walker->operation, buf_string(&shop->request),
            buf_string(&message), buf_string(&shop->answer));
    buf_done(&message);
}

static void walk(struct walker *walker, const struct shape *shape, bool in_element);

static void descend(struct walker *walker, const char *opening, const char *closing,
    const struct shape *shape, bool in_element)
{
    size_t length = walker->path.length;

    if (walker->depth == DEPTH_LIMIT)
        return;
    buf_add_string(&walker->path, opening);
    walker->closing[walker->depth++] = closing;
    walk(walker, shape, in_element);
    walker->depth--;
    buf_cut(&walker->path, length);
}

static void walk_members(struct walker *walker, const struct shape_member *member)
{
    char opening[128];

    for (; member->name; member++) {
        snprintf(opening, sizeof opening, "{'%s':", member->name);
        descend(walker, opening, "}", member->shape, false);
    }
}

static void walk(struct walker *walker, const struct shape *shape, bool in_element)
{
    walker->in_element = in_element;
    if (walker->depth > 0) /* the body itself is another matter */
        for (int literal = 0; literal < LITERAL_COUNT; literal++)
            try_literal(walker, shape, literal);
    switch (shape->kind) {
    case SHAPE_LIST:
        descend(walker, "[", "]", shape->of, true);
        break;
    case SHAPE_MAP:
        descend(walker, "{'key':", "}", shape->of, true);
        break;
    case SHAPE_STRUCTURE:
        walk_members(walker, shape->member);
        break;
    case SHAPE_VALUE:
        walk_members(walker, value_member_table);
        break;
    case SHAPE_STRING:
    case SHAPE_BOOLEAN:
    case SHAPE_INTEGER:
    case SHAPE_LONG:
    case SHAPE_DATE:
    case SHAPE_BLOB:
        break;
    }
}

static void every_type_at_every_place_has_its_sentence(void **state)
{
    const struct operation *operation;
    struct walker walker = {0};
    struct shop shop;

    shop_open(&shop, true);
    walker.shop = &shop;
    buf_init(&walker.path, 4096);
    for (size_t i = 0; (operation = operation_nth(i)); i++) {
        walker.operation = operation->name;
        walk(&walker, operation->shape, false);
    }
    print_message("%u places and types\n", walker.count);
    assert_true(walker.count > 5000);
    buf_done(&walker.path);
    shop_close(&shop);
    (void)state;
}

static void open_books(struct shop *shop)
{
    shop_open(shop, true);
    call(shop, "CreateTable", "%s",
        "{'TableName':'books','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
        "{'AttributeName':'id','AttributeType':'S'}],'KeySchema':["
        "{'AttributeName':'id','KeyType':'HASH'}]}");
    assert_int_equal(shop->status, 200);
}

static void what_is_not_an_object_is_refused_without_a_sentence(void **state)
{
    static const char *const body_table[] = {"", "null", "[]", "1", "'x'", "true", "{", "{'a':}",
        "{} {}", "{'a':1,}", "{'a':01}", "\xef\xbb\xbf{}", "{'a':'\xff'}", "{'a':'\t'}",
        "{'a':'\\ud800'}", "nul", "{'TableName':'books'}x"};
    struct shop shop;

    open_books(&shop);
    for (size_t i = 0; i < sizeof body_table / sizeof body_table[0]; i++) {
        call(&shop, "Scan", "%s", body_table[i]);
        if (strcmp(buf_string(&shop.answer),
                "{\"__type\":\"com.amazon.coral.service#SerializationException\"}") != 0 ||
            shop.status != 400)
            fail_msg("%s: %s", body_table[i], buf_string(&shop.answer));
    }
    EXPECT_CALL(&shop, "Scan", " {'TableName':'books'}\n",
        "{'Items':[],'Count':0,'ScannedCount':0}");
    shop_close(&shop);
    (void)state;
}

static void depth_is_bounded_and_does_not_hang(void **state)
{
    static const size_t depth_table[] = {1023, 1024, 100000};
    struct shop shop;

    open_books(&shop);
    for (size_t i = 0; i < 3; i++) {
        size_t depth = depth_table[i];

        buf_clear(&shop.request);
        buf_add_string(&shop.request, "{\"TableName\":\"books\",\"Unknown\":");
        buf_add_repeat(&shop.request, '[', depth);
        buf_add_repeat(&shop.request, ']', depth);
        buf_add_char(&shop.request, '}');
        send_request(&shop, "Scan");
        if (depth < 1024)
            expect(&shop, "{'Items':[],'Count':0,'ScannedCount':0}");
        else
            assert_string_equal(buf_string(&shop.answer),
                "{\"__type\":\"com.amazon.coral.service#SerializationException\"}");
    }
    shop_close(&shop);
    (void)state;
}

static void decimals_are_floored_and_words_are_booleans(void **state)
{
    struct shop shop;

    open_books(&shop);
    EXPECT_CALL(&shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'a'},'b':{'BOOL':'YES'},'c':{'BOOL':'0'},"
        "'n':{'NULL':'true'}}}",
        "{}");
    EXPECT_INVALID(&shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'a'},'n':{'NULL':'false'}}}",
        "1 validation error detected: One or more parameter values were invalid: Null attribute "
        "value types must have the value of true");
    EXPECT_CALL(&shop, "GetItem",
        "{'TableName':'books','Key':{'id':{'S':'a'}},'ConsistentRead':'1',"
        "'ReturnConsumedCapacity':'TOTAL'}",
        "{'Item':{'b':{'BOOL':true},'c':{'BOOL':false},'id':{'S':'a'},'n':{'NULL':true}},"
        "'ConsumedCapacity':{'TableName':'books','CapacityUnits':1.0}}");
    EXPECT_CALL(&shop, "Scan", "{'TableName':'books','Limit':1.9,'Select':'COUNT'}",
        "{'Count':1,'ScannedCount':1,'LastEvaluatedKey':{'id':{'S':'a'}}}");
    EXPECT_INVALID(&shop, "Scan", "{'TableName':'books','Limit':0.9}",
        "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member "
        "must have value greater than or equal to 1");
    EXPECT_INVALID(&shop, "Scan", "{'TableName':'books','Limit':-0.5}",
        "1 validation error detected: Value '-1' at 'limit' failed to satisfy constraint: Member "
        "must have value greater than or equal to 1");
    EXPECT_CALL(&shop, "Scan", "{'TableName':'books','Limit':1e3,'Select':'COUNT'}",
        "{'Count':1,'ScannedCount':1}");
    shop_close(&shop);
    (void)state;
}

static void the_last_of_equal_names_wins(void **state)
{
    struct shop shop;

    open_books(&shop);
    EXPECT_CALL(&shop, "PutItem",
        "{'TableName':'other','TableName':'books','Item':{'id':{'S':'x'}},"
        "'Item':{'id':{'S':'a'},'v':{'N':'1'},'v':{'S':'a','S':'b'}}}",
        "{}");
    EXPECT_CALL(&shop, "BatchGetItem",
        "{'RequestItems':{'books':{'Keys':[{'id':{'S':'x'}}]},"
        "'books':{'Keys':[{'id':{'S':'a'},'id':{'S':'a'}}]}}}",
        "{'Responses':{'books':[{'id':{'S':'a'},'v':{'S':'b'}}]},'UnprocessedKeys':{}}");
    EXPECT_CALL(&shop, "GetItem",
        "{'TableName':'books','Key':{'id':{'S':'a'}},'ProjectionExpression':'#v',"
        "'ExpressionAttributeNames':{'#v':'id','#v':'v'}}",
        "{'Item':{'v':{'S':'b'}}}");
    EXPECT_CALL(&shop, "BatchWriteItem",
        "{'RequestItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'first'}}}}],"
        "'books':[{'PutRequest':{'Item':{'id':{'S':'last'}}}}]}}",
        "{'UnprocessedItems':{}}");
    EXPECT_CALL(&shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'first'}}}", "{}");
    EXPECT_CALL(&shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'last'}}}",
        "{'Item':{'id':{'S':'last'}}}");
    shop_close(&shop);
    (void)state;
}

static void nul_and_every_other_character_live_in_strings_and_names(void **state)
{
    struct shop shop;

    open_books(&shop);
    EXPECT_CALL(&shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'a\\u0000b'},'\\u0000':{'S':'\\ud83d\\ude00'}}}",
        "{}");
    EXPECT_CALL(&shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'a\\u0000b'}}}",
        "{'Item':{'\\u0000':{'S':'\xf0\x9f\x98\x80'},'id':{'S':'a\\u0000b'}}}");
    EXPECT_CALL(&shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'a'}}}", "{}");
    shop_close(&shop);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_at_every_place_has_its_sentence),
        cmocka_unit_test(what_is_not_an_object_is_refused_without_a_sentence),
        cmocka_unit_test(depth_is_bounded_and_does_not_hang),
        cmocka_unit_test(decimals_are_floored_and_words_are_booleans),
        cmocka_unit_test(the_last_of_equal_names_wins),
        cmocka_unit_test(nul_and_every_other_character_live_in_strings_and_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
