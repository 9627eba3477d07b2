#include "console/statements/tables.h"

#include <string.h>

#include "client/service.h"
#include "console/language/grammar.h"
#include "console/language/planner.h"
#include "console/listing.h"
#include "console/statement.h"
#include "console/statements/stage.h"
#include "console/statements/table_listing.h"

/* SHOW TABLES, SHOW INDEXES OF, DESCRIBE, DROP TABLE and the records of CREATE TABLE. */

enum { DETAIL_LIMIT = 50 }; /* tables whose TTL and PITR are asked for, a call each */

struct show {
    bool has_like;
    struct text like;
};

struct drop {
    struct table_ref table;
    bool if_exists, nowait;
};

static bool parse_show(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct show *show = arena_alloc(lexer->arena, 1, sizeof *show);

    if (!show)
        return grammar_memory(lexer, err);
    tree->node = show;
    show->has_like = parse_word(lexer, "LIKE");
    return !show->has_like || parse_string(lexer, "a pattern such as 'prod-%'", &show->like, err);
}

static bool parse_reference(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct table_reference *reference = arena_alloc(lexer->arena, 1, sizeof *reference);

    if (!reference)
        return grammar_memory(lexer, err);
    tree->node = reference;
    if (!parse_table_ref(lexer, &reference->table, err))
        return false;
    if (reference->table.index.length == 0)
        return true;
    parse_fail(err, &reference->table.token, "%s is about a table, not about its index",
        tree->statement->name);
    error_hint(err, "a table whose name holds a dot goes in backticks");
    return false;
}

/* TABLE makes sure that a keyword is read as the name of a table. */
static bool parse_describe(struct lexer *lexer, struct tree *tree, struct error *err)
{
    grammar_skip_table(lexer, NULL);
    return parse_reference(lexer, tree, err);
}

static bool parse_create(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct table_definition *table = arena_alloc(lexer->arena, 1, sizeof *table);

    if (!table)
        return grammar_memory(lexer, err);
    tree->node = table;
    return table_parse_definition(lexer, table, err);
}

static bool parse_drop(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct drop *drop = arena_alloc(lexer->arena, 1, sizeof *drop);

    if (!drop)
        return grammar_memory(lexer, err);
    tree->node = drop;
    if (parse_at_words(lexer, "IF", "EXISTS")) {
        lexer_take(lexer);
        lexer_take(lexer);
        drop->if_exists = true;
    }
    if (!parse_table_ref(lexer, &drop->table, err))
        return false;
    if (drop->table.index.length > 0)
        return parse_fail(err, &drop->table.token, "DROP TABLE takes a table, not an index");
    drop->nowait = parse_word(lexer, "NOWAIT");
    return true;
}

enum {
    TABLE_NAME,
    TABLE_STATUS,
    TABLE_ITEMS,
    TABLE_BYTES,
    TABLE_MODE,
    TABLE_INDEXES,
    TABLE_STREAM,
    TABLE_TTL,
    TABLE_PITR,
    TABLE_PROTECTED,
    TABLE_CLASS,
    TABLE_COLUMNS
};

static const char *const table_column[] = {"name", "status", "items", "bytes", "mode", "indexes",
    "stream", "ttl", "pitr", "protected", "class"};

struct names {
    struct arena *arena;
    struct text *name;
    size_t count, room;
};

static enum error_code add_name(void *user, const struct json *entry, struct error *err)
{
    struct names *names = user;

    if (names->count == names->room) {
        size_t room = names->room ? names->room * 2 : 128;
        struct text *grown = arena_alloc(names->arena, room, sizeof *grown);

        if (!grown)
            return arena_failed(names->arena, err);
        if (names->count > 0)
            memcpy(grown, names->name, names->count * sizeof *grown);
        names->name = grown;
        names->room = room;
    }
    names->name[names->count++] = entry->text;
    return ERROR_NONE;
}

/* An operation that an endpoint does not know is not asked for again. */
struct offered {
    bool ttl, pitr;
};

static void add_ttl(struct listing *listing, struct job *job, struct link *link, struct text name,
    struct offered *offered)
{
    struct error why;
    const struct json *answer = table_send(job, link, "DescribeTimeToLive", name, TEXT(""), &why);
    const struct json *ttl = json_member(answer, "TimeToLiveDescription");

    if (!answer)
        offered->ttl = why.code != ERROR_INVALID;
    else if (text_is(json_string_member(ttl, "TimeToLiveStatus"), "ENABLED"))
        listing_text(listing, TABLE_TTL, json_string_member(ttl, "AttributeName"));
}

static void add_pitr(struct listing *listing, struct job *job, struct link *link, struct text name,
    struct offered *offered)
{
    struct error why;
    const struct json *answer =
        table_send(job, link, "DescribeContinuousBackups", name, TEXT(""), &why);
    const struct json *pitr =
        json_at(answer, "ContinuousBackupsDescription.PointInTimeRecoveryDescription");

