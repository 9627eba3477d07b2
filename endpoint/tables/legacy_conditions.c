#include "endpoint/tables/legacy.h"

#include "endpoint/tables/attribute.h"
#include "endpoint/tables/table.h"

enum {

    FILTER_LIMIT = 300, /* as many conditions as an expression has operators (tables.md 3) */
    IN_LIMIT = 100
};

#define TYPE(name) (1U << VALUE_##name)
#define SCALARS (TYPE(S) | TYPE(N) | TYPE(B))
#define ANY_TYPE (~0U)
#define OPERATOR_SET                                                                               \
    "IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS"

struct comparison {
    const char *name;
    enum expression_kind kind;
    size_t minimum, maximum; /* arguments */
    unsigned types;          /* of the arguments */
};

/* NOT_CONTAINS is the one that no single kind of expression says. */
static const struct comparison comparison_table[] = {
    {"EQ", EXPRESSION_EQ, 1, 1, ANY_TYPE},
    {"NE", EXPRESSION_NE, 1, 1, ANY_TYPE},
    {"LT", EXPRESSION_LT, 1, 1, SCALARS},
    {"LE", EXPRESSION_LE, 1, 1, SCALARS},
    {"GT", EXPRESSION_GT, 1, 1, SCALARS},
    {"GE", EXPRESSION_GE, 1, 1, SCALARS},
    {"BETWEEN", EXPRESSION_BETWEEN, 2, 2, SCALARS},
    {"IN", EXPRESSION_IN, 1, IN_LIMIT, SCALARS},
    {"BEGINS_WITH", EXPRESSION_BEGINS_WITH, 1, 1, TYPE(S) | TYPE(B)},
    {"CONTAINS", EXPRESSION_CONTAINS, 1, 1, SCALARS},
    {"NOT_CONTAINS", EXPRESSION_NOT, 1, 1, SCALARS},
    {"NULL", EXPRESSION_NOT_EXISTS, 0, 0, 0},
    {"NOT_NULL", EXPRESSION_EXISTS, 0, 0, 0},
};

/* One condition while it is read. */
struct condition {
    const struct comparison *comparison;
    struct text attribute;
    size_t count;
    struct value *argument;
};

/* NULL when it is absent; the members were checked. */
static const struct comparison *find_comparison(const struct json *json)
{
    struct text name = request_text(json, "ComparisonOperator");

    for (size_t i = 0; i < sizeof comparison_table / sizeof comparison_table[0]; i++)
        if (text_is(name, comparison_table[i].name))
            return &comparison_table[i];
    return NULL;
}

static void check_operator_names(struct request *request, const char *name, const char *member,
    bool required)
{
    const struct json *map = request_get(request->body, name);

    for (const struct json *node = map ? map->first : NULL;
         node && request->joined_count < LEGACY_JOINED_LIMIT; node = node->next) {
        bool given = request_get(node, "ComparisonOperator");
        const char *place;

        if (node->kind == JSON_NULL || find_comparison(node) || (!given && !required))
            continue;
        place = arena_format(request->arena, "%s.%.*s.member.comparisonOperator", member,
            (int)node->name.length, node->name.data);
        if (!place)
            return;
        if (given)
            request_check_enum(request, node, "ComparisonOperator", place, OPERATOR_SET);
        else
            request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(text_of(place)));
    }
}

void legacy_check_filter(struct request *request, const char *name, const char *member)
{
    check_operator_names(request, name, member, true);
}

void legacy_check_expected(struct request *request)
{
    check_operator_names(request, "Expected", "expected", false);
}

/* list is the AttributeValueList; value stands for a list of one; both may be NULL. */
static bool read_arguments(struct request *request, const struct json *list,
    const struct json *value, struct condition *condition)
{
    size_t count = list ? list->count : 0;

    condition->argument = arena_alloc(request->arena, count + 1, sizeof *condition->argument);
    if (!condition->argument)
        return request_exhausted(request);
    if (value)
        return attribute_read_value(request, value, &condition->argument[condition->count++]);
    for (const struct json *node = list ? list->first : NULL; node; node = node->next)
        if (!attribute_read_value(request, node, &condition->argument[condition->count++]))
            return false;
    return true;
}

