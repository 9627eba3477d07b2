#include "console/staged_request.h"

#include "console/statements/write.h"
#include "console/transaction.h"

enum { REQUEST_LIMIT = 17 << 20, BYTES_PER_UNIT = 1024 };

/* The pieces that write_request() wants of a statement. */
struct draft {
    struct write write;
    struct write_plan plan;
    const struct value *item;
};

static struct expression *partition_test(struct arena *arena, const struct staged_change *change,
    enum expression_kind kind)
{
    struct expression *test = expression_new(arena, kind, 1);
    const struct path *path = path_new_name(arena, text_of(change->table->key[0].name));

    if (!test || !path)
        return NULL;
    test->operand[0] = expression_new_path(arena, path);
    return test->operand[0] ? test : NULL;
}

static bool reads_the_same(const struct expression *a, const struct expression *b)
{
    struct buf left, right;
    bool same;

    buf_init(&left, STAGED_BYTES);
    buf_init(&right, STAGED_BYTES);
    expression_add_text(&left, a);
    expression_add_text(&right, b);
    same = !left.failure && !right.failure && text_equal(buf_view(&left), buf_view(&right));
    buf_done(&left);
    buf_done(&right);
    return same;
}

static bool has_part(const struct expression *all, const struct expression *part)
{
    if (all->kind != EXPRESSION_AND)
        return reads_the_same(all, part);
    for (size_t i = 0; i < all->count; i++)
        if (reads_the_same(all->operand[i], part))
            return true;
    return false;
}

/* all AND more, without the parts of more that all has already. */
static struct expression *join_conditions(struct arena *arena, struct expression *all,
    struct expression *more)
{
    bool joined = more && more->kind == EXPRESSION_AND;

    for (size_t i = 0; all && more && i < (joined ? more->count : 1); i++) {
        struct expression *part = joined ? more->operand[i] : more;

        if (!has_part(all, part))
            all = expression_and(arena, all, part);
    }
    return all;
}

/* What is asked beside the existence of the item; *out stays NULL for a new one. */
static enum error_code find_condition(const struct staged_change *change, struct arena *arena,
    const struct item_diff *diff, struct expression **out, struct error *err)
{
    struct expression *state = NULL;

    *out = NULL;
    if (!change->base)
        return ERROR_NONE;
    state =
        diff ? diff->condition : item_diff_unchanged(arena, change->base, staged_reserve(change));
    *out = join_conditions(arena, state, change->condition);
    return *out ? ERROR_NONE : arena_failed(arena, err);
}

static bool moves(const struct staged_change *change)
{
    return staged_mark(change) == '>';
}

/* The write of one image; of a move the part that verb names. */
static enum error_code fill_draft(const struct staged_change *change, enum write_verb verb,
    struct arena *arena, struct draft *draft, struct error *err)
{
    struct item_diff *diff = NULL;
    enum error_code code;

    *draft = (struct draft){.write = {.verb = verb}, .item = change->wanted};
    draft->plan.write = &draft->write;
    draft->plan.table = change->table;
    draft->plan.operation = verb == WRITE_INSERT   ? "PutItem"
                            : verb == WRITE_UPDATE ? "UpdateItem"
                                                   : "DeleteItem";
    draft->plan.key =
        catalog_key_of(arena, change->table, verb == WRITE_INSERT ? change->wanted : change->base);
    if (!draft->plan.key)
        return arena_failed(arena, err);
    if (verb == WRITE_INSERT) {
        draft->write.item = &draft->item;
        draft->write.item_count = 1;
        draft->plan.own = partition_test(arena, change, EXPRESSION_NOT_EXISTS);
        return draft->plan.own ? ERROR_NONE : arena_failed(arena, err);
    }
    if (verb == WRITE_UPDATE) {
        diff = staged_diff(change, arena, err);
        if (!diff)
            return err->code;
        draft->write.update = diff->update;
        draft->plan.own = partition_test(arena, change, EXPRESSION_EXISTS);
        if (!draft->plan.own)
            return arena_failed(arena, err);
    }
    code = find_condition(change, arena, diff, &draft->plan.condition, err);
    return code;
}

static enum write_verb verb_of(const struct staged_change *change)
{
    return !change->base ? WRITE_INSERT : !change->wanted ? WRITE_DELETE : WRITE_UPDATE;
}

