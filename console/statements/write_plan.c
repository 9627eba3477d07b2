#include "console/statements/write.h"

#include <string.h>

#include "base/json.h"
#include "base/map.h"
#include "client/service.h"
#include "console/language/marker.h"
#include "console/language/planner_match.h"
#include "console/transaction.h"
#include "console/undo.h"

enum { ITEM_BYTES_PER_UNIT = 1024, REQUEST_LIMIT = 16 << 20 };

struct planning {
    struct job *job;
    const struct write *write;
    struct write_plan *out;
    struct plan *plan;
    struct error *err;
};

static bool fail_memory(struct planning *planning)
{
    arena_failed(planning->job->arena, planning->err);
    return false;
}

static bool fail_place(struct planning *planning)
{
    if (planning->err->line == 0) {
        planning->err->line = planning->write->table.token.line;
        planning->err->column = planning->write->table.token.column;
    }
    return false;
}

const struct value *write_item_key(struct arena *arena, const struct catalog_table *table,
    const struct value *item, struct error *err)
{
    struct value *key = value_new_container(arena, VALUE_M, table->key_count);

    if (!key) {
        arena_failed(arena, err);
        return NULL;
    }
    for (size_t i = 0; i < table->key_count; i++) {
        const struct value *part = value_get_string(item, table->key[i].name);

        if (!part) {
            error_set(err, ERROR_INVALID, "the item has no key attribute %s", table->key[i].name);
            return NULL;
        }
        part = planner_fit(arena, &table->key[i], part, err);
        if (!part)
            return NULL;
        key->name[key->count] = text_of(table->key[i].name);
        key->element[key->count++] = *part;
    }
    value_sort(key);
    return key;
}

/* One item without its key is a slip, or many were meant: the words for many are named. */
static void refuse_unbound(struct planning *planning, const char *missing)
{
    const struct write *write = planning->write;
    const char *verb = "UPDATE", *many = "say UPDATE MANY for several items, or ";

    if (write->verb == WRITE_UPSERT) {
        verb = "UPSERT";
        many = "";
    } else if (write->verb == WRITE_DELETE) {
        verb = "DELETE";
        many = write->where ? "say DELETE MANY for several items, or "
                            : "say DELETE MANY or TRUNCATE for all of them, or ";
    }
    plan_refuse(planning->plan, ERROR_REFUSED,
        arena_format(planning->job->arena, "%s%s = .. for one", many, missing),
        "%s writes one item, and its key is not bound: %s is missing", verb, missing);
}

/* The key from WHERE; what is not part of it stays as a condition (P18). */
static bool bind_where(struct planning *planning)
{
    struct write_plan *out = planning->out;
    struct arena *arena = planning->job->arena;
    const struct catalog_table *table = out->table;
    struct conjuncts conjuncts;
    struct value *key = value_new_container(arena, VALUE_M, table->key_count);

    if (!key)
        return fail_memory(planning);
    if (!planner_split(arena, table, planning->write->where, &conjuncts, planning->err))
        return false;
    for (size_t i = 0; i < table->key_count; i++) {
        struct conjunct *equal = planner_find_test(&conjuncts, table->key[i].name, TEST_EQ);

        if (!equal) {
            refuse_unbound(planning, table->key[i].name);
            out->key = key;
            return true;
        }
        equal->used = true;
        key->name[key->count] = text_of(table->key[i].name);
        key->element[key->count++] = *equal->low;
    }
    value_sort(key);
    out->key = key;
    if (!planner_rest(arena, &conjuncts, &out->condition, planning->err))
        return false;
    if (planning->write->verb == WRITE_UPSERT && out->condition) {
        error_set(planning->err, ERROR_USAGE, "UPSERT takes no WHERE beyond the key; say IF");
        return false;
    }
    return true;
}

static bool find_key(struct planning *planning)
{
    const struct write *write = planning->write;

    if (!write->has_key)
        return bind_where(planning);
    planning->out->key =
        planner_item_key(planning->job->arena, planning->out->table, &write->key, planning->err);
    if (write->verb == WRITE_UPSERT && write->where) {
        error_set(planning->err, ERROR_USAGE, "UPSERT takes no WHERE beyond the key; say IF");
        return false;
    }
    planning->out->condition = write->where;
    return planning->out->key != NULL;
}

