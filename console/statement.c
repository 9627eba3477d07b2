#include "console/statement.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "console/language/backslash.h"
#include "console/language/grammar.h"
#include "console/statement_hints.h"

enum { STATEMENT_LIMIT = 256, WORD_LIMIT = 4 };

static const struct statement *const family_table[] = {
    read_statement_table,
    write_statement_table,
    many_statement_table,
    stats_statement_table,
    export_statement_table,
    copy_statement_table,
    diff_statement_table,
    import_statement_table,
    backup_statement_table,
    tail_statement_table,
    partiql_statement_table,
    table_show_statement_table,
    transact_statement_table,
    table_statement_table,
    table_alter_statement_table,
    raw_statement_table,
    stage_statement_table,
    staged_statement_table,
    api_statement_table,
    route_statement_table,
    route_show_statement_table,
    deploy_statement_table,
    invoke_statement_table,
    metrics_statement_table,
    log_statement_table,
    history_statement_table,
    undo_statement_table,
    saved_statement_table,
    settings_statement_table,
    job_statement_table,
    screen_statement_table,
    script_statement_table,
    repeat_statement_table,
    edit_statement_table,
};

/* The records of all families in one order; written once. */
static const struct statement *sorted[STATEMENT_LIMIT];
static size_t sorted_count;
static pthread_once_t sorted_once = PTHREAD_ONCE_INIT;

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const struct statement *const *)a)->name,
        (*(const struct statement *const *)b)->name);
}

static void sort_records(void)
{
    for (size_t i = 0; i < sizeof family_table / sizeof *family_table; i++) {
        for (const struct statement *one = family_table[i];
             one->name && sorted_count < STATEMENT_LIMIT; one++)
            sorted[sorted_count++] = one;
    }
    qsort(sorted, sorted_count, sizeof *sorted, compare_names);
}

size_t statement_count(void)
{
    pthread_once(&sorted_once, sort_records);
    return sorted_count;
}

const struct statement *statement_at(size_t index)
{
    return index < statement_count() ? sorted[index] : NULL;
}

const struct statement *statement_named(struct text name)
{
    for (size_t i = 0; i < statement_count(); i++) {
        if (text_is_ignoring_case(name, sorted[i]->name))
            return sorted[i];
    }
    return NULL;
}

/* The words at the lexer's place, as many as records have at most. */
static size_t upcoming_words(const struct lexer *lexer, struct text word[WORD_LIMIT])
{
    struct lexer ahead = *lexer;
    size_t count = 0;

    while (count < WORD_LIMIT && ahead.token.kind == TOKEN_WORD)
        word[count++] = lexer_take(&ahead).text;
    return count;
}

/* How many words of the name stand at the beginning of word[]; all must, or 0. */
static size_t match_words(const char *name, const struct text *word, size_t count)
{
    struct text rest = text_of(name), one;
    size_t matched = 0;

    while (text_take_field(&rest, ' ', &one)) {
        if (matched == count || !text_equal_ignoring_case(one, word[matched]))
            return 0;
        matched++;
    }
    return matched;
}

const struct statement *statement_find(const struct lexer *lexer)
{
    struct text word[WORD_LIMIT];
    size_t count = upcoming_words(lexer, word), best = 0;
    const struct statement *found = NULL;

    for (size_t i = 0; i < statement_count(); i++) {
        size_t matched = match_words(sorted[i]->name, word, count);

        if (matched > best) {
            best = matched;
            found = sorted[i];
        }
    }
    return found;
}

static struct json *names_object(struct lexer *lexer, const struct token *at,
    const struct value *map, struct error *err)
{
    struct json *object = arena_alloc(lexer->arena, 1, sizeof *object), **end;

    if (!object)
        goto memory;
    object->kind = JSON_OBJECT;
    object->count = map->count;
    end = &object->first;
    for (size_t i = 0; i < map->count; i++) {
        struct json *member = arena_alloc(lexer->arena, 1, sizeof *member);

        if (!member)
            goto memory;
        if (map->element[i].type != VALUE_S || map->element[i].text.length == 0) {
            parse_fail(err, at, "NAMES maps '#name' to the name of an attribute");
            return NULL;
        }
        member->kind = JSON_STRING;
        member->name = map->name[i];
        member->text = map->element[i].text;
        *end = member;
        end = &member->next;
    }
    return object;
memory:
    arena_failed(lexer->arena, err);
    return NULL;
}

