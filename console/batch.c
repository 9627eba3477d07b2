#include "console/batch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "console/run.h"
#include "console/statements/settings.h"

enum {
    PARSE_LIMIT = 512 * 1024 * 1024,
    ERROR_COUNT_LIMIT = 20,
    INPUT_LIMIT = 1024 * 1024 * 1024,
    READ_SIZE = 64 * 1024
};

/* One pass over a text, statement by statement. */
struct reader {
    struct run *run;
    struct arena *arena;
    struct lexer lexer;
    struct language_context context;
};

static enum error_code reader_open(struct reader *reader, struct run *run, struct error *err)
{
    memset(reader, 0, sizeof(*reader));
    reader->run = run;
    reader->arena = arena_new(PARSE_LIMIT, err);
    return reader->arena ? ERROR_NONE : err->code;
}

static void reader_start(struct reader *reader)
{
    arena_reset(reader->arena);
    lexer_init(&reader->lexer, reader->run->source.text, reader->arena);
    reader->lexer.context = &reader->context;
}

/* Parses the next statement; *empty when nothing stood before the semicolon. */
static struct tree *reader_next(struct reader *reader, bool *empty, struct error *err)
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

/* Goes behind the semicolon; false at the end. What was parsed before is gone. */
static bool reader_advance(struct reader *reader)
{
    if (reader->lexer.token.kind != TOKEN_SEMICOLON)
        return false;
    arena_reset(reader->arena);
    lexer_take(&reader->lexer);
    return true;
}

/* ----- first pass: does everything parse ------------------------------------------------- */

static void check_source(struct reader *reader)
{
    struct run *run = reader->run;
    struct error err;

    reader_start(reader);
    for (;;) {
        bool empty = false;
        struct tree *tree = reader_next(reader, &empty, &err);

        if (tree && settings_note_parameter(run->session, tree, &err)) {
            run_fail(run, tree, &err);
        } else if (!tree && !empty) {
            run_fail(run, NULL, &err);
            if (run->failures >= ERROR_COUNT_LIMIT)
                return;
            lexer_recover(&reader->lexer);
            if (reader->lexer.token.kind == TOKEN_END)
                return;
            continue;
        }
        if (!reader_advance(reader))
            return;
    }
}

/* ----- second pass ------------------------------------------------------------------------ */

static void echo(struct run *run, const struct tree *tree)
{
    struct error err;

    buf_add_string(&run->writer.buf, "> ");
    buf_add_text(&run->writer.buf, tree->source);
    buf_add_string(&run->writer.buf, ";\n");
    if (writer_flush(&run->writer, &err))
        run_fail(run, tree, &err);
}

/* False when nothing more may run. */
static bool run_next(struct run *run, struct tree *tree, const struct batch_options *options)
{
    struct session *session = run->session;
    enum error_code code;

    if (options && options->echo)
        echo(run, tree);
    if (session->settings.dry_run &&
        !(tree->statement->flags & (STATEMENT_LOCAL | STATEMENT_INLINE)))
        tree->explain = true;
    code = run_tree(run, tree);
    if (code == ERROR_CANCELLED || run->writer.broken || session->quit)
        return false;
    return !code || !session->settings.stop_on_error;
}

/* Runs the statements of the source; false when nothing more may run. */
static bool run_source(struct reader *reader, const struct batch_options *options)
{
    struct run *run = reader->run;
    bool go_on = true;

    reader_start(reader);
    do {
        struct error err;
        bool empty = false;
        struct tree *tree = reader_next(reader, &empty, &err);

        if (tree) {
            run_warn(run, &reader->context);
            go_on = run_next(run, tree, options);
        } else if (!empty) {
            run_fail(run, NULL, &err);
            go_on = !run->session->settings.stop_on_error;
            if (go_on)
                lexer_recover(&reader->lexer);
        }
    } while (go_on && reader_advance(reader));
    return go_on;
}

/* ----- stdin, statement by statement ------------------------------------------------------ */

static void count_place(struct run_source *source, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '\n') {
            source->line++;
            source->column = 0;
        } else if (((unsigned char)text.data[i] & 0xc0) != 0x80) {
            source->column++;
        }
    }
}

