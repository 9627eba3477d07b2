#include <string.h>

#include "base/editor.h"
#include "base/json.h"
#include "client/mask.h"
#include "console/language/grammar.h"
#include "console/language/planner.h"
#include "console/statement.h"
#include "console/statements/read.h"
#include "console/statements/stage.h"
#include "console/statements/write.h"
#include "panels/item_lines.h"

/* EDIT: an item as JSON in an editor; what differs afterwards is staged. */

enum { TEXT_LIMIT = 4 << 20 };

struct edit {
    struct read read;
    bool has_key; /* else a new item is written */
    struct key_literal key;
};

struct edit_plan {
    struct link *link;
    const struct catalog_table *table;
    const struct value *key; /* or NULL */
};

/* One run of it. */
struct editing {
    struct job *job;
    struct link *link;
    struct staged_item item; /* what is to be staged; no wanted: nothing was changed */
    const struct value
        *view;     /* what is edited: the item after the changes staged so far, or NULL */
    bool is_typed; /* there is a text that would be lost */
};

static bool parse_edit(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct edit *edit = arena_alloc(lexer->arena, 1, sizeof *edit);

    if (!edit)
        return grammar_memory(lexer, err);
    tree->node = edit;
    edit->read.consistent = true;
    if (!parse_table_ref(lexer, &edit->read.table, err))
        return false;
    if (edit->read.table.index.length > 0)
        return parse_fail(err, &edit->read.table.token, "EDIT takes an item of a table");
    edit->has_key = !parse_at_end(lexer) && !parse_at_sign(lexer, ")");
    return !edit->has_key || parse_key(lexer, &edit->key, err);
}

static enum error_code plan_edit(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct edit *edit = tree->node;
    struct edit_plan *out = arena_alloc(job->arena, 1, sizeof *out);
    struct read_plan *get;

    if (!out)
        return arena_failed(job->arena, err);
    plan->detail = out;
    if (edit->has_key) {
        get = planner_get(job, &edit->read, &edit->key, plan, err);
        if (!get)
            return err->code;
        *out = (struct edit_plan){get->link, get->table, get->item_key[0]};
    } else {
        out->link = plan->link = planner_link(job, &edit->read.table, err);
        if (!out->link)
            return err->code;
        out->table = planner_table(job, out->link, edit->read.table.table, NULL, err);
        if (!out->table)
            return err->code;
        plan_add(plan, PLAN_PLAN, "a new item of %s", out->table->name);
    }
    plan_add(plan, PLAN_LOCAL, "the editor; what differs is staged");
    return ERROR_NONE;
}

/* An empty value of each key attribute: where a new item begins. */
static const struct value *blank_item(struct arena *arena, const struct catalog_table *table,
    struct error *err)
{
    struct value *item = value_new_container(arena, VALUE_M, table->key_count);

    for (size_t i = 0; item && i < table->key_count; i++) {
        const struct catalog_key *key = &table->key[i];

        item->name[i] = text_of(key->name);
        item->element[i].type = key->type == 'N' ? VALUE_N : key->type == 'B' ? VALUE_B : VALUE_S;
        item->element[i].text = key->type == 'N' ? TEXT("0") : TEXT("");
        item->count++;
    }
    if (!item)
        arena_failed(arena, err);
    return item;
}

/* The key first, as operators read an item. */
static const struct value *key_first(struct arena *arena, const struct catalog_table *table,
    const struct value *item, struct error *err)
{
    struct value *out = value_new_container(arena, VALUE_M, item->count);

    if (!out) {
        arena_failed(arena, err);
        return NULL;
    }
    for (int keys = 1; keys >= 0; keys--)
        for (size_t i = 0; i < item->count; i++) {
            bool is_key = planner_find_key(table->key, table->key_count, item->name[i]) != SIZE_MAX;

            if (is_key == (keys == 1)) {
                out->name[out->count] = item->name[i];
                out->element[out->count++] = item->element[i];
            }
        }
    return out;
}

/* Lines of "//" at the head are ours: they say what was wrong. */
static struct text without_remarks(struct text text)
{
    while (text_starts_with(text, TEXT("//"))) {
        const char *end = memchr(text.data, '\n', text.length);

        text = end ? text_slice(text, (size_t)(end - text.data) + 1, text.length) : TEXT("");
    }
    return text;
}

/* The item of that key as the table holds it, and as it would be after the changes staged so far. */
static enum error_code look(struct editing *editing, const struct value *key, struct error *err)
{
    struct staged_item *item = &editing->item;
    struct staged_list *list;
    enum error_code code;

    item->key = key;
    editing->view = NULL;
    code = stage_read_item(editing->job, editing->link, item->table, item->key, &item->base, err);
    if (code)
        return code;
    list = staged_read(editing->link, editing->job->arena, err);
    return list ? staged_view(list, item->table, key, item->base, &editing->view, err) : err->code;
}

/* A new item may have got another key than was asked for: there must be none of that key. */
static enum error_code look_for_other(struct editing *editing, const struct value *key,
    struct error *err)
{
    if (editing->item.base || (editing->item.key && value_equal(editing->item.key, key)))
        return ERROR_NONE;
    if (look(editing, key, err))
        return err->code;
    if (!editing->item.base && !editing->view)
        return ERROR_NONE;
    editing->item.base = NULL;
    editing->view = NULL;
    editing->item.key = NULL;
    return error_set(err, ERROR_CONDITION,
        "there is an item of this key already; EDIT with the key edits that one");
}