static bool read_with(struct lexer *lexer, struct error *err)
{
    struct language_context *context = lexer->context;
    struct token at = lexer_take(lexer);
    const struct value *map;

    if (parse_word(lexer, "NAMES")) {
        map = parse_item(lexer, err);
        if (map && map->type == VALUE_M)
            context->names = names_object(lexer, &at, map, err);
        if (!context->names)
            return false;
    }
    if (!parse_word(lexer, "VALUES"))
        return true;
    context->values = parse_item(lexer, err);
    return context->values != NULL;
}

static bool find_with(struct lexer *lexer, struct error *err)
{
    struct lexer ahead = *lexer;

    if (!lexer_may_have_with(lexer))
        return true;
    for (; !parse_at_end(&ahead); lexer_take(&ahead)) {
        struct lexer next;

        if (!parse_at_words(&ahead, "WITH", "NAMES") && !parse_at_words(&ahead, "WITH", "VALUES"))
            continue;
        next = ahead;
        lexer_take(&next);
        if (next.after.kind != TOKEN_PUNCTUATION && next.after.kind != TOKEN_WORD &&
            next.after.kind != TOKEN_PARAM)
            continue;
        return read_with(&ahead, err);
    }
    return true;
}

static bool parse_explain(struct lexer *lexer, struct tree *tree, struct error *err)
{
    static const struct {
        const char *word;
        size_t offset;
    } form_table[] = {{"AWS", offsetof(struct tree, explain_aws)},
        {"CURL", offsetof(struct tree, explain_curl)},
        {"JSON", offsetof(struct tree, explain_json)}};

    if (tree->explain || tree->analyze)
        return parse_fail(err, &lexer->last, "EXPLAIN does not nest");
    tree->explain = true;
    if (!parse_sign(lexer, "("))
        return true;
    do {
        size_t i = 0;
        bool *flag;

        while (i < 3 && !parse_at_word(lexer, form_table[i].word))
            i++;
        if (i == 3)
            return parse_expected(lexer, "AWS, CURL or JSON", err);
        flag = (bool *)(void *)((char *)tree + form_table[i].offset);
        if (*flag)
            return parse_fail(err, &lexer->token, "%s is said twice", form_table[i].word);
        *flag = true;
        lexer_take(lexer);
    } while (parse_sign(lexer, ","));
    return parse_need_sign(lexer, ")", err);
}

static bool parse_watch(struct lexer *lexer, struct tree *tree, struct error *err)
{
    int64_t times;

    if (tree->watch || tree->analyze)
        return parse_fail(err, &lexer->last, "WATCH does not nest");
    tree->watch = true;
    tree->watch_every = 2 * CLOCK_SECOND;
    if (parse_word(lexer, "EVERY") &&
        !parse_duration(lexer, "a duration such as 5s", &tree->watch_every, err))
        return false;
    if (tree->watch_every == 0)
        return parse_fail(err, &lexer->last, "EVERY is at least 1ms");
    if (!parse_word(lexer, "TIMES"))
        return true;
    if (!parse_integer(lexer, "TIMES", 1, 1000000000, &times, err))
        return false;
    tree->watch_times = (uint64_t)times;
    return true;
}

static bool parse_analyze(struct lexer *lexer, struct tree *tree, struct error *err)
{
    if (tree->analyze || tree->explain || tree->watch)
        return parse_fail(err, &lexer->last, "ANALYZE does not nest");
    return tree->analyze = true;
}

