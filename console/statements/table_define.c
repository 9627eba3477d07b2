#include "console/language/grammar.h"
#include "console/statements/tables.h"

/* CREATE TABLE: columns, indexes, settings. */

enum { UNIT_LIMIT = 1000000000, KEYS_OF_INDEX = 8, KEYS_OF_KIND = 4 };

static bool take_type(struct lexer *lexer, char *out)
{
    static const struct {
        const char *word;
        char type;
    } type_table[] = {{"STRING", 'S'}, {"S", 'S'}, {"NUMBER", 'N'}, {"N", 'N'}, {"BINARY", 'B'},
        {"B", 'B'}};

    for (size_t i = 0; i < sizeof type_table / sizeof *type_table; i++) {
        if (parse_word(lexer, type_table[i].word)) {
            *out = type_table[i].type;
            return true;
        }
    }
    return false;
}

static void take_kind(struct lexer *lexer, struct table_key *key)
{
    key->kind_said = parse_at_word(lexer, "HASH") || parse_at_word(lexer, "RANGE");
    key->is_range = parse_at_word(lexer, "RANGE");
    if (key->kind_said)
        lexer_take(lexer);
}

static struct table_key *copy_keys(struct lexer *lexer, const struct grammar_list *list,
    struct error *err)
{
    struct table_key *all = arena_alloc(lexer->arena, list->count, sizeof *all);

    if (!all) {
        grammar_memory(lexer, err);
        return NULL;
    }
    for (size_t i = 0; i < list->count; i++)
        all[i] = *(const struct table_key *)list->item[i];
    return all;
}

static bool check_columns(const struct table_definition *table, struct error *err)
{
    size_t hashes = 0, ranges = 0;

    for (size_t i = 0; i < table->column_count; i++) {
        const struct table_key *column = &table->column[i];

        hashes += column->kind_said && !column->is_range;
        ranges += column->is_range;
        for (size_t k = 0; k < i; k++) {
            if (text_equal(table->column[k].name, column->name))
                return parse_fail(err, &column->token, "the column %.*s stands twice",
                    (int)column->name.length, column->name.data);
        }
    }
    if (hashes != 1) {
        parse_fail(err, &table->token, "exactly one column must be HASH");
        error_hint(err, "such as (id STRING HASH)");
        return false;
    }
    return ranges <= 1 || parse_fail(err, &table->token, "at most one column can be RANGE");
}

static bool parse_columns(struct lexer *lexer, struct table_definition *table, struct error *err)
{
    struct grammar_list list = {0};

    lexer_take(lexer);
    do {
        struct table_key *column = arena_alloc(lexer->arena, 1, sizeof *column);

        if (!column)
            return grammar_memory(lexer, err);
        column->token = lexer->token;
        if (!parse_name(lexer, "a column", &column->name, err))
            return false;
        if (!take_type(lexer, &column->type))
            return parse_expected(lexer, "STRING, NUMBER or BINARY", err);
        take_kind(lexer, column);
        if (!grammar_push(lexer, &list, column, err))
            return false;
    } while (parse_sign(lexer, ","));
    table->column = copy_keys(lexer, &list, err);
    table->column_count = list.count;
    return table->column && parse_need_sign(lexer, ")", err) && check_columns(table, err);
}

static char column_type(const struct table_definition *table, struct text name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (text_equal(table->column[i].name, name))
            return table->column[i].type;
    }
    return 0;
}

/* The first key is HASH, the second RANGE unless said; the type is known from somewhere. */
static bool settle_keys(const struct table_definition *table, struct table_index *index,
    struct error *err)
{
    size_t count[2] = {0, 0};

    for (size_t i = 0; i < index->key_count; i++) {
        struct table_key *key = &index->key[i];
        char type = column_type(table, key->name);

        if (!key->kind_said)
            key->is_range = i > 0;
        if (++count[key->is_range] > KEYS_OF_KIND)
            return parse_fail(err, &key->token, "an index has at most 4 HASH and 4 RANGE keys");
        if (key->type && type && key->type != type)
            return parse_fail(err, &key->token, "%.*s has two types", (int)key->name.length,
                key->name.data);
        if (!key->type)
            key->type = type;
        if (!key->type && table->column_count > 0)
            return parse_fail(err, &key->token, "the type of %.*s is not known: %.*s STRING",
                (int)key->name.length, key->name.data, (int)key->name.length, key->name.data);
    }
    return true;
}