    if (!answer)
        offered->pitr = why.code != ERROR_INVALID;
    else
        listing_bool(listing, TABLE_PITR,
            text_is(json_string_member(pitr, "PointInTimeRecoveryStatus"), "ENABLED"));
}

static size_t count_indexes(const struct json *table)
{
    const struct json *local = json_member(table, "LocalSecondaryIndexes");
    const struct json *global = json_member(table, "GlobalSecondaryIndexes");

    return (local ? local->count : 0) + (global ? global->count : 0);
}

static void add_description(struct listing *listing, const struct json *table)
{
    const struct json *stream = json_member(table, "StreamSpecification");
    struct text mode = json_string_member(json_member(table, "BillingModeSummary"), "BillingMode");
    struct text class = json_string_member(json_member(table, "TableClassSummary"), "TableClass");

    listing_text(listing, TABLE_STATUS, json_string_member(table, "TableStatus"));
    listing_integer(listing, TABLE_ITEMS, json_integer_member(table, "ItemCount", 0));
    listing_integer(listing, TABLE_BYTES, json_integer_member(table, "TableSizeBytes", 0));
    listing_string(listing, TABLE_MODE,
        text_is(mode, "PAY_PER_REQUEST") ? "on-demand" : "provisioned");
    listing_integer(listing, TABLE_INDEXES, (int64_t)count_indexes(table));
    if (json_bool_member(stream, "StreamEnabled", false))
        listing_text(listing, TABLE_STREAM, json_string_member(stream, "StreamViewType"));
    listing_bool(listing, TABLE_PROTECTED,
        json_bool_member(table, "DeletionProtectionEnabled", false));
    listing_string(listing, TABLE_CLASS,
        text_is(class, "STANDARD_INFREQUENT_ACCESS") ? "infrequent" : "standard");
}

/* A table that cannot be described (gone meanwhile, no permission) is listed with its name. */
static enum error_code add_table(struct listing *listing, struct job *job, struct link *link,
    struct text name, struct offered *offered, struct error *err)
{
    struct error why = {.code = ERROR_NONE};
    const struct json *answer = table_send(job, link, "DescribeTable", name, TEXT(""), &why);
    const struct json *table = json_member(answer, "Table");

    listing_text(listing, TABLE_NAME, name);
    if (!answer && why.code == ERROR_CANCELLED) {
        *err = why;
        return why.code;
    }
    if (table) {
        enum error_code code = planner_keep_table(link, table, err);

        if (code)
            return code;
        add_description(listing, table);
    } else {
        listing_string(listing, TABLE_STATUS, why.code == ERROR_ACCESS ? "no access" : "unknown");
    }
    if (table && offered->ttl)
        add_ttl(listing, job, link, name, offered);
    if (table && offered->pitr)
        add_pitr(listing, job, link, name, offered);
    return listing_row(listing, err);
}

static enum error_code plan_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)tree;
    plan->link = job_link(job, TEXT(""), err);
    if (!plan->link)
        return err->code;
    plan_add(plan, PLAN_PLAN, "ListTables, then DescribeTable of each");
    plan_add_call(plan, &service_dynamodb, "ListTables", "1 or more", NULL, TEXT("{}"));
    plan_add_call(plan, &service_dynamodb, "DescribeTable", "0 or more", NULL, TEXT(""));
    return ERROR_NONE;
}

static enum error_code run_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct show *show = tree->node;
    struct names names = {.arena = job->arena};
    const struct table_listing pages = {.service = &service_dynamodb,
        .operation = "ListTables",
        .list = "TableNames",
        .each = add_name,
        .user = &names};
    struct listing listing;
    struct offered offered;
    size_t kept = 0;
    enum error_code code = table_list(job, plan->link, &pages, err);

    if (!code)
        code = catalog_set_tables(plan->link->catalog, names.name, names.count, err);
    for (size_t i = 0; !code && i < names.count; i++) {
        if (!show->has_like || text_matches_like(names.name[i], show->like))
            names.name[kept++] = names.name[i];
    }
    offered.ttl = offered.pitr = kept <= DETAIL_LIMIT;
    if (!code)
        code = listing_begin(&listing, job, "tables", table_column, TABLE_COLUMNS, err);
    for (size_t i = 0; !code && i < kept; i++) {
        code = job_check(job, err);
        if (!code)
            code = add_table(&listing, job, plan->link, names.name[i], &offered, err);
    }
    if (!code && kept > DETAIL_LIMIT)
        job_note(job, REPORT_NOTE, "ttl and pitr are left out for more than %d tables",
            DETAIL_LIMIT);
    return code ? code : listing_end(&listing, err);
}

