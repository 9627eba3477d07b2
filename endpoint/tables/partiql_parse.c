#include "endpoint/tables/partiql_parser.h"

#include <string.h>

enum { COLUMN_NAME_LIMIT = 64 * 1024 };

struct columns {
    struct partiql_column *column;
    size_t count, room;
};

bool partiql_fail(struct partiql_parser *parser, enum message message)
{
    return request_fail(parser->request, message, NULL);
}

struct text partiql_place_text(struct partiql_parser *parser, const struct partiql_lexer *where)
{
    struct partiql_place place = partiql_lexer_place(where);

    return text_of(
        arena_format(parser->arena, "%zu:%zu:%zu", place.line, place.column, place.length));
}

bool partiql_fail_at(struct partiql_parser *parser, enum message message, struct text name,
    const struct partiql_lexer *where)
{
    return request_fail(parser->request, message,
        ARGUMENTS(name, partiql_place_text(parser, where)));
}

bool partiql_no_memory(struct partiql_parser *parser)
{
    return request_exhausted(parser->request);
}

bool partiql_enter(struct partiql_parser *parser)
{
    return ++parser->depth <= PARTIQL_DEPTH_LIMIT || partiql_fail(parser, MESSAGE_PARTIQL_LITERAL);
}

void partiql_leave(struct partiql_parser *parser)
{
    parser->depth--;
}

bool partiql_add(struct partiql_parser *parser, struct partiql_list *list,
    struct expression *element)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 4;
        struct expression **more = arena_alloc(parser->arena, room, sizeof *more);

        if (!more)
            return partiql_no_memory(parser);
        if (list->count > 0)
            memcpy(more, list->element, list->count * sizeof *more);
        list->element = more;
        list->room = room;
    }
    list->element[list->count++] = element;
    return true;
}

bool partiql_take_word(struct partiql_parser *parser, const char *word)
{
    if (!partiql_lexer_is_word(&parser->lexer, word))
        return false;
    partiql_lexer_move(&parser->lexer);
    return true;
}

bool partiql_take(struct partiql_parser *parser, const char *sign)
{
    if (!partiql_lexer_is(&parser->lexer, sign))
        return false;
    partiql_lexer_move(&parser->lexer);
    return true;
}

bool partiql_expect(struct partiql_parser *parser, const char *sign)
{
    return partiql_take(parser, sign) ||
           partiql_fail(parser,
               parser->lexer.kind == PARTIQL_END ? MESSAGE_PARTIQL_TERM : MESSAGE_PARTIQL_LEFTOVER);
}

static bool expect_word(struct partiql_parser *parser, const char *word)
{
    return partiql_take_word(parser, word) || partiql_fail(parser, MESSAGE_PARTIQL_LEFTOVER);
}

/* "table" or "table"."index"; missing: what to say when nothing like that is there. */
static bool read_source(struct partiql_parser *parser, enum message missing, struct partiql *out)
{
    out->index = text_make(NULL, 0);
    out->table = partiql_read_name(parser, missing);
    if (!out->table.data)
        return false;
    if (partiql_take(parser, ".")) {
        out->index = partiql_read_name(parser, MESSAGE_PARTIQL_DOT);
        if (!out->index.data)
            return false;
    }
    if (partiql_lexer_is(&parser->lexer, "."))
        return partiql_fail(parser, MESSAGE_PARTIQL_COMPONENTS);
    if (out->table.length == 0 || (out->index.data && out->index.length == 0))
        return partiql_fail(parser, MESSAGE_PARTIQL_EMPTY_NAME);
    return true;
}

/* Behind a source stands no other name. */
static bool check_alias(struct partiql_parser *parser)
{
    if (partiql_is_name(parser) || partiql_lexer_is_word(&parser->lexer, "AS"))
        return partiql_fail(parser, MESSAGE_PARTIQL_ALIAS);
    return true;
}