static bool parse_index_keys(struct lexer *lexer, struct table_index *index, struct error *err)
{
    struct grammar_list list = {0};

    if (!parse_need_sign(lexer, "(", err))
        return false;
    do {
        struct table_key *key = arena_alloc(lexer->arena, 1, sizeof *key);

        if (!key)
            return grammar_memory(lexer, err);
        key->token = lexer->token;
        if (list.count == KEYS_OF_INDEX)
            return parse_fail(err, &key->token, "an index has at most 4 HASH and 4 RANGE keys");
        if (!parse_name(lexer, "an attribute", &key->name, err))
            return false;
        take_type(lexer, &key->type);
        take_kind(lexer, key);
        if (!grammar_push(lexer, &list, key, err))
            return false;
    } while (parse_sign(lexer, ","));
    index->key = copy_keys(lexer, &list, err);
    index->key_count = list.count;
    return index->key && parse_need_sign(lexer, ")", err);
}

static bool parse_names(struct lexer *lexer, struct text **out, size_t *count, struct error *err)
{
    struct grammar_list list = {0};

    if (!parse_need_sign(lexer, "(", err))
        return false;
    do {
        struct text *name = arena_alloc(lexer->arena, 1, sizeof *name);

        if (!name)
            return grammar_memory(lexer, err);
        if (!parse_name(lexer, "an attribute", name, err) || !grammar_push(lexer, &list, name, err))
            return false;
    } while (parse_sign(lexer, ","));
    *out = arena_alloc(lexer->arena, list.count, sizeof **out);
    if (!*out)
        return grammar_memory(lexer, err);
    for (size_t i = 0; i < list.count; i++)
        (*out)[i] = *(const struct text *)list.item[i];
    *count = list.count;
    return parse_need_sign(lexer, ")", err);
}

bool table_parse_units(struct lexer *lexer, int64_t *read, int64_t *write, struct error *err)
{
    return parse_integer(lexer, "RCU", 1, UNIT_LIMIT, read, err) &&
           parse_need_word(lexer, "RCU", err) &&
           parse_integer(lexer, "WCU", 1, UNIT_LIMIT, write, err) &&
           parse_need_word(lexer, "WCU", err);
}

bool table_parse_index(struct lexer *lexer, const struct table_definition *table,
    struct table_index *index, struct error *err)
{
    *index = (struct table_index){.is_local = false};
    index->is_local = parse_word(lexer, "LOCAL");
    index->projection = "ALL";
    if (!parse_need_word(lexer, "INDEX", err) ||
        !parse_name(lexer, "the name of the index", &index->name, err) ||
        !parse_index_keys(lexer, index, err) || !settle_keys(table, index, err))
        return false;
    if (parse_word(lexer, "KEYS")) {
        index->projection = "KEYS_ONLY";
        if (!parse_need_word(lexer, "ONLY", err))
            return false;
    } else if (parse_word(lexer, "INCLUDE")) {
        index->projection = "INCLUDE";
        if (!parse_names(lexer, &index->include, &index->include_count, err))
            return false;
    } else {
        parse_word(lexer, "ALL");
    }
    return !parse_word(lexer, "CAPACITY") ||
           table_parse_units(lexer, &index->read_units, &index->write_units, err);
}

static bool parse_on_off(struct lexer *lexer, bool *out, struct error *err)
{
    *out = parse_at_word(lexer, "ON");
    if (!*out && !parse_at_word(lexer, "OFF"))
        return parse_expected(lexer, "ON or OFF", err);
    lexer_take(lexer);
    return true;
}

static bool parse_on_demand(struct lexer *lexer, struct table_definition *table, struct error *err)
{
    table->on_demand = true;
    return parse_need_word(lexer, "DEMAND", err) &&
           (!parse_word(lexer, "MAX") ||
               table_parse_units(lexer, &table->max_read, &table->max_write, err));
}

static bool parse_provisioned(struct lexer *lexer, struct table_definition *table,
    struct error *err)
{
    table->provisioned = true;
    return table_parse_units(lexer, &table->read_units, &table->write_units, err);
}