/* Number, types and order of the arguments. */
static bool check_arguments(struct request *request, const struct condition *condition)
{
    const struct comparison *comparison = condition->comparison;
    const struct value *argument = condition->argument;
    bool ordered;

    if (condition->count < comparison->minimum || condition->count > comparison->maximum)
        return request_refuse(request, MESSAGE_LEGACY_ARGUMENTS,
            ARGUMENTS(text_of(comparison->name)));
    for (size_t i = 1; i < condition->count; i++)
        if (argument[i].type != argument[0].type)
            return request_refuse(request, MESSAGE_LEGACY_SAME_TYPE, NULL);
    if (condition->count > 0 && !(comparison->types & 1U << argument[0].type))
        return request_refuse(request, MESSAGE_LEGACY_TYPE,
            ARGUMENTS(text_of(comparison->name), text_of(value_type_name(argument[0].type))));
    if (comparison->kind == EXPRESSION_BETWEEN &&
        value_compare(&argument[0], &argument[1], &ordered) > 0)
        return request_refuse(request, MESSAGE_LEGACY_BETWEEN, NULL);
    return true;
}

/* kind(attribute, arguments); NULL when out of memory. */
static struct expression *build_clause(struct arena *arena, enum expression_kind kind,
    const struct condition *condition)
{
    struct expression *clause = expression_new(arena, kind, condition->count + 1);
    struct path *path = path_new_name(arena, condition->attribute);

    if (!clause || !path)
        return NULL;
    clause->operand[0] = expression_new_path(arena, path);
    if (!clause->operand[0])
        return NULL;
    for (size_t i = 0; i < condition->count; i++) {
        clause->operand[i + 1] = expression_new_value(arena, &condition->argument[i]);
        if (!clause->operand[i + 1])
            return NULL;
    }
    return clause;
}

/* Without the attribute neither CONTAINS nor NOT_CONTAINS holds. */
static struct expression *build_not_contains(struct arena *arena, const struct condition *condition)
{
    struct condition nothing = {.attribute = condition->attribute};
    struct expression *both = expression_new(arena, EXPRESSION_AND, 2);
    struct expression *negation = expression_new(arena, EXPRESSION_NOT, 1);

    if (!both || !negation)
        return NULL;
    both->operand[0] = build_clause(arena, EXPRESSION_EXISTS, &nothing);
    both->operand[1] = negation;
    negation->operand[0] = build_clause(arena, EXPRESSION_CONTAINS, condition);
    return both->operand[0] && negation->operand[0] ? both : NULL;
}

static struct expression *build(struct request *request, const struct condition *condition)
{
    enum expression_kind kind = condition->comparison->kind;
    struct expression *clause = kind == EXPRESSION_NOT
                                    ? build_not_contains(request->arena, condition)
                                    : build_clause(request->arena, kind, condition);

    if (!clause)
        request_exhausted(request);
    return clause;
}

static struct expression *read_condition(struct request *request, const struct legacy_entry *entry)
{
    struct condition condition = {find_comparison(entry->json), entry->name, 0, NULL};

    if (!read_arguments(request, request_get(entry->json, "AttributeValueList"), NULL,
            &condition) ||
        !check_arguments(request, &condition))
        return NULL;
    return build(request, &condition);
}

/* The same for a key: an operator that no key condition has keeps the shape of a clause. */
static struct expression *read_key_condition(struct request *request,
    const struct legacy_entry *entry)
{
    struct condition condition = {find_comparison(entry->json), entry->name, 0, NULL};
    enum expression_kind kind = condition.comparison->kind;
    struct expression *clause;

    if (!read_arguments(request, request_get(entry->json, "AttributeValueList"), NULL,
            &condition) ||
        !check_arguments(request, &condition))
        return NULL;
    clause = build_clause(request->arena, kind == EXPRESSION_NOT ? EXPRESSION_CONTAINS : kind,
        &condition);
    if (!clause)
        request_exhausted(request);
    return clause;
}

static bool refuse_expected(struct request *request, enum message message,
    const struct legacy_entry *entry)
{
    return request_refuse(request, message, ARGUMENTS(entry->name));
}

