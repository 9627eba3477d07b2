#include "console/complete.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "client/value.h"
#include "console/complete_search.h"
#include "console/language/backslash.h"
#include "console/language/lexer.h"
#include "console/language/parser.h"
#include "console/statement.h"

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
    PLACE_FILE,
    PLACE_PARAMETER,
    PLACE_SAVED,
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
    {"file", PLACE_FILE},
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

/* What stands behind a command whose syntax says no more than a name. */
static const struct {
    const char *statement;
    enum place place;
} command_table[] = {
    {"RUN", PLACE_SAVED},
    {"\\elif", PLACE_ATTRIBUTE},
    {"\\if", PLACE_ATTRIBUTE},
    {"\\set", PLACE_PARAMETER},
    {"\\run", PLACE_SAVED},
    {"\\unset", PLACE_PARAMETER},
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
    if (search->word_count == COMPLETE_WORDS) /* the first ones decide */
        search->word[COMPLETE_WORDS - 1] = word;
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

/* The first word behind EXPLAIN (..), WATCH EVERY d TIMES n and STAGE. */
static size_t skip_prefixes(const struct search *search)
{
    size_t at = 0;

    for (;;) {
        if (word_is(search, at, "EXPLAIN")) {
            at++;
            if (word_is(search, at, "("))
                while (at < search->word_count && !word_is(search, at++, ")")) {
                }
        } else if (word_is(search, at, "ANALYZE") ||
                   (word_is(search, at, "STAGE") && at + 1 < search->word_count)) {
            at++;
        } else if (word_is(search, at, "WATCH")) {
            at++;
            while (word_is(search, at, "EVERY") || word_is(search, at, "TIMES"))
                at += at + 1 < search->word_count ? 2 : 1;
        } else {
            return at;
        }
    }
}

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
        complete_offer_word(search, TEXT("EXPLAIN"), "keyword", "Show what a statement would do");
        complete_offer_word(search, TEXT("ANALYZE"), "keyword",
            "Run a statement and print its calls instead of its rows");
        complete_offer_word(search, TEXT("WATCH"), "keyword", "Repeat a read");
    }
    for (size_t i = 0; i < statement_count(); i++) {
        const struct statement *statement = statement_at(i);
        struct text next;
        bool whole;
        size_t matched = match_name(search, from, statement->name, &whole, &next);

        if (!whole && matched == search->word_count - from)
            complete_offer_word(search, next, "keyword", statement->summary);
    }
}

