#include "console/language/backslash.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "client/value.h"
#include "console/language/grammar.h"

enum { NEAR = 2, SHORT_NAME = 2 };

const struct backslash_command backslash_command_table[] = {
    {"?", "[word]", "HELP", "HELP", BACKSLASH_TEXT},
    {"c", "profile", NULL, "CONNECT", BACKSLASH_OBJECT},
    {"cancel", "job", NULL, "CANCEL JOB", BACKSLASH_WORDS},
    {"capacity", "[on|off]", "SET capacity toggle", "SET capacity", BACKSLASH_WORDS},
    {"commit", "[n, ...]", "APPLY STAGED", "APPLY STAGED", BACKSLASH_WORDS},
    {"conninfo", "", "SHOW IDENTITY", NULL, BACKSLASH_NONE},
    {"d", "table", NULL, "DESCRIBE TABLE", BACKSLASH_OBJECT},
    {"da", "[pattern]", "SHOW APIS", "SHOW APIS LIKE", BACKSLASH_PATTERN},
    {"di", "table", NULL, "SHOW INDEXES OF", BACKSLASH_OBJECT},
    {"dialect", "name", NULL, "SET dialect", BACKSLASH_WORDS},
    {"diff", "", "SHOW STAGED", NULL, BACKSLASH_NONE},
    {"discard", "[n, ...]", "DISCARD STAGED", "DISCARD STAGED", BACKSLASH_WORDS},
    {"dr", "[pattern]", "SHOW ROUTES", "SHOW ROUTES LIKE", BACKSLASH_PATTERN},
    {"ds", "", "SHOW STAGES", NULL, BACKSLASH_NONE},
    {"dt", "[pattern]", "SHOW TABLES", "SHOW TABLES LIKE", BACKSLASH_PATTERN},
    {"format", "name", NULL, "SET format", BACKSLASH_WORDS},
    {"h", "[statement]", "HELP", "HELP", BACKSLASH_TEXT},
    {"jobs", "", "SHOW JOBS", NULL, BACKSLASH_NONE},
    {"l", "", "SHOW PROFILES", NULL, BACKSLASH_NONE},
    {"next", "[pages]", "NEXT", "NEXT", BACKSLASH_WORDS},
    {"pset", "name value", NULL, "SET", BACKSLASH_SETTING},
    {"q", "", "QUIT", NULL, BACKSLASH_NONE},
    {"ro", "", "SET read-only on", NULL, BACKSLASH_NONE},
    {"rw", "[duration]", "SET read-only off", "SET read-only off FOR", BACKSLASH_WORDS},
    {"save", "name", NULL, "SAVE QUERY", BACKSLASH_OBJECT},
    {"stage", "[on|off]", "SET stage", "SET stage", BACKSLASH_WORDS},
    {"timing", "[on|off]", "SET timing toggle", "SET timing", BACKSLASH_WORDS},
    {"undo", "[n]", "UNDO", "UNDO", BACKSLASH_WORDS},
    {"x", "[on|off|auto]", "SET expanded toggle", "SET expanded", BACKSLASH_WORDS},
    {NULL, NULL, NULL, NULL, BACKSLASH_NONE},
};

/* Whether a record exists whose words begin the statement text. */
static bool statement_exists(const char *text)
{
    struct text source = text_of(text);

    for (size_t i = 0; i < statement_count(); i++) {
        struct text name = text_of(statement_at(i)->name);

        if (text_starts_with(source, name) &&
            (source.length == name.length || source.data[name.length] == ' '))
            return true;
    }
    return false;
}

const struct backslash_command *backslash_find(struct text name)
{
    for (const struct backslash_command *command = backslash_command_table; command->name;
         command++) {
        if (text_is(name, command->name))
            return statement_exists(command->with ? command->with : command->bare) ? command : NULL;
    }
    return NULL;
}

/* The statement of that name with its backslash: "\set". */
static const struct statement *find_own(struct text name)
{
    for (size_t i = 0; i < statement_count(); i++) {
        const struct statement *statement = statement_at(i);

        if (statement->name[0] == '\\' && text_is(name, statement->name + 1))
            return statement;
    }
    return NULL;
}

/* The command that name is a slip of the finger for. */
struct near_command {
    struct text name;
    const char *best;
    size_t distance;
};

