/*
 * Figures of the screen for the benchmark: start, bytes and answer times over a pty of 100x30.
 * Prints rows "name|value|bar|text" for tests/bench/run.
 *
 *   bench PROGRAM
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/screens/harness.h"

enum { STARTS = 15, MOVES = 200, PATIENCE_MS = 10000, REST_MS = 300, IDLE_MS = 5000 };

static char home[] = "/tmp/gatehouse-bench-XXXXXX";
static pid_t endpoint;

/* Also when a measurement gives up. */
static void clean_up(void)
{
    if (endpoint > 0) {
        kill(endpoint, SIGTERM);
        waitpid(endpoint, NULL, 0);
    }
    file_remove_tree(home);
}

static double now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void row(const char *name, double value, double bar, const char *text)
{
    printf("%s|%.1f|%g|%s\n", name, value, bar, text);
}

/* One statement in batch mode, with the folders of the screen: starts the endpoint and fills it. */
static void run_statement(const char *program, const char *statement)
{
    char path[300];
    pid_t child = fork();

    if (child == 0) {
        snprintf(path, sizeof path, "%s/run", home);
        setenv("XDG_RUNTIME_DIR", path, 1);
        snprintf(path, sizeof path, "%s/data", home);
        setenv("XDG_DATA_HOME", path, 1);
        setenv("HOME", home, 1);
        execl(program, program, "--profile", "local", "--yes", "-q", "-c", statement, (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

static pid_t start_endpoint(const char *program)
{
    char data[300], socket[300];
    pid_t child;

    snprintf(data, sizeof data, "%s/served", home);
    snprintf(socket, sizeof socket, "%s/run/gatehouse", home);
    mkdir(socket, 0700);
    snprintf(socket, sizeof socket, "%s/run/gatehouse/local.sock", home);
    child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout))
            _exit(127);
        execl(program, program, "serve", "--data", data, "--socket", socket, (char *)NULL);
        _exit(127);
    }
    for (double end = now_ms() + PATIENCE_MS; now_ms() < end && access(socket, F_OK) != 0;)
        ;
    return child;
}

static void fill(const char *program)
{
    static char statement[1 << 16];
    size_t length = 0;

    run_statement(program, "CREATE TABLE bench (pk STRING HASH, sk NUMBER RANGE) ON DEMAND");
    for (int i = 0; i < 100; i++)
        length += (size_t)snprintf(statement + length, sizeof statement - length,
            "%s{pk: 'part', sk: %d, name: 'item number %d', total: %d.50, open: true}",
            i ? ", " : "PUT bench ", i, i, i * 7);
    run_statement(program, statement);
}

static struct screen_pty *open_console(const char *program)
{
    char *const arguments[] = {(char *)(uintptr_t)program, NULL};
    struct screen_options_pty options = {.folder = home};
    struct error err;

    return screen_start(&options, arguments, &err);
}

static void measure_start(const char *program)
{
    double wall[STARTS];
    size_t bytes = 0;
    char text[80];

    for (int i = 0; i < STARTS; i++) {
        double started = now_ms();
        struct screen_pty *screen = open_console(program);

        if (!screen || !screen_wait_text(screen, "? help", PATIENCE_MS))
            exit(1);
        wall[i] = now_ms() - started;
        bytes = screen_bytes(screen);
        screen_keys(screen, "ZQ");
        screen_end(screen, 3000);
    }
    qsort(wall, STARTS, sizeof *wall, compare);
    snprintf(text, sizeof text, "median of %d, %.1f-%.1f", STARTS, wall[0], wall[STARTS - 1]);
    row("first paint, ms", wall[STARTS / 2], 50, text);
    row("first paint, bytes", (double)bytes, 5000, "until the hint row stands");
}

static void measure_keys(const char *program)
{
    struct screen_pty *screen = open_console(program);
    static double answer[MOVES];
    size_t bytes;
    char text[80];

    if (!screen || !screen_wait_text(screen, "bench", PATIENCE_MS))
        exit(1);
    screen_keys(screen, "<Enter>");
    if (!screen_wait_text(screen, "item number 3", PATIENCE_MS))
        exit(1);
    screen_wait_quiet(screen, REST_MS);
    screen_bytes(screen);
    for (int i = 0; i < MOVES; i++) {
        answer[i] = screen_answer_ms(screen, i % 16 < 8 ? "j" : "k", 1000);
        screen_wait_quiet(screen, 3);
    }
    bytes = screen_bytes(screen);
    qsort(answer, MOVES, sizeof *answer, compare);
    row("cursor move, bytes", (double)bytes / MOVES, 300, "mean of 200 moves in the grid");
    snprintf(text, sizeof text, "p50 %.2f, max %.2f", answer[MOVES / 2], answer[MOVES - 1]);
    row("key to first byte, ms p95", answer[MOVES * 95 / 100], 10, text);
    screen_wait_quiet(screen, REST_MS);
    screen_bytes(screen);
    for (double end = now_ms() + IDLE_MS; now_ms() < end;)
        screen_wait_quiet(screen, 250);
    row("idle bytes in 5 s", (double)screen_bytes(screen), 0, "nothing changes");
    screen_keys(screen, "ZQ");
    screen_end(screen, 3000);
}

int main(int argc, char **argv)
{
    char path[64];

    if (argc != 2 || !mkdtemp(home)) {
        fprintf(stderr, "usage: bench PROGRAM\n");
        return 2;
    }
    atexit(clean_up);
    snprintf(path, sizeof path, "%s/run", home);
    mkdir(path, 0700);
    endpoint = start_endpoint(argv[1]);
    fill(argv[1]);
    measure_start(argv[1]);
    measure_keys(argv[1]);
    return 0;
}
