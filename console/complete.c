#include "console/complete.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "client/value.h"
#include "console/language/backslash.h"
#include "console/language/lexer.h"
#include "console/language/parser.h"
#include "console/statement.h"

enum { PARSE_LIMIT = 16 * 1024 * 1024, WORD_LIMIT = 64 };

/* What a placeholder of a syntax line stands for. */
enum place {
    PLACE_NONE,
    PLACE_TABLE,
    PLACE_INDEX,
    PLACE_API,
    PLACE_STAGE,
    PLACE_ROUTE,
    PLACE_PROFILE,
    PLACE_SETTING,
    PLACE_VALUE, /* of a setting */
    PLACE_ATTRIBUTE,
    PLACE_WORD /* of a statement, for HELP */
};

static const struct {
    const char *placeholder;
    enum place place;
} place_table[] = {
    {"api", PLACE_API},
    {"api/stage", PLACE_API},
    {"attribute", PLACE_ATTRIBUTE},
    {"clause", PLACE_ATTRIBUTE},
    {"condition", PLACE_ATTRIBUTE},
    {"index", PLACE_INDEX},
    {"path", PLACE_ATTRIBUTE},
    {"paths", PLACE_ATTRIBUTE},
    {"profile", PLACE_PROFILE},
    {"projection", PLACE_ATTRIBUTE},
    {"route", PLACE_ROUTE},
    {"scope", PLACE_API},
    {"stage", PLACE_STAGE},
    {"table", PLACE_TABLE},
    {"word", PLACE_WORD},
};

/* "name" behind a keyword. */
static const struct {
    const char *placeholder;
    enum place place;
} named_table[] = {
    {"api", PLACE_API},
    {"index", PLACE_INDEX},
    {"profile", PLACE_PROFILE},
    {"stage", PLACE_STAGE},
    {"table", PLACE_TABLE},
};

static const char *const function_table[] = {"attribute_exists(", "attribute_not_exists(",
    "attribute_type(", "begins_with(", "contains(", "size("};
static const char *const condition_word_table[] = {"AND", "BETWEEN", "CONTAINS", "IN", "IS MISSING",
    "IS NOT MISSING", "IS NULL", "LIKE", "NOT", "OR"};

/* A completion being put together. */
struct search {
    struct session *session;
    struct arena *arena;
    struct text prefix; /* of the word, without an opening quote */
    char quote;         /* the opening quote, or 0 */
    struct text word[WORD_LIMIT];
    size_t word_count; /* in front of the word, of this statement */
    struct completion *out;
    size_t count, capacity;
};

/* ----- the words in front ----------------------------------------------------------------- */

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || (unsigned char)c >= 0x80;
}

/* Where the quoted text that begins at start ends (behind the quote), or SIZE_MAX when it is open. */
static size_t skip_quoted(struct text line, size_t start)
{
    char quote = line.data[start];

    for (size_t i = start + 1; i < line.length; i++) {
        if (line.data[i] == '\\' && quote == '"')
            i++;
        else if (line.data[i] == quote)
            return i + 1;
    }
    return SIZE_MAX;
}

static void keep_word(struct search *search, struct text word)
{
    if (search->word_count == WORD_LIMIT) /* the first ones decide */
        search->word[WORD_LIMIT - 1] = word;
    else
        search->word[search->word_count++] = word;
}

/* Fills word[]; returns where the word at the end of the line begins. */
static size_t split(struct search *search, struct text line)
{
    size_t at = 0;

    while (at < line.length) {
        char c = line.data[at];
        size_t end = at + 1;

        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            at++;
            continue;
        }
        if (c == ';') {
            search->word_count = 0;
            at++;
            continue;
        }
        if (c == '\'' || c == '"' || c == '`') {
            end = skip_quoted(line, at);
            if (end == SIZE_MAX) {
                search->quote = c;
                search->prefix = text_slice(line, at + 1, line.length);
                return at;
            }
        } else if (is_name_byte(c) || (c == '\\' && search->word_count == 0)) {
            while (end < line.length && is_name_byte(line.data[end]))
                end++;
        }
        if (end == line.length && (is_name_byte(c) || c == '\\')) {
            search->prefix = text_slice(line, at, end);
            return at;
        }
        keep_word(search, text_slice(line, at, end));
        at = end;
    }
    search->prefix = text_slice(line, line.length, line.length);
    return line.length;
}

