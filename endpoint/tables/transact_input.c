#include "endpoint/tables/transact_input.h"

#include "base/json.h"
#include "endpoint/tables/attribute.h"
#include "endpoint/tables/echo.h"
#include "endpoint/tables/expressions.h"
#include "endpoint/tables/schema.h"

/* What an element of TransactItems can be. */
struct action_kind {
    const char *name, *member; /* as it is sent; as member errors spell it */
    const char *item;          /* Item or Key */
    const char *item_member;
    enum write_kind kind;
    unsigned expressions;
    const char *required; /* an expression that must be there, or NULL */
    const char *required_member;
};

static const struct action_kind write_kind_table[] = {
    {"ConditionCheck", "conditionCheck", "Key", "key", WRITE_DELETE, EXPRESSIONS_CONDITION,
        "ConditionExpression", "conditionExpression"},
    {"Put", "put", "Item", "item", WRITE_PUT, EXPRESSIONS_CONDITION, NULL, NULL},
    {"Delete", "delete", "Key", "key", WRITE_DELETE, EXPRESSIONS_CONDITION, NULL, NULL},
    {"Update", "update", "Key", "key", WRITE_UPDATE, EXPRESSIONS_UPDATE | EXPRESSIONS_CONDITION,
        "UpdateExpression", "updateExpression"},
    {.name = NULL},
};

static const struct action_kind read_kind_table[] = {
    {"Get", "get", "Key", "key", WRITE_DELETE, EXPRESSIONS_PROJECTION, NULL, NULL},
    {.name = NULL},
};

/* "transactItems.2.member.put.tableName" */
static const char *member_path(struct request *request, size_t at, const struct action_kind *kind,
    const char *member)
{
    const char *path = arena_format(request->arena, "transactItems.%zu.member.%s.%s", at + 1,
        kind->member, member);

    return path ? path : "transactItems";
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

static void check_name(struct request *request, struct text name, const char *member)
{
    bool arn = text_starts_with(name, TEXT("arn:"));
    size_t at = 0;

    if (!name.data) {
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(text_of(member)));
        return;
    }
    while (!arn && at < name.length && is_name_character(name.data[at]))
        at++;
    if (!arn && at < name.length)
        request_member(request, MESSAGE_MEMBER_PATTERN, ARGUMENTS(name, text_of(member)));
    if (name.length < 1)
        request_member(request, MESSAGE_MEMBER_SHORT, ARGUMENTS(name, text_of(member), TEXT("1")));
    if (name.length > (arn ? 1024 : 255))
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(name, text_of(member), arn ? TEXT("1024") : TEXT("255")));
}

static void check_action(struct request *request, size_t at, const struct action_kind *kind,
    const struct json *action)
{
    request_check_present(request, action, kind->item,
        member_path(request, at, kind, kind->item_member));
    if (kind->required)
        request_check_present(request, action, kind->required,
            member_path(request, at, kind, kind->required_member));
    check_name(request, request_text(action, "TableName"),
        member_path(request, at, kind, "tableName"));
    request_check_enum(request, action, "ReturnValuesOnConditionCheckFailure",
        member_path(request, at, kind, "returnValuesOnConditionCheckFailure"), "ALL_OLD, NONE");
}

/* Layer 1 of TransactItems. */
static void check_items(struct request *request, const struct json *list,
    const struct action_kind *kinds)
{
    size_t at = 0;

    if (!list)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("transactItems")));
    else if (list->count == 0)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(TEXT("[]"), TEXT("transactItems"), TEXT("1")));
    else if (list->count > TRANSACT_ACTIONS)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(echo_list(request,
                          kinds == read_kind_table ? "TransactGetItem" : "TransactWriteItem", list),
                TEXT("transactItems"), TEXT("100")));
    if (!list || list->count > TRANSACT_ACTIONS)
        return;
    for (const struct json *node = list->first; node; node = node->next, at++) {
        for (const struct action_kind *kind = kinds; kind->name; kind++) {
            const struct json *action = request_get(node, kind->name);

            if (action)
                check_action(request, at, kind, action);
            else if (kinds == read_kind_table)
                request_member(request, MESSAGE_MEMBER_NULL,
                    ARGUMENTS(text_of(
                        arena_format(request->arena, "transactItems.%zu.member.get", at + 1))));
        }
    }
}

/* Exactly one of them is there. */
static const struct action_kind *choose(struct request *request, const struct json *node,
    const struct action_kind *kinds)
{
    const struct action_kind *chosen = NULL;

    for (const struct action_kind *kind = kinds; kind->name; kind++) {
        if (!request_get(node, kind->name))
            continue;
        if (chosen) {
            request_fail(request, MESSAGE_TRANSACT_CHOICE, NULL);
            return NULL;
        }
        chosen = kind;
    }
    if (!chosen)
        request_fail(request, MESSAGE_TRANSACT_NOTHING, NULL);
    return chosen;
}

static size_t expressions_size(const struct json *action, const struct expressions *expressions)
{
    static const char *const member[] = {"ConditionExpression", "UpdateExpression",
        "ProjectionExpression"};
    const struct placeholders *placeholders = &expressions->placeholders;
    size_t size = placeholders->values ? value_item_size(placeholders->values) : 0;

    for (size_t i = 0; i < sizeof member / sizeof member[0]; i++)
        size += request_text(action, member[i]).length;
    if (placeholders->names)
        for (const struct json *name = placeholders->names->first; name; name = name->next)
            size += name->name.length + name->text.length;
    return size;
}