static enum error_code read_item(struct editing *editing, struct text text, struct error *err)
{
    struct arena *arena = editing->job->arena;
    const struct json *json = json_parse(text, arena, err);
    const struct value *item, *key;

    if (!json)
        return err->code;
    if (json->kind != JSON_OBJECT)
        return error_set(err, ERROR_INVALID, "an item is an object: {\"name\": value, ..}");
    item = value_from_plain_item(json, arena, err);
    key = item ? write_item_key(arena, editing->item.table, item, err) : NULL;
    if (!key || look_for_other(editing, key, err))
        return err->code;
    editing->item.wanted = item;
    return ERROR_NONE;
}

/* Until the text is an item, comes back as it was, or is empty. */
static enum error_code edit_text(struct editing *editing, struct buf *text, struct error *err)
{
    struct job *job = editing->job;
    struct text last = arena_text(job->arena, buf_view(text)), edited;
    struct error wrong = {.code = ERROR_NONE};

    while (last.data) {
        if (job_check(job, err) || job->edit(job, ".json", text, err))
            return err->code;
        edited = arena_text(job->arena, without_remarks(buf_view(text)));
        if (!edited.data)
            break;
        if (text_trim(edited).length == 0)
            return ERROR_NONE;
        if (text_equal(edited, last)) {
            *err = wrong; /* left as wrong as it was */
            return wrong.code;
        }
        editing->is_typed = true;
        if (!read_item(editing, edited, &wrong))
            return ERROR_NONE;
        if (wrong.code != ERROR_INVALID && wrong.code != ERROR_USAGE &&
            wrong.code != ERROR_CONDITION) {
            *err = wrong;
            return wrong.code;
        }
        last = edited;
        buf_clear(text);
        buf_add_format(text, "// %s\n", wrong.text);
        buf_add_text(text, edited);
        if (buf_check(text, "item", err))
            return err->code;
    }
    return arena_failed(job->arena, err);
}

static enum error_code stage_item(struct editing *editing, struct error *err)
{
    enum staged_outcome outcome = STAGED_UNCHANGED;
    struct staged_list *list = staged_open(editing->link, true, err);
    uint64_t number = 0;
    enum error_code code =
        list ? staged_put_item(list, &editing->item, &outcome, &number, err) : err->code;

    if (!code)
        code = staged_save(list, err);
    if (!code)
        stage_report(editing->job, outcome, number, staged_count(list));
    staged_close(list);
    return code;
}

/* What was typed is not lost with the statement; its secrets are. */
static void keep_text(struct job *job, struct text text)
{
    struct error err;
    struct buf path, masked;

    buf_init(&path, 4096);
    buf_init(&masked, TEXT_LIMIT);
    mask_add_json(&masked, text, false);
    if (buf_check(&masked, "text", &err) || editor_keep(".json", buf_view(&masked), &path, &err))
        job_note(job, REPORT_WARNING, "%s", err.text);
    else
        job_note(job, REPORT_NOTE, "the text is kept in %s%s", buf_string(&path),
            text_equal(text, buf_view(&masked)) ? "" : ", without its secrets");
    buf_done(&path);
    buf_done(&masked);
}

/* What the editor shows first: the item, or its key, or an empty one. */
static const struct value *first_shown(struct editing *editing, struct error *err)
{
    struct arena *arena = editing->job->arena;
    const struct catalog_table *table = editing->item.table;
    const struct value *shown = editing->view ? editing->view : editing->item.key;

    if (!shown)
        shown = blank_item(arena, table, err);
    return shown ? key_first(arena, table, shown, err) : NULL;
}

static enum error_code edit_item(struct editing *editing, struct error *err)
{
    const struct value *shown = first_shown(editing, err);
    struct buf text;
    enum error_code code;

    if (!shown)
        return err->code;
    buf_init(&text, TEXT_LIMIT);
    item_lines_add(&text, shown, ITEM_JSON);
    buf_add_char(&text, '\n');
    code = buf_check(&text, "item", err);
    if (!code)
        code = edit_text(editing, &text, err);
    if (!code && editing->item.wanted)
        code = stage_item(editing, err);
    else if (!code)
        job_note(editing->job, REPORT_NOTE, "nothing is changed");
    if (code && editing->is_typed)
        keep_text(editing->job, without_remarks(buf_view(&text)));
    buf_done(&text);
    return code;
}

static enum error_code run_edit(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct edit_plan *detail = plan->detail;
    struct editing editing = {.job = job,
        .link = detail->link,
        .item = {.table = detail->table, .risk = RISK_ONE}};

    (void)tree;
    if (!job->edit) {
        error_set(err, ERROR_USAGE, "EDIT needs a terminal");
        return error_hint(err, "STAGE UPDATE and STAGE PUT do the same in a script");
    }
    stage_learn_account(job, detail->link);
    if (detail->key) {
        if (look(&editing, detail->key, err))
            return err->code;
        if (!editing.view)
            job_note(job, REPORT_NOTE,
                editing.item.base ? "the item is staged to be deleted: what is saved brings it back"
                                  : "there is no such item: what is saved is a new one");
    }
    return edit_item(&editing, err);
}

#define EXAMPLES (const char *const[])

const struct statement edit_statement_table[] = {
    {
        .name = "EDIT",
        .syntax = "table [key]",
        .summary = "Edit an item, or a new one, as JSON in $VISUAL or $EDITOR; what differs is "
                   "staged",
        .family = "Staged changes",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"EDIT orders 'c1', 17", "EDIT orders", NULL},
        .parse = parse_edit,
        .plan = plan_edit,
        .run = run_edit,
    },
    {.name = NULL},
};