static bool word_is(const struct search *search, size_t index, const char *word)
{
    return index < search->word_count && text_is_ignoring_case(search->word[index], word);
}

/* The first word behind EXPLAIN (..) and WATCH EVERY d TIMES n. */
static size_t skip_prefixes(const struct search *search)
{
    size_t at = 0;

    for (;;) {
        if (word_is(search, at, "EXPLAIN")) {
            at++;
            if (word_is(search, at, "("))
                while (at < search->word_count && !word_is(search, at++, ")")) {
                }
        } else if (word_is(search, at, "WATCH")) {
            at++;
            while (word_is(search, at, "EVERY") || word_is(search, at, "TIMES"))
                at += at + 1 < search->word_count ? 2 : 1;
        } else {
            return at;
        }
    }
}

/* ----- candidates ------------------------------------------------------------------------- */

static bool begins(struct text text, struct text prefix)
{
    return text.length >= prefix.length &&
           text_equal_ignoring_case(text_slice(text, 0, prefix.length), prefix);
}

static void offer(struct search *search, const char *text, const char *kind, const char *help)
{
    if (!text || search->count == search->capacity)
        return;
    for (size_t i = 0; i < search->count; i++)
        if (strcmp(search->out[i].text, text) == 0)
            return;
    search->out[search->count++] = (struct completion){text, kind, help ? help : ""};
}

static void offer_word(struct search *search, struct text word, const char *kind, const char *help)
{
    if (!search->quote && word.length > 0 && begins(word, search->prefix))
        offer(search, arena_string(search->arena, word), kind, help);
}

/* A name of the catalogue, quoted where the language needs it. */
static void offer_name(struct search *search, const char *name, const char *kind, const char *help)
{
    struct buf quoted;

    if (!name || search->quote == '\'' || !begins(text_of(name), search->prefix))
        return;
    buf_init(&quoted, 4096);
    value_add_name(&quoted, text_of(name));
    if (search->quote == '`' && quoted.length > 0 && quoted.data[0] != '`') {
        buf_clear(&quoted);
        buf_add_format(&quoted, "`%s`", name);
    }
    offer(search, arena_string(search->arena, buf_view(&quoted)), kind, help);
    buf_done(&quoted);
}

static const struct catalog_snapshot *take_snapshot(const struct search *search)
{
    return search->session->link ? catalog_snapshot(search->session->link->catalog) : NULL;
}

static void give_snapshot(const struct search *search, const struct catalog_snapshot *snapshot)
{
    if (snapshot)
        catalog_release(search->session->link->catalog, snapshot);
}

static struct text unquoted(struct text word)
{
    if (word.length >= 2 && (word.data[0] == '`' || word.data[0] == '"'))
        return text_slice(word, 1, word.length - 1);
    return word;
}

/* The first word in front that names a known table. */
static const struct catalog_table *find_table(const struct search *search,
    const struct catalog_snapshot *snapshot)
{
    for (size_t i = 0; snapshot && i < search->word_count; i++) {
        const struct catalog_table *table = catalog_find_table(snapshot, unquoted(search->word[i]));

        if (table)
            return table;
    }
    return NULL;
}

static const struct catalog_api *find_api(const struct search *search,
    const struct catalog_snapshot *snapshot)
{
    const struct catalog_api *api = NULL;
    size_t matches;

    for (size_t i = 0; snapshot && !api && i < search->word_count; i++)
        api = catalog_find_api(snapshot, unquoted(search->word[i]), &matches);
    if (snapshot && !api && search->session->link->api)
        api = catalog_find_api(snapshot, text_of(search->session->link->api), &matches);
    return api;
}

static const char *table_help(const struct search *search, const struct catalog_table *table)
{
    struct buf help;
    const char *text;

    if (table->key_count == 0)
        return "";
    buf_init(&help, 512);
    for (size_t i = 0; i < table->key_count; i++)
        buf_add_format(&help, "%s%s %c", i > 0 ? ", " : "", table->key[i].name, table->key[i].type);
    buf_add_format(&help, "  about %llu items", (unsigned long long)table->items);
    text = arena_string(search->arena, buf_view(&help));
    buf_done(&help);
    return text ? text : "";
}

