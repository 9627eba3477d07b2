#include "console/batch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "console/run.h"
#include "console/transaction.h"

enum { INPUT_LIMIT = 1024 * 1024 * 1024, READ_SIZE = 64 * 1024, JOURNAL_REQUESTS = 4 << 20 };

static void count_place(struct script_source *source, struct text text)
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

static bool run_piece(struct run *run, const struct script_source *piece, bool echo)
{
    struct error err;

    if (!script_continue(run->script, piece, &err))
        return run_script(run, echo);
    run_fail(run, NULL, &err);
    return false;
}

/* The statements that are whole; source counts what stood before pending. */
static bool run_complete(struct run *run, struct script_source *source, struct buf *pending,
    bool at_end, bool echo)
{
    bool go_on = true;

    while (go_on && pending->length > 0) {
        struct text whole = buf_view(pending);
        size_t end = script_find_end(run->script, whole);

        if (end == 0 && !at_end)
            break;
        if (end == 0)
            end = whole.length;
        source->text = text_slice(whole, 0, end);
        go_on = run_piece(run, source, echo);
        count_place(source, text_slice(whole, 0, end));
        buf_drop(pending, end);
    }
    return go_on;
}

static bool run_stream(struct run *run, const struct batch_input *input, bool echo)
{
    struct script_source source = {.name = input->name};
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
            go_on = run_complete(run, &source, &pending, at_end, echo);
    }
    if (go_on && script_end(run->script, &err)) {
        run_fail(run, NULL, &err);
        go_on = false;
    }
    buf_done(&pending);
    return go_on;
}

static struct script_source source_of(const struct batch_input *input)
{
    return (struct script_source){.name = input->name, .text = input->text};
}

/* True when all given text parses. */
static bool check_all(struct run *run, const struct batch_input *input, size_t count)
{
    struct script_source *list = mem_new(count, sizeof(*list));
    struct error err;
    size_t used = 0;

    if (!list) {
        error_memory(&err);
        run_fail(run, NULL, &err);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        if (!input[i].is_stream)
            list[used++] = source_of(&input[i]);
    script_check(run->script, list, used);
    mem_free(list);
    return run->failures == 0;
}

static bool run_input(struct run *run, const struct batch_input *input, bool echo)
{
    struct script_source source = source_of(input);
    struct error err;

    if (input->is_stream)
        return run_stream(run, input, echo);
    if (!script_begin(run->script, &source, &err))
        return run_script(run, echo);
    run_fail(run, NULL, &err);
    return false;
}

int batch_main(struct session *session, const struct batch_input *input, size_t count,
    const struct batch_options *options)
{
    struct run run;
    struct error err;
    bool go_on, echo = options && options->echo;
    int status;

    session->is_batch = true;
    journal_keep_requests(session->journal, JOURNAL_REQUESTS);
    run_init(&run, session, session->ascii);
    run_take_signals(); /* to the end: a ^C when all is done makes it no failure */
    if (run_open_script(&run, &err)) {
        run_fail(&run, NULL, &err);
        go_on = false;
    } else {
        go_on = check_all(&run, input, count);
    }
    for (size_t i = 0; go_on && i < count; i++)
        go_on = run_input(&run, &input[i], echo);
    if (go_on && transaction_is_open(session->transaction)) {
        error_set(&err, ERROR_USAGE, "BEGIN without COMMIT: %zu action%s never sent",
            transaction_count(session->transaction),
            transaction_count(session->transaction) == 1 ? " was" : "s were");
        run_fail(&run, NULL, &err);
    }
    run_end_output(&run);
    status = run.status;
    run_done(&run);
    if (run.writer.broken) {
        /* The reader of the pipe went away: end as if by its signal, as other tools do. */
        struct sigaction action = {.sa_handler = SIG_DFL};

        sigaction(SIGPIPE, &action, NULL);
        raise(SIGPIPE);
    }
    return status;
}