static bool read_where(struct partiql_parser *parser, struct partiql *out)
{
    if (!partiql_take_word(parser, "WHERE"))
        return true;
    parser->after_operator = false;
    out->where = partiql_read_condition(parser);
    if (!out->where)
        return false;
    return partiql_is_condition(out->where) || partiql_fail(parser, MESSAGE_PARTIQL_WHERE);
}

/* The last name of the path with the indexes behind it; a size is told by its place. */
static bool name_column(struct partiql_parser *parser, struct columns *columns)
{
    struct partiql_column *column = &columns->column[columns->count];
    const struct path *path = column->path;
    size_t last = path->count;
    struct buf name;

    if (column->size) {
        column->name = text_of(arena_format(parser->arena, "_%zu", columns->count + 1));
        return column->name.data || partiql_no_memory(parser);
    }
    while (path->part[last - 1].is_index)
        last--;
    column->name = path->part[last - 1].name;
    if (last < path->count) {
        buf_init(&name, COLUMN_NAME_LIMIT);
        buf_add_text(&name, column->name);
        for (; last < path->count; last++)
            buf_add_format(&name, "[%zu]", path->part[last].index);
        column->name = arena_text(parser->arena, buf_view(&name));
        buf_done(&name);
    }
    if (!column->name.data)
        return partiql_no_memory(parser);
    for (size_t i = 0; i < columns->count; i++)
        if (text_equal(columns->column[i].name, column->name))
            return request_fail(parser->request, MESSAGE_PARTIQL_SAME_COLUMN,
                ARGUMENTS(column->name));
    return true;
}

static bool read_column(struct partiql_parser *parser, struct columns *columns)
{
    struct partiql_column *column = &columns->column[columns->count];
    const struct partiql_lexer where = parser->lexer;

    *column = (struct partiql_column){.size = partiql_lexer_is_call(&where)};
    if (column->size && !partiql_lexer_is_word(&where, "size"))
        return request_fail(parser->request, MESSAGE_PARTIQL_COMPONENT,
            ARGUMENTS(partiql_place_text(parser, &where)));
    if (partiql_lexer_is(&where, "*"))
        return partiql_fail(parser, MESSAGE_PARTIQL_STAR);
    if (column->size) {
        partiql_lexer_move(&parser->lexer); /* size */
        partiql_lexer_move(&parser->lexer); /* ( */
    } else if (parser->lexer.kind == PARTIQL_WORD && !partiql_is_name(parser)) {
        return partiql_fail(parser, MESSAGE_PARTIQL_KEYWORD);
    } else if (!partiql_is_name(parser) && parser->lexer.kind != PARTIQL_END) {
        return request_fail(parser->request, MESSAGE_PARTIQL_COMPONENT,
            ARGUMENTS(partiql_place_text(parser, &where)));
    }
    column->path = partiql_read_path(parser);
    return column->path && (!column->size || partiql_expect(parser, ")")) && check_alias(parser) &&
           name_column(parser, columns);
}

static bool read_columns(struct partiql_parser *parser, struct partiql *out)
{
    struct columns columns = {0};

    if (partiql_take(parser, "*"))
        return !partiql_lexer_is(&parser->lexer, ",") || partiql_fail(parser, MESSAGE_PARTIQL_STAR);
    do {
        if (columns.count == columns.room) {
            size_t room = columns.room ? 2 * columns.room : 4;
            struct partiql_column *more = arena_alloc(parser->arena, room, sizeof *more);

            if (!more)
                return partiql_no_memory(parser);
            if (columns.count > 0)
                memcpy(more, columns.column, columns.count * sizeof *more);
            columns.column = more;
            columns.room = room;
        }
        if (!read_column(parser, &columns))
            return false;
        columns.count++;
    } while (partiql_take(parser, ","));
    out->column = columns.column;
    out->column_count = columns.count;
    return true;
}