static void offer_tables(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);

    for (size_t i = 0; snapshot && i < snapshot->table_count; i++)
        offer_name(search, snapshot->table[i]->name, "table",
            table_help(search, snapshot->table[i]));
    give_snapshot(search, snapshot);
}

static void offer_indexes(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);
    const struct catalog_table *table = find_table(search, snapshot);

    for (size_t i = 0; table && i < table->index_count; i++)
        offer_name(search, table->index[i].name, "index",
            table->index[i].is_local ? "local index" : "global index");
    give_snapshot(search, snapshot);
}

static void offer_apis(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);

    for (size_t i = 0; snapshot && i < snapshot->api_count; i++)
        offer_name(search, snapshot->api[i]->name, "api",
            snapshot->api[i]->kind == 'R'   ? "REST"
            : snapshot->api[i]->kind == 'H' ? "HTTP"
                                            : "");
    give_snapshot(search, snapshot);
}

static void offer_stages(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);
    const struct catalog_api *api = find_api(search, snapshot);

    for (size_t i = 0; api && i < api->stage_count; i++)
        offer_name(search, api->stage[i].name, "stage", "");
    give_snapshot(search, snapshot);
}

static void offer_route(struct search *search, const struct catalog_route *route)
{
    struct text name = text_of(arena_format(search->arena, "%s%s%s", route->method,
        route->method[0] ? " " : "", route->path));

    if (!name.data || (search->quote && search->quote != '\'') || !begins(name, search->prefix))
        return;
    offer(search, arena_format(search->arena, "'%s'", name.data), "route", route->target);
}

/* Routes of the API that is named, else of all. */
static void offer_routes(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);
    const struct catalog_api *named = find_api(search, snapshot);

    for (size_t i = 0; snapshot && i < snapshot->api_count; i++) {
        const struct catalog_api *api = snapshot->api[i];

        for (size_t k = 0; (!named || named == api) && k < api->route_count; k++)
            offer_route(search, &api->route[k]);
    }
    give_snapshot(search, snapshot);
}

static void each_attribute(void *user, struct text path)
{
    struct search *search = user;
    char *name = arena_string(search->arena, path);

    /* A nested path is written as it is: its parts are quoted where it was printed. */
    if (name && (strchr(name, '.') || strchr(name, '[')))
        offer_word(search, path, "attribute", "");
    else
        offer_name(search, name, "attribute", "");
}

static void offer_attributes(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);
    const struct catalog_table *table = find_table(search, snapshot);

    for (size_t i = 0; table && i < table->key_count; i++)
        offer_name(search, table->key[i].name, "attribute",
            table->key[i].is_range ? "sort key" : "partition key");
    if (table)
        catalog_attributes(search->session->link->catalog, text_of(table->name), each_attribute,
            search);
    give_snapshot(search, snapshot);
}

static void offer_profiles(struct search *search)
{
    const struct profile_set *profiles = search->session->profiles;

    for (size_t i = 0; i < profile_count(profiles); i++)
        offer_name(search, profile_at(profiles, i)->name, "profile",
            profile_at(profiles, i)->environment);
}

static void offer_settings(struct search *search)
{
    for (const struct setting *setting = setting_table; setting->name; setting++)
        if (setting->where & SETTING_SET)
            offer_word(search, text_of(setting->name), "setting", setting->help);
}

static void offer_setting_values(struct search *search, struct text name)
{
    const struct setting *setting = setting_find(name);
    struct text rest, choice;

    if (!setting)
        return;
    rest = setting->choices                ? text_of(setting->choices)
           : setting->kind == SETTING_FLAG ? TEXT("on|off")
                                           : TEXT("");
    while (text_take_field(&rest, '|', &choice))
        offer_word(search, choice, "value", setting->help);
}

/* ----- the records ------------------------------------------------------------------------ */

/* How many words of the name stand at word[from..]; *whole: all of them do. */
static size_t match_name(const struct search *search, size_t from, const char *name, bool *whole,
    struct text *next)
{
    struct text rest = text_of(name), word;
    size_t matched = 0;

    *whole = true;
    while (text_take_field(&rest, ' ', &word)) {
        if (from + matched >= search->word_count ||
            !text_equal_ignoring_case(search->word[from + matched], word)) {
            *whole = false;
            *next = word;
            return matched;
        }
        matched++;
    }
    return matched;
}

