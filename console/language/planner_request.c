#include <string.h>

#include "console/language/planner.h"

/* Requests of reads; names and values travel as placeholders (P17), within the limits of P22. */

enum { EXPRESSION_BYTES = 4096, OPERATOR_LIMIT = 300, IN_OPERANDS = 100, REQUEST_LIMIT = 16 << 20 };

const char *planner_operation(const struct read_plan *plan)
{
    switch (plan->access) {
    case READ_GET:
        return "GetItem";
    case READ_BATCH:
        return "BatchGetItem";
    case READ_BY_QUERY:
        return "Query";
    case READ_NOTHING:
    case READ_BY_SCAN:
        break;
    }
    return "Scan";
}

int64_t planner_call_limit(const struct job *job, const struct read_plan *plan, int64_t rows,
    int64_t examine)
{
    int64_t page = job->settings.page_size;
    bool filtered =
        plan->filter || plan->local || plan->read->filter_local || plan->read->order_local;
    int64_t limit = examine;

    if (rows > 0 && !filtered && (limit == 0 || rows < limit))
        limit = rows;
    if (page > 0 && (limit == 0 || page < limit))
        limit = page;
    return limit;
}

static struct expression *split_one(struct arena *arena, struct expression *list)
{
    size_t values = list->count - 1, parts = (values + IN_OPERANDS - 1) / IN_OPERANDS;
    struct expression *whole = expression_new(arena, EXPRESSION_OR, parts);

    for (size_t p = 0; whole && p < parts; p++) {
        size_t from = p * IN_OPERANDS;
        size_t count = values - from < IN_OPERANDS ? values - from : IN_OPERANDS;
        struct expression *part = expression_new(arena, EXPRESSION_IN, count + 1);

        if (!part)
            return NULL;
        part->operand[0] = list->operand[0];
        memcpy(part->operand + 1, list->operand + 1 + from, count * sizeof *part->operand);
        whole->operand[p] = part;
    }
    return whole;
}

static struct expression *copy_node(struct arena *arena, const struct expression *expression)
{
    struct expression *copy = expression_new(arena, expression->kind, expression->count);
    struct expression **operand;

    if (!copy)
        return NULL;
    operand = copy->operand;
    *copy = *expression;
    copy->operand = operand;
    memcpy(operand, expression->operand, expression->count * sizeof *operand);
    return copy;
}

struct expression *planner_split_lists(struct arena *arena, struct expression *expression)
{
    struct expression *split = expression;

    if (!expression)
        return NULL;
    if (expression->kind == EXPRESSION_IN && expression->count > IN_OPERANDS + 1)
        return split_one(arena, expression);
    for (size_t i = 0; i < expression->count; i++) {
        struct expression *part = planner_split_lists(arena, expression->operand[i]);

        if (!part)
            return NULL;
        if (part == expression->operand[i])
            continue;
        if (split == expression)
            split = copy_node(arena, expression);
        if (!split)
            return NULL;
        split->operand[i] = part;
    }
    return split;
}

static size_t count_operators(const struct expression *expression)
{
    size_t count = 0;

    if (expression->kind == EXPRESSION_AND || expression->kind == EXPRESSION_OR)
        count = expression->count - 1;
    else if (expression->kind == EXPRESSION_BETWEEN || expression->kind == EXPRESSION_IN)
        count = expression->count > 1 ? expression->count - 1 : 1;
    else if (expression->kind != EXPRESSION_PATH && expression->kind != EXPRESSION_VALUE)
        count = 1;
    for (size_t i = 0; i < expression->count; i++)
        count += count_operators(expression->operand[i]);
    return count;
}

enum error_code planner_check_expression(const char *what, const struct expression *expression,
    size_t length, struct error *err)
{
    size_t operators = expression ? count_operators(expression) : 0;

    if (length > EXPRESSION_BYTES)
        return error_set(err, ERROR_INVALID, "the %s takes %zu bytes; the service allows %d", what,
            length, EXPRESSION_BYTES);
    if (operators > OPERATOR_LIMIT)
        return error_set(err, ERROR_INVALID, "the %s has %zu operators; the service allows %d",
            what, operators, OPERATOR_LIMIT);
    return ERROR_NONE;
}