/* Two items with one key cannot travel together, and one of them would be lost. */
static bool check_items(struct planning *planning)
{
    const struct write *write = planning->write;
    struct arena *arena = planning->job->arena;
    struct map *seen = map_new();
    bool fine = seen != NULL;
    struct buf text;

    if (!seen)
        error_memory(planning->err);
    buf_init(&text, 64 * 1024);
    for (size_t i = 0; fine && i < write->item_count; i++) {
        const struct value *key;

        if (marker_is_body(write->item[i]))
            continue;
        key = write_item_key(arena, planning->out->table, write->item[i], planning->err);
        buf_clear(&text);
        fine = key && planner_add_key_text(arena, key, &text, planning->err);
        if (fine && map_get(seen, buf_view(&text))) {
            error_set(planning->err, ERROR_INVALID, "two items have the same key");
            fine = false;
        }
        if (fine && !map_set(seen, buf_view(&text), planning->out)) {
            error_memory(planning->err);
            fine = false;
        }
        if (i == 0 && write->item_count == 1)
            planning->out->key = key;
    }
    buf_done(&text);
    map_free(seen);
    return fine;
}

/* attribute_exists(pk) for UPDATE, attribute_not_exists(pk) for INSERT. */
static bool add_own(struct planning *planning, enum expression_kind kind)
{
    struct arena *arena = planning->job->arena;
    struct expression *own = expression_new(arena, kind, 1);
    const struct path *path = path_new_name(arena, text_of(planning->out->table->key[0].name));

    if (own && path)
        own->operand[0] = expression_new_path(arena, path);
    if (!own || !path || !own->operand[0])
        return fail_memory(planning);
    planning->out->own = own;
    return true;
}

static bool add_conditions(struct planning *planning)
{
    const struct write *write = planning->write;
    struct write_plan *out = planning->out;
    bool both = out->condition && write->condition;

    out->condition = expression_and(planning->job->arena, out->condition, write->condition);
    if (both && !out->condition)
        return fail_memory(planning);
    if (write->verb == WRITE_UPDATE)
        return add_own(planning, EXPRESSION_EXISTS);
    if ((write->verb == WRITE_INSERT && write->conflict != CONFLICT_REPLACE) || out->asks_first)
        return add_own(planning, EXPRESSION_NOT_EXISTS);
    return true;
}

static bool check_update(struct planning *planning)
{
    const struct update *update = planning->write->update;
    const struct catalog_table *table = planning->out->table;

    for (size_t i = 0; update && i < update->count; i++) {
        const struct update_action *action = &update->action[i];
        size_t key = planner_find_key(table->key, table->key_count, action->path->part[0].name);

        if (key != SIZE_MAX) {
            error_set(planning->err, ERROR_USAGE,
                "%s is a key attribute and cannot be changed; write a new item and delete the old",
                table->key[key].name);
            return false;
        }
    }
    planning->out->not_idempotent = update && !update_may_repeat(update);
    return true;
}

bool write_returns_old(const struct write *write)
{
    return write->returns == RETURN_NOTHING || write->returns == RETURN_OLD ||
           (write->returns == RETURN_NEW && !write->update);
}

static const char *return_values(const struct write_plan *plan)
{
    switch (plan->write->returns) {
    case RETURN_NOTHING:
        return plan->wants_old ? "ALL_OLD" : NULL;
    case RETURN_OLD:
        return "ALL_OLD";
    case RETURN_NEW:
        if (plan->write->update)
            return "ALL_NEW";
        return plan->wants_old ? "ALL_OLD" : NULL; /* PutItem knows no other: the item is known */
    case RETURN_UPDATED_OLD:
        return "UPDATED_OLD";
    case RETURN_UPDATED_NEW:
        return "UPDATED_NEW";
    }
    return NULL;
}

/* Key attributes with their markers fitted take the place of what the item has. */
static bool write_item(struct json_writer *writer, const struct write_plan *plan,
    const struct value *item, struct arena *arena, struct error *err)
{
    const struct value *key;

    json_name(writer, "Item");
    if (marker_is_body(item)) {
        value_add_wire_item(writer, item);
        return true;
    }
    key = write_item_key(arena, plan->table, item, err);
    for (size_t i = 0; key && i < key->count; i++) {
        if (marker_is(&key->element[i]))
            item = value_with(arena, item, key->name[i], &key->element[i]);
        if (!item) {
            arena_failed(arena, err);
            return false;
        }
    }
    if (key)
        value_add_wire_item(writer, item);
    return key != NULL;
}