enum {
    INDEX_NAME,
    INDEX_KIND,
    INDEX_KEYS,
    INDEX_PROJECTION,
    INDEX_STATUS,
    INDEX_ITEMS,
    INDEX_BYTES,
    INDEX_COLUMNS
};

static const char *const index_column[] = {"name", "kind", "keys", "projection", "status", "items",
    "bytes"};

static enum error_code plan_reference(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct table_reference *reference = tree->node;
    const char *name = arena_string(job->arena, reference->table.table);
    struct json_writer writer;
    struct buf request;
    struct text copy;

    plan->link = planner_link(job, &reference->table, err);
    if (!plan->link)
        return err->code;
    buf_init(&request, 4096);
    json_writer_init(&writer, &request);
    json_begin_object(&writer);
    json_pair(&writer, "TableName", reference->table.table);
    json_end_object(&writer);
    copy = arena_text(job->arena, buf_view(&request));
    buf_done(&request);
    if (!name || !copy.data)
        return arena_failed(job->arena, err);
    plan_add(plan, PLAN_PLAN, "DescribeTable %s", name);
    plan_add_call(plan, &service_dynamodb, "DescribeTable", "1", NULL, copy);
    return ERROR_NONE;
}

static enum error_code add_index(struct listing *listing, const struct catalog_index *index,
    struct error *err)
{
    struct buf text;

    buf_init(&text, 64 * 1024);
    for (size_t i = 0; i < index->key_count; i++)
        buf_add_format(&text, "%s%s %s %s", i > 0 ? ", " : "", index->key[i].name,
            planner_type_word(index->key[i].type), index->key[i].is_range ? "RANGE" : "HASH");
    listing_string(listing, INDEX_NAME, index->name);
    listing_string(listing, INDEX_KIND, index->is_local ? "local" : "global");
    listing_text(listing, INDEX_KEYS, arena_text(listing->job->arena, buf_view(&text)));
    buf_clear(&text);
    buf_add_string(&text, index->projection);
    for (size_t i = 0; i < index->include_count; i++)
        buf_add_format(&text, "%s%s", i > 0 ? ", " : " ", index->include[i]);
    listing_text(listing, INDEX_PROJECTION, arena_text(listing->job->arena, buf_view(&text)));
    buf_done(&text);
    listing_string(listing, INDEX_STATUS, index->status);
    listing_integer(listing, INDEX_ITEMS, (int64_t)index->items);
    listing_integer(listing, INDEX_BYTES, (int64_t)index->bytes);
    return listing_row(listing, err);
}

static enum error_code run_indexes(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct table_reference *reference = tree->node;
    const struct catalog_table *table;
    struct listing listing;
    enum error_code code;

    catalog_forget_table(plan->link->catalog, reference->table.table);
    table = planner_table(job, plan->link, reference->table.table, NULL, err);
    if (!table)
        return err->code;
    code = listing_begin(&listing, job, "indexes", index_column, INDEX_COLUMNS, err);
    for (size_t i = 0; !code && i < table->index_count; i++)
        code = add_index(&listing, &table->index[i], err);
    return code ? code : listing_end(&listing, err);
}

static enum error_code plan_drop(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct drop *drop = tree->node;
    const struct catalog_table *table;
    struct buf text;
    struct json_writer writer;
    struct text request;

    plan->link = planner_link(job, &drop->table, err);
    if (!plan->link)
        return err->code;
    if (!job->settings.dry_run) /* which may have foreseen a table that is not there yet */
        catalog_forget_table(plan->link->catalog, drop->table.table);
    table = planner_table(job, plan->link, drop->table.table, NULL, err);
    catalog_forget_table(plan->link->catalog, drop->table.table);
    if (!table && err->code == ERROR_NOT_FOUND && drop->if_exists) {
        plan_add(plan, PLAN_PLAN, "nothing: no such table");
        return ERROR_NONE;
    }
    if (!table)
        return err->code;
    buf_init(&text, 4096);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_pair_string(&writer, "TableName", table->name);
    json_end_object(&writer);
    request = arena_text(job->arena, buf_view(&text));
    buf_clear(&text);
    buf_add_format(&text, "Drop table %s with about ", table->name);
    planner_add_thousands(&text, table->items);
    buf_add_string(&text, " items (");
    planner_add_size(&text, table->bytes);
    buf_add_string(&text, ")? This cannot be undone.");
    plan->question = arena_string(job->arena, buf_view(&text));
    buf_done(&text);
    plan->risk = RISK_DESTROY;
    plan->is_single = true;
    plan->risk_kind = "table";
    plan->risk_name = table->name;
    plan->detail = arena_string(job->arena, drop->table.table);
    if (!request.data || !plan->question || !plan->detail)
        return arena_failed(job->arena, err);
    plan_add(plan, PLAN_PLAN, "DeleteTable %s%s", table->name,
        drop->nowait ? "" : ", then wait until it is gone");
    plan_add(plan, PLAN_RISK, "the table and all its items");
    plan_add_call(plan, &service_dynamodb, "DeleteTable", "1", NULL, request);
    return ERROR_NONE;
}

