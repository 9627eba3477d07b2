#include "console/serve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "console/messages.h"
#include "console/serve_options.h"
#include "endpoint/endpoint.h"

enum { PATH_LIMIT = 4096, RETRY_MS = 5, START_MS = 2000, GRACE_MS = 300, SAID_LIMIT = 1024 };

static struct endpoint *_Atomic serving;    /* what the signal handler stops */
static volatile sig_atomic_t was_signalled; /* perhaps before there was anything to stop */

static void on_signal(int number)
{
    struct endpoint *endpoint = serving;

    (void)number;
    was_signalled = 1;
    if (endpoint)
        endpoint_stop(endpoint);
}

static void take_signals(bool is_leased)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    if (is_leased) /* the terminal it was started from may close before its other users */
        sigaction(SIGHUP, &action, NULL);
}

static void log_to_stderr(enum log_level level, const char *line, void *user)
{
    static const char *const name_table[] = {[LOG_ERROR] = "error",
        [LOG_WARNING] = "warning",
        [LOG_NOTE] = "note",
        [LOG_DEBUG] = "debug"};
    struct buf out;
    struct error ignored;

    (void)user;
    buf_init(&out, 16 * 1024);
    clock_add_iso(&out, clock_wall(), true);
    buf_add_format(&out, " %s: %s\n", name_table[level], line);
    if (file_write_all(STDERR_FILENO, buf_view(&out), &ignored)) {
        /* Nobody reads the log any more; the server goes on. */
    }
    buf_done(&out);
}

static void say_ready(const struct endpoint *endpoint, const struct endpoint_options *options)
{
    if (options->unix_socket)
        printf("listening on unix:%s\n", options->unix_socket);
    if (options->listen) {
        const char *colon = strrchr(options->listen, ':');

        printf("listening on http://%.*s:%u\n",
            (int)(colon ? colon - options->listen : (ptrdiff_t)strlen(options->listen)),
            options->listen, (unsigned)endpoint_port(endpoint));
    }
    fflush(stdout);
}

static int fail(const struct error *err)
{
    struct message message = {.severity = MESSAGE_SAY_ERROR, .text = err->text, .hint = err->hint};
    struct buf out;
    struct error ignored;

    buf_init(&out, 8192);
    message_add_text(&out, &message);
    if (file_write_all(STDERR_FILENO, buf_view(&out), &ignored)) {
        /* The exit status says it too. */
    }
    buf_done(&out);
    return message_exit_status(err->code);
}

static void print_help(void)
{
    printf("usage: gatehouse serve [option ...]\n\n"
           "Serves tables and APIs from a folder of this machine.\n\n");
    for (const struct serve_option *option = serve_option_table; option->name; option++)
        printf("  --%s%s%-*s  %s\n", option->name, option->argument ? " " : "",
            (int)(22 - strlen(option->name) - (option->argument ? 1 : 0)),
            option->argument ? option->argument : "", option->help);
}

/* The defaults are where the console looks for the endpoint of profile local. */
static enum error_code make_options(const struct serve_options *said,
    struct endpoint_options *options, struct buf *folder, struct buf *socket_path,
    struct error *err)
{
    options->folder = said->data;
    options->unix_socket = said->socket;
    options->listen = said->listen;
    options->region = said->region;
    options->account = said->account;
    options->lease = said->lease;
    options->memory = said->memory;
    options->tables = (struct tables_settings){
        .legacy_messages = strcmp(said->message_style, "legacy") == 0,
        .enforce_throughput = said->enforce_throughput,
        .state_delay_ms = (uint32_t)said->state_delay_ms,
        .ttl_delay_s = (uint32_t)said->ttl_delay_s,
    };
    options->admin_on_tcp = said->admin_on_tcp;
    options->auth = strcmp(said->auth, "verify") == 0 ? ENDPOINT_AUTH_VERIFY
                    : strcmp(said->auth, "off") == 0  ? ENDPOINT_AUTH_OFF
                                                      : ENDPOINT_AUTH_PARSE;
    if (options->auth == ENDPOINT_AUTH_VERIFY) {
        options->access_key = getenv("AWS_ACCESS_KEY_ID");
        options->secret_key = getenv("AWS_SECRET_ACCESS_KEY");
        if (!options->access_key || !options->secret_key) {
            error_set(err, ERROR_USAGE, "--auth verify needs a user to check against");
            return error_hint(err, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
        }
    }
    if (!options->folder) {
        if (path_make(PATH_DATA, "local", true, folder, err))
            return err->code;
        options->folder = buf_string(folder);
    }
    if (!options->unix_socket && !options->listen) {
        if (path_make(PATH_RUNTIME, "local.sock", true, socket_path, err))
            return err->code;
        options->unix_socket = buf_string(socket_path);
    }
    return ERROR_NONE;
}

/* What --temporary removes at the end must be its own. */
static enum error_code check_empty(const char *folder, struct error *err)
{
    DIR *directory = opendir(folder);
    enum error_code code = ERROR_NONE;