static void consider(struct near_command *near, const char *name)
{
    size_t distance = text_distance(near->name, text_of(name), NEAR);

    if (distance >= near->distance || distance * 2 >= near->name.length)
        return;
    near->distance = distance;
    near->best = name;
}

static bool fail_unknown(struct text name, const struct token *at, struct error *err)
{
    struct near_command near = {.name = name, .distance = NEAR + 1};

    parse_fail(err, at, "unknown command '\\%.*s'", (int)(name.length < 40 ? name.length : 40),
        name.data);
    for (const struct backslash_command *command = backslash_command_table; command->name;
         command++) {
        if (backslash_find(text_of(command->name)))
            consider(&near, command->name);
    }
    for (size_t i = 0; i < statement_count(); i++) {
        if (statement_at(i)->name[0] == '\\')
            consider(&near, statement_at(i)->name + 1);
    }
    if (text_find(name, TEXT(";"), 0) != SIZE_MAX)
        error_hint(err, "a command with a backslash ends with its line, not with ';'");
    else if (near.best && name.length > SHORT_NAME)
        error_hint(err, "did you mean \\%s?", near.best);
    return false;
}

/* prod-* as the quoted pattern 'prod-%' */
static void add_pattern(struct buf *out, struct text pattern)
{
    if (pattern.length >= 2 && pattern.data[0] == '\'' && pattern.data[pattern.length - 1] == '\'')
        pattern = text_slice(pattern, 1, pattern.length - 1);
    buf_add_char(out, '\'');
    for (size_t i = 0; i < pattern.length; i++) {
        char c = pattern.data[i];

        buf_add_char(out, c == '*' ? '%' : c);
        if (c == '\'')
            buf_add_char(out, '\'');
    }
    buf_add_char(out, '\'');
}

/* 'it''s' as what it stands for, put between quote signs of the other kind. */
static void add_quoted_as(struct buf *out, struct text quoted, char quote)
{
    buf_add_char(out, quote);
    for (size_t i = 1; i + 1 < quoted.length; i++) {
        buf_add_char(out, quoted.data[i]);
        if (quoted.data[i] == quote)
            buf_add_char(out, quote);
        if (quoted.data[i] == '\'')
            i++;
    }
    buf_add_char(out, quote);
}

static bool is_quoted(struct text text, char quote)
{
    return text.length >= 2 && text.data[0] == quote && text.data[text.length - 1] == quote;
}

/* a,b as 'a,b'; what is quoted stays as it is */
static void add_text(struct buf *out, struct text argument)
{
    if (is_quoted(argument, '\'') || is_quoted(argument, '"')) {
        buf_add_text(out, argument);
        return;
    }
    buf_add_char(out, '\'');
    for (size_t i = 0; i < argument.length; i++) {
        buf_add_char(out, argument.data[i]);
        if (argument.data[i] == '\'')
            buf_add_char(out, '\'');
    }
    buf_add_char(out, '\'');
}

/* columns a,b as columns 'a,b' */
static void add_setting(struct buf *out, struct text argument)
{
    struct text name;

    if (!text_take_until(&argument, ' ', &name)) {
        buf_add_text(out, argument);
        return;
    }
    buf_add_text(out, name);
    buf_add_char(out, ' ');
    add_text(out, text_trim(argument));
}

static bool write_statement(const struct backslash_command *command, struct text argument,
    const struct token *at, struct buf *out, struct error *err)
{
    if (argument.length == 0 && !command->bare)
        return parse_fail(err, at, "\\%s needs an argument: \\%s %s", command->name, command->name,
            command->syntax);
    if (argument.length > 0 && !command->with)
        return parse_fail(err, at, "\\%s takes no argument", command->name);
    buf_add_string(out, argument.length > 0 ? command->with : command->bare);
    if (argument.length == 0)
        return true;
    buf_add_char(out, ' ');
    switch (command->argument) {
    case BACKSLASH_PATTERN:
        add_pattern(out, argument);
        break;
    case BACKSLASH_SETTING:
        add_setting(out, argument);
        break;
    case BACKSLASH_TEXT:
        add_text(out, argument);
        break;
    case BACKSLASH_OBJECT:
        if (is_quoted(argument, '\'')) {
            add_quoted_as(out, argument, '`');
            break;
        }
        buf_add_text(out, argument);
        break;
    case BACKSLASH_NONE:
    case BACKSLASH_WORDS:
        buf_add_text(out, argument);
        break;
    }
    return true;
}