/* Records of which everything in front is the beginning of the name: their next word. */
static void offer_statements(struct search *search, size_t from)
{
    if (from == search->word_count) {
        offer_word(search, TEXT("EXPLAIN"), "keyword", "Show what a statement would do");
        offer_word(search, TEXT("WATCH"), "keyword", "Repeat a read");
    }
    for (size_t i = 0; i < statement_count(); i++) {
        const struct statement *statement = statement_at(i);
        struct text next;
        bool whole;
        size_t matched = match_name(search, from, statement->name, &whole, &next);

        if (!whole && matched == search->word_count - from)
            offer_word(search, next, "keyword", statement->summary);
    }
}

static void offer_backslash(struct search *search)
{
    for (const struct backslash_command *command = backslash_command_table; command->name;
         command++)
        if (backslash_find(text_of(command->name)))
            offer_word(search, text_of(arena_format(search->arena, "\\%s", command->name)),
                "command", command->with ? command->with : command->bare);
}

static const struct statement *find_statement(const struct search *search, size_t from,
    size_t *length)
{
    const struct statement *found = NULL;

    *length = 0;
    for (size_t i = 0; i < statement_count(); i++) {
        struct text next;
        bool whole;
        size_t matched = match_name(search, from, statement_at(i)->name, &whole, &next);

        if (whole && matched > *length) {
            *length = matched;
            found = statement_at(i);
        }
    }
    return found;
}

/* The next word of a syntax line. 'METHOD /path' counts as the placeholder route. */
static struct text next_syntax_word(struct text *syntax)
{
    size_t start = 0, end;
    struct text word;

    while (start < syntax->length && !is_name_byte(syntax->data[start])) {
        if (syntax->data[start] == '\'') {
            word = text_slice(*syntax, start + 1, syntax->length);
            end = start + 1;
            while (end < syntax->length && syntax->data[end] != '\'')
                end++;
            start = end;
            if (text_starts_with(word, TEXT("METHOD"))) {
                *syntax = text_slice(*syntax, end + 1, syntax->length);
                return TEXT("route");
            }
        }
        start++;
    }
    end = start;
    while (end < syntax->length && (is_name_byte(syntax->data[end]) || syntax->data[end] == '/'))
        end++;
    word = text_slice(*syntax, start, end);
    *syntax = text_slice(*syntax, end, syntax->length);
    return word;
}

static bool is_keyword(struct text word)
{
    for (size_t i = 0; i < word.length; i++)
        if (!(word.data[i] >= 'A' && word.data[i] <= 'Z') && word.data[i] != '_')
            return false;
    return word.length > 1;
}

/* placeholder stands behind keyword, which may be empty. */
static enum place place_of(struct text keyword, struct text placeholder)
{
    if (text_is(placeholder, "name"))
        for (size_t i = 0; i < sizeof(named_table) / sizeof(named_table[0]); i++)
            if (text_equal_ignoring_case(keyword, text_of(named_table[i].placeholder)))
                return named_table[i].place;
    for (size_t i = 0; i < sizeof(place_table) / sizeof(place_table[0]); i++)
        if (text_is(placeholder, place_table[i].placeholder))
            return place_table[i].place;
    return PLACE_NONE;
}

/* "[IF EXISTS] table": what stands first is the table, the words may be left out. */
static struct text skip_optional_words(struct text syntax)
{
    while (syntax.length > 0 && syntax.data[0] == '[') {
        size_t end = text_find(syntax, TEXT("]"), 0);
        struct text group = text_slice(syntax, 1, end), word;

        if (end == SIZE_MAX)
            return syntax;
        while ((word = next_syntax_word(&group)).length > 0)
            if (!is_keyword(word))
                return syntax;
        syntax = text_trim(text_slice(syntax, end + 1, syntax.length));
    }
    return syntax;
}

/* What the syntax says may stand behind a keyword of it, or at its beginning (keyword empty). */
static enum place place_behind(const char *syntax, struct text keyword)
{
    struct text rest = text_of(syntax), word;
    bool is_behind = keyword.length == 0;

    if (is_behind)
        rest = skip_optional_words(rest);
    while ((word = next_syntax_word(&rest)).length > 0) {
        if (is_behind && !is_keyword(word))
            return place_of(keyword, word);
        if (keyword.length > 0 || is_keyword(word))
            is_behind = text_equal_ignoring_case(word, keyword);
    }
    return PLACE_NONE;
}

