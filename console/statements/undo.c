#include "console/undo.h"

#include <stdio.h>

#include "base/clock.h"
#include "console/language/grammar.h"
#include "console/language/planner.h"
#include "console/listing.h"
#include "console/statement.h"
#include "console/statements/stage.h"
#include "console/statements/staged.h"
#include "console/statements/undo_object.h"
#include "console/undo_reader.h"

/* SHOW UNDO, UNDO: the reverse of what a statement wrote is staged, nothing is sent. */

enum { LINE_ARENA = 64 << 20, LIST_ARENA = 256 << 20 };

struct undo_node {
    int64_t back;   /* 1: the last statement */
    struct text id; /* or this one */
};

static bool parse_show(struct lexer *lexer, struct tree *tree, struct error *err)
{
    (void)lexer, (void)tree, (void)err;
    return true;
}

static bool parse_undo(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct undo_node *node = arena_alloc(lexer->arena, 1, sizeof *node);
    struct token at = lexer->token;

    if (!node)
        return grammar_memory(lexer, err);
    tree->node = node;
    node->back = 1;
    if (parse_at_end(lexer))
        return true;
    if (at.kind == TOKEN_NUMBER)
        return parse_integer(lexer, "UNDO", 1, INT64_MAX - 1, &node->back, err);
    if (!parse_string(lexer, "a number or an id of SHOW UNDO", &node->id, err))
        return false;
    return undo_file_is_id(node->id) ||
           parse_fail(err, &at, "'%.*s' is no id of SHOW UNDO",
               (int)(node->id.length < 60 ? node->id.length : 60), node->id.data);
}

enum { SHOW_N, SHOW_ID, SHOW_PROFILE, SHOW_ITEMS, SHOW_STATEMENT, SHOW_NOTE, SHOW_COLUMNS };
static const char *const show_column[SHOW_COLUMNS] = {"n", "id", "profile", "items", "statement",
    "note"};

struct showing {
    struct listing listing;
    int64_t n;
    enum error_code code;
    struct error *err;
};

static bool show_file(void *user, const struct undo_header *header)
{
    struct showing *showing = user;

    listing_integer(&showing->listing, SHOW_N, ++showing->n);
    listing_string(&showing->listing, SHOW_ID, header->id);
    listing_text(&showing->listing, SHOW_PROFILE, header->profile);
    if (header->items >= 0)
        listing_integer(&showing->listing, SHOW_ITEMS, header->items);
    listing_text(&showing->listing, SHOW_STATEMENT, header->statement);
    if (header->why.length > 0)
        listing_string(&showing->listing, SHOW_NOTE, "cannot be undone");
    showing->code = listing_row(&showing->listing, showing->err);
    return !showing->code;
}

static enum error_code run_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct showing showing = {.err = err};
    struct arena *arena = arena_new(LIST_ARENA, err);
    enum error_code code = arena ? ERROR_NONE : err->code;

    (void)tree, (void)plan;
    if (!code)
        code = listing_begin(&showing.listing, job, "undo", show_column, SHOW_COLUMNS, err);
    if (!code)
        code = undo_file_list(arena, show_file, &showing, err);
    if (!code)
        code = showing.code;
    if (!code)
        code = listing_end(&showing.listing, err);
    arena_free(arena);
    return code;
}

/* One UNDO under way. */
struct undoing {
    struct job *job;
    struct link *link;
    struct undo_header header;
    struct undo_reader reader;
    struct staged_list *list;
    const struct catalog_table *table; /* of the last line */
    uint64_t number[STAGED_CHANGES];   /* what was staged */
    size_t count, items, left_out;
    struct undo_objects objects;
};

struct search {
    int64_t back, seen;
    char id[UNDO_ID_SIZE];
};

static bool find_back(void *user, const struct undo_header *header)
{
    struct search *search = user;

    if (++search->seen < search->back)
        return true;
    snprintf(search->id, sizeof search->id, "%s", header->id);
    return false;
}

static enum error_code fail_missing(int64_t seen, struct error *err)
{
    if (seen == 0)
        error_set(err, ERROR_NOT_FOUND, "there is nothing to undo");
    else
        error_set(err, ERROR_NOT_FOUND, "there are %lld statements to undo", (long long)seen);
    return error_hint(err, "SHOW UNDO lists what can be undone");
}

/* Opens the file that the statement means. */
static enum error_code open_file(struct undoing *undoing, const struct undo_node *node,
    struct error *err)
{
    struct search search = {.back = node->back};
    enum error_code code = ERROR_NONE;

    if (node->id.length > 0)
        snprintf(search.id, sizeof search.id, "%.*s", (int)node->id.length, node->id.data);
    else
        code = undo_file_list(undoing->job->arena, find_back, &search, err);
    if (!code && !search.id[0])
        return fail_missing(search.seen, err);
    if (!code)
        code = undo_reader_open(&undoing->reader, search.id, undoing->job->arena, &undoing->header,
            err);
    if (code == ERROR_NOT_FOUND) {
        error_set(err, ERROR_NOT_FOUND, "there is no undo of the id %s", search.id);
        error_hint(err, "SHOW UNDO lists what can be undone");
    }
    return code;
}