/* Which members of an expected value stand together. */
static bool check_expected(struct request *request, const struct legacy_entry *entry)
{
    const struct json *json = entry->json;
    const struct comparison *comparison = find_comparison(json);
    const struct json *value = request_get(json, "Value");
    const struct json *list = request_get(json, "AttributeValueList");
    const struct json *exists = request_get(json, "Exists");

    if (value && list)
        return refuse_expected(request, MESSAGE_EXPECTED_BOTH, entry);
    if (comparison && exists)
        return refuse_expected(request, MESSAGE_EXPECTED_EXISTS_OPERATOR, entry);
    if (comparison && comparison->maximum > 0 && !value && !list)
        return request_refuse(request, MESSAGE_EXPECTED_NO_VALUE,
            ARGUMENTS(text_of(comparison->name), entry->name));
    if (comparison)
        return true;
    if (list)
        return refuse_expected(request, MESSAGE_EXPECTED_NO_OPERATOR, entry);
    if (!request_flag(json, "Exists", true))
        return !value || refuse_expected(request, MESSAGE_EXPECTED_NOT_EXISTS, entry);
    return value || request_refuse(request, MESSAGE_EXPECTED_EXISTS,
                        ARGUMENTS(exists ? TEXT("true") : TEXT("null"), entry->name));
}

static struct expression *read_expected(struct request *request, const struct legacy_entry *entry)
{
    static const struct comparison equal = {"EQ", EXPRESSION_EQ, 1, 1, ANY_TYPE};
    static const struct comparison absent = {"NULL", EXPRESSION_NOT_EXISTS, 0, 0, 0};
    const struct json *value = request_get(entry->json, "Value");
    struct condition condition = {find_comparison(entry->json), entry->name, 0, NULL};

    if (!check_expected(request, entry) ||
        !read_arguments(request, request_get(entry->json, "AttributeValueList"), value, &condition))
        return NULL;
    if (!condition.comparison)
        condition.comparison = value ? &equal : &absent;
    return check_arguments(request, &condition) ? build(request, &condition) : NULL;
}

typedef struct expression *condition_reader(struct request *request,
    const struct legacy_entry *entry);

/* All of them joined; *out stays NULL when there are none. */
static bool read_all(struct request *request, const struct legacy_entries *entries,
    condition_reader *read, bool any, struct expression **out)
{
    struct expression *joined;

    *out = NULL;
    if (entries->count == 0)
        return true;
    joined = expression_new(request->arena, any ? EXPRESSION_OR : EXPRESSION_AND, entries->count);
    if (!joined)
        return request_exhausted(request);
    for (size_t i = 0; i < entries->count; i++) {
        joined->operand[i] = read(request, &entries->entry[i]);
        if (!joined->operand[i])
            return false;
    }
    *out = entries->count > 1 ? joined : joined->operand[0];
    return true;
}

static bool is_or(const struct request *request)
{
    return text_is(request_text(request->body, "ConditionalOperator"), "OR");
}

bool legacy_read_filter(struct request *request, const char *name, struct expression **out)
{
    struct legacy_entries entries;

    if (!legacy_read_entries(request, request_get(request->body, name), &entries))
        return false;
    if (entries.count > FILTER_LIMIT)
        return request_refuse(request, MESSAGE_LEGACY_TOO_MANY,
            ARGUMENTS(text_of(name), request_number(request, FILTER_LIMIT)));
    return read_all(request, &entries, read_condition, is_or(request), out);
}

bool legacy_read_expected(struct request *request, struct expression **out)
{
    struct legacy_entries entries;

    return legacy_read_entries(request, request_get(request->body, "Expected"), &entries) &&
           read_all(request, &entries, read_expected, is_or(request), out);
}

bool legacy_read_keys(struct request *request, struct expression **out)
{
    /* Only keys of indexes have more than two attributes. */
    size_t limit = request_get(request->body, "IndexName") ? TABLE_KEY_LIMIT : 2;
    struct legacy_entries entries;

    if (!legacy_read_entries(request, request_get(request->body, "KeyConditions"), &entries) ||
        !read_all(request, &entries, read_key_condition, false, out))
        return false;
    if (entries.count == 0 || entries.count > limit)
        return request_refuse(request, MESSAGE_LEGACY_KEY_COUNT, NULL);
    return true;
}