static enum error_code run_drop(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct drop *drop = tree->node;
    enum error_code code = ERROR_NONE;

    if (!plan->detail) {
        job_note(job, REPORT_NOTE, "no such table; nothing is done");
        return ERROR_NONE;
    }
    if (!table_send(job, plan->link, "DeleteTable", drop->table.table, TEXT(""), err))
        return err->code;
    catalog_forget_table(plan->link->catalog, drop->table.table);
    if (!drop->nowait)
        code = table_wait(job, plan->link, drop->table.table, true, err);
    if (!code)
        job_note(job, REPORT_NOTE, "table %s is %s", (const char *)plan->detail,
            drop->nowait ? "being deleted" : "gone");
    return code;
}

static enum error_code create_state(struct job *job, const struct tree *tree,
    struct object_state *out, struct error *err)
{
    const struct table_definition *table = tree->node;

    out->link = job_link(job, TEXT(""), err);
    return out->link ? table_read_state(job, table->name, out, err) : err->code;
}

static enum error_code drop_state(struct job *job, const struct tree *tree,
    struct object_state *out, struct error *err)
{
    const struct drop *drop = tree->node;

    out->link = planner_link(job, &drop->table, err);
    return out->link ? table_read_state(job, drop->table.table, out, err) : err->code;
}

#define EXAMPLES (const char *const[])

const struct statement table_statement_table[] = {
    {
        .name = "CREATE TABLE",
        .syntax = "[IF NOT EXISTS] name (column type [HASH|RANGE], ...) | LIKE table "
                  "[[LOCAL] INDEX name (key, ...) [ALL | KEYS ONLY | INCLUDE (name, ...)] "
                  "[CAPACITY n RCU n WCU]] [ON DEMAND [MAX n RCU n WCU] | PROVISIONED n RCU n WCU] "
                  "[WARM n RCU n WCU] [STREAM NEW_AND_OLD|NEW|OLD|KEYS|OFF] [TTL name] "
                  "[PITR OFF|ON [n DAYS]] [CLASS STANDARD|INFREQUENT] [DELETION PROTECTION ON|OFF] "
                  "[ENCRYPTION OFF|ON ['key']] [TAGS {map}] [NOWAIT]",
        .summary = "Make a table and wait until it is active",
        .family = "Tables",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"CREATE TABLE orders (cust STRING HASH, ts NUMBER RANGE, "
                            "status STRING) INDEX byStatus (status, ts) INCLUDE (total) "
                            "ON DEMAND STREAM NEW_AND_OLD",
            "CREATE TABLE IF NOT EXISTS orders2 LIKE orders", NULL},
        .parse = parse_create,
        .plan = table_plan_create,
        .run = table_run_create,
        .stage = stage_object,
        .state = create_state,
    },
    {
        .name = "DESCRIBE",
        .syntax = "[TABLE] table",
        .summary = "Show keys, indexes, capacity and settings of a table",
        .family = "Tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"DESCRIBE orders", NULL},
        .parse = parse_describe,
        .plan = plan_reference,
        .run = table_run_describe,
    },
    {
        .name = "DROP TABLE",
        .syntax = "[IF EXISTS] table [NOWAIT]",
        .summary = "Delete a table with all its items",
        .family = "Tables",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"DROP TABLE IF EXISTS orders2", NULL},
        .parse = parse_drop,
        .plan = plan_drop,
        .run = run_drop,
        .stage = stage_object,
        .state = drop_state,
    },
    {
        .name = "SHOW CREATE TABLE",
        .syntax = "table",
        .summary = "Print the statement that makes a table like this one",
        .family = "Tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"SHOW CREATE TABLE orders", NULL},
        .parse = parse_reference,
        .plan = plan_reference,
        .run = table_run_show_create,
    },
    {
        .name = "SHOW INDEXES OF",
        .syntax = "table",
        .summary = "List the indexes of a table",
        .family = "Tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"SHOW INDEXES OF orders", NULL},
        .parse = parse_reference,
        .plan = plan_reference,
        .run = run_indexes,
    },
    {
        .name = "SHOW TABLES",
        .syntax = "[LIKE 'pattern']",
        .summary = "List the tables of the connection",
        .family = "Tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"SHOW TABLES LIKE 'prod-%'", NULL},
        .parse = parse_show,
        .plan = plan_show,
        .run = run_show,
    },
    {.name = NULL},
};