static bool read_order(struct partiql_parser *parser, struct partiql *out)
{
    enum { ORDER_LIMIT = TABLE_KEY_LIMIT };

    if (!partiql_take_word(parser, "ORDER"))
        return true;
    if (!expect_word(parser, "BY"))
        return false;
    out->order = arena_alloc(parser->arena, ORDER_LIMIT, sizeof *out->order);
    if (!out->order)
        return partiql_no_memory(parser);
    do {
        struct partiql_order *order = &out->order[out->order_count];

        if (out->order_count == ORDER_LIMIT)
            return partiql_fail(parser, MESSAGE_PARTIQL_LEFTOVER);
        order->name = partiql_read_name(parser, MESSAGE_PARTIQL_TERM);
        if (!order->name.data)
            return false;
        order->descending = partiql_take_word(parser, "DESC");
        if (!order->descending)
            partiql_take_word(parser, "ASC");
        out->order_count++;
    } while (partiql_take(parser, ","));
    return true;
}

/* Clauses of SQL that the service knows and refuses. */
static bool check_clauses(struct partiql_parser *parser)
{
    static const char *const clause_table[] = {"GROUP", "HAVING", "LIMIT"};
    static const char *const join_table[] = {"JOIN", "CROSS", "INNER", "LEFT", "RIGHT", "FULL",
        "OUTER", "NATURAL"};

    for (size_t i = 0; i < sizeof join_table / sizeof *join_table; i++)
        if (partiql_lexer_is_word(&parser->lexer, join_table[i]))
            return partiql_fail(parser, MESSAGE_PARTIQL_ONE_SOURCE);
    if (partiql_lexer_is(&parser->lexer, ","))
        return partiql_fail(parser, MESSAGE_PARTIQL_ONE_SOURCE);
    for (size_t i = 0; i < sizeof clause_table / sizeof *clause_table; i++)
        if (partiql_take_word(parser, clause_table[i]))
            return partiql_fail_at(parser, MESSAGE_PARTIQL_CLAUSE, text_of(clause_table[i]),
                &parser->lexer);
    return true;
}

/* Behind SELECT. */
static bool read_select(struct partiql_parser *parser, struct partiql *out)
{
    return read_columns(parser, out) && expect_word(parser, "FROM") &&
           read_source(parser, MESSAGE_PARTIQL_TERM, out) && check_alias(parser) &&
           check_clauses(parser) && read_where(parser, out) && read_order(parser, out) &&
           check_clauses(parser);
}

static bool read_returning(struct partiql_parser *parser, struct partiql *out)
{
    bool all, new;

    if (!partiql_take_word(parser, "RETURNING"))
        return true;
    all = partiql_take_word(parser, "ALL");
    if (!all && !partiql_take_word(parser, "MODIFIED"))
        return partiql_fail(parser, MESSAGE_PARTIQL_RETURNING);
    new = partiql_take_word(parser, "NEW");
    if (!new && !partiql_take_word(parser, "OLD"))
        return partiql_fail(parser, MESSAGE_PARTIQL_RETURNING);
    if (!partiql_take(parser, "*"))
        return partiql_fail(parser, MESSAGE_PARTIQL_RETURNING);
    if (partiql_lexer_is(&parser->lexer, ","))
        return partiql_fail(parser, MESSAGE_PARTIQL_RETURNING_MANY);
    out->returning = new   ? all ? PARTIQL_RETURN_ALL_NEW : PARTIQL_RETURN_MODIFIED_NEW
                     : all ? PARTIQL_RETURN_ALL_OLD
                           : PARTIQL_RETURN_MODIFIED_OLD;
    return true;
}

static bool read_insert(struct partiql_parser *parser, struct partiql *out)
{
    out->kind = PARTIQL_INSERT;
    if (!expect_word(parser, "INTO") || !read_source(parser, MESSAGE_PARTIQL_IDENTIFIER, out))
        return false;
    if (out->index.data)
        return partiql_fail(parser, MESSAGE_PARTIQL_WRITE_SOURCE);
    if (partiql_lexer_is_word(&parser->lexer, "VALUES"))
        return partiql_fail(parser, MESSAGE_PARTIQL_INSERT_MANY);
    if (!expect_word(parser, "VALUE"))
        return false;
    out->item = partiql_read_item(parser);
    if (!out->item)
        return false;
    return !partiql_lexer_is_word(&parser->lexer, "RETURNING") ||
           partiql_fail(parser, MESSAGE_PARTIQL_INSERT_RETURNING);
}