    if (!directory)
        return ERROR_NONE; /* not there yet; anything else shows when it is used */
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            code = ERROR_REFUSED;
    closedir(directory);
    if (code) {
        error_set(err, code, "--temporary would remove what is in %s", folder);
        error_hint(err, "choose a new folder, or leave --temporary out");
    }
    return code;
}

/* Shells give 1,024 descriptors; the server takes 10,000 connections where the system lets it. */
static void take_descriptors(void)
{
    enum { WANTED = 10240 };
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= WANTED)
        return;
    limit.rlim_cur = limit.rlim_max < WANTED ? limit.rlim_max : WANTED;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        log_line(LOG_WARNING, "serve: cannot open more than the usual number of files: %s",
            strerror(errno));
}

static int serve(const struct serve_options *said, const struct endpoint_options *options)
{
    struct endpoint *endpoint;
    struct error err;
    int status = 0;

    if (said->temporary && check_empty(options->folder, &err))
        return fail(&err);
    log_set_sink(log_to_stderr, NULL);
    take_signals(options->lease);
    take_descriptors();
    endpoint = endpoint_new(options, &err);
    serving = endpoint;
    if (!endpoint) {
        status = fail(&err);
    } else {
        if (!was_signalled) {
            say_ready(endpoint, options);
            endpoint_run(endpoint);
        }
        serving = NULL;
        endpoint_free(endpoint);
    }
    log_set_sink(NULL, NULL);
    if (said->temporary)
        file_remove_tree(options->folder);
    return status;
}

int serve_main(int argc, char **argv)
{
    struct endpoint_options options = {0};
    struct serve_options said;
    struct buf folder, socket_path;
    struct error err;
    int status = 0;

    buf_init(&folder, PATH_LIMIT);
    buf_init(&socket_path, PATH_LIMIT);
    if (serve_options_parse(&said, argc, argv, &err)) {
        status = fail(&err);
    } else if (said.help) {
        print_help();
    } else if (make_options(&said, &options, &folder, &socket_path, &err)) {
        status = fail(&err);
    } else {
        status = serve(&said, &options);
    }
    buf_done(&socket_path);
    buf_done(&folder);
    serve_options_done(&said);
    return status;
}

/* Only what is safe after fork in a program with threads. */
static void become_server(char *const *argument, int said)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;
    int null = open("/dev/null", O_RDWR);

    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGPIPE, &action, NULL);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(said >= 0 ? said : null, STDERR_FILENO);
    for (int descriptor = 3; descriptor < 256; descriptor++)
        close(descriptor);
    execv("/proc/self/exe", argument);
}

static enum error_code start(const char *const *argument, int said, pid_t *pid, struct error *err)
{
    enum { ARGUMENT_LIMIT = 32 };
    char *list[ARGUMENT_LIMIT] = {0};
    static char program[] = "gatehouse", command[] = "serve";
    size_t count = 0;

    list[count++] = program;
    list[count++] = command;
    while (*argument && count + 1 < ARGUMENT_LIMIT) {
        /* execv does not change its arguments; its type is older than const. */
        memcpy(&list[count++], argument++, sizeof(char *));
    }
    *pid = fork();
    if (*pid < 0)
        return error_set(err, ERROR_IO, "cannot start the embedded endpoint: %s", strerror(errno));
    if (*pid == 0) {
        become_server(list, said);
        raise(SIGKILL); /* the copy must not go on as a second console */
    }
    return ERROR_NONE;
}

enum error_code serve_start(const char *const *argument, pid_t *pid, struct error *err)
{
    return start(argument, -1, pid, err);
}

static enum error_code fill_address(struct sockaddr_un *address, const char *path,
    struct error *err)
{
    size_t length = strlen(path);

    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    if (length >= sizeof(address->sun_path))
        return error_set(err, ERROR_USAGE, "the path of the socket is longer than %zu bytes: %s",
            sizeof(address->sun_path) - 1, path);
    memcpy(address->sun_path, path, length);
    return ERROR_NONE;
}

