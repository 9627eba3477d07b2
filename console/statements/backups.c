#include "base/clock.h"
#include "base/json.h"
#include "client/service.h"
#include "console/language/grammar.h"
#include "console/language/planner.h"
#include "console/listing.h"
#include "console/statement.h"
#include "console/statements/table_listing.h"
#include "console/statements/tables.h"

/* BACKUP, RESTORE TABLE, DROP BACKUP and SHOW BACKUPS. */

enum { NAME_LIMIT = 1024, REQUEST_LIMIT = 64 * 1024 };

struct backup {
    struct table_ref table; /* BACKUP: of it; SHOW BACKUPS: of it, when has_table */
    bool has_table;
    struct text name; /* of a backup, or its ARN; empty: one is made of the table and the time */
    struct token token;
};

enum restore_time { RESTORE_LATEST, RESTORE_AT };

struct restore {
    struct text target;
    bool from_backup, nowait;
    struct text backup; /* name or ARN */
    struct table_ref source;
    enum restore_time when;
    uint64_t at; /* wall ns */
    struct token token;
};

/* What run sends; the request is whole when the plan is made. */
struct backup_call {
    const char *operation;
    struct text request;
    const char *name; /* of the backup, or of the table that is restored */
};

static bool parse_backup(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct backup *backup = arena_alloc(lexer->arena, 1, sizeof *backup);

    if (!backup)
        return grammar_memory(lexer, err);
    tree->node = backup;
    grammar_skip_table(lexer, NULL);
    if (!parse_table_ref(lexer, &backup->table, err))
        return false;
    if (backup->table.index.length > 0)
        return parse_fail(err, &backup->table.token, "BACKUP takes a table, not an index");
    backup->token = lexer->token;
    return !parse_word(lexer, "AS") ||
           parse_string(lexer, "the name of the backup", &backup->name, err);
}

static bool parse_drop(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct backup *backup = arena_alloc(lexer->arena, 1, sizeof *backup);

    if (!backup)
        return grammar_memory(lexer, err);
    tree->node = backup;
    backup->token = lexer->token;
    return parse_string(lexer, "the name or ARN of a backup", &backup->name, err);
}

static bool parse_show(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct backup *backup = arena_alloc(lexer->arena, 1, sizeof *backup);

    if (!backup)
        return grammar_memory(lexer, err);
    tree->node = backup;
    backup->has_table = parse_word(lexer, "OF");
    return !backup->has_table || parse_table_ref(lexer, &backup->table, err);
}

static bool parse_time(struct lexer *lexer, struct restore *restore, struct error *err)
{
    struct token at = lexer->token;
    struct text text;

    if (parse_word(lexer, "LATEST"))
        return true;
    restore->when = RESTORE_AT;
    if (!parse_string(lexer, "LATEST or a time such as '2026-01-01T00:00:00Z'", &text, err))
        return false;
    return clock_parse_iso(text, &restore->at) ||
           parse_fail(err, &at, "a time such as '2026-01-01T00:00:00Z'");
}

static bool parse_restore(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct restore *restore = arena_alloc(lexer->arena, 1, sizeof *restore);

    if (!restore)
        return grammar_memory(lexer, err);
    tree->node = restore;
    if (!parse_name(lexer, "the name of the new table", &restore->target, err) ||
        !parse_need_word(lexer, "FROM", err))
        return false;
    restore->token = lexer->token;
    restore->from_backup = parse_at_word(lexer, "BACKUP") &&
                           (lexer->after.kind == TOKEN_SQ || lexer->after.kind == TOKEN_DQ ||
                               lexer->after.kind == TOKEN_PARAM);
    if (restore->from_backup) {
        lexer_take(lexer);
        if (!parse_string(lexer, "the name or ARN of a backup", &restore->backup, err))
            return false;
    } else if (!parse_table_ref(lexer, &restore->source, err) ||
               (parse_word(lexer, "AT") && !parse_time(lexer, restore, err))) {
        return false;
    }
    restore->nowait = parse_word(lexer, "NOWAIT");
    return true;
}

static struct text keep(struct job *job, struct buf *buf)
{
    struct text text =
        buf->failure ? (struct text){NULL, 0} : arena_text(job->arena, buf_view(buf));

    buf_done(buf);
    return text;
}

