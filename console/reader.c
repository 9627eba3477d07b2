#include "console/reader.h"

#include <string.h>

#include "base/clock.h"

enum { PARSE_LIMIT = 512 * 1024 * 1024 };

enum error_code reader_init(struct reader *reader, struct run *run, struct error *err)
{
    memset(reader, 0, sizeof(*reader));
    reader->run = run;
    reader->arena = arena_new(PARSE_LIMIT, err);
    return reader->arena ? ERROR_NONE : err->code;
}

void reader_done(struct reader *reader)
{
    arena_free(reader->arena);
    reader->arena = NULL;
}

void reader_start(struct reader *reader)
{
    arena_reset(reader->arena);
    lexer_init(&reader->lexer, reader->run->source.text, reader->arena);
    reader->lexer.context = &reader->context;
}

struct tree *reader_next(struct reader *reader, bool *empty, struct error *err)
{
    struct run *run = reader->run;
    struct tree *tree;

    reader->context = session_language(run->session);
    reader->context.args_used = run->args_used;
    reader->context.now = clock_wall();
    tree = statement_parse(&reader->lexer, run->source.name, empty, err);
    run->args_used = reader->context.args_used;
    return tree;
}

bool reader_advance(struct reader *reader)
{
    if (reader->lexer.token.kind != TOKEN_SEMICOLON)
        return false;
    /* The lexer has read nothing behind the semicolon yet. */
    arena_reset(reader->arena);
    lexer_take(&reader->lexer);
    return true;
}

size_t reader_find_end(struct reader *reader)
{
    struct lexer *lexer = &reader->lexer;

    reader_start(reader);
    while (lexer->token.kind != TOKEN_SEMICOLON && lexer->token.kind != TOKEN_END)
        lexer_take(lexer);
    if (lexer->token.kind != TOKEN_SEMICOLON)
        return 0;
    if (lexer->token.source.length > 0)
        return lexer->token.offset + lexer->token.source.length;
    return lexer->offset; /* a backslash command ends with its line */
}

static void print_statement(struct run *run, const struct tree *tree)
{
    struct error err;

    buf_add_string(&run->writer.buf, "> ");
    buf_add_text(&run->writer.buf, tree->source);
    buf_add_string(&run->writer.buf, tree->source.data[0] == '\\' ? "\n" : ";\n");
    if (writer_flush(&run->writer, &err))
        run_fail(run, tree, &err);
}

/* False when nothing more may run. */
static bool run_one(struct run *run, struct tree *tree, bool echo)
{
    enum error_code code;

    if (echo)
        print_statement(run, tree);
    code = run_tree(run, tree);
    if (code == ERROR_CANCELLED || run->writer.broken || run->session->quit)
        return false;
    return !code || !run->session->settings.stop_on_error;
}

bool reader_run_all(struct reader *reader, bool echo)
{
    struct run *run = reader->run;
    bool go_on = true;

    reader_start(reader);
    while (go_on) {
        struct error err = {.code = ERROR_NONE};
        bool empty = false;
        struct tree *tree = reader_next(reader, &empty, &err);

        if (tree) {
            run_warn(run, &reader->context);
            go_on = run_one(run, tree, echo);
        } else if (!empty) {
            run_fail(run, NULL, &err);
            if (run->session->settings.stop_on_error)
                return false;
            lexer_recover(&reader->lexer); /* stands behind the semicolon */
            if (reader->lexer.token.kind == TOKEN_END)
                return true;
            continue;
        }
        if (!reader_advance(reader))
            break;
    }
    return go_on;
}
