#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/width.h"
#include "console/batch.h"
#include "console/config.h"
#include "console/demo.h"
#include "console/help.h"
#include "console/interactive.h"
#include "console/manual.h"
#include "console/messages.h"
#include "console/options.h"
#include "console/serve.h"
#include "console/session.h"
#include "console/shell_completion.h"

enum { SCRIPT_LIMIT = 256 * 1024 * 1024, NAME_SIZE = 32 };

/* A command of its own: the first argument, without hyphens. */
static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} command_table[] = {
    {"completion", shell_completion_main},
    {"demo", demo_main},
    {"manual", manual_main},
    {"serve", serve_main},
};

static int complain(const struct error *err, bool is_json)
{
    struct message message = {.severity = MESSAGE_SAY_ERROR,
        .code = err->code,
        .text = err->text,
        .hint = err->hint};
    struct buf out;
    struct error ignored;

    buf_init(&out, 16 * 1024);
    if (is_json)
        message_add_json(&out, &message);
    else
        message_add_text(&out, &message);
    if (file_write_all(STDERR_FILENO, buf_view(&out), &ignored)) {
        /* The exit status says it too. */
    }
    buf_done(&out);
    return message_exit_status(err->code);
}

static void warn(const char *text)
{
    struct message message = {.severity = MESSAGE_SAY_WARNING, .text = text};
    struct buf out;
    struct error ignored;

    buf_init(&out, 16 * 1024);
    message_add_text(&out, &message);
    if (file_write_all(STDERR_FILENO, buf_view(&out), &ignored)) {
        /* A warning that cannot be given stops nothing. */
    }
    buf_done(&out);
}

/* A file opened later must not become stdout because the caller closed it. */
static void keep_standard_descriptors(void)
{
    for (int descriptor = 0; descriptor < 3; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
            /* Reading from stdin ends at once, writing to the others fails as it should. */
            int opened = open("/dev/null", O_RDONLY);

            if (opened != descriptor && opened >= 0)
                close(opened);
        }
}

static void ignore_broken_pipes(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};

    sigemptyset(&action.sa_mask);
    sigaction(SIGPIPE, &action, NULL);
}

struct inputs {
    struct batch_input *list;
    char (*name)[NAME_SIZE]; /* of -c texts */
    struct buf *content;     /* of files */
    size_t count;
};

static void inputs_done(struct inputs *inputs)
{
    for (size_t i = 0; inputs->content && i < inputs->count; i++)
        buf_done(&inputs->content[i]);
    mem_free(inputs->content);
    mem_free(inputs->name);
    mem_free(inputs->list);
}

static enum error_code read_input(struct inputs *inputs, size_t index,
    const struct option_source *source, struct error *err)
{
    struct batch_input *input = &inputs->list[index];

    buf_init(&inputs->content[index], SCRIPT_LIMIT);
    inputs->count = index + 1;
    if (!source->is_file) {
        snprintf(inputs->name[index], NAME_SIZE, "<command %zu>", index + 1);
        *input = (struct batch_input){inputs->name[index], text_of(source->text), false};
        return ERROR_NONE;
    }
    if (strcmp(source->text, "-") == 0) {
        *input = (struct batch_input){"<stdin>", TEXT(""), true};
        return ERROR_NONE;
    }
    if (file_read(source->text, &inputs->content[index], err))
        return err->code == ERROR_IO ? (err->code = ERROR_USAGE) : err->code;
    *input = (struct batch_input){source->text, buf_view(&inputs->content[index]), false};
    return ERROR_NONE;
}

static enum error_code read_inputs(struct inputs *inputs, const struct options *options,
    struct error *err)
{
    static const struct option_source standard_input = {true, "-"};
    size_t count = options->source_count ? options->source_count : 1;

    memset(inputs, 0, sizeof(*inputs));
    inputs->list = mem_new(count, sizeof(*inputs->list));
    inputs->name = mem_new(count, sizeof(*inputs->name));
    inputs->content = mem_new(count, sizeof(*inputs->content));
    if (!inputs->list || !inputs->name || !inputs->content)
        return error_memory(err);
    for (size_t i = 0; i < count; i++)
        if (read_input(inputs, i, options->source_count ? &options->source[i] : &standard_input,
                err))
            return err->code;
    return ERROR_NONE;
}

/* --param n=LITERAL, --param-text n=TEXT */
static enum error_code set_parameter(struct session *session, const struct option_pair *pair,
    struct error *err)
{
    struct text value = text_of(pair->text), name;
    struct value string = {.type = VALUE_S};

