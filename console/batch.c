#include "console/batch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "console/reader.h"
#include "console/run.h"
#include "console/statements/settings.h"
#include "console/transaction.h"

enum { ERROR_COUNT_LIMIT = 20, INPUT_LIMIT = 1024 * 1024 * 1024, READ_SIZE = 64 * 1024 };

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

static bool run_complete(struct reader *reader, struct buf *pending, bool at_end, bool echo)
{
    bool go_on = true;

    while (go_on && pending->length > 0) {
        struct text whole = buf_view(pending);
        size_t end;

        reader->run->source.text = whole;
        end = reader_find_end(reader);

        if (end == 0 && !at_end)
            break;
        if (end == 0)
            end = whole.length;
        reader->run->source.text = text_slice(whole, 0, end);
        go_on = reader_run_all(reader, echo);
        count_place(&reader->run->source, text_slice(whole, 0, end));
        buf_drop(pending, end);
    }
    return go_on;
}

static bool run_stream(struct reader *reader, bool echo)
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
            go_on = run_complete(reader, &pending, at_end, echo);
    }
    buf_done(&pending);
    return go_on;
}

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
    bool go_on, echo = options && options->echo;
    int status;

    session->is_batch = true;
    run_init(&run, session, session->ascii);
    run_take_signals();
    if (reader_init(&reader, &run, &err)) {
        run_fail(&run, NULL, &err);
        go_on = false;
    } else {
        go_on = check_all(&reader, input, count);
    }
    for (size_t i = 0; go_on && i < count; i++) {
        set_source(&run, &input[i]);
        go_on = input[i].is_stream ? run_stream(&reader, echo) : reader_run_all(&reader, echo);
    }
    if (go_on && transaction_is_open(session->transaction)) {
        error_set(&err, ERROR_USAGE, "BEGIN without COMMIT: %zu action%s never sent",
            transaction_count(session->transaction),
            transaction_count(session->transaction) == 1 ? " was" : "s were");
        run_fail(&run, NULL, &err);
    }
    reader_done(&reader);
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