static void offer_keywords(struct search *search, const struct statement *statement, size_t from)
{
    struct text rest = text_of(statement->syntax), word;

    while ((word = next_syntax_word(&rest)).length > 0) {
        bool is_used = false;

        if (!is_keyword(word))
            continue;
        for (size_t i = from; i < search->word_count; i++)
            is_used = is_used || text_equal_ignoring_case(search->word[i], word);
        if (!is_used)
            offer_word(search, word, "keyword", statement->summary);
    }
}

static void offer_condition(struct search *search)
{
    offer_attributes(search);
    for (size_t i = 0; i < sizeof(function_table) / sizeof(function_table[0]); i++)
        offer_word(search, text_of(function_table[i]), "function", "");
    for (size_t i = 0; i < sizeof(condition_word_table) / sizeof(condition_word_table[0]); i++)
        offer_word(search, text_of(condition_word_table[i]), "keyword", "");
}

static void offer_place(struct search *search, enum place place)
{
    switch (place) {
    case PLACE_TABLE:
        offer_tables(search);
        break;
    case PLACE_INDEX:
        offer_indexes(search);
        break;
    case PLACE_API:
        offer_apis(search);
        break;
    case PLACE_STAGE:
        offer_stages(search);
        break;
    case PLACE_ROUTE:
        offer_routes(search);
        break;
    case PLACE_PROFILE:
        offer_profiles(search);
        break;
    case PLACE_SETTING:
        offer_settings(search);
        break;
    case PLACE_VALUE:
        offer_setting_values(search, search->word[search->word_count - 1]);
        break;
    case PLACE_WORD:
        search->word_count = 0;
        offer_statements(search, 0);
        break;
    case PLACE_ATTRIBUTE:
        offer_condition(search);
        break;
    case PLACE_NONE:
        break;
    }
}

/* The last keyword of the syntax in front, and how many words stand behind it. */
static struct text last_keyword(const struct search *search, const struct statement *statement,
    size_t from, size_t *behind)
{
    for (size_t i = search->word_count; i > from; i--) {
        struct text rest = text_of(statement->syntax), word;

        while ((word = next_syntax_word(&rest)).length > 0)
            if (is_keyword(word) && text_equal_ignoring_case(word, search->word[i - 1])) {
                *behind = search->word_count - i;
                return word;
            }
    }
    *behind = search->word_count - from;
    return TEXT("");
}

static bool ends_with_word(const struct search *search, const char *word)
{
    return word_is(search, search->word_count - 1, word);
}

static void offer_inside(struct search *search, const struct statement *statement, size_t from)
{
    size_t behind;
    struct text keyword = last_keyword(search, statement, from, &behind);
    enum place place = place_behind(statement->syntax, keyword);

    if (strcmp(statement->name, "SET") == 0)
        place = behind == 0 ? PLACE_SETTING : behind == 1 ? PLACE_VALUE : PLACE_NONE;
    if (place == PLACE_API && search->word_count > from && ends_with_word(search, "/"))
        place = PLACE_STAGE;
    else if (place == PLACE_TABLE && search->word_count > from && ends_with_word(search, "."))
        place = PLACE_INDEX;
    else if (place == PLACE_ATTRIBUTE || place == PLACE_WORD)
        behind = 0; /* a condition goes on until the next keyword */
    else if (behind > 0 && place != PLACE_VALUE && !ends_with_word(search, ","))
        place = PLACE_NONE;
    offer_place(search, place);
    if (place != PLACE_WORD && place != PLACE_VALUE && place != PLACE_SETTING)
        offer_keywords(search, statement, from);
}

size_t complete_word(struct session *session, struct arena *arena, struct text line, size_t cursor,
    size_t *start, struct completion *out, size_t capacity)
{
    struct search search = {.session = session, .arena = arena, .out = out, .capacity = capacity};
    const struct statement *statement;
    size_t from, length;

    *start = split(&search, text_slice(line, 0, cursor));
    from = skip_prefixes(&search);
    if (search.word_count == from && search.prefix.length > 0 && search.prefix.data[0] == '\\')
        offer_backslash(&search);
    offer_statements(&search, from);
    statement = find_statement(&search, from, &length);
    if (statement)
        offer_inside(&search, statement, from + length);
    return search.count;
}