/* EXPLAIN, ANALYZE, WATCH. */
static const struct {
    const char *word;
    bool (*parse)(struct lexer *lexer, struct tree *tree, struct error *err);
} prefix_table[] = {{"ANALYZE", parse_analyze}, {"EXPLAIN", parse_explain}, {"WATCH", parse_watch}};

static size_t find_prefix(const struct lexer *lexer)
{
    size_t i = 0;

    while (i < sizeof prefix_table / sizeof *prefix_table &&
           !parse_at_word(lexer, prefix_table[i].word))
        i++;
    return i;
}

/* Finds the record of the statement and takes its words. */
static bool take_words(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct text rest, word;

    tree->statement = statement_find(lexer);
    if (!tree->statement)
        return statement_fail_unknown(lexer, err);
    rest = text_of(tree->statement->name);
    while (text_take_field(&rest, ' ', &word))
        lexer_take(lexer);
    return true;
}

/* What stands behind the words of the record; the end is the caller's to look at. */
static bool parse_rest(struct lexer *lexer, struct tree *tree, bool ends, struct error *err)
{
    if (tree->statement->parse(lexer, tree, err) && (!ends || parse_need_end(lexer, err)))
        return true;
    statement_suggest_option(lexer, tree->statement, err);
    return false;
}

struct tree *statement_parse_inner(struct lexer *lexer, const struct tree *outer, struct error *err)
{
    struct tree *tree = arena_alloc(lexer->arena, 1, sizeof *tree);
    size_t start = lexer->token.offset;

    if (!tree) {
        arena_failed(lexer->arena, err);
        return NULL;
    }
    tree->arena = lexer->arena;
    tree->input_name = outer->input_name;
    tree->line = lexer->token.line;
    tree->column = lexer->token.column;
    tree->now = lexer->context->now;
    if (!take_words(lexer, tree, err) || !parse_rest(lexer, tree, false, err))
        return NULL;
    tree->source = tree->body =
        text_slice(lexer->input, start, lexer->last.offset + lexer->last.source.length);
    return tree;
}

bool statement_takes_prefix(const struct statement *statement, const struct tree *tree,
    struct error *err)
{
    if (tree->analyze && !(statement->flags & (STATEMENT_READ | STATEMENT_WRITE)))
        error_set(err, ERROR_USAGE, "%s makes no call that could be analyzed", statement->name);
    else if (tree->analyze && (statement->flags & STATEMENT_REPEATS))
        error_set(err, ERROR_USAGE, "ANALYZE needs a statement that ends");
    else if (tree->watch && !(statement->flags & STATEMENT_READ))
        error_set(err, ERROR_USAGE, "WATCH repeats reads only");
    else
        return true;
    return false;
}

static bool parse_body(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct token first;
    struct error why;

    for (size_t i = find_prefix(lexer); i < sizeof prefix_table / sizeof *prefix_table;
         i = find_prefix(lexer)) {
        lexer_take(lexer);
        if (!prefix_table[i].parse(lexer, tree, err))
            return false;
    }
    first = lexer->token;
    tree->body = text_slice(lexer->input, first.offset, lexer->input.length);
    if (!take_words(lexer, tree, err))
        return false;
    if (!statement_takes_prefix(tree->statement, tree, &why))
        return parse_fail(err, &first, "%s", why.text);
    return parse_rest(lexer, tree, true, err);
}

static bool check_missing(const struct tree *tree, struct language_context *context,
    struct error *err)
{
    struct buf names;

    if (context->missing_count == 0 || context->is_left_out)
        return true;
    context->is_only_missing = true;
    buf_init(&names, sizeof err->text / 2);
    for (size_t i = 0; i < context->missing_count; i++)
        buf_add_format(&names, "%s:%.*s", i > 0 ? ", " : "", (int)context->missing[i].length,
            context->missing[i].data);
    error_set_at(err, ERROR_USAGE, tree->line, tree->column, "no value for %s", buf_string(&names));
    error_hint(err, "--param %.*s=LITERAL gives one", (int)context->missing[0].length,
        context->missing[0].data);
    buf_done(&names);
    return false;
}