/* cust = value of this call, AND what is asked of the sort key. */
static struct expression *call_condition(const struct read_plan *plan, const struct read_page *page,
    struct arena *arena)
{
    struct expression *equal;
    const struct path *path;

    if (plan->partition_count == 0)
        return plan->key_condition;
    equal = expression_new(arena, EXPRESSION_EQ, 2);
    path = path_new_name(arena, text_of(plan->key[0].name));
    if (!equal || !path)
        return NULL;
    equal->operand[0] = expression_new_path(arena, path);
    equal->operand[1] = expression_new_value(arena, plan->partition[page->partition]);
    if (!equal->operand[0] || !equal->operand[1])
        return NULL;
    return expression_and(arena, equal, plan->key_condition);
}

struct request {
    struct arena *arena;
    struct json_writer writer;
    struct expression_printer *printer;
    struct buf text; /* of one expression */
    struct error *err;
    enum error_code code;
};

static void print_condition(struct request *request, const char *member, const char *what,
    const struct expression *expression)
{
    if (request->code || !expression)
        return;
    buf_clear(&request->text);
    expression_print(request->printer, &request->text, expression);
    request->code = buf_check(&request->text, what, request->err);
    if (!request->code)
        request->code =
            planner_check_expression(what, expression, request->text.length, request->err);
    json_pair(&request->writer, member, buf_view(&request->text));
}

static void print_projection(struct request *request, const struct projection *projection)
{
    if (request->code || !projection)
        return;
    buf_clear(&request->text);
    for (size_t i = 0; i < projection->count; i++) {
        if (i > 0)
            buf_add_string(&request->text, ", ");
        expression_print_path(request->printer, &request->text, projection->path[i]);
    }
    request->code = buf_check(&request->text, "projection", request->err);
    if (!request->code)
        request->code =
            planner_check_expression("projection", NULL, request->text.length, request->err);
    json_pair(&request->writer, "ProjectionExpression", buf_view(&request->text));
}

static void write_batch(struct request *request, const struct read_plan *plan,
    const struct value *const *key, size_t count, const struct projection *projection)
{
    struct json_writer *writer = &request->writer;

    json_name(writer, "RequestItems");
    json_begin_object(writer);
    json_name(writer, plan->table->name);
    json_begin_object(writer);
    json_name(writer, "Keys");
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++)
        value_add_wire_item(writer, key[i]);
    json_end_array(writer);
    if (plan->read->consistent)
        json_pair_bool(writer, "ConsistentRead", true);
    print_projection(request, projection);
    expression_print_maps(request->printer, writer);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_get(struct request *request, const struct read_plan *plan)
{
    json_pair_string(&request->writer, "TableName", plan->table->name);
    json_name(&request->writer, "Key");
    value_add_wire_item(&request->writer, plan->item_key[0]);
    print_projection(request, plan->sent);
    expression_print_maps(request->printer, &request->writer);
    if (plan->read->consistent)
        json_pair_bool(&request->writer, "ConsistentRead", true);
}