/* "orders-20260101-120000" */
static const char *make_name(struct job *job, const struct backup *backup)
{
    const char *name = NULL;
    struct buf stamp, text;

    if (backup->name.length > 0)
        return arena_string(job->arena, backup->name);
    buf_init(&stamp, 64);
    buf_init(&text, NAME_LIMIT);
    clock_add_iso(&stamp, clock_wall(), false);
    buf_add_text(&text, text_slice(backup->table.table, 0, 200));
    buf_add_char(&text, '-');
    for (size_t i = 0; i < stamp.length; i++) {
        char c = stamp.data[i];

        if (c >= '0' && c <= '9')
            buf_add_char(&text, c);
        else if (c == 'T')
            buf_add_char(&text, '-');
    }
    name = arena_string(job->arena, buf_view(&text));
    buf_done(&stamp);
    buf_done(&text);
    return name;
}

static struct backup_call *new_call(struct job *job, struct plan *plan, struct error *err)
{
    struct backup_call *call = arena_alloc(job->arena, 1, sizeof *call);

    if (!call)
        arena_failed(job->arena, err);
    plan->detail = call;
    return call;
}

static enum error_code plan_backup(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct backup *backup = tree->node;
    const struct catalog_table *table;
    struct backup_call *call = new_call(job, plan, err);
    struct json_writer writer;
    struct buf request;

    if (!call)
        return err->code;
    plan->link = planner_link(job, &backup->table, err);
    table = plan->link ? planner_table(job, plan->link, backup->table.table, NULL, err) : NULL;
    if (!table)
        return err->code;
    call->operation = "CreateBackup";
    call->name = make_name(job, backup);
    if (!call->name)
        return arena_failed(job->arena, err);
    buf_init(&request, REQUEST_LIMIT);
    json_writer_init(&writer, &request);
    json_begin_object(&writer);
    json_pair_string(&writer, "TableName", table->name);
    json_pair_string(&writer, "BackupName", call->name);
    json_end_object(&writer);
    call->request = keep(job, &request);
    plan->risk = RISK_ONE;
    plan->risk_kind = "table";
    plan->risk_name = table->name;
    plan->question = arena_format(job->arena, "Back up table %s as %s?", table->name, call->name);
    plan_add(plan, PLAN_PLAN, "CreateBackup of table %s as %s", table->name, call->name);
    plan_add(plan, PLAN_RISK, "a new backup; nothing is lost");
    plan_add_call(plan, &service_dynamodb, call->operation, "1", NULL, call->request);
    return call->request.data && plan->question ? ERROR_NONE : arena_failed(job->arena, err);
}

static const char *const backup_column[] = {"name", "table", "status", "type", "bytes", "created",
    "arn"};
enum {
    BACKUP_NAME,
    BACKUP_TABLE,
    BACKUP_STATUS,
    BACKUP_TYPE,
    BACKUP_BYTES,
    BACKUP_CREATED,
    BACKUP_ARN,
    BACKUP_COLUMNS
};

static void add_time(struct listing *listing, size_t column, double seconds)
{
    struct buf text;

    if (seconds <= 0)
        return;
    buf_init(&text, 64);
    clock_add_iso(&text, (uint64_t)seconds * CLOCK_SECOND, false);
    listing_text(listing, column, arena_text(listing->job->arena, buf_view(&text)));
    buf_done(&text);
}

/* A BackupSummary or BackupDetails. */
static enum error_code add_backup(void *user, const struct json *one, struct error *err)
{
    struct listing *listing = user;

    listing_text(listing, BACKUP_NAME, json_string_member(one, "BackupName"));
    listing_text(listing, BACKUP_TABLE, json_string_member(one, "TableName"));
    listing_text(listing, BACKUP_STATUS, json_string_member(one, "BackupStatus"));
    listing_text(listing, BACKUP_TYPE, json_string_member(one, "BackupType"));
    listing_integer(listing, BACKUP_BYTES, json_integer_member(one, "BackupSizeBytes", 0));
    add_time(listing, BACKUP_CREATED, json_double_member(one, "BackupCreationDateTime", 0));
    listing_text(listing, BACKUP_ARN, json_string_member(one, "BackupArn"));
    return listing_row(listing, err);
}

static enum error_code run_backup(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct backup *backup = tree->node;
    const struct backup_call *call = plan->detail;
    const struct json *answer =
        table_send(job, plan->link, call->operation, backup->table.table, call->request, err);
    const struct json *details = json_member(answer, "BackupDetails");
    struct text status = json_string_member(details, "BackupStatus");
    struct text arn = json_string_member(details, "BackupArn");

    if (!answer)
        return err->code;
    job_note(job, REPORT_NOTE, "backup %s is %.*s: %.*s", call->name, (int)status.length,
        status.data, (int)arn.length, arn.data);
    return ERROR_NONE;
}

