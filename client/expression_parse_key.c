#include "client/expression_form.h"
#include "client/expression_parse.h"

/*
 * A key condition is a condition of few forms; what it holds is checked in the order it is
 * written. Clauses `:v < path` are turned round, and all of them end in one AND.
 */
struct key_reader {
    struct arena *arena;
    struct error *err;
    struct expression *conjunction; /* room for all clauses; count so far */
};

static bool refuse(struct key_reader *reader, const char *complaint, const char *operation)
{
    error_set(reader->err, ERROR_INVALID, "Invalid KeyConditionExpression: %s%s", complaint,
        operation);
    return false;
}

static bool is_allowed(enum expression_kind kind)
{
    return kind == EXPRESSION_EQ || kind == EXPRESSION_BEGINS_WITH ||
           (kind >= EXPRESSION_LT && kind <= EXPRESSION_BETWEEN);
}

static enum expression_kind turned_round(enum expression_kind kind)
{
    static const enum expression_kind other[] = {
        [EXPRESSION_EQ] = EXPRESSION_EQ,
        [EXPRESSION_LT] = EXPRESSION_GT,
        [EXPRESSION_LE] = EXPRESSION_GE,
        [EXPRESSION_GT] = EXPRESSION_LT,
        [EXPRESSION_GE] = EXPRESSION_LE,
    };

    return other[kind];
}

/* Which operand is the key attribute. */
static bool find_key(struct key_reader *reader, const struct expression *clause, size_t *at)
{
    const char *operation = expression_form_table[clause->kind].text;
    bool first = clause->kind == EXPRESSION_BETWEEN || clause->kind == EXPRESSION_BEGINS_WITH;
    bool found = false;

    if (first && clause->operand[0]->kind == EXPRESSION_VALUE) {
        error_set(reader->err, ERROR_INVALID,
            "Invalid KeyConditionExpression: Invalid condition in KeyConditionExpression: %s "
            "operator must have the key attribute as its first operand",
            operation);
        return false;
    }
    for (size_t i = 0; i < clause->count; i++) {
        const struct expression *operand = clause->operand[i];

        if (operand->kind == EXPRESSION_SIZE)
            return refuse(reader, "KeyConditionExpressions cannot contain nested operations", "");
        if (operand->kind != EXPRESSION_PATH)
            continue;
        if (found)
            return refuse(reader,
                "Invalid condition in KeyConditionExpression: Multiple attribute names used in "
                "one condition",
                "");
        if (operand->path->count > 1)
            return refuse(reader,
                "KeyConditionExpressions cannot have conditions on nested attributes", "");
        found = true;
        *at = i;
    }
    return found ||
           refuse(reader, "Invalid condition in KeyConditionExpression: No key attribute specified",
               "");
}

static bool take_clause(struct key_reader *reader, struct expression *clause)
{
    struct expression *conjunction = reader->conjunction;
    size_t at = 0;

    if (!is_allowed(clause->kind))
        return refuse(reader, "Invalid operator used in KeyConditionExpression: ",
            expression_form_table[clause->kind].text);
    if (!find_key(reader, clause, &at))
        return false;
    if (at > 0) {
        struct expression *key = clause->operand[at];

        clause->operand[at] = clause->operand[0];
        clause->operand[0] = key;
        clause->kind = turned_round(clause->kind);
    }
    for (size_t i = 0; i < conjunction->count; i++)
        if (path_equal(conjunction->operand[i]->operand[0]->path, clause->operand[0]->path))
            return refuse(reader, "KeyConditionExpressions must only contain one condition per key",
                "");
    conjunction->operand[conjunction->count++] = clause;
    return true;
}

static bool take_all(struct key_reader *reader, struct expression *condition)
{
    if (condition->kind != EXPRESSION_AND)
        return take_clause(reader, condition);
    for (size_t i = 0; i < condition->count; i++)
        if (!take_all(reader, condition->operand[i]))
            return false;
    return true;
}

static size_t count_clauses(const struct expression *condition)
{
    size_t count = 0;

    if (condition->kind != EXPRESSION_AND)
        return 1;
    for (size_t i = 0; i < condition->count; i++)
        count += count_clauses(condition->operand[i]);
    return count;
}

struct expression *expression_parse_key_condition(struct text source,
    struct placeholders *placeholders, struct arena *arena, struct error *err)
{
    struct key_reader reader = {.arena = arena, .err = err};
    struct expression *condition =
        expression_parse_condition(source, "KeyConditionExpression", placeholders, arena, err);

    if (!condition)
        return NULL;
    reader.conjunction = expression_new(arena, EXPRESSION_AND, count_clauses(condition));
    if (!reader.conjunction) {
        arena_failed(arena, err);
        return NULL;
    }
    reader.conjunction->count = 0;
    if (!take_all(&reader, condition))
        return NULL;
    return reader.conjunction->count == 1 ? reader.conjunction->operand[0] : reader.conjunction;
}