static enum error_code print_expression(struct json_writer *writer, const char *member,
    const char *what, const struct expression *expression, struct buf *text, struct error *err)
{
    enum error_code code = buf_check(text, what, err);

    if (!code)
        code = planner_check_expression(what, expression, text->length, err);
    if (!code)
        json_pair(writer, member, buf_view(text));
    buf_clear(text);
    return code;
}

static enum error_code write_members(const struct write_plan *plan, size_t item,
    const struct expression *condition, struct arena *arena, struct json_writer *writer,
    struct buf *text, struct error *err)
{
    struct expression_printer *printer = expression_printer_new(arena, err);
    enum error_code code = printer ? ERROR_NONE : err->code;

    if (code)
        return code;
    json_pair_string(writer, "TableName", plan->table->name);
    if (plan->write->item_count > 0) {
        if (!write_item(writer, plan, plan->write->item[item], arena, err))
            return err->code;
    } else {
        json_name(writer, "Key");
        value_add_wire_item(writer, plan->key);
    }
    if (plan->write->update) {
        expression_print_update(printer, text, plan->write->update);
        code = print_expression(writer, "UpdateExpression", "update", NULL, text, err);
    }
    if (!code && condition) {
        expression_print(printer, text, condition);
        code = print_expression(writer, "ConditionExpression", "condition", condition, text, err);
    }
    expression_print_maps(printer, writer);
    if (return_values(plan))
        json_pair_string(writer, "ReturnValues", return_values(plan));
    json_pair_string(writer, "ReturnConsumedCapacity", "TOTAL");
    if (condition)
        json_pair_string(writer, "ReturnValuesOnConditionCheckFailure", "ALL_OLD");
    return code;
}

enum error_code write_request(const struct write_plan *plan, size_t item,
    const struct expression *condition, struct arena *arena, struct buf *out, struct error *err)
{
    struct json_writer writer;
    struct buf text;
    struct expression *whole = NULL;
    enum error_code code;

    if (!condition && (plan->own || plan->condition)) {
        whole = expression_and(arena, plan->own, plan->condition);
        if (!whole)
            return arena_failed(arena, err);
        condition = planner_split_lists(arena, whole);
        if (!condition)
            return arena_failed(arena, err);
    }
    buf_init(&text, REQUEST_LIMIT);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    code = write_members(plan, item, condition, arena, &writer, &text, err);
    json_end_object(&writer);
    buf_done(&text);
    return code ? code : buf_check(out, "request", err);
}

static const char *verb_word(enum write_verb verb)
{
    static const char *const word[] = {"Put", "Insert", "Update", "Upsert", "Delete"};

    return word[verb];
}

static void explain_key(struct planning *planning, struct buf *text)
{
    const struct catalog_table *table = planning->out->table;

    if (!planning->out->key || planning->out->key->count < table->key_count)
        return;
    for (size_t i = 0; i < table->key_count; i++) {
        const struct value *part = value_get_string(planning->out->key, table->key[i].name);

        buf_add_format(text, "%s%s = ", i > 0 ? "  " : "", table->key[i].name);
        if (part)
            value_add_literal(text, part);
    }
    plan_add(planning->plan, PLAN_KEYS, "%s", buf_string(text));
    buf_clear(text);
}

static void explain_cost(struct planning *planning)
{
    const struct write *write = planning->write;
    uint64_t units = 0;

    for (size_t i = 0; i < write->item_count; i++)
        units += (value_item_size(write->item[i]) + ITEM_BYTES_PER_UNIT - 1) / ITEM_BYTES_PER_UNIT;
    if (write->item_count > 0)
        plan_add(planning->plan, PLAN_COST, "at least %llu WCU, and more for indexes",
            (unsigned long long)units);
    else
        plan_add(planning->plan, PLAN_COST, "1 WCU per KB of the item, and more for indexes");
}

