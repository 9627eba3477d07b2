#include "tests/unit/tables_support.h"

/*
 * Seeded random transactions over two tables with indexes against a model in memory: the verdict
 * on every action, and after each round what is there, the indexes and the totals. Sometimes the
 * last transaction is sent again with its token, sometimes the service starts anew in between.
 */
enum { KEYS = 12, TABLES = 2, ITEMS = KEYS * TABLES, ACTIONS = 8, STEPS = 1500, ROUND = 50 };

struct model_item {
    bool there;
    int number, group; /* attributes n and g */
};

enum action_kind { ACTION_PUT, ACTION_UPDATE, ACTION_DELETE, ACTION_CHECK, ACTION_BROKEN };
enum condition_kind { ANY, EXISTS, ABSENT, ABOVE }; /* ABOVE: n > limit */

struct action {
    enum action_kind kind;
    enum condition_kind condition;
    int item, number, group, limit;
};

static struct model_item model[ITEMS];
static uint64_t seed;

static int roll(int sides)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((seed >> 33) % (unsigned)sides);
}

static const char *table_of(int item)
{
    return item < KEYS ? "left" : "right";
}

static bool holds(const struct action *action)
{
    const struct model_item *item = &model[action->item];

    switch (action->condition) {
    case ANY:
        return true;
    case EXISTS:
        return item->there;
    case ABSENT:
        return !item->there;
    case ABOVE:
        return item->there && item->number > action->limit;
    }
    return false;
}

static const char *verdict(const struct action *action)
{
    if (!holds(action))
        return "ConditionalCheckFailed";
    return action->kind == ACTION_BROKEN ? "ValidationError" : "None";
}

static void apply(const struct action *action)
{
    struct model_item *item = &model[action->item];

    switch (action->kind) {
    case ACTION_PUT:
        *item = (struct model_item){true, action->number, action->group};
        break;
    case ACTION_UPDATE:
        if (!item->there)
            *item = (struct model_item){.there = true};
        item->number += action->number;
        item->group = action->group;
        break;
    case ACTION_DELETE:
        item->there = false;
        break;
    case ACTION_CHECK:
    case ACTION_BROKEN:
        break;
    }
}

static struct action random_action(int item)
{
    struct action action = {.item = item,
        .kind = (enum action_kind)roll(4),
        .condition = roll(3) ? ANY : (enum condition_kind)roll(4),
        .number = roll(9) - 4,
        .group = roll(3),
        .limit = roll(9) - 4};

    if (roll(40) == 0)
        action.kind = ACTION_BROKEN;
    if (action.kind == ACTION_CHECK && action.condition == ANY)
        action.condition = model[item].there ? EXISTS : ABSENT;
    return action;
}

static void add_action(struct buf *out, const struct action *action)
{
    static const char *const name[] = {[ACTION_PUT] = "Put",
        [ACTION_UPDATE] = "Update",
        [ACTION_DELETE] = "Delete",
        [ACTION_CHECK] = "ConditionCheck",
        [ACTION_BROKEN] = "Update"};
    static const char *const condition[] = {[EXISTS] = "attribute_exists(id)",
        [ABSENT] = "attribute_not_exists(id)",
        [ABOVE] = "n > :limit"};
    bool update = action->kind == ACTION_UPDATE;

    buf_add_format(out, "{'%s':{'TableName':'%s',", name[action->kind], table_of(action->item));
    if (action->kind == ACTION_PUT)
        buf_add_format(out, "'Item':{'id':{'S':'k%d'},'n':{'N':'%d'},'g':{'S':'g%d'}}",
            action->item % KEYS, action->number, action->group);
    else
        buf_add_format(out, "'Key':{'id':{'S':'k%d'}}", action->item % KEYS);
    if (update)
        buf_add_string(out, ",'UpdateExpression':'SET g = :g ADD n :n'");
    if (action->kind == ACTION_BROKEN)
        buf_add_string(out, ",'UpdateExpression':'SET a.b = id'");
    if (action->condition != ANY)
        buf_add_format(out, ",'ConditionExpression':'%s'", condition[action->condition]);
    if (update || action->condition == ABOVE)
        buf_add_string(out, ",'ExpressionAttributeValues':{");
    if (update)
        buf_add_format(out, "':n':{'N':'%d'},':g':{'S':'g%d'}", action->number, action->group);
    if (action->condition == ABOVE)
        buf_add_format(out, "%s':limit':{'N':'%d'}", update ? "," : "", action->limit);
    buf_add_string(out, update || action->condition == ABOVE ? "}}}" : "}}");
}