    if (!text_take_until(&value, '=', &name))
        return error_set(err, ERROR_USAGE, "a parameter is NAME=VALUE");
    string.text = value;
    if (pair->is_text)
        return session_set_parameter(session, name, &string, err);
    if (session_read_parameter(session, name, value, err))
        return error_wrap(err, "--param %.*s", (int)name.length, name.data);
    return ERROR_NONE;
}

static enum error_code set_arguments(struct session *session, const struct options *options,
    struct error *err)
{
    const struct value **list;

    if (options->arg_count == 0)
        return ERROR_NONE;
    list = arena_alloc(session->parameter_arena, options->arg_count, sizeof(*list));
    if (!list)
        return arena_failed(session->parameter_arena, err);
    for (size_t i = 0; i < options->arg_count; i++) {
        struct language_context context = {0};
        struct lexer lexer;

        lexer_init(&lexer, text_of(options->arg[i]), session->parameter_arena);
        lexer.context = &context;
        list[i] = parse_literal(&lexer, err);
        if (!list[i] || !parse_need_end(&lexer, err)) {
            err->line = err->column = 0;
            return error_wrap(err, "--arg %s", options->arg[i]);
        }
    }
    session->language.args = list;
    session->language.arg_count = options->arg_count;
    return ERROR_NONE;
}

static struct session *make_session(const struct options *options, const struct settings *settings,
    struct error *err)
{
    struct session *session = session_new(err);
    bool good = session != NULL;

    if (!good)
        return NULL;
    session->settings = *settings;
    session_keep_journal(session);
    session->start = options->start;
    session->read_only_process = settings->read_only;
    session->read_write_asked = settings->read_write;
    session->yes = settings->yes;
    session->i_mean = options->i_mean;
    session->ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    for (size_t i = 0; good && i < options->param_count; i++)
        good = !set_parameter(session, &options->param[i], err);
    good = good && !set_arguments(session, options, err);
    if (!good) {
        session_free(session);
        return NULL;
    }
    return session;
}

static int run_batch(struct session *session, const struct options *options)
{
    struct inputs inputs;
    struct error err;
    int status;

    if (read_inputs(&inputs, options, &err))
        status = complain(&err, strcmp(session->settings.error_format, "json") == 0);
    else
        status = batch_main(session, inputs.list, inputs.count, NULL);
    inputs_done(&inputs);
    return status;
}

static int run_console(int argc, char **argv)
{
    struct config_warnings warnings;
    struct settings settings;
    struct options options;
    struct session *session;
    struct error err = {.code = ERROR_NONE};
    int status;

    settings_init(&settings);
    config_load(&settings, &warnings);
    if (options_parse(&options, &settings, argc, argv, &err))
        return complain(&err, strcmp(settings.error_format, "json") == 0);
    if (options.help || options.version) {
        if (options.help)
            help_print_usage();
        else
            printf("gatehouse %s\n", GATEHOUSE_VERSION);
        options_done(&options);
        return 0;
    }
    width_set_ambiguous((int)settings.ambiguous);
    session = make_session(&options, &settings, &err);
    if (!session) {
        status = complain(&err, strcmp(settings.error_format, "json") == 0);
    } else {
        for (size_t i = 0; i < warnings.count; i++)
            warn(warnings.warning[i].text);
        for (size_t i = 0; profile_warning(session->profiles, i); i++)
            warn(profile_warning(session->profiles, i));
        if (options.source_count == 0 && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
            status = interactive_main(session);
        else
            status = run_batch(session, &options);
    }
    if (!session || !session->is_abandoned)
        session_free(session);
    options_done(&options);
    return status;
}

/* What printf has kept so far: lists and help are not given when they cannot be written. */
static int finish(int status)
{
    struct error err;

    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (errno == EPIPE) {
        struct sigaction action = {.sa_handler = SIG_DFL};

        sigaction(SIGPIPE, &action, NULL);
        raise(SIGPIPE);
    }
    error_set(&err, ERROR_IO, "cannot write to stdout: %s", strerror(errno));
    return complain(&err, false);
}

/*
 * Without what libraries do at their unloading: it frees what the system takes back anyway, for 0.6
 * MiB and 1 ms. Sanitizers look for leaks at that moment.
 */
static int leave(int status)
{
#ifndef GATEHOUSE_SANITIZED
    _exit(status);
#endif
    return status;
}

int main(int argc, char **argv)
{
    keep_standard_descriptors();
    ignore_broken_pipes();
    setlocale(LC_CTYPE, ""); /* alone: messages and numbers are the same everywhere */
    for (size_t i = 0; argc > 1 && i < sizeof(command_table) / sizeof(command_table[0]); i++)
        if (strcmp(argv[1], command_table[i].name) == 0)
            return leave(finish(command_table[i].run(argc - 1, argv + 1)));
    return leave(finish(run_console(argc, argv)));
}