/* Layer 2 of one action. */
static bool read_action(struct request *request, const struct json *node,
    const struct action_kind *kinds, struct transact_action *out, size_t *size)
{
    const struct action_kind *kind = choose(request, node, kinds);
    const struct json *action = kind ? request_get(node, kind->name) : NULL;
    struct item_write *write = &out->write;
    const struct value *item = NULL;
    struct expressions expressions;

    if (!action || !expressions_prepare(request, action, kind->expressions, NULL, &expressions) ||
        !attribute_read_member(request, request_get(action, kind->item), &item) ||
        !expressions_parse(request, action, kind->expressions, &expressions))
        return false;
    out->sent = request_text(action, "TableName");
    out->check_only = kind == &write_kind_table[0];
    out->projection = expressions.projection;
    write->kind = kind->kind;
    write->condition = expressions.condition;
    write->update = expressions.update;
    write->item_on_failure =
        text_is(request_text(action, "ReturnValuesOnConditionCheckFailure"), "ALL_OLD");
    if (kind->kind == WRITE_PUT)
        write->item = item;
    else
        write->key_item = item; /* as sent; write_take_key keeps the key attributes alone */
    *size += value_item_size(item) + expressions_size(action, &expressions);
    if (kind->kind == WRITE_PUT && value_item_size(item) > TABLE_ITEM_SIZE)
        return request_fail(request, MESSAGE_ITEM_SIZE, NULL);
    return true;
}

static bool read_actions(struct request *request, const struct json *list,
    const struct action_kind *kinds, struct transaction *transaction)
{
    size_t at = 0, size = 0;

    for (const struct json *node = list->first; node; node = node->next)
        if (!read_action(request, node, kinds, &transaction->action[at++], &size))
            return false;
    return size <= TRANSACT_BYTES || request_fail(request, MESSAGE_TRANSACT_SIZE, NULL);
}

static const struct value *sent_item(const struct item_write *write)
{
    return write->kind == WRITE_PUT ? write->item : write->key_item;
}

/* Empty keys of the tables that are there, then those that are not. */
static bool find_tables(struct request *request, struct transaction *transaction)
{
    struct fault missing = {.set = false};

    for (size_t i = 0; i < transaction->count; i++) {
        struct transact_action *action = &transaction->action[i];
        struct item_write *write = &action->write;

        action->table = request_open_table(request, action->sent, MESSAGE_TABLE_MISSING);
        write->table = action->table;
        if (!action->table) {
            if (request->fault.id == MESSAGE_NO_MEMORY || request->fault.id == MESSAGE_REQUEST_SIZE)
                return false;
            if (!missing.set)
                missing = request->fault;
            request->fault = (struct fault){.set = false};
        } else if (!schema_check_key_values(request, action->table, sent_item(write),
                       write->kind == WRITE_PUT) ||
                   !schema_check_set_values(request, action->table, write->update)) {
            return false;
        }
    }
    request->fault = missing;
    return !missing.set;
}

static bool is_complete_key(const struct key_schema *key, const struct value *item)
{
    for (size_t i = 0; i < key_count(key); i++) {
        const struct value *value = value_get(item, key->attribute[i].name);

        if (!value || value->type != key->attribute[i].type)
            return false;
    }
    return true;
}

static bool take_keys(struct request *request, struct transaction *transaction)
{
    for (size_t i = 0; i < transaction->count; i++) {
        struct item_write *write = &transaction->action[i].write;
        const struct value *item = sent_item(write);

        if (!is_complete_key(&write->table->key, item))
            continue; /* refused once it is known that all targets are distinct */
        write->key = schema_key_bytes(&write->table->key, item, request->arena);
        if (!write->key.data)
            return request_exhausted(request);
    }
    return transact_check_distinct(request, transaction);
}

static bool check_schema(struct request *request, struct transact_action *action)
{
    struct item_write *write = &action->write;

    if (write->kind == WRITE_PUT)
        return schema_check_item(request, action->table, write->item) &&
               write_take_key(request, write, write->item) && write_take_item(request, write);
    return schema_check_key(request, action->table, write->key_item) &&
           schema_check_update_paths(request, action->table, write->update) &&
           schema_check_paths(request, action->table, NULL, action->projection) &&
           write_take_key(request, write, write->key_item);
}

struct transaction *transact_read_input(struct request *request, bool writes)
{
    const struct action_kind *kinds = writes ? write_kind_table : read_kind_table;
    const struct json *list = request_get(request->body, "TransactItems");
    struct transaction *transaction;

    check_items(request, list, kinds);
    if (!request_members_hold(request))
        return NULL;
    transaction = transact_new(request, list->count);
    if (!transaction || !read_actions(request, list, kinds, transaction) ||
        !find_tables(request, transaction) || !take_keys(request, transaction) ||
        !transact_collect_tables(request, transaction))
        return NULL;
    for (size_t i = 0; i < transaction->count; i++)
        if (!check_schema(request, &transaction->action[i])) {
            transact_cancel(request, transaction, i);
            return NULL;
        }
    return transaction;
}