/* One try: a descriptor, or -1 with errno. */
static int try_connect(const struct sockaddr_un *address)
{
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), number;

    if (descriptor < 0)
        return -1;
    if (connect(descriptor, (const struct sockaddr *)(const void *)address, sizeof(*address)) == 0)
        return descriptor;
    number = errno;
    close(descriptor);
    errno = number;
    return -1;
}

static bool nobody_listens(int number)
{
    return number == ENOENT || number == ECONNREFUSED || number == EAGAIN;
}

static enum error_code take_lease(int descriptor, const char *path, int *lease, struct error *err)
{
    static const char request[] = "GET /_gatehouse/lease HTTP/1.1\r\nHost: localhost\r\n\r\n";
    ssize_t sent = send(descriptor, request, sizeof(request) - 1, MSG_NOSIGNAL);

    if (sent == (ssize_t)(sizeof(request) - 1)) {
        *lease = descriptor;
        return ERROR_NONE;
    }
    close(descriptor);
    return error_set(err, ERROR_NETWORK, "cannot speak to the embedded endpoint at %s", path);
}

static void pause_briefly(void)
{
    poll(NULL, 0, RETRY_MS);
}

/* Until limit_ms have passed, or the process pid has ended for GRACE_MS; pid -1: no process. */
static enum error_code connect_within(const char *path, uint32_t limit_ms, pid_t pid, int *lease,
    struct error *err)
{
    struct sockaddr_un address;
    uint64_t limit = clock_monotonic() + limit_ms * CLOCK_MS;
    bool has_ended = false;
    int descriptor;

    if (fill_address(&address, path, err))
        return err->code;
    for (;;) {
        uint64_t now;

        descriptor = try_connect(&address);
        if (descriptor >= 0)
            return take_lease(descriptor, path, lease, err);
        if (!nobody_listens(errno))
            return error_set(err, ERROR_NETWORK, "cannot reach the embedded endpoint at %s: %s",
                path, strerror(errno));
        now = clock_monotonic();
        if (now >= limit)
            return error_set(err, ERROR_NETWORK, "no embedded endpoint listens at %s", path);
        /* Another console may have started one at the same time: ours ended, theirs comes. */
        if (pid > 0 && !has_ended && waitpid(pid, NULL, WNOHANG) == pid) {
            has_ended = true;
            if (limit > now + GRACE_MS * CLOCK_MS)
                limit = now + GRACE_MS * CLOCK_MS;
        }
        pause_briefly();
    }
}

enum error_code serve_hold(const char *path, uint32_t limit_ms, int *lease, struct error *err)
{
    return connect_within(path, limit_ms, -1, lease, err);
}

/* What the server said before it ended, in place of "nobody listens". */
static void add_said(int said, struct error *err)
{
    static const char prefix[] = "gatehouse: error: ";
    char text[SAID_LIMIT];
    ssize_t length = read(said, text, sizeof(text));
    struct text line, rest = text_make(text, length > 0 ? (size_t)length : 0);

    if (!text_take_field(&rest, '\n', &line) || line.length == 0)
        return;
    if (text_starts_with(line, text_of(prefix)))
        line = text_slice(line, sizeof(prefix) - 1, line.length);
    error_set(err, ERROR_NETWORK, "the embedded endpoint did not start: %.*s",
        (int)(line.length < 400 ? line.length : 400), line.data);
}

enum error_code serve_ensure(const char *path, int *lease, struct error *err)
{
    const char *const argument[] = {"--lease", "--socket", path, NULL};
    struct sockaddr_un address;
    int said[2] = {-1, -1}, descriptor;
    enum error_code code;
    pid_t pid;

    if (fill_address(&address, path, err))
        return err->code;
    descriptor = try_connect(&address);
    if (descriptor >= 0)
        return take_lease(descriptor, path, lease, err);
    if (!nobody_listens(errno))
        return error_set(err, ERROR_NETWORK, "cannot reach the embedded endpoint at %s: %s", path,
            strerror(errno));
    if (pipe(said) != 0)
        return error_set(err, ERROR_IO, "cannot make a pipe: %s", strerror(errno));
    fcntl(said[0], F_SETFD, FD_CLOEXEC);
    fcntl(said[1], F_SETFD, FD_CLOEXEC);
    fcntl(said[0], F_SETFL, O_NONBLOCK);
    code = start(argument, said[1], &pid, err);
    close(said[1]);
    if (!code)
        code = connect_within(path, START_MS, pid, lease, err);
    if (code)
        add_said(said[0], err);
    close(said[0]);
    return code ? err->code : ERROR_NONE;
}