static void explain(struct planning *planning)
{
    struct write_plan *out = planning->out;
    size_t count = planning->write->item_count;
    struct buf text;

    buf_init(&text, 1 << 20);
    if (count > 1)
        plan_add(planning->plan, PLAN_PLAN, "%s table %s, %zu items", out->operation,
            out->table->name, count);
    else
        plan_add(planning->plan, PLAN_PLAN, "%s table %s", out->operation, out->table->name);
    explain_key(planning, &text);
    if (out->own)
        expression_add_text(&text, out->own);
    if (out->condition) {
        buf_add_string(&text, out->own ? " AND " : "");
        expression_add_text(&text, out->condition);
    }
    if (text.length > 0)
        plan_add(planning->plan, PLAN_FILTER, "only if %s", buf_string(&text));
    explain_cost(planning);
    if (!write_returns_old(planning->write))
        plan_add(planning->plan, PLAN_NOTE, "cannot be undone: RETURN asks for another image");
    buf_done(&text);
}

static bool add_risk(struct planning *planning)
{
    const struct write *write = planning->write;
    struct write_plan *out = planning->out;
    struct arena *arena = planning->job->arena;
    struct buf key;

    planning->plan->risk = RISK_ONE;
    planning->plan->risk_kind = "table";
    planning->plan->risk_name = out->table->name;
    if (write->item_count > 1) {
        if (out->in_batches)
            planning->plan->risk = RISK_MANY;
        plan_add(planning->plan, PLAN_RISK, out->in_batches ? "many items" : "new items");
        planning->plan->question = arena_format(arena, "%s %zu items into table %s?",
            verb_word(write->verb), write->item_count, out->table->name);
    } else {
        plan_add(planning->plan, PLAN_RISK, "one item");
        buf_init(&key, 2048);
        if (out->key)
            value_add_literal(&key, out->key);
        planning->plan->question = arena_format(arena, "%s item %s of table %s?",
            verb_word(write->verb), key.failure ? "" : buf_string(&key), out->table->name);
        buf_done(&key);
    }
    return planning->plan->question != NULL || fail_memory(planning);
}

static bool write_batch_sample(struct planning *planning, struct buf *out)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_name(&writer, "RequestItems");
    json_begin_object(&writer);
    json_name(&writer, planning->out->table->name);
    json_begin_array(&writer);
    for (size_t i = 0; i < planning->write->item_count && i < 25; i++) {
        json_begin_object(&writer);
        json_name(&writer, "PutRequest");
        json_begin_object(&writer);
        json_name(&writer, "Item");
        value_add_wire_item(&writer, planning->write->item[i]);
        json_end_object(&writer);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    json_pair_string(&writer, "ReturnConsumedCapacity", "TOTAL");
    json_end_object(&writer);
    return buf_check(out, "request", planning->err) == ERROR_NONE;
}

static bool add_call(struct planning *planning)
{
    struct write_plan *out = planning->out;
    struct arena *arena = planning->job->arena;
    const char *count = "1";
    struct text request;
    struct buf buf;
    bool fine;

    if (planning->plan->refusal)
        return true;
    if (planning->write->item_count > 1)
        count = arena_format(arena, "%zu or more",
            out->in_batches ? (planning->write->item_count + 24) / 25
                            : planning->write->item_count);
    buf_init(&buf, REQUEST_LIMIT);
    if (out->in_batches)
        fine = !planning->plan->is_shown || write_batch_sample(planning, &buf);
    else
        fine = !write_request(out, 0, NULL, arena, &buf, planning->err);
    request = fine ? arena_text(arena, buf_view(&buf)) : TEXT("");
    buf_done(&buf);
    if (!fine)
        return false;
    if (!request.data || !count)
        return fail_memory(planning);
    plan_add_call(planning->plan, &service_dynamodb, out->operation, count, NULL, request);
    return true;
}

/* A transaction answers for all of its actions at once, and with no items. */
static bool check_action(struct planning *planning)
{
    const char *word = planning->write->returns != RETURN_NOTHING   ? "RETURN"
                       : planning->write->conflict == CONFLICT_SKIP ? "ON CONFLICT SKIP"
                                                                    : NULL;

    if (!word || !transaction_is_open(planning->job->session->transaction))
        return true;
    error_set(planning->err, ERROR_USAGE, "%s has no place in a transaction, which %s", word,
        planning->write->returns ? "returns no items" : "is done whole or not at all");
    return false;
}

