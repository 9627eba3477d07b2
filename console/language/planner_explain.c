#include <stdio.h>
#include <string.h>

#include "client/price.h"
#include "console/language/planner.h"

/* The lines that EXPLAIN prints of a read (language.md 5). */

enum { UNIT_BYTES = 4096, PAGE_UNITS = 128, ITEM_UNITS = 50 }; /* eventually consistent */

void planner_add_thousands(struct buf *out, uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            buf_add_char(out, ',');
        buf_add_char(out, digits[i]);
    }
}

void planner_add_about(struct buf *out, uint64_t number, unsigned digits)
{
    uint64_t limit = 1, unit = 1;

    while (digits-- > 0)
        limit *= 10;
    while (number / unit >= limit)
        unit *= 10;
    planner_add_thousands(out, (number + unit / 2) / unit * unit);
}

void planner_add_size(struct buf *out, uint64_t bytes)
{
    static const char *const unit[] = {"bytes", "KB", "MB", "GB", "TB", "PB"};
    uint64_t scale = 1;
    size_t at = 0;

    while (at + 1 < sizeof unit / sizeof *unit && bytes / scale >= 1000) {
        scale *= 1000;
        at++;
    }
    if (at > 0 && bytes / scale < 10)
        buf_add_format(out, "%llu.%llu %s", (unsigned long long)(bytes / scale),
            (unsigned long long)(bytes % scale * 10 / scale), unit[at]);
    else
        buf_add_format(out, "%llu %s", (unsigned long long)((bytes + scale / 2) / scale), unit[at]);
}

uint64_t planner_scan_cost(const struct read_plan *read)
{
    uint64_t bytes = read->index ? read->index->bytes : read->table->bytes;
    uint64_t units = (bytes + UNIT_BYTES - 1) / UNIT_BYTES, part = read->read->sample_milli;

    if (part > 0) {
        units = units * part / PLANNER_SAMPLE_SEGMENTS;
        units = units > part ? units : part; /* an empty segment costs a unit too */
    }
    return read->read->consistent ? units : units / 2 + units % 2;
}

static bool is_billed(const struct read_plan *read)
{
    struct buf url;
    struct error why;
    bool billed;

    buf_init(&url, 4096);
    billed = !connection_endpoint(read->link->connection, &service_dynamodb, &url, &why) &&
             text_find(buf_view(&url), TEXT(".amazonaws.com"), 0) != SIZE_MAX;
    buf_done(&url);
    return billed;
}

void planner_add_charge(const struct read_plan *read, struct buf *out)
{
    const struct catalog_table *table = read->table;
    uint64_t units = planner_scan_cost(read);
    const char *class = table->table_class;

    if (!is_billed(read))
        return;
    if (table->on_demand) {
        if (class && strcmp(class, "STANDARD") != 0)
            return;
        buf_add_string(out, ", ");
        price_add(out, connection_region(read->link->connection), units, 0);
    } else if (!read->index && table->read_units > 0) {
        buf_add_format(out, ", no charge of its own: %llu s of the ",
            (unsigned long long)((units + table->read_units - 1) / table->read_units));
        planner_add_thousands(out, table->read_units);
        buf_add_string(out, " RCU provisioned");
    }
}

static void explain_plan(const struct read_plan *read, struct plan *plan)
{
    const char *table = read->table->name;
    char object[600];

    if (read->index)
        snprintf(object, sizeof object, "index %s of table %s", read->index->name, table);
    else
        snprintf(object, sizeof object, "table %s", table);
    switch (read->access) {
    case READ_NOTHING:
        plan_add(plan, PLAN_PLAN, "nothing: no item of %s can satisfy the conditions", table);
        break;
    case READ_GET:
        plan_add(plan, PLAN_PLAN, "GetItem table %s", table);
        break;
    case READ_BATCH:
        plan_add(plan, PLAN_PLAN, "BatchGetItem table %s, %zu key%s", table, read->item_key_count,
            read->item_key_count == 1 ? "" : "s");
        break;
    case READ_BY_QUERY:
        if (read->partition_count > 0)
            plan_add(plan, PLAN_PLAN, "Query %s, once per value of %s (%zu)%s", object,
                read->key[0].name, read->partition_count, read->merges ? ", merged" : "");
        else
            plan_add(plan, PLAN_PLAN, "Query %s%s", object,
                read->read->fetch ? ", then BatchGetItem of the items found" : "");
        break;
    case READ_BY_SCAN:
        if (read->segments > 1)
            plan_add(plan, PLAN_PLAN, "Scan %s in %llu segments", object,
                (unsigned long long)read->segments);
        else
            plan_add(plan, PLAN_PLAN, "Scan %s", object);
        break;
    }
}

/* Parts of an AND with two blanks between them. */
static void add_parts(struct buf *out, const struct expression *expression)
{
    if (!expression)
        return;
    if (expression->kind != EXPRESSION_AND) {
        if (out->length > 0)
            buf_add_string(out, "  ");
        expression_add_text(out, expression);
        return;
    }
    for (size_t i = 0; i < expression->count; i++)
        add_parts(out, expression->operand[i]);
}

static void explain_keys(const struct read_plan *read, struct plan *plan, struct buf *text)
{
    buf_clear(text);
    if (read->access == READ_GET) {
        const struct value *key = read->item_key[0];

        for (size_t i = 0; i < read->table->key_count; i++) {
            const struct value *part = value_get_string(key, read->table->key[i].name);

            buf_add_format(text, "%s%s = ", i > 0 ? "  " : "", read->table->key[i].name);
            if (part)
                value_add_literal(text, part);
        }
    } else if (read->access == READ_BY_QUERY) {
        if (read->partition_count > 0) {
            buf_add_format(text, "%s IN (", read->key[0].name);
            for (size_t i = 0; i < read->partition_count; i++) {
                buf_add_string(text, i > 0 ? ", " : "");
                value_add_literal(text, read->partition[i]);
            }
            buf_add_char(text, ')');
        }
        add_parts(text, read->key_condition);
    }
    if (text->length > 0)
        plan_add(plan, PLAN_KEYS, "%s", buf_string(text));
}