static bool prepare_context(struct lexer *lexer, struct error *err)
{
    struct language_context *context = lexer->context;

    if (!context)
        context = arena_alloc(lexer->arena, 1, sizeof *context);
    if (!context) {
        arena_failed(lexer->arena, err);
        return false;
    }
    lexer->context = context;
    context->names = NULL;
    context->values = NULL;
    context->missing_count = 0;
    context->is_only_missing = false;
    context->warning_count = 0;
    context->used = NULL;
    context->aside_count = 0;
    context->now = context->fixed_now ? context->fixed_now : clock_wall();
    return true;
}

static bool keep_warnings(struct tree *tree, const struct language_context *context,
    struct error *err)
{
    if (context->warning_count == 0)
        return true;
    tree->warning = arena_alloc(tree->arena, context->warning_count, sizeof *tree->warning);
    if (!tree->warning) {
        arena_failed(tree->arena, err);
        return false;
    }
    memcpy(tree->warning, context->warning, context->warning_count * sizeof *tree->warning);
    tree->warning_count = context->warning_count;
    return true;
}

/* A job thread parses the rounds of WATCH: it must not look into the session. */
static bool keep_language(struct tree *tree, const struct language_context *context,
    size_t args_before, struct error *err)
{
    size_t count = context->parameters ? map_count(context->parameters) : 0, used = 0, at = 0;
    struct language_context *copy = arena_alloc(tree->arena, 1, sizeof *copy);
    struct language_parameter *bound = arena_alloc(tree->arena, count + 1, sizeof *bound);
    struct text name;
    void *value;

    if (!copy || !bound)
        goto memory;
    while (count > 0 && map_next(context->parameters, &at, &name, &value)) {
        bound[used] = (struct language_parameter){arena_text(tree->arena, name), value};
        if (!bound[used++].name.data)
            goto memory;
    }
    *copy = (struct language_context){.dialect = context->dialect,
        .args = context->args,
        .arg_count = context->arg_count,
        .args_used = args_before,
        .last_read = arena_text(tree->arena, context->last_read),
        .bound = bound,
        .bound_count = used};
    if (!copy->last_read.data)
        goto memory;
    tree->language = copy;
    return true;
memory:
    arena_failed(tree->arena, err);
    return false;
}

struct tree *statement_parse(struct lexer *lexer, const char *input_name, bool *empty,
    struct error *err)
{
    struct tree *tree;
    size_t end, args_before;

    *empty = false;
    if (!prepare_context(lexer, err))
        return NULL;
    args_before = lexer->context->args_used;
    if (parse_at_end(lexer)) {
        *empty = parse_need_end(lexer, err);
        return NULL;
    }
    if (parse_at_sign(lexer, "\\")) {
        tree = backslash_parse(lexer, input_name, err);
    } else {
        tree = arena_alloc(lexer->arena, 1, sizeof *tree);
        if (!tree) {
            arena_failed(lexer->arena, err);
            return NULL;
        }
        tree->arena = lexer->arena;
        tree->input_name = input_name;
        tree->line = lexer->token.line;
        tree->column = lexer->token.column;
        tree->source = text_slice(lexer->input, lexer->token.offset, lexer->input.length);
        if (!find_with(lexer, err) || !parse_body(lexer, tree, err))
            return NULL;
        end = lexer->last.offset + lexer->last.source.length;
        tree->source =
            text_slice(tree->source, 0, end - (size_t)(tree->source.data - lexer->input.data));
        tree->body = text_slice(tree->body, 0, end - (size_t)(tree->body.data - lexer->input.data));
    }
    if (!tree || !check_missing(tree, lexer->context, err) ||
        !keep_warnings(tree, lexer->context, err) ||
        (tree->watch && !keep_language(tree, lexer->context, args_before, err)))
        return NULL;
    tree->now = lexer->context->now;
    tree->used = lexer->context->used;
    tree->aside_count = lexer->context->aside_count;
    memcpy(tree->aside, lexer->context->aside, sizeof tree->aside);
    return tree;
}