static void write_pages(struct request *request, const struct read_plan *plan,
    const struct read_page *page)
{
    struct json_writer *writer = &request->writer;

    json_pair_string(writer, "TableName", plan->table->name);
    if (plan->index)
        json_pair_string(writer, "IndexName", plan->index->name);
    if (plan->access == READ_BY_QUERY) {
        struct expression *condition = call_condition(plan, page, request->arena);

        if (!condition)
            request->code = arena_failed(request->arena, request->err);
        print_condition(request, "KeyConditionExpression", "key condition", condition);
    }
    print_condition(request, "FilterExpression", "filter", plan->filter);
    print_projection(request, plan->sent);
    expression_print_maps(request->printer, writer);
    if (plan->access == READ_BY_QUERY && plan->is_ordered)
        json_pair_bool(writer, "ScanIndexForward", !plan->read->descending);
    if (plan->read->consistent)
        json_pair_bool(writer, "ConsistentRead", true);
    if (plan->count_only)
        json_pair_string(writer, "Select", "COUNT");
    else if (plan->whole_local_index && !plan->sent)
        json_pair_string(writer, "Select", "ALL_ATTRIBUTES");
    if (page->limit > 0)
        json_pair_integer(writer, "Limit", page->limit);
    if (plan->segments > 1) {
        json_pair_integer(writer, "Segment", (int64_t)page->segment);
        json_pair_integer(writer, "TotalSegments", (int64_t)plan->segments);
    }
    if (page->start.length > 0) {
        json_name(writer, "ExclusiveStartKey");
        json_raw(writer, page->start);
    }
}

static bool request_begin(struct request *request, struct arena *arena, struct buf *out,
    struct error *err)
{
    *request = (struct request){.arena = arena, .err = err};
    request->printer = expression_printer_new(arena, err);
    buf_init(&request->text, 4 << 20);
    json_writer_init(&request->writer, out);
    json_begin_object(&request->writer);
    return request->printer != NULL;
}

static enum error_code request_end(struct request *request, struct buf *out)
{
    json_pair_string(&request->writer, "ReturnConsumedCapacity", "TOTAL");
    json_end_object(&request->writer);
    if (!request->code)
        request->code = buf_check(out, "request", request->err);
    buf_done(&request->text);
    return request->code;
}

enum error_code planner_request(const struct read_plan *plan, const struct read_page *page,
    struct arena *arena, struct buf *out, struct error *err)
{
    struct request request;

    if (!request_begin(&request, arena, out, err))
        return err->code;
    switch (plan->access) {
    case READ_GET:
        write_get(&request, plan);
        break;
    case READ_BATCH:
        write_batch(&request, plan, (const struct value *const *)(plan->item_key + page->first),
            page->count, plan->sent);
        break;
    case READ_NOTHING:
    case READ_BY_QUERY:
    case READ_BY_SCAN:
        write_pages(&request, plan, page);
        break;
    }
    return request_end(&request, out);
}

enum error_code planner_batch_request(const struct read_plan *plan, bool fetch,
    const struct value *const *key, size_t count, struct arena *arena, struct buf *out,
    struct error *err)
{
    struct request request;

    if (!request_begin(&request, arena, out, err))
        return err->code;
    write_batch(&request, plan, key, count, fetch ? NULL : plan->sent);
    return request_end(&request, out);
}

const struct value *planner_unknown_key(struct arena *arena, const struct catalog_table *table,
    struct error *err)
{
    struct value *key = value_new_container(arena, VALUE_M, table->key_count);

    if (!key) {
        arena_failed(arena, err);
        return NULL;
    }
    for (size_t i = 0; i < table->key_count; i++) {
        key->name[key->count] = text_of(table->key[i].name);
        key->element[key->count++] = (struct value){.type = VALUE_S, .text = TEXT("?")};
    }
    value_sort(key);
    return key;
}

struct text planner_hide_key(struct arena *arena, const struct value *key, struct text request)
{
    const struct text sample = TEXT("{\"S\":\"?\"}");
    struct text hidden;
    struct buf out;
    size_t from = 0;

    buf_init(&out, REQUEST_LIMIT);
    for (size_t i = 0; i < key->count; i++) {
        size_t at = text_find(request, sample, from);

        if (at == SIZE_MAX)
            break;
        buf_add_text(&out, text_slice(request, from, at));
        buf_add_char(&out, '?');
        from = at + sample.length;
    }
    buf_add_text(&out, text_slice(request, from, request.length));
    hidden = arena_text(arena, buf_view(&out));
    buf_done(&out);
    return hidden;
}