static void explain_conditions(const struct read_plan *read, struct plan *plan, struct buf *text)
{
    const struct expression *local[2] = {read->local, read->read->filter_local};

    if (read->filter && read->access != READ_NOTHING) {
        buf_clear(text);
        expression_add_text(text, read->filter);
        plan_add(plan, PLAN_FILTER, "%s  (after the read; what it drops is still charged)",
            buf_string(text));
    }
    for (size_t i = 0; i < 2; i++) {
        if (!local[i] || read->access == READ_NOTHING)
            continue;
        buf_clear(text);
        expression_add_text(text, local[i]);
        plan_add(plan, PLAN_LOCAL, "%s  (evaluated here)", buf_string(text));
    }
}

static void explain_returns(const struct read_plan *read, struct plan *plan, struct buf *text)
{
    const struct read *said = read->read;

    buf_clear(text);
    if (said->what == READ_NUMBER)
        buf_add_string(text, "the number of items");
    else if (said->what == READ_KEYS)
        buf_add_string(text, "the key attributes");
    else if (said->what == READ_ALL)
        buf_add_string(text, "all attributes");
    for (size_t i = 0; said->what == READ_PATHS && i < said->projection->count; i++) {
        buf_add_string(text, i > 0 ? ", " : "");
        path_add(text, said->projection->path[i]);
    }
    if (said->order && said->order_local) {
        buf_add_string(text, "  sorted here by ");
        path_add(text, said->order);
        buf_add_string(text, said->descending ? ", descending" : "");
    } else if (read->is_ordered) {
        buf_add_format(text, "  %s sort key first", said->descending ? "newest" : "oldest");
    }
    plan_add(plan, PLAN_RETURNS, "%s", buf_string(text));
}

static void explain_stop(const struct read_plan *read, struct plan *plan, struct buf *text)
{
    buf_clear(text);
    if (read->limit > 0) {
        buf_add_string(text, "after ");
        planner_add_thousands(text, (uint64_t)read->limit);
        buf_add_string(text, read->limit == 1 ? " row" : " rows");
    }
    if (read->examine > 0) {
        buf_add_string(text, text->length > 0 ? ", or " : "after ");
        planner_add_thousands(text, (uint64_t)read->examine);
        buf_add_string(text, read->examine == 1 ? " item read" : " items read");
    }
    if (read->read->pages > 0)
        buf_add_format(text, "%safter %lld page%s", text->length > 0 ? ", or " : "",
            (long long)read->read->pages, read->read->pages == 1 ? "" : "s");
    if (read->read->sample_milli > 0)
        buf_add_format(text, "after %llu of %d segments",
            (unsigned long long)read->read->sample_milli, PLANNER_SAMPLE_SEGMENTS);
    if (text->length > 0)
        plan_add(plan, PLAN_STOP, "%s", buf_string(text));
}

static void explain_cost(const struct read_plan *read, struct plan *plan, struct buf *text)
{
    unsigned factor = read->read->consistent ? 2 : 1;

    buf_clear(text);
    switch (read->access) {
    case READ_NOTHING:
        return;
    case READ_GET:
        plan_add(plan, PLAN_COST, "at most %u RCU", ITEM_UNITS * factor);
        return;
    case READ_BATCH:
        plan_add(plan, PLAN_COST, "at most %zu RCU", ITEM_UNITS * factor * read->item_key_count);
        return;
    case READ_BY_QUERY:
        buf_add_format(text, "at most %u RCU per page", PAGE_UNITS * factor);
        break;
    case READ_BY_SCAN:
        buf_add_string(text, "about ");
        planner_add_about(text, planner_scan_cost(read), 2);
        buf_add_string(text,
            read->read->sample_milli > 0 ? " RCU for the sample" : " RCU for all of it");
        planner_add_charge(read, text);
        break;
    }
    buf_add_format(text, "; the %s is about ", read->index ? "index" : "table");
    planner_add_size(text, read->index ? read->index->bytes : read->table->bytes);
    buf_add_string(text, ", ");
    planner_add_about(text, read->index ? read->index->items : read->table->items, 3);
    buf_add_string(text, " items (estimates of the service, about 6 h old)");
    plan_add(plan, PLAN_COST, "%s", buf_string(text));
}

void planner_explain_rate(struct rate_said said, uint64_t rate_milli, const char *kind,
    struct plan *plan)
{
    uint64_t tenths = (rate_milli + 50) / 100;

    if (said.percent_milli > 0)
        plan_add(plan, PLAN_NOTE,
            tenths % 10 ? "at %llu.%llu %s a second" : "at %llu%.0llu %s a second",
            (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10), kind);
}

void planner_explain(const struct job *job, const struct read_plan *read, struct plan *plan)
{
    struct buf text;

    (void)job;
    buf_init(&text, 1 << 20);
    explain_plan(read, plan);
    explain_keys(read, plan, &text);
    explain_conditions(read, plan, &text);
    explain_returns(read, plan, &text);
    explain_stop(read, plan, &text);
    explain_cost(read, plan, &text);
    for (size_t i = 0; i < read->warning_count; i++)
        plan_add(plan, PLAN_NOTE, "%s", read->warning[i]);
    planner_explain_rate(read->read->rate, read->rate_milli, "RCU", plan);
    buf_done(&text);
}