static enum error_code plan_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct backup *backup = tree->node;

    plan->link = planner_link(job, &backup->table, err);
    if (!plan->link)
        return err->code;
    plan_add(plan, PLAN_PLAN, "ListBackups");
    plan_add_call(plan, &service_dynamodb, "ListBackups", "1 or more", NULL, TEXT("{}"));
    return ERROR_NONE;
}

static enum error_code run_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct backup *backup = tree->node;
    struct listing listing;
    struct table_listing pages = {.service = &service_dynamodb,
        .operation = "ListBackups",
        .list = "BackupSummaries",
        .each = add_backup,
        .user = &listing};
    enum error_code code;

    if (backup->has_table) {
        pages.filter = "TableName";
        pages.filter_value = arena_string(job->arena, backup->table.table);
        if (!pages.filter_value)
            return arena_failed(job->arena, err);
    }
    code = listing_begin(&listing, job, "backups", backup_column, BACKUP_COLUMNS, err);
    if (!code)
        code = table_list(job, plan->link, &pages, err);
    return code ? code : listing_end(&listing, err);
}

struct search {
    struct job *job;
    struct text name, arn, table;
    int64_t bytes;
    size_t found;
};

static enum error_code match_backup(void *user, const struct json *one, struct error *err)
{
    struct search *search = user;

    (void)err;
    if (!text_equal(json_string_member(one, "BackupName"), search->name) &&
        !text_equal(json_string_member(one, "BackupArn"), search->name))
        return ERROR_NONE;
    search->found++;
    search->arn = json_string_member(one, "BackupArn");
    search->table = json_string_member(one, "TableName");
    search->bytes = json_integer_member(one, "BackupSizeBytes", 0);
    return ERROR_NONE;
}

/* The backup by name or ARN; a name that two backups share is ambiguous. */
static enum error_code find_backup(struct job *job, struct link *link, struct text name,
    struct search *search, struct error *err)
{
    const struct table_listing pages = {.service = &service_dynamodb,
        .operation = "ListBackups",
        .list = "BackupSummaries",
        .each = match_backup,
        .user = search};
    enum error_code code;

    *search = (struct search){.job = job, .name = name};
    code = table_list(job, link, &pages, err);
    if (code || search->found == 1)
        return code;
    if (search->found == 0) {
        error_set(err, ERROR_NOT_FOUND, "no backup is called %.*s", (int)name.length, name.data);
        return error_hint(err, "SHOW BACKUPS lists them");
    }
    error_set(err, ERROR_USAGE, "%zu backups are called %.*s", search->found, (int)name.length,
        name.data);
    return error_hint(err, "say which by its ARN: SHOW BACKUPS prints them");
}

static enum error_code plan_drop(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct backup *backup = tree->node;
    struct backup_call *call = new_call(job, plan, err);
    struct json_writer writer;
    struct search search;
    struct buf text;

    if (!call)
        return err->code;
    plan->link = job_link(job, TEXT(""), err);
    if (!plan->link || find_backup(job, plan->link, backup->name, &search, err))
        return err->code;
    call->operation = "DeleteBackup";
    call->name = arena_string(job->arena, backup->name);
    buf_init(&text, REQUEST_LIMIT);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_pair(&writer, "BackupArn", search.arn);
    json_end_object(&writer);
    call->request = keep(job, &text);
    buf_init(&text, REQUEST_LIMIT);
    buf_add_format(&text, "Delete backup %s of table %.*s (", call->name ? call->name : "",
        (int)search.table.length, search.table.data);
    planner_add_size(&text, (uint64_t)search.bytes);
    buf_add_string(&text, ")? This cannot be undone.");
    plan->question = arena_string(job->arena, buf_view(&text));
    buf_done(&text);
    if (!call->name || !call->request.data || !plan->question)
        return arena_failed(job->arena, err);
    plan->risk = RISK_DESTROY;
    plan->risk_kind = "backup";
    plan->risk_name = call->name;
    plan_add(plan, PLAN_PLAN, "DeleteBackup %s", call->name);
    plan_add(plan, PLAN_RISK, "the backup");
    plan_add_call(plan, &service_dynamodb, call->operation, "1", NULL, call->request);
    return ERROR_NONE;
}

static enum error_code run_drop(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct backup_call *call = plan->detail;

    (void)tree;
    if (!table_send(job, plan->link, call->operation, TEXT(""), call->request, err))
        return err->code;
    job_note(job, REPORT_NOTE, "backup %s is deleted", call->name);
    return ERROR_NONE;
}

