#ifndef TESTS_UNIT_PARTIQL_SUPPORT_H
#define TESTS_UNIT_PARTIQL_SUPPORT_H

#include "tests/unit/tables_support.h"

/* Statements are written as they are; the other members of a request with ' for ". */

/* more: ",'Limit':1" or "" */
static inline const char *run(struct shop *shop, const char *statement, const char *more)
{
    buf_clear(&shop->request);
    buf_add_string(&shop->request, "{\"Statement\":");
    json_add_string(&shop->request, text_of(statement));
    add_quoted(&shop->request, more);
    buf_add_char(&shop->request, '}');
    return send_request(shop, "ExecuteStatement");
}

/* {"member": [{"Statement": ..}, ..]} with what stands behind each; the list ends with NULL. */
static inline const char *run_list(struct shop *shop, const char *operation, const char *member,
    const char *const *statement, const char *more)
{
    buf_clear(&shop->request);
    buf_add_format(&shop->request, "{\"%s\":[", member);
    for (size_t i = 0; statement[i]; i += 2) {
        buf_add_string(&shop->request, i > 0 ? ",{\"Statement\":" : "{\"Statement\":");
        json_add_string(&shop->request, text_of(statement[i]));
        add_quoted(&shop->request, statement[i + 1]);
        buf_add_char(&shop->request, '}');
    }
    buf_add_char(&shop->request, ']');
    add_quoted(&shop->request, more);
    buf_add_char(&shop->request, '}');
    return send_request(shop, operation);
}

#define STATEMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline void expect_run(struct shop *shop, const char *statement, const char *more,
    const char *answer)
{
    run(shop, statement, more);
    if (shop->status != 200 || strcmp(buf_string(&shop->answer), wanted(shop, answer)) != 0)
        fail_msg("%s\n  wanted %s\n  got    %s", statement, wanted(shop, answer),
            buf_string(&shop->answer));
}

static inline void expect_refused(struct shop *shop, const char *statement, const char *more,
    const char *type, const char *message)
{
    const struct json *json;
    struct text said;

    run(shop, statement, more);
    json = answer_at(shop, "");
    said = json_string_member(json, "message");
    if (shop->status != 400 || !text_ends_with(json_string_member(json, "__type"), text_of(type)) ||
        !text_equal(said, text_of(message)))
        fail_msg("%s\n  wanted %s: %s\n  got    %s", statement, type, message,
            buf_string(&shop->answer));
}

#define EXPECT_WRONG(shop, statement, message)                                                     \
    expect_refused(shop, statement, "", "ValidationException", message)

#define FORM "Statement wasn't well formed, can't be processed: "

static inline void make_partiql_tables(struct shop *shop)
{
    call(shop, "CreateTable", "%s",
        "{'TableName':'Lines','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
        "{'AttributeName':'pk','AttributeType':'S'},{'AttributeName':'sk','AttributeType':'N'},"
        "{'AttributeName':'g','AttributeType':'S'},{'AttributeName':'r','AttributeType':'S'},"
        "{'AttributeName':'g2','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'},"
        "{'AttributeName':'sk','KeyType':'RANGE'}],'LocalSecondaryIndexes':["
        "{'IndexName':'local','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'},"
        "{'AttributeName':'r','KeyType':'RANGE'}],'Projection':{'ProjectionType':'KEYS_ONLY'}}],"
        "'GlobalSecondaryIndexes':[{'IndexName':'global','KeySchema':["
        "{'AttributeName':'g','KeyType':'HASH'},{'AttributeName':'r','KeyType':'RANGE'}],"
        "'Projection':{'ProjectionType':'INCLUDE','NonKeyAttributes':['held']}},"
        "{'IndexName':'many','KeySchema':[{'AttributeName':'g','KeyType':'HASH'},"
        "{'AttributeName':'g2','KeyType':'HASH'},{'AttributeName':'r','KeyType':'RANGE'}],"
        "'Projection':{'ProjectionType':'ALL'}}]}");
    assert_int_equal(shop->status, 200);
    call(shop, "CreateTable", "%s",
        "{'TableName':'Music','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
        "{'AttributeName':'id','AttributeType':'S'}],'KeySchema':[{'AttributeName':'id',"
        "'KeyType':'HASH'}]}");
    assert_int_equal(shop->status, 200);
}

static inline int open_partiql(void **state)
{
    static struct shop shop;

    shop_open(&shop, true);
    make_partiql_tables(&shop);
    *state = &shop;
    return 0;
}

static inline int close_partiql(void **state)
{
    shop_close(*state);
    return 0;
}

#endif