/* Distinct items in random order. */
static int random_actions(struct action *action)
{
    int order[ITEMS], count = 1 + roll(ACTIONS);

    for (int i = 0; i < ITEMS; i++)
        order[i] = i;
    for (int i = 0; i < count; i++) {
        int other = i + roll(ITEMS - i), item = order[other];

        order[other] = order[i];
        order[i] = item;
        action[i] = random_action(item);
    }
    return count;
}

static void check_verdicts(struct shop *shop, const struct action *action, int count)
{
    const struct json *reason;
    bool all = true;

    for (int i = 0; i < count; i++)
        all = all && strcmp(verdict(&action[i]), "None") == 0;
    if (all) {
        expect(shop, "{}");
        for (int i = 0; i < count; i++)
            apply(&action[i]);
        return;
    }
    assert_int_equal(shop->status, 400);
    reason = answer_at(shop, "CancellationReasons")->first;
    for (int i = 0; i < count; i++, reason = reason->next)
        assert_true(text_is(json_string_member(reason, "Code"), verdict(&action[i])));
    assert_null(reason);
}

static void check_items(struct shop *shop)
{
    for (int i = 0; i < ITEMS; i++) {
        const struct model_item *item = &model[i];
        char text[256];

        snprintf(text, sizeof text, "{'Item':{'g':{'S':'g%d'},'id':{'S':'k%d'},'n':{'N':'%d'}}}",
            item->group, i % KEYS, item->number);
        call(shop, "GetItem", "{'TableName':'%s','Key':{'id':{'S':'k%d'}}}", table_of(i), i % KEYS);
        expect(shop, item->there ? text : "{}");
    }
}

static void check_table(struct shop *shop, int first)
{
    int total = 0;

    for (int group = 0; group < 3; group++) {
        int count = 0;

        for (int i = first; i < first + KEYS; i++)
            count += model[i].there && model[i].group == group;
        total += count;
        call(shop, "Query",
            "{'TableName':'%s','IndexName':'by-g','KeyConditionExpression':'g = :g',"
            "'ExpressionAttributeValues':{':g':{'S':'g%d'}},'Select':'COUNT'}",
            table_of(first), group);
        assert_int_equal(answer_integer(shop, "Count"), count);
    }
    call(shop, "DescribeTable", "{'TableName':'%s'}", table_of(first));
    assert_int_equal(json_integer_member(answer_at(shop, "Table"), "ItemCount", -1), total);
}

static void check_everything(struct shop *shop)
{
    check_items(shop);
    check_table(shop, 0);
    check_table(shop, KEYS);
}

static void random_transactions_do_what_the_model_does(void **state)
{
    struct action action[ACTIONS];
    struct buf items;
    struct shop shop;

    seed = 20261122;
    memset(model, 0, sizeof model);
    shop_open(&shop, false);
    buf_init(&items, 64 * 1024);
    for (int i = 0; i < ITEMS; i += KEYS) {
        call(&shop, "CreateTable",
            "{'TableName':'%s','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
            "{'AttributeName':'id','AttributeType':'S'},{'AttributeName':'g','AttributeType':'S'},"
            "{'AttributeName':'n','AttributeType':'N'}],'KeySchema':["
            "{'AttributeName':'id','KeyType':'HASH'}],'GlobalSecondaryIndexes':[{"
            "'IndexName':'by-g','KeySchema':[{'AttributeName':'g','KeyType':'HASH'},"
            "{'AttributeName':'n','KeyType':'RANGE'}],'Projection':{'ProjectionType':'ALL'}}]}",
            table_of(i));
        assert_int_equal(shop.status, 200);
    }
    for (int step = 1; step <= STEPS; step++) {
        int count = random_actions(action);

        buf_clear(&items);
        for (int i = 0; i < count; i++) {
            buf_add_string(&items, i ? "," : "");
            add_action(&items, &action[i]);
        }
        call(&shop, "TransactWriteItems", "{'ClientRequestToken':'%d','TransactItems':[%s]}", step,
            buf_string(&items));
        check_verdicts(&shop, action, count);
        if (shop.status == 200 && roll(5) == 0) {
            call(&shop, "TransactWriteItems", "{'TransactItems':[%s],'ClientRequestToken':'%d'}",
                buf_string(&items), step);
            expect(&shop, "{}");
        }
        if (step % ROUND == 0)
            check_everything(&shop);
        if (step % (10 * ROUND) == 0) {
            shop_stop(&shop);
            shop_start(&shop);
            check_everything(&shop);
        }
    }
    buf_done(&items);
    shop_close(&shop);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_transactions_do_what_the_model_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