static bool parse_warm(struct lexer *lexer, struct table_definition *table, struct error *err)
{
    return table_parse_units(lexer, &table->warm_read, &table->warm_write, err);
}

static bool parse_stream(struct lexer *lexer, struct table_definition *table, struct error *err)
{
    static const char *const view[][2] = {{"NEW_AND_OLD", "NEW_AND_OLD_IMAGES"},
        {"NEW", "NEW_IMAGE"}, {"OLD", "OLD_IMAGE"}, {"KEYS", "KEYS_ONLY"}, {"OFF", NULL}};

    for (size_t i = 0; i < sizeof view / sizeof *view; i++) {
        if (parse_word(lexer, view[i][0])) {
            table->stream = view[i][1];
            table->has_stream = true;
            return true;
        }
    }
    return parse_expected(lexer, "NEW_AND_OLD, NEW, OLD, KEYS or OFF", err);
}

static bool parse_ttl(struct lexer *lexer, struct table_definition *table, struct error *err)
{
    return parse_word(lexer, "OFF") || parse_name(lexer, "an attribute", &table->ttl, err);
}

static bool parse_pitr(struct lexer *lexer, struct table_definition *table, struct error *err)
{
    int64_t days = 0;

    if (!parse_on_off(lexer, &table->pitr, err))
        return false;
    if (table->pitr && lexer->token.kind == TOKEN_NUMBER &&
        (!parse_integer(lexer, "days", 1, 35, &days, err) || !parse_need_word(lexer, "DAYS", err)))
        return false;
    table->pitr_days = (int)days;
    return true;
}

static bool parse_class(struct lexer *lexer, struct table_definition *table, struct error *err)
{
    table->infrequent = parse_word(lexer, "INFREQUENT");
    return table->infrequent || parse_word(lexer, "STANDARD") ||
           parse_expected(lexer, "STANDARD or INFREQUENT", err);
}

static bool parse_deletion(struct lexer *lexer, struct table_definition *table, struct error *err)
{
    return parse_need_word(lexer, "PROTECTION", err) && parse_on_off(lexer, &table->protect, err);
}

static bool parse_encryption(struct lexer *lexer, struct table_definition *table, struct error *err)
{
    if (!parse_on_off(lexer, &table->encrypt, err))
        return false;
    if (table->encrypt && (lexer->token.kind == TOKEN_SQ || lexer->token.kind == TOKEN_DQ))
        return parse_string(lexer, "a key", &table->encryption_key, err);
    return true;
}

static bool parse_tags(struct lexer *lexer, struct table_definition *table, struct error *err)
{
    struct token at = lexer->token;

    table->tags = parse_item(lexer, err);
    for (size_t i = 0; table->tags && i < table->tags->count; i++) {
        if (table->tags->element[i].type != VALUE_S)
            return parse_fail(err, &at, "tags are strings: {name: 'text'}");
    }
    return table->tags != NULL;
}

static bool parse_nowait(struct lexer *lexer, struct table_definition *table, struct error *err)
{
    (void)lexer, (void)err;
    return table->nowait = true;
}

static const struct setting_clause {
    const char *word;
    bool (*parse)(struct lexer *lexer, struct table_definition *table, struct error *err);
} setting_clause_table[] = {
    {"CLASS", parse_class},
    {"DELETION", parse_deletion},
    {"ENCRYPTION", parse_encryption},
    {"NOWAIT", parse_nowait},
    {"ON", parse_on_demand},
    {"PITR", parse_pitr},
    {"PROVISIONED", parse_provisioned},
    {"STREAM", parse_stream},
    {"TAGS", parse_tags},
    {"TTL", parse_ttl},
    {"WARM", parse_warm},
};

enum { SETTING_COUNT = sizeof setting_clause_table / sizeof *setting_clause_table };

/* The clause that begins here, or SETTING_COUNT. */
static size_t find_setting(const struct lexer *lexer)
{
    size_t i = 0;

    while (i < SETTING_COUNT && !parse_at_word(lexer, setting_clause_table[i].word))
        i++;
    return i;
}

const char *table_parse_setting(struct lexer *lexer, struct table_definition *table,
    struct error *err)
{
    size_t i = find_setting(lexer);