static bool is_same(struct text kept, const char *now)
{
    return kept.length == 0 || now[0] == '\0' || text_is(kept, now);
}

/* What was written elsewhere is undone there. */
static enum error_code check_place(const struct undoing *undoing, struct error *err)
{
    const struct undo_header *header = &undoing->header;
    struct connection *connection = undoing->link->connection;

    if (text_is(header->profile, connection_name(connection)) &&
        is_same(header->region, connection_region(connection)) &&
        is_same(header->account, connection_account(connection)))
        return ERROR_NONE;
    error_set(err, ERROR_REFUSED,
        "it was written through profile %.*s, region %.*s, account %.*s; this is %s, %s, %s",
        (int)header->profile.length, header->profile.data, (int)header->region.length,
        header->region.data, (int)header->account.length, header->account.data,
        connection_name(connection), connection_region(connection), connection_account(connection));
    return error_hint(err, "CONNECT %.*s first", (int)header->profile.length, header->profile.data);
}

/* The item after the call, as far as the file knows it; *after NULL: none. */
static enum error_code read_after(const struct json *line, const struct value *key,
    const struct value *old, struct arena *arena, const struct value **after, struct error *err)
{
    const struct json *wrote = json_member(line, "wrote");
    const struct value *item = old ? old : key;

    *after = NULL;
    if (!wrote || wrote->kind != JSON_OBJECT)
        return ERROR_NONE;
    if (text_is(json_string_member(line, "call"), "PutItem")) {
        *after = value_from_wire_item(wrote, arena, err);
        return *after ? ERROR_NONE : err->code;
    }
    for (const struct json *one = wrote->first; one; one = one->next) {
        const struct value *value =
            one->kind == JSON_NULL ? NULL : value_from_wire(one, arena, err);

        if (one->kind != JSON_NULL && !value)
            return err->code;
        item = value ? value_with(arena, item, one->name, value)
                     : value_without(arena, item, one->name);
        if (!item)
            return arena_failed(arena, err);
    }
    *after = item;
    return ERROR_NONE;
}

static enum error_code find_table(struct undoing *undoing, struct text name, struct error *err)
{
    bool cached;

    if (!undoing->table || !text_is(name, undoing->table->name))
        undoing->table = planner_table(undoing->job, undoing->link, name, &cached, err);
    return undoing->table ? ERROR_NONE : err->code;
}

/* One more that was written; number: of its staged change, 0: nothing of it is left. */
static void add_number(void *user, uint64_t number)
{
    struct undoing *undoing = user;

    undoing->items++;
    if (number > 0 && undoing->count < STAGED_CHANGES)
        undoing->number[undoing->count++] = number;
}

static enum error_code stage_line(struct undoing *undoing, const struct json *line,
    struct arena *arena, struct error *err)
{
    const struct json *key = json_member(line, "key"), *old = json_member(line, "old");
    struct staged_item item = {.risk = RISK_ONE};
    enum staged_outcome outcome = STAGED_UNCHANGED;
    uint64_t number = 0;
    enum error_code code;

    if (!key || !old || !json_string_member(line, "table").data)
        return error_set(err, ERROR_INVALID, "undo %s, line %llu: not an item", undoing->header.id,
            (unsigned long long)undoing->reader.number);
    code = find_table(undoing, json_string_member(line, "table"), err);
    if (code)
        return code;
    item.table = undoing->table;
    item.key = value_from_wire_item(key, arena, err);
    if (!item.key)
        return err->code;
    if (old->kind == JSON_OBJECT) {
        item.wanted = value_from_wire_item(old, arena, err);
        if (!item.wanted)
            return err->code;
    }
    code = read_after(line, item.key, item.wanted, arena, &item.base, err);
    if (!code)
        code = staged_add_item(undoing->list, &item, &outcome, &number, err);
    if (code)
        return code;
    undoing->left_out += json_member(line, "left_out") != NULL;
    add_number(undoing, number);
    return ERROR_NONE;
}

static enum error_code stage_lines(struct undoing *undoing, struct error *err)
{
    struct arena *arena = arena_new(LINE_ARENA, err);
    enum error_code code = arena ? ERROR_NONE : err->code;

    while (!code) {
        const struct json *line;

        arena_reset(arena);
        code = job_check(undoing->job, err);
        if (code)
            break;
        line = undo_reader_next(&undoing->reader, arena, err);
        if (!line) {
            code = err->code;
            break;
        }
        code = undo_line_is_object(line)
                   ? undo_objects_take(undoing->job, &undoing->objects, line, err)
                   : stage_line(undoing, line, arena, err);
    }
    arena_free(arena);
    return code ? code
                : undo_objects_stage(undoing->job, &undoing->objects, undoing->list,
                      undoing->header.id, add_number, undoing, err);
}