static void offer_backslash(struct search *search)
{
    for (const struct backslash_command *command = backslash_command_table; command->name;
         command++)
        if (backslash_find(text_of(command->name)))
            complete_offer_word(search, text_of(arena_format(search->arena, "\\%s", command->name)),
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

/* The next word of a syntax line. 'METHOD /path' counts as the placeholder route, 'file'
   as file. */
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
            if (text_starts_with(word, TEXT("METHOD")) || text_starts_with(word, TEXT("file'"))) {
                *syntax = text_slice(*syntax, end + 1, syntax->length);
                return word.data[0] == 'M' ? TEXT("route") : TEXT("file");
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
            complete_offer_word(search, word, "keyword", statement->summary);
    }
}

/* Behind a sign or a word that compares. */
static bool wants_value(const struct search *search)
{
    static const char *const before_table[] = {"=", "<", ">", "BETWEEN", "CONTAINS", "LIKE", "+"};
    size_t last = search->word_count - 1;

    if (search->word_count == 0)
        return false;
    for (size_t i = 0; i < sizeof(before_table) / sizeof(before_table[0]); i++)
        if (word_is(search, last, before_table[i]))
            return true;
    return last > 0 && word_is(search, last, "(") && word_is(search, last - 1, "IN");
}

static void offer_condition(struct search *search)
{
    complete_compared(search);
    if (wants_value(search))
        complete_literals(search);
    complete_attributes(search);
    for (size_t i = 0; i < sizeof(function_table) / sizeof(function_table[0]); i++)
        complete_offer_word(search, text_of(function_table[i]), "function", "");
    for (size_t i = 0; i < sizeof(condition_word_table) / sizeof(condition_word_table[0]); i++)
        complete_offer_word(search, text_of(condition_word_table[i]), "keyword", "");
}

static void offer_place(struct search *search, enum place place)
{
    switch (place) {
    case PLACE_TABLE:
        complete_tables(search);
        break;
    case PLACE_INDEX:
        complete_indexes(search);
        break;
    case PLACE_API:
        complete_apis(search);
        break;
    case PLACE_STAGE:
        complete_stages(search);
        break;
    case PLACE_ROUTE:
        complete_routes(search);
        break;
    case PLACE_PROFILE:
        complete_profiles(search);
        break;
    case PLACE_SETTING:
        complete_settings(search);
        break;
    case PLACE_VALUE:
        complete_setting_values(search, search->word[search->word_count - 1]);
        break;
    case PLACE_WORD:
        search->word_count = 0;
        offer_statements(search, 0);
        break;
    case PLACE_ATTRIBUTE:
        offer_condition(search);
        break;
    case PLACE_FILE:
        if (search->quote)
            complete_files(search);
        break;
    case PLACE_PARAMETER:
        complete_parameters(search, "");
        break;
    case PLACE_SAVED:
        complete_saved(search);
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

/* GET table key, UPDATE table [key] .. */
static bool begins_with_key(const struct statement *statement)
{
    struct text syntax = text_of(statement->syntax);

    return text_starts_with(syntax, TEXT("table partition-key")) ||
           text_starts_with(syntax, TEXT("table [key]")) ||
           text_starts_with(syntax, TEXT("table key"));
}

static void offer_inside(struct search *search, const struct statement *statement, size_t from)
{
    size_t behind;
    struct text keyword = last_keyword(search, statement, from, &behind);
    enum place place = place_behind(statement->syntax, keyword);

    for (size_t i = 0; i < sizeof(command_table) / sizeof(command_table[0]); i++)
        if (strcmp(statement->name, command_table[i].statement) == 0)
            place = command_table[i].place;
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
    if (begins_with_key(statement))
        complete_keys(search);
    offer_place(search, place);
    if (place != PLACE_ATTRIBUTE && wants_value(search))
        complete_literals(search);
    if (place != PLACE_WORD && place != PLACE_VALUE && place != PLACE_SETTING)
        offer_keywords(search, statement, from);
}

/* :na behind a blank or a sign is the beginning of a parameter. */
static bool is_parameter(const struct search *search)
{
    size_t last = search->word_count - 1;

    return search->word_count > 0 && !search->quote && word_is(search, last, ":") &&
           search->word[last].data + 1 == search->prefix.data &&
           (last == 0 || !is_name_byte(search->word[last].data[-1]));
}

/* \d ord is DESCRIBE TABLE ord: completed as that. */
static void expand_command(struct search *search)
{
    const struct backslash_command *command;
    struct text rest, word, argument[COMPLETE_WORDS];
    size_t count = search->word_count;

    if (count == 0 || search->word[0].length < 2 || search->word[0].data[0] != '\\')
        return;
    command = backslash_find(text_slice(search->word[0], 1, search->word[0].length));
    if (!command || !command->with)
        return;
    memcpy(argument, search->word, sizeof(argument));
    search->word_count = 0;
    rest = text_of(command->with);
    while (text_take_field(&rest, ' ', &word))
        keep_word(search, word);
    for (size_t i = 1; i < count; i++)
        keep_word(search, argument[i]);
}

/* \i dir/fi: a path without quotes, to the end of the line. False: another line. */
static bool offer_command_file(struct search *search, struct text line, size_t *start)
{
    static const char *const command_file_table[] = {"\\i ", "\\g ", "\\o "};
    size_t at = 0;

    while (at < line.length && strchr(" \t\n", line.data[at]))
        at++;
    for (size_t i = 0; i < sizeof(command_file_table) / sizeof(command_file_table[0]); i++) {
        size_t begin = at + 3;

        if (!text_starts_with(text_slice(line, at, line.length), text_of(command_file_table[i])))
            continue;
        while (begin < line.length && line.data[begin] == ' ')
            begin++;
        search->quote = begin < line.length && line.data[begin] == '\'' ? '\'' : 0;
        search->prefix = text_slice(line, begin + (search->quote ? 1 : 0), line.length);
        *start = begin;
        if (!text_starts_with(search->prefix, TEXT("|")))
            complete_files(search);
        return true;
    }
    return false;
}

size_t complete_word(struct session *session, struct arena *arena, struct text line, size_t cursor,
    size_t *start, struct completion *out, size_t capacity)
{
    struct search search = {.session = session, .arena = arena, .out = out, .capacity = capacity};
    const struct statement *statement;
    size_t from, length;

    if (offer_command_file(&search, text_slice(line, 0, cursor), start))
        return search.count;
    *start = split(&search, text_slice(line, 0, cursor));
    if (is_parameter(&search)) {
        complete_parameters(&search, "");
        return search.count;
    }
    expand_command(&search);
    from = skip_prefixes(&search);
    if (search.word_count == from && search.prefix.length > 0 && search.prefix.data[0] == '\\')
        offer_backslash(&search);
    offer_statements(&search, from);
    statement = find_statement(&search, from, &length);
    if (statement)
        offer_inside(&search, statement, from + length);
    return search.count;
}