/* Where the first statement of the text ends, behind its semicolon; 0: not in this text. */
static size_t find_end(struct reader *reader, struct text text)
{
    struct lexer *lexer = &reader->lexer;

    reader->run->source.text = text;
    reader_start(reader);
    while (lexer->token.kind != TOKEN_SEMICOLON && lexer->token.kind != TOKEN_END)
        lexer_take(lexer);
    if (lexer->token.kind != TOKEN_SEMICOLON)
        return 0;
    if (lexer->token.source.length > 0)
        return lexer->token.offset + lexer->token.source.length;
    return lexer->offset; /* a backslash command ends with its line */
}

static bool run_complete(struct reader *reader, struct buf *pending, bool at_end,
    const struct batch_options *options)
{
    bool go_on = true;

    while (go_on && pending->length > 0) {
        struct text whole = buf_view(pending);
        size_t end = find_end(reader, whole);

        if (end == 0 && !at_end)
            break;
        if (end == 0)
            end = whole.length;
        reader->run->source.text = text_slice(whole, 0, end);
        go_on = run_source(reader, options);
        count_place(&reader->run->source, text_slice(whole, 0, end));
        buf_drop(pending, end);
    }
    return go_on;
}

static bool run_stream(struct reader *reader, const struct batch_options *options)
{
    struct run *run = reader->run;
    struct buf pending;
    struct error err;
    bool go_on = true, at_end = false;

    buf_init(&pending, INPUT_LIMIT);
    while (go_on && !at_end) {
        char *room = buf_reserve(&pending, READ_SIZE);
        ssize_t count = room ? read(STDIN_FILENO, room, READ_SIZE) : -1;

        if (count > 0) {
            buf_added(&pending, (size_t)count);
        } else if (count == 0) {
            at_end = true;
        } else if (!room || errno != EINTR || run_was_interrupted()) {
            if (!room && !buf_check(&pending, "stdin", &err))
                error_memory(&err);
            else if (room && errno == EINTR)
                error_set(&err, ERROR_CANCELLED, "interrupted");
            else if (room)
                error_set(&err, ERROR_IO, "cannot read stdin: %s", strerror(errno));
            run_fail(run, NULL, &err);
            go_on = false;
        }
        if (go_on)
            go_on = run_complete(reader, &pending, at_end, options);
    }
    buf_done(&pending);
    return go_on;
}

/* ----- all of it -------------------------------------------------------------------------- */

static void set_source(struct run *run, const struct batch_input *input)
{
    run->source = (struct run_source){.name = input->name, .text = input->text};
}

/* True when all given text parses. \set is obeyed on the way, as it will be when it runs. */
static bool check_all(struct reader *reader, const struct batch_input *input, size_t count)
{
    struct run *run = reader->run;
    size_t args_used = run->args_used;

    for (size_t i = 0; i < count && run->failures < ERROR_COUNT_LIMIT; i++) {
        if (input[i].is_stream)
            continue;
        set_source(run, &input[i]);
        check_source(reader);
    }
    run->args_used = args_used;
    return run->failures == 0;
}

int batch_main(struct session *session, const struct batch_input *input, size_t count,
    const struct batch_options *options)
{
    struct run run;
    struct reader reader;
    struct error err;
    bool go_on;
    int status;

    session->is_batch = true;
    run_init(&run, session, session->ascii);
    run_take_signals();
    if (reader_open(&reader, &run, &err)) {
        run_fail(&run, NULL, &err);
        go_on = false;
    } else {
        go_on = check_all(&reader, input, count);
    }
    for (size_t i = 0; go_on && i < count; i++) {
        set_source(&run, &input[i]);
        go_on = input[i].is_stream ? run_stream(&reader, options) : run_source(&reader, options);
    }
    arena_free(reader.arena);
    status = run.status;
    run_done(&run);
    run_release_signals();
    if (run.writer.broken) {
        /* The reader of the pipe went away: end as if by its signal, as other tools do. */
        struct sigaction action = {.sa_handler = SIG_DFL};

        sigaction(SIGPIPE, &action, NULL);
        raise(SIGPIPE);
    }
    return status;
}