static void report(const struct undoing *undoing)
{
    struct job *job = undoing->job;
    size_t none = undoing->items - undoing->count;

    job_note(job, REPORT_NOTE, "%zu change%s staged, nothing is sent before APPLY STAGED%s",
        undoing->count, undoing->count == 1 ? "" : "s",
        undoing->count > 0 ? "; each is sent only where what was written still stands" : "");
    if (none > 0)
        job_note(job, REPORT_NOTE, "%zu item%s had no change to take back", none,
            none == 1 ? "" : "s");
    if (undoing->header.items < 0)
        job_note(job, REPORT_WARNING,
            "the log ends early: the process was killed, later writes are not in it");
    if (undoing->left_out > 0)
        job_note(job, REPORT_WARNING,
            "secrets were left out of the log: those of %zu item%s do not come back",
            undoing->left_out, undoing->left_out == 1 ? "" : "s");
}

/* What was staged, as SHOW STAGED prints it. */
static enum error_code show_staged(struct undoing *undoing, struct plan *plan, struct error *err)
{
    struct staged_node node = {.number = undoing->number, .number_count = undoing->count};

    return undoing->count > 0 ? staged_show(undoing->job, &node, plan, err) : ERROR_NONE;
}

static enum error_code stage_all(struct undoing *undoing, struct error *err)
{
    enum error_code code = check_place(undoing, err);

    if (!code && undoing->header.items > STAGED_CHANGES) {
        error_set(err, ERROR_LIMIT, "it wrote %lld items; at most %d changes wait in the list",
            (long long)undoing->header.items, STAGED_CHANGES);
        error_hint(err, "the old images are in the file of the undo log, a line each");
        return err->code;
    }
    if (!code)
        undoing->list = staged_open(undoing->link, true, err);
    if (!code && !undoing->list)
        code = err->code;
    if (!code)
        code = stage_lines(undoing, err);
    if (!code)
        code = staged_save(undoing->list, err);
    staged_close(undoing->list);
    undoing->list = NULL;
    return code;
}

static enum error_code plan_undo(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct undoing *undoing = arena_alloc(job->arena, 1, sizeof *undoing);
    enum error_code code;

    if (!undoing)
        return arena_failed(job->arena, err);
    undoing->job = job;
    undoing->link = plan->link = job_link(job, TEXT(""), err);
    if (!undoing->link)
        return err->code;
    plan->detail = undoing;
    code = open_file(undoing, tree->node, err);
    if (code)
        return code;
    plan_add(plan, PLAN_PLAN, "put the reverse of %s on the list of staged changes",
        undoing->header.id);
    plan_add(plan, PLAN_NOTE, "it was: %.*s",
        (int)(undoing->header.statement.length < 300 ? undoing->header.statement.length : 300),
        undoing->header.statement.data);
    undo_reader_close(&undoing->reader);
    if (undoing->header.why.length > 0)
        plan_refuse(plan, ERROR_REFUSED,
            arena_format(job->arena, "what it was is in the undo log, id %s", undoing->header.id),
            "%.*s cannot be undone: %.*s",
            (int)(undoing->header.statement.length < 100 ? undoing->header.statement.length : 100),
            undoing->header.statement.data, (int)undoing->header.why.length,
            undoing->header.why.data);
    return ERROR_NONE;
}

static enum error_code run_undo(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct undoing *undoing = plan->detail;
    struct undo_node node = *(const struct undo_node *)tree->node;
    enum error_code code;

    node.id = text_of(undoing->header.id);
    stage_learn_account(job, undoing->link);
    code = open_file(undoing, &node, err);
    if (!code)
        code = stage_all(undoing, err);
    undo_reader_close(&undoing->reader);
    if (!code) {
        report(undoing);
        code = show_staged(undoing, plan, err);
    }
    return code;
}

#define FAMILY "Session"
#define EXAMPLES (const char *const[])

const struct statement undo_statement_table[] = {
    {
        .name = "SHOW UNDO",
        .syntax = "",
        .summary = "List the statements that can be undone, the last one first",
        .family = FAMILY,
        .flags = STATEMENT_LOCAL,
        .example = EXAMPLES{"SHOW UNDO", NULL},
        .parse = parse_show,
        .run = run_show,
    },
    {
        .name = "UNDO",
        .syntax = "[n | 'id']",
        .summary = "Stage the reverse of what a statement wrote; APPLY STAGED sends it",
        .family = FAMILY,
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"UNDO", "UNDO 2", "UNDO '20261121-114410-1'", NULL},
        .parse = parse_undo,
        .plan = plan_undo,
        .run = run_undo,
    },
    {.name = NULL},
};