static struct tree *parse_text(struct lexer *outer, struct text source, const char *input_name,
    const struct statement *own, struct error *err)
{
    struct lexer lexer;
    struct tree *tree = NULL;
    bool empty;

    lexer_init(&lexer, source, outer->arena);
    lexer.context = outer->context;
    if (own) {
        tree = arena_alloc(outer->arena, 1, sizeof *tree);
        if (!tree) {
            arena_failed(outer->arena, err);
            return NULL;
        }
        *tree = (struct tree){.statement = own, .arena = outer->arena, .input_name = input_name};
        if (!own->parse(&lexer, tree, err) || !parse_need_end(&lexer, err))
            return NULL;
        return tree;
    }
    tree = statement_parse(&lexer, input_name, &empty, err);
    if (tree && lexer.token.kind != TOKEN_END) {
        parse_expected(&lexer, "the end of the line", err);
        return NULL;
    }
    return tree;
}

bool backslash_line(struct lexer *lexer, const char *what, struct text *out, struct error *err)
{
    struct language_context *context = lexer->context;
    struct arena *arena = lexer->arena;

    *out = text_trim(lexer->input);
    if (out->length == 0 && what)
        return parse_fail(err, &lexer->token, "expected %s, found the end of the line", what);
    lexer_init(lexer, TEXT(""), arena);
    lexer->context = context;
    return true;
}

bool backslash_rest(struct lexer *lexer, const char *what, struct text *out, struct error *err)
{
    struct text line;
    struct buf word;

    if (!backslash_line(lexer, what, &line, err))
        return false;
    *out = line;
    if (line.length < 2 || line.data[0] != '\'' || line.data[line.length - 1] != '\'')
        return true;
    buf_init(&word, LEXER_STATEMENT_LIMIT);
    for (size_t i = 1; i + 1 < line.length; i++) {
        buf_add_char(&word, line.data[i]);
        if (line.data[i] == '\'' && i + 2 < line.length && line.data[i + 1] == '\'')
            i++;
    }
    *out = arena_text(lexer->arena, buf_view(&word));
    buf_done(&word);
    return out->data || grammar_memory(lexer, err);
}

static struct text without_semicolon(struct text text)
{
    return text.length > 1 && text.data[text.length - 1] == ';'
               ? text_slice(text, 0, text.length - 1)
               : text;
}

struct tree *backslash_parse(struct lexer *lexer, const char *input_name, struct error *err)
{
    struct token token = lexer->token;
    struct text line = text_trim(text_slice(token.source, 1, token.source.length)), name;
    const struct backslash_command *command;
    const struct statement *own;
    struct tree *tree = NULL;
    struct buf source;

    buf_init(&source, LEXER_STATEMENT_LIMIT);
    if (!text_take_until(&line, ' ', &name)) {
        name = line;
        line = text_slice(line, line.length, line.length);
    }
    line = text_trim(line);
    command = backslash_find(line.length > 0 ? name : without_semicolon(name));
    if (command) /* "\dt orders;" is how hands write it */
        line = text_trim(without_semicolon(line));
    own = command ? NULL : find_own(name);
    if (!command && !own) {
        fail_unknown(name, &token, err);
    } else if (own || write_statement(command, line, &token, &source, err)) {
        struct text text = own ? line : arena_text(lexer->arena, buf_view(&source));

        if (!text.data)
            arena_failed(lexer->arena, err);
        else if (!buf_check(&source, "command", err))
            tree = parse_text(lexer, text, input_name, own, err);
    }
    buf_done(&source);
    if (tree) {
        tree->source = text_trim(token.source);
        tree->line = token.line;
        tree->column = token.column;
        lexer_take(lexer);
    } else {
        size_t before = own && err->line == 1 ? (size_t)(line.data - token.source.data) : 0;

        err->column = before > 0 ? token.column + err->column - 1 +
                                       (int)utf8_count(text_slice(token.source, 0, before))
                                 : token.column;
        err->line = token.line;
    }
    return tree;
}