static enum error_code add_request(const struct staged_change *change, enum write_verb verb,
    bool wants_old, struct arena *arena, struct buf *out, const char **operation, struct error *err)
{
    struct draft draft;
    enum error_code code = fill_draft(change, verb, arena, &draft, err);

    draft.plan.wants_old = wants_old && verb != WRITE_INSERT;
    *operation = draft.plan.operation;
    return code ? code : write_request(&draft.plan, 0, NULL, arena, out, err);
}

/* One write as an action of a transaction. */
static enum error_code add_action(const struct staged_change *change, enum write_verb verb,
    struct arena *arena, struct json_writer *writer, struct error *err)
{
    const char *operation;
    const struct json *request;
    struct text copy;
    struct buf one;
    enum error_code code;

    buf_init(&one, REQUEST_LIMIT);
    code = add_request(change, verb, false, arena, &one, &operation, err);
    copy = code ? TEXT("") : arena_text(arena, buf_view(&one));
    buf_done(&one);
    if (code)
        return code;
    if (!copy.data)
        return arena_failed(arena, err);
    request = json_parse(copy, arena, err);
    if (!request)
        return err->code;
    buf_init(&one, REQUEST_LIMIT);
    transaction_write_action(&one, operation, request);
    code = buf_check(&one, "action", err);
    if (!code)
        json_raw(writer, buf_view(&one));
    buf_done(&one);
    return code;
}

enum error_code staged_add_actions(const struct staged_change *change, struct arena *arena,
    struct json_writer *writer, size_t *count, struct error *err)
{
    enum error_code code;

    if (!moves(change)) {
        (*count)++;
        return add_action(change, verb_of(change), arena, writer, err);
    }
    *count += 2;
    code = add_action(change, WRITE_INSERT, arena, writer, err);
    return code ? code : add_action(change, WRITE_DELETE, arena, writer, err);
}

static enum error_code add_move(const struct staged_change *change, struct arena *arena,
    struct buf *out, struct error *err)
{
    struct json_writer writer;
    size_t count = 0;
    enum error_code code;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_name(&writer, "TransactItems");
    json_begin_array(&writer);
    code = staged_add_actions(change, arena, &writer, &count, err);
    json_end_array(&writer);
    json_pair_string(&writer, "ReturnConsumedCapacity", "TOTAL");
    json_end_object(&writer);
    return code ? code : buf_check(out, "request", err);
}

enum error_code staged_compile(const struct staged_change *change, bool wants_old,
    struct arena *arena, struct staged_call *out, struct error *err)
{
    struct buf request;
    enum error_code code;

    out->operation = "TransactWriteItems";
    buf_init(&request, REQUEST_LIMIT);
    if (moves(change))
        code = add_move(change, arena, &request, err);
    else
        code =
            add_request(change, verb_of(change), wants_old, arena, &request, &out->operation, err);
    out->request = code ? TEXT("") : arena_text(arena, buf_view(&request));
    buf_done(&request);
    if (!code && !out->request.data)
        code = arena_failed(arena, err);
    return code;
}

enum error_code staged_add_condition(const struct staged_change *change, struct arena *arena,
    struct buf *out, struct error *err)
{
    struct draft draft;
    struct expression *whole;
    enum error_code code =
        fill_draft(change, moves(change) ? WRITE_DELETE : verb_of(change), arena, &draft, err);

    if (code)
        return code;
    whole = expression_and(arena, draft.plan.own, draft.plan.condition);
    if (!whole)
        return arena_failed(arena, err);
    expression_add_text(out, whole);
    return ERROR_NONE;
}

/* MANY behind UPDATE is a word of the language. */
static void add_table(struct buf *out, const struct staged_change *change)
{
    struct text name = text_of(change->table->name);

    if (text_is_ignoring_case(name, "many"))
        buf_add_format(out, "`%s`", change->table->name);
    else
        value_add_name(out, name);
}

static enum error_code add_write(const struct staged_change *change, enum write_verb verb,
    struct arena *arena, struct buf *out, struct error *err)
{
    static const char *const word[] = {[WRITE_INSERT] = "INSERT INTO ",
        [WRITE_UPDATE] = "UPDATE ",
        [WRITE_DELETE] = "DELETE FROM "};
    struct draft draft;
    enum error_code code = fill_draft(change, verb, arena, &draft, err);