static bool read_changes(struct partiql_parser *parser, struct partiql *out)
{
    out->update = partiql_read_update(parser);
    return out->update;
}

/* UPDATE "t" SET .. WHERE .., or FROM "t" WHERE .. SET .. */
static bool read_update(struct partiql_parser *parser, bool from_first, struct partiql *out)
{
    out->kind = PARTIQL_UPDATE;
    if (!read_source(parser, MESSAGE_PARTIQL_IDENTIFIER, out) || !check_alias(parser))
        return false;
    if (out->index.data)
        return partiql_fail(parser, MESSAGE_PARTIQL_WRITE_SOURCE);
    if (from_first)
        return read_where(parser, out) && read_changes(parser, out) && read_returning(parser, out);
    return read_changes(parser, out) && read_where(parser, out) && read_returning(parser, out);
}

static bool read_delete(struct partiql_parser *parser, struct partiql *out)
{
    static const char *const text_table[] = {
        [PARTIQL_RETURN_MODIFIED_OLD] = "MODIFIED OLD *",
        [PARTIQL_RETURN_ALL_NEW] = "ALL NEW *",
        [PARTIQL_RETURN_MODIFIED_NEW] = "MODIFIED NEW *",
    };

    out->kind = PARTIQL_DELETE;
    if (!expect_word(parser, "FROM") || !read_source(parser, MESSAGE_PARTIQL_IDENTIFIER, out) ||
        !check_alias(parser))
        return false;
    if (out->index.data)
        return partiql_fail(parser, MESSAGE_PARTIQL_WRITE_SOURCE);
    if (!read_where(parser, out) || !read_returning(parser, out))
        return false;
    return out->returning <= PARTIQL_RETURN_ALL_OLD ||
           request_fail(parser->request, MESSAGE_PARTIQL_DELETE_RETURNING,
               ARGUMENTS(text_of(text_table[out->returning])));
}

static bool read_exists(struct partiql_parser *parser, struct partiql *out)
{
    partiql_lexer_move(&parser->lexer); /* EXISTS */
    partiql_lexer_move(&parser->lexer); /* ( */
    out->kind = PARTIQL_EXISTS;
    return expect_word(parser, "SELECT") && read_select(parser, out) && partiql_expect(parser, ")");
}

static bool read_statement(struct partiql_parser *parser, struct partiql *out)
{
    if (partiql_take_word(parser, "SELECT"))
        return read_select(parser, out);
    if (partiql_take_word(parser, "INSERT"))
        return read_insert(parser, out);
    if (partiql_take_word(parser, "UPDATE"))
        return read_update(parser, false, out);
    if (partiql_take_word(parser, "FROM"))
        return read_update(parser, true, out);
    if (partiql_take_word(parser, "DELETE"))
        return read_delete(parser, out);
    if (partiql_lexer_is_word(&parser->lexer, "EXISTS") && partiql_lexer_is_call(&parser->lexer))
        return read_exists(parser, out);
    return partiql_fail(parser, MESSAGE_PARTIQL_MANIPULATION);
}

bool partiql_parse(struct request *request, struct text source, const struct value *parameters,
    struct partiql *out)
{
    struct partiql_parser parser = {.request = request,
        .arena = request->arena,
        .parameters = parameters};

    *out = (struct partiql){.source = source};
    if (!partiql_lexer_accepts(source))
        return partiql_fail(&parser, MESSAGE_PARTIQL_LITERAL);
    partiql_lexer_init(&parser.lexer, source);
    if (!read_statement(&parser, out))
        return false;
    partiql_take(&parser, ";");
    if (parser.lexer.kind != PARTIQL_END)
        return partiql_fail(&parser, MESSAGE_PARTIQL_LEFTOVER);
    return parser.next_parameter == (parameters ? parameters->count : 0) ||
           partiql_fail(&parser, MESSAGE_PARTIQL_PARAMETERS);
}
