#include "endpoint/tables/partiql_parser.h"

#include <string.h>

#include "client/number.h"

enum { PLACE_LIMIT = 64 * 1024, ECHO_LIMIT = 64 * 1024 };

/* The way from a value to its root, for messages: root.a[0]. */
struct place {
    const struct place *up; /* NULL: the root */
    struct text name;       /* data NULL: an element of a list */
    size_t index;
    size_t depth; /* containers around the value */
};

/* A container under construction. */
struct builder {
    struct value *element;
    struct text *name;
    size_t count, room;
};

static bool read_value(struct partiql_parser *parser, const struct place *place, struct value *out);

static struct text place_text(struct partiql_parser *parser, const struct place *place)
{
    const struct place *way[VALUE_WIRE_DEPTH_LIMIT + 2];
    size_t count = 0;
    struct text text;
    struct buf out;

    for (; place->up && count < sizeof way / sizeof *way; place = place->up)
        way[count++] = place;
    buf_init(&out, PLACE_LIMIT);
    buf_add_string(&out, "root");
    while (count > 0) {
        place = way[--count];
        if (place->name.data)
            buf_add_format(&out, ".%.*s", (int)place->name.length, place->name.data);
        else
            buf_add_format(&out, "[%zu]", place->index);
    }
    text = out.failure ? TEXT("root") : arena_text(parser->arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static bool fail_under(struct partiql_parser *parser, enum message message, struct text what,
    const struct place *place)
{
    return request_fail(parser->request, message, ARGUMENTS(what, place_text(parser, place)));
}

/* Something that is not a constant, inside one. */
static bool fail_type(struct partiql_parser *parser, struct text type, const struct place *place)
{
    return request_fail(parser->request, MESSAGE_PARTIQL_DATA_TYPE,
        ARGUMENTS(type, place_text(parser, place), partiql_place_text(parser, &parser->lexer)));
}

static bool grow(struct partiql_parser *parser, struct builder *builder)
{
    size_t room = builder->room ? 2 * builder->room : 8;
    struct value *element;
    struct text *name;

    if (builder->count < builder->room)
        return true;
    element = arena_alloc(parser->arena, room, sizeof *element);
    name = arena_alloc(parser->arena, room, sizeof *name);
    if (!element || !name)
        return partiql_no_memory(parser);
    if (builder->count > 0) {
        memcpy(element, builder->element, builder->count * sizeof *element);
        memcpy(name, builder->name, builder->count * sizeof *name);
    }
    *builder = (struct builder){element, name, builder->count, room};
    return true;
}

static bool read_number(struct partiql_parser *parser, const struct place *place, struct value *out)
{
    struct error err = {0};
    bool negative = false;
    const char *text;
    struct text digits;

    while (partiql_lexer_is(&parser->lexer, "-") || partiql_lexer_is(&parser->lexer, "+")) {
        negative = negative != partiql_lexer_is(&parser->lexer, "-");
        partiql_lexer_move(&parser->lexer);
    }
    if (parser->lexer.kind != PARTIQL_NUMBER)
        return request_fail(parser->request, MESSAGE_PARTIQL_OPERAND_COUNT,
            ARGUMENTS(TEXT("-"), TEXT("1")));
    digits = partiql_lexer_text(&parser->lexer);
    partiql_lexer_move(&parser->lexer);
    text =
        arena_format(parser->arena, "%s%.*s", negative ? "-" : "", (int)digits.length, digits.data);
    if (!text)
        return partiql_no_memory(parser);
    out->type = VALUE_N;
    if (!number_canonical(text_of(text), parser->arena, &out->text, &err))
        return true;
    if (err.code != ERROR_INVALID)
        return partiql_no_memory(parser);
    return fail_under(parser, MESSAGE_PARTIQL_UNDER, text_of(err.text), place);
}

static bool read_word(struct partiql_parser *parser, const struct place *place, struct value *out)
{
    struct text word = partiql_lexer_text(&parser->lexer);

    if (partiql_lexer_is_call(&parser->lexer))
        return fail_type(parser, word, place);
    if (partiql_take_word(parser, "TRUE")) {
        *out = (struct value){.type = VALUE_BOOL, .boolean = true};
        return true;
    }
    if (partiql_take_word(parser, "FALSE")) {
        *out = (struct value){.type = VALUE_BOOL};
        return true;
    }
    if (partiql_take_word(parser, "NULL")) {
        *out = (struct value){.type = VALUE_NULL};
        return true;
    }
    if (partiql_lexer_is_word(&parser->lexer, "MISSING"))
        return partiql_fail(parser, MESSAGE_PARTIQL_MISSING);
    return partiql_is_name(parser) ? fail_type(parser, TEXT("VariableReference"), place)
                                   : partiql_fail(parser, MESSAGE_PARTIQL_KEYWORD);
}

/* A container with nothing in it counts as deep as one with something. */
static bool end_container(struct partiql_parser *parser, const struct place *place,
    const struct builder *builder, enum value_type type, struct value *out)
{
    if (place->depth + 1 >= VALUE_WIRE_DEPTH_LIMIT)
        return fail_under(parser, MESSAGE_PARTIQL_NESTING, text_make("", 0), place);
    *out = (struct value){.type = type,
        .count = builder->count,
        .element = builder->element,
        .name = builder->name};
    return true;
}

static bool read_list(struct partiql_parser *parser, const struct place *place, struct value *out)
{
    struct builder builder = {0};

    partiql_lexer_move(&parser->lexer);
    if (!partiql_lexer_is(&parser->lexer, "]"))
        do {
            struct place element = {place, text_make(NULL, 0), builder.count, place->depth + 1};

            if (!grow(parser, &builder) ||
                !read_value(parser, &element, &builder.element[builder.count]))
                return false;
            builder.count++;
        } while (partiql_take(parser, ","));
    return partiql_expect(parser, "]") && end_container(parser, place, &builder, VALUE_L, out);
}

/* 'name': , unique among those before. */
static bool read_member_name(struct partiql_parser *parser, const struct place *place,
    struct builder *builder)
{
    struct text name;

    if (parser->lexer.kind != PARTIQL_STRING)
        return partiql_fail(parser,
            partiql_is_name(parser) ? MESSAGE_PARTIQL_MEMBER_NAME : MESSAGE_PARTIQL_TERM);
    name = partiql_read_quoted(parser);
    if (!name.data || !grow(parser, builder))
        return false;
    for (size_t i = 0; i < builder->count; i++)
        if (text_equal(builder->name[i], name))
            return fail_under(parser, MESSAGE_PARTIQL_SAME_NAME, name, place);
    builder->name[builder->count] = name;
    return partiql_expect(parser, ":");
}

static bool read_map(struct partiql_parser *parser, const struct place *place, struct value *out)
{
    struct builder builder = {0};

    partiql_lexer_move(&parser->lexer);
    if (!partiql_lexer_is(&parser->lexer, "}"))
        do {
            struct place member = {place, text_make("", 0), 0, place->depth + 1};

            if (!read_member_name(parser, place, &builder))
                return false;
            member.name = builder.name[builder.count];
            if (!read_value(parser, &member, &builder.element[builder.count]))
                return false;
            builder.count++;
        } while (partiql_take(parser, ","));
    if (!partiql_expect(parser, "}") || !end_container(parser, place, &builder, VALUE_M, out))
        return false;
    value_sort(out);
    return true;
}

/* The older wording: members as they were written. */
static bool fail_same(struct partiql_parser *parser, const struct builder *builder,
    const struct place *place)
{
    struct buf list;

    buf_init(&list, ECHO_LIMIT);
    for (size_t i = 0; i < builder->count; i++) {
        if (i > 0)
            buf_add_string(&list, ", ");
        buf_add_text(&list, builder->name[i]);
    }
    if (builder->element[0].type == VALUE_S)
        request_fail(parser->request, MESSAGE_PARTIQL_SAME_STRINGS, ARGUMENTS(buf_view(&list)));
    else
        fail_under(parser, MESSAGE_PARTIQL_SAME_NUMBERS, buf_view(&list), place);
    buf_done(&list);
    return false;
}

static bool end_set(struct partiql_parser *parser, const struct place *place,
    struct builder *builder, struct value *out)
{
    enum value_type type;

    if (builder->count == 0)
        return partiql_fail(parser, MESSAGE_PARTIQL_EMPTY_BAG);
    type = builder->element[0].type;
    for (size_t i = 0; i < builder->count; i++)
        if (builder->element[i].type != type || (type != VALUE_S && type != VALUE_N))
            return partiql_fail(parser, MESSAGE_PARTIQL_BAG_TYPE);
    *out = (struct value){.type = type == VALUE_S ? VALUE_SS : VALUE_NS,
        .count = builder->count,
        .element = builder->element};
    value_sort(out);
    for (size_t i = 1; i < out->count; i++)
        if (value_equal(&out->element[i - 1], &out->element[i]))
            return fail_same(parser, builder, place);
    return true;
}

/* The names of the builder keep the members as they were written. Members are no containers. */
static bool read_set(struct partiql_parser *parser, const struct place *place, struct value *out)
{
    struct builder builder = {0};

    partiql_lexer_move(&parser->lexer);
    if (!partiql_lexer_is(&parser->lexer, ">>"))
        do {
            size_t start = parser->lexer.start, end;

            if (partiql_lexer_is(&parser->lexer, "<<") || partiql_lexer_is(&parser->lexer, "[") ||
                partiql_lexer_is(&parser->lexer, "{"))
                return partiql_fail(parser, MESSAGE_PARTIQL_BAG_TYPE);
            if (!grow(parser, &builder) ||
                !read_value(parser, place, &builder.element[builder.count]))
                return false;
            for (end = parser->lexer.start; end > start; end--) {
                char c = parser->lexer.source.data[end - 1];

                if (c != ' ' && (c < '\t' || c > '\r'))
                    break;
            }
            builder.name[builder.count] = builder.element[builder.count].type == VALUE_S
                                              ? builder.element[builder.count].text
                                              : text_slice(parser->lexer.source, start, end);
            builder.count++;
        } while (partiql_take(parser, ","));
    return partiql_expect(parser, ">>") && end_set(parser, place, &builder, out);
}

static bool read_value(struct partiql_parser *parser, const struct place *place, struct value *out)
{
    const struct partiql_lexer *lexer = &parser->lexer;

    /* 31 containers around a leaf are accepted, 32 refused: this ends the recursion. */
    if (place->depth >= VALUE_WIRE_DEPTH_LIMIT)
        return fail_under(parser, MESSAGE_PARTIQL_NESTING, text_make("", 0), place);
    *out = (struct value){.type = VALUE_S};
    switch (lexer->kind) {
    case PARTIQL_STRING:
        out->text = partiql_read_quoted(parser);
        return out->text.data;
    case PARTIQL_NUMBER:
        return read_number(parser, place, out);
    case PARTIQL_WORD:
        return read_word(parser, place, out);
    case PARTIQL_NAME:
        return fail_type(parser, TEXT("VariableReference"), place);
    case PARTIQL_PARAMETER:
        return fail_type(parser, TEXT("Parameter"), place);
    case PARTIQL_SIGN:
        if (partiql_lexer_is(lexer, "-") || partiql_lexer_is(lexer, "+"))
            return read_number(parser, place, out);
        if (partiql_lexer_is(lexer, "["))
            return read_list(parser, place, out);
        if (partiql_lexer_is(lexer, "{"))
            return read_map(parser, place, out);
        if (partiql_lexer_is(lexer, "<<"))
            return read_set(parser, place, out);
        break;
    case PARTIQL_END:
    case PARTIQL_UNREADABLE:
        break;
    }
    return partiql_fail(parser, MESSAGE_PARTIQL_TERM);
}

bool partiql_is_literal(const struct partiql_parser *parser)
{
    static const char *const sign_table[] = {"-", "+", "[", "{", "<<"};
    static const char *const word_table[] = {"TRUE", "FALSE", "NULL", "MISSING"};
    const struct partiql_lexer *lexer = &parser->lexer;

    if (lexer->kind == PARTIQL_STRING || lexer->kind == PARTIQL_NUMBER)
        return true;
    for (size_t i = 0; i < sizeof sign_table / sizeof *sign_table; i++)
        if (partiql_lexer_is(lexer, sign_table[i]))
            return true;
    for (size_t i = 0; i < sizeof word_table / sizeof *word_table; i++)
        if (partiql_lexer_is_word(lexer, word_table[i]))
            return true;
    return false;
}

const struct value *partiql_read_literal(struct partiql_parser *parser)
{
    const struct place root = {.up = NULL};
    struct value *value = arena_alloc(parser->arena, 1, sizeof *value);

    if (!value) {
        partiql_no_memory(parser);
        return NULL;
    }
    return read_value(parser, &root, value) ? value : NULL;
}

const struct value *partiql_read_parameter(struct partiql_parser *parser)
{
    size_t at = parser->next_parameter++;

    partiql_lexer_move(&parser->lexer);
    if (parser->parameters && at < parser->parameters->count)
        return &parser->parameters->element[at];
    partiql_fail(parser, MESSAGE_PARTIQL_PARAMETERS);
    return NULL;
}

/* An attribute of the item to insert: the root of its own value. */
static bool read_attribute(struct partiql_parser *parser, struct value *out)
{
    const struct place root = {.up = NULL};
    const struct value *parameter;

    if (parser->lexer.kind != PARTIQL_PARAMETER)
        return read_value(parser, &root, out);
    parameter = partiql_read_parameter(parser);
    if (parameter)
        *out = *parameter;
    return parameter;
}

static const struct value *finish_item(struct partiql_parser *parser, const struct builder *builder)
{
    struct value *item = arena_alloc(parser->arena, 1, sizeof *item);

    if (!item) {
        partiql_no_memory(parser);
        return NULL;
    }
    *item = (struct value){.type = VALUE_M,
        .count = builder->count,
        .element = builder->element,
        .name = builder->name};
    value_sort(item);
    if (item->count > 0 && item->name[0].length == 0) {
        partiql_fail(parser, MESSAGE_VALUE_NAME_EMPTY);
        return NULL;
    }
    return item;
}

const struct value *partiql_read_item(struct partiql_parser *parser)
{
    const struct place root = {.up = NULL};
    const struct value *parameter;
    struct builder builder = {0};

    if (parser->lexer.kind == PARTIQL_PARAMETER) {
        parameter = partiql_read_parameter(parser);
        if (!parameter || parameter->type == VALUE_M)
            return parameter;
        partiql_fail(parser, MESSAGE_PARTIQL_ITEM);
        return NULL;
    }
    if (!partiql_take(parser, "{")) {
        partiql_fail(parser, partiql_lexer_is(&parser->lexer, "<<") ? MESSAGE_PARTIQL_INSERT_MANY
                             : partiql_is_literal(parser)           ? MESSAGE_PARTIQL_ITEM
                                                                    : MESSAGE_PARTIQL_TERM);
        return NULL;
    }
    if (!partiql_lexer_is(&parser->lexer, "}"))
        do {
            if (!read_member_name(parser, &root, &builder) ||
                !read_attribute(parser, &builder.element[builder.count]))
                return NULL;
            builder.count++;
        } while (partiql_take(parser, ","));
    return partiql_expect(parser, "}") ? finish_item(parser, &builder) : NULL;
}