    if (code)
        return code;
    buf_add_string(out, word[verb]);
    add_table(out, change);
    buf_add_string(out, verb == WRITE_INSERT ? " VALUE " : " ");
    value_add_literal(out, verb == WRITE_INSERT ? change->wanted : draft.plan.key);
    if (draft.write.update) {
        buf_add_char(out, ' ');
        update_add_text(out, draft.write.update);
    }
    if (draft.plan.condition) {
        buf_add_string(out, " IF ");
        expression_add_text(out, draft.plan.condition);
    }
    buf_add_string(out, ";\n");
    return ERROR_NONE;
}

enum error_code staged_add_statement(const struct staged_change *change, struct arena *arena,
    struct buf *out, struct error *err)
{
    enum error_code code;

    if (change->kind == STAGED_OBJECT) {
        if (change->reference.length > 0)
            buf_add_format(out, "-- stages %.*s again, as the undo log of this machine has it\n",
                (int)change->object.length, change->object.data);
        buf_add_text(out, change->statement);
        buf_add_char(out, '\n');
        return ERROR_NONE;
    }
    if (!moves(change))
        return add_write(change, verb_of(change), arena, out, err);
    buf_add_string(out, "BEGIN WRITE;\n");
    code = add_write(change, WRITE_INSERT, arena, out, err);
    if (!code)
        code = add_write(change, WRITE_DELETE, arena, out, err);
    buf_add_string(out, "COMMIT;\n");
    return code;
}

void staged_add_name(struct buf *out, struct arena *arena, const struct staged_change *change)
{
    const struct value *key;

    if (change->kind == STAGED_OBJECT) {
        buf_add_text(out, change->object);
        return;
    }
    key = catalog_key_of(arena, change->table, change->base ? change->base : change->wanted);
    value_add_name(out, text_of(change->table->name));
    buf_add_char(out, ' ');
    if (key)
        value_add_literal(out, key);
}

uint64_t staged_cost(const struct staged_change *change)
{
    size_t old = change->base ? value_item_size(change->base) : 0;
    size_t new = change->wanted ? value_item_size(change->wanted) : 0;
    size_t largest = old > new ? old : new;
    uint64_t units;

    if (change->kind == STAGED_OBJECT)
        return 0;
    units = (largest + BYTES_PER_UNIT - 1) / BYTES_PER_UNIT;
    return moves(change) ? 4 * units : units; /* a transaction writes each item twice */
}

/* Everything that the change would make of the item is there. */
static bool is_made(const struct item_diff *diff, const struct value *theirs)
{
    for (size_t i = 0; i < diff->count; i++) {
        const struct value *there = path_lookup(diff->change[i].path, theirs);
        const struct value *wanted = diff->change[i].new;

        if (there && wanted ? !value_equal(there, wanted) : there != wanted)
            return false;
    }
    return true;
}

static enum staged_verdict judge_update(const struct item_diff *diff,
    const struct expression *condition, const struct value *theirs, struct arena *arena)
{
    struct error why = {.code = ERROR_NONE};

    if (!theirs)
        return STAGED_CONFLICTS;
    if (expression_holds(condition, theirs, arena) &&
        update_apply(diff->update, theirs, arena, &why))
        return STAGED_FITS;
    return is_made(diff, theirs) ? STAGED_ALREADY : STAGED_CONFLICTS;
}

enum error_code staged_judge(const struct staged_change *change, const struct value *theirs,
    const struct value *there, struct arena *arena, enum staged_verdict *verdict, struct error *err)
{
    bool updates = change->base && change->wanted && !moves(change);
    struct item_diff *diff = updates ? staged_diff(change, arena, err) : NULL;
    struct expression *condition;

    *verdict = STAGED_CONFLICTS;
    if (updates && !diff)
        return err->code;
    if (find_condition(change, arena, diff, &condition, err))
        return err->code;
    if (updates)
        *verdict = judge_update(diff, condition, theirs, arena);
    else if (!change->base)
        *verdict = !theirs                               ? STAGED_FITS
                   : value_equal(theirs, change->wanted) ? STAGED_ALREADY
                                                         : STAGED_CONFLICTS;
    else if (!theirs)
        *verdict = !change->wanted || (there && value_equal(there, change->wanted))
                       ? STAGED_ALREADY
                       : STAGED_CONFLICTS;
    else if (!there && expression_holds(condition, theirs, arena))
        *verdict = STAGED_FITS;
    return ERROR_NONE;
}