static bool choose_operation(struct planning *planning)
{
    const struct write *write = planning->write;
    struct write_plan *out = planning->out;
    const struct job *job = planning->job;

    if (!check_action(planning))
        return false;
    out->in_batches =
        write->item_count > 1 && (write->verb == WRITE_PUT || write->conflict == CONFLICT_REPLACE);
    out->operation = out->in_batches               ? "BatchWriteItem"
                     : write->item_count > 0       ? "PutItem"
                     : write->verb == WRITE_DELETE ? "DeleteItem"
                                                   : "UpdateItem";
    /* A person is asked before something is replaced; a script means what it says. */
    out->asks_first = write->verb == WRITE_PUT && write->item_count == 1 && !write->condition &&
                      !write->as_given && !transaction_is_open(job->session->transaction) &&
                      job->session->is_interactive && job->who && strcmp(job->who, "script") != 0;
    /* An INSERT that replaces nothing knows that there is no old image. */
    out->wants_old =
        !write->as_given && !out->in_batches && !transaction_is_open(job->session->transaction) &&
        (write->verb != WRITE_INSERT || write->conflict == CONFLICT_REPLACE) &&
        (undo_is_kept(job) || (write->verb == WRITE_DELETE && job->settings.fail_empty));
    return write->item_count > 0 ? check_items(planning) : find_key(planning);
}

/* What WHERE says beside the key, which no item can change. */
static bool take_rest(struct planning *planning)
{
    struct write_plan *out = planning->out;
    struct arena *arena = planning->job->arena;
    struct conjuncts conjuncts;

    if (!planning->write->where)
        return true;
    if (!planner_split(arena, out->table, planning->write->where, &conjuncts, planning->err))
        return false;
    for (size_t i = 0; i < conjuncts.count; i++)
        conjuncts.one[i].used = conjuncts.one[i].test != TEST_NONE &&
                                planner_find_key(out->table->key, out->table->key_count,
                                    conjuncts.one[i].name) != SIZE_MAX;
    return planner_rest(arena, &conjuncts, &out->condition, planning->err);
}

struct write_plan *write_make_many(struct job *job, const struct write *write,
    const struct read_plan *read, struct error *err)
{
    struct write_plan *out = arena_alloc(job->arena, 1, sizeof *out);
    struct planning planning = {.job = job, .write = write, .out = out, .err = err};

    if (!out) {
        arena_failed(job->arena, err);
        return NULL;
    }
    out->write = write;
    out->link = read->link;
    out->table = read->table;
    out->operation = write->verb == WRITE_DELETE ? "DeleteItem" : "UpdateItem";
    out->wants_old = undo_is_kept(job);
    if (!check_update(&planning) || !take_rest(&planning) || !add_conditions(&planning)) {
        fail_place(&planning);
        return NULL;
    }
    return out;
}

struct write_plan *write_make_plan(struct job *job, const struct write *write, struct plan *plan,
    struct error *err)
{
    struct planning planning = {.job = job, .write = write, .plan = plan, .err = err};
    struct write_plan *out = arena_alloc(job->arena, 1, sizeof *out);
    bool cached = false;

    if (!out) {
        arena_failed(job->arena, err);
        return NULL;
    }
    planning.out = out;
    out->write = write;
    out->link = planner_link(job, &write->table, err);
    if (!out->link)
        return NULL;
    plan->link = out->link;
    out->table = planner_table(job, out->link, write->table.table, &cached, err);
    if (!out->table ||
        planner_rate(write->rate, out->table->write_limit, out->table->name, "WCU",
            &out->rate_milli, err) ||
        !choose_operation(&planning) || !check_update(&planning) || !add_conditions(&planning)) {
        fail_place(&planning);
        return NULL;
    }
    if (cached)
        plan->stale_table = out->table->name;
    if (write->item_count <= 1)
        plan->item_key = out->key;
    plan->is_single = write->item_count <= 1;
    explain(&planning);
    planner_explain_rate(write->rate, out->rate_milli, "WCU", plan);
    if (!add_risk(&planning) || !add_call(&planning)) {
        fail_place(&planning);
        return NULL;
    }
    return out;
}