static void add_restore(struct json_writer *writer, const struct restore *restore, struct text arn)
{
    json_begin_object(writer);
    json_pair(writer, "TargetTableName", restore->target);
    if (restore->from_backup) {
        json_pair(writer, "BackupArn", arn);
    } else {
        json_pair(writer, "SourceTableName", restore->source.table);
        if (restore->when == RESTORE_LATEST)
            json_pair_bool(writer, "UseLatestRestorableTime", true);
        else
            json_pair_integer(writer, "RestoreDateTime", (int64_t)(restore->at / CLOCK_SECOND));
    }
    json_end_object(writer);
}

static enum error_code plan_restore(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct restore *restore = tree->node;
    struct backup_call *call = new_call(job, plan, err);
    struct search search = {0};
    struct json_writer writer;
    struct buf request;

    if (!call)
        return err->code;
    plan->link = restore->from_backup ? job_link(job, TEXT(""), err)
                                      : planner_link(job, &restore->source, err);
    if (!plan->link)
        return err->code;
    if (restore->from_backup ? find_backup(job, plan->link, restore->backup, &search, err) != 0
                             : !planner_table(job, plan->link, restore->source.table, NULL, err))
        return err->code;
    call->operation = restore->from_backup ? "RestoreTableFromBackup" : "RestoreTableToPointInTime";
    call->name = arena_string(job->arena, restore->target);
    buf_init(&request, REQUEST_LIMIT);
    json_writer_init(&writer, &request);
    add_restore(&writer, restore, search.arn);
    call->request = keep(job, &request);
    if (!call->name || !call->request.data)
        return arena_failed(job->arena, err);
    plan->risk = RISK_ONE;
    plan->risk_kind = "table";
    plan->risk_name = call->name;
    plan->question = arena_format(job->arena, "Restore into the new table %s?", call->name);
    plan_add(plan, PLAN_PLAN, "%s into %s%s", call->operation, call->name,
        restore->nowait ? "" : ", then wait until it is ACTIVE");
    plan_add(plan, PLAN_RISK, "a new table");
    plan_add_call(plan, &service_dynamodb, call->operation, "1", NULL, call->request);
    return plan->question ? ERROR_NONE : arena_failed(job->arena, err);
}

static enum error_code run_restore(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct restore *restore = tree->node;
    const struct backup_call *call = plan->detail;
    enum error_code code = ERROR_NONE;

    if (!table_send(job, plan->link, call->operation, restore->target, call->request, err))
        return err->code;
    catalog_forget_table(plan->link->catalog, restore->target);
    if (!restore->nowait)
        code = table_wait(job, plan->link, restore->target, false, err);
    if (!code)
        job_note(job, REPORT_NOTE, "table %s is %s", call->name,
            restore->nowait ? "being restored" : "ACTIVE");
    return code;
}

#define EXAMPLES (const char *const[])

const struct statement backup_statement_table[] = {
    {
        .name = "BACKUP",
        .syntax = "[TABLE] table [AS 'name']",
        .summary = "Make a backup of a table",
        .family = "Tables",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"BACKUP orders AS 'before-migration'", NULL},
        .parse = parse_backup,
        .plan = plan_backup,
        .run = run_backup,
    },
    {
        .name = "DROP BACKUP",
        .syntax = "'name or ARN'",
        .summary = "Delete a backup",
        .family = "Tables",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"DROP BACKUP 'before-migration'", NULL},
        .parse = parse_drop,
        .plan = plan_drop,
        .run = run_drop,
    },
    {
        .name = "RESTORE TABLE",
        .syntax = "name FROM BACKUP 'name or ARN' | table [AT LATEST | 'time'] [NOWAIT]",
        .summary = "Make a table from a backup or from a moment of another table",
        .family = "Tables",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"RESTORE TABLE orders2 FROM BACKUP 'before-migration'",
            "RESTORE TABLE orders2 FROM orders AT '2026-01-01T12:00:00Z'", NULL},
        .parse = parse_restore,
        .plan = plan_restore,
        .run = run_restore,
    },
    {
        .name = "SHOW BACKUPS",
        .syntax = "[OF table]",
        .summary = "List the backups",
        .family = "Tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"SHOW BACKUPS OF orders", NULL},
        .parse = parse_show,
        .plan = plan_show,
        .run = run_show,
    },
    {.name = NULL},
};