    if (i == SETTING_COUNT || setting_clause_table[i].parse == parse_nowait) {
        parse_expected(lexer, "ON DEMAND, PROVISIONED, STREAM, TTL or another setting", err);
        return NULL;
    }
    lexer_take(lexer);
    return setting_clause_table[i].parse(lexer, table, err) ? setting_clause_table[i].word : NULL;
}

bool table_is_capacity(const char *setting)
{
    return strcmp(setting, "ON") == 0 || strcmp(setting, "PROVISIONED") == 0;
}

static bool push_index(struct lexer *lexer, const struct table_definition *table,
    struct grammar_list *indexes, struct error *err)
{
    struct table_index *index = arena_alloc(lexer->arena, 1, sizeof *index);

    if (!index)
        return grammar_memory(lexer, err);
    return table_parse_index(lexer, table, index, err) && grammar_push(lexer, indexes, index, err);
}

static bool parse_options(struct lexer *lexer, struct table_definition *table, struct error *err)
{
    struct grammar_list indexes = {0};
    bool seen[SETTING_COUNT] = {false};
    bool has_capacity = false;

    while (!parse_at_end(lexer)) {
        size_t i = find_setting(lexer);

        if (parse_at_word(lexer, "INDEX") || parse_at_word(lexer, "LOCAL")) {
            if (!push_index(lexer, table, &indexes, err))
                return false;
            continue;
        }
        if (i == SETTING_COUNT)
            return parse_expected(lexer, "INDEX, ON DEMAND, STREAM or another option", err);
        if (seen[i])
            return parse_fail(err, &lexer->token, "%s is said twice", setting_clause_table[i].word);
        if (table_is_capacity(setting_clause_table[i].word) && has_capacity)
            return parse_fail(err, &lexer->token, "ON DEMAND and PROVISIONED exclude each other");
        has_capacity = has_capacity || table_is_capacity(setting_clause_table[i].word);
        seen[i] = true;
        lexer_take(lexer);
        if (!setting_clause_table[i].parse(lexer, table, err))
            return false;
    }
    table->index_count = indexes.count;
    table->index = arena_alloc(lexer->arena, indexes.count + 1, sizeof *table->index);
    if (!table->index)
        return grammar_memory(lexer, err);
    for (size_t i = 0; i < indexes.count; i++)
        table->index[i] = *(const struct table_index *)indexes.item[i];
    return true;
}

static bool is_in_a_key(const struct table_definition *table, struct text name)
{
    for (size_t i = 0; i < table->index_count; i++) {
        for (size_t k = 0; k < table->index[i].key_count; k++) {
            if (text_equal(table->index[i].key[k].name, name))
                return true;
        }
    }
    return false;
}

static bool check_used(const struct table_definition *table, struct error *err)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct table_key *column = &table->column[i];

        if (!column->kind_said && !is_in_a_key(table, column->name)) {
            parse_fail(err, &column->token, "the column %.*s is in no key",
                (int)column->name.length, column->name.data);
            error_hint(err, "only attributes of keys are declared; others need no column");
            return false;
        }
    }
    return true;
}

bool table_parse_definition(struct lexer *lexer, struct table_definition *out, struct error *err)
{
    *out = (struct table_definition){.pitr_days = -1};
    if (parse_at_words(lexer, "IF", "NOT")) {
        lexer_take(lexer);
        lexer_take(lexer);
        if (!parse_need_word(lexer, "EXISTS", err))
            return false;
        out->if_absent = true;
    }
    out->token = lexer->token;
    if (!parse_name(lexer, "the name of the table", &out->name, err))
        return false;
    if (parse_word(lexer, "LIKE")) {
        out->has_like = true;
        if (!parse_table_ref(lexer, &out->like, err))
            return false;
    } else if (!parse_at_sign(lexer, "(")) {
        return parse_expected(lexer, "'(' and columns, or LIKE", err);
    } else if (!parse_columns(lexer, out, err)) {
        return false;
    }
    if (!parse_options(lexer, out, err))
        return false;
    if (out->has_like && out->index_count > 0) {
        parse_fail(err, &out->token, "LIKE takes the indexes over");
        error_hint(err, "ALTER TABLE .. ADD INDEX adds another one");
        return false;
    }
    return check_used(out, err);
}
