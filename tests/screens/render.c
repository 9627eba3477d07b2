/*
 * Renders the real screens of the demo as text, and some as pictures for the documents: what
 * `make screens` runs. One program, every panel, three sizes; resizing back and forth is part of it.
 *
 *   render PROGRAM [FOLDER]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "tests/screens/harness.h"
#include "tests/screens/svg.h"

enum { PATIENCE_MS = 15000, REST_MS = 120 };

struct scene {
    const char *name;
    const char *keys;  /* from the scene before */
    const char *waits; /* text that must stand there at 100x30 */
    bool picture;      /* an SVG too */
};

static const struct scene scene_table[] = {
    {"tables", "", "readings", false},
    {"items", "<Down><Enter>", "more: >", false},
    {"main",
        ":SELECT ts, status, total FROM orders WHERE cust = 'c0007' ORDER BY ts DESC LIMIT "
        "9<Enter>",
        "855.08", true},
    {"results", ":DESCRIBE orders<Enter>", "byStatus", false},
    {"item", ":DO focus items<Enter>\n<Enter>", "\"cust\"", false},
    {"routes", "<Esc>\n:DO focus routes<Enter>", "GET", false},
    {"route", "<Down><Down>\n<Enter>", "timeout ms", true},
    {"metrics", "<Esc>\ngl5", "ROUTE", true},
    {"log", "gl6", "200", false},
    {"journal", "gl8", "dynamodb.Query", false},
    {"help", "gl1?", "help", false},
    {"prompt", "<Esc>\n:SELECT * FROM orders WHERE cust = 'c0001' AND t", "SELECT", false},
};

static const int size_table[][2] = {{100, 30}, {80, 24}, {40, 10}};

static int write_scene(const struct screen_pty *screen, const char *folder, const char *name,
    int columns, int rows, bool picture)
{
    struct error err = {0};
    struct buf out;
    char path[4096];
    int failed = 0;

    buf_init(&out, 8 << 20);
    snprintf(path, sizeof path, "%s/%s-%dx%d.txt", folder, name, columns, rows);
    screen_text(screen, &out);
    if (file_write(path, buf_view(&out), 0644, &err))
        failed = 1;
    if (picture) {
        buf_clear(&out);
        snprintf(path, sizeof path, "%s/%s-%dx%d.svg", folder, name, columns, rows);
        svg_add_screen(&out, screen);
        if (file_write(path, buf_view(&out), 0644, &err))
            failed = 1;
    }
    if (failed)
        fprintf(stderr, "render: %s\n", err.text);
    buf_done(&out);
    return failed;
}

/* An Esc that keys follow at once would be read as Alt and the key. */
static void send_keys(struct screen_pty *screen, struct text keys)
{
    struct text part;
    char chunk[512];

    while (text_take_field(&keys, '\n', &part)) {
        snprintf(chunk, sizeof chunk, "%.*s", (int)part.length, part.data);
        screen_keys(screen, chunk);
        screen_wait_quiet(screen, REST_MS);
    }
}

static int render_scene(struct screen_pty *screen, const char *folder, const struct scene *scene)
{
    int failed = 0;

    send_keys(screen, text_of(scene->keys));
    if (!screen_wait_text(screen, scene->waits, PATIENCE_MS)) {
        fprintf(stderr, "render: scene %s does not come\n", scene->name);
        return 1;
    }
    for (size_t i = 0; i < sizeof size_table / sizeof *size_table; i++) {
        screen_resize(screen, size_table[i][0], size_table[i][1]);
        screen_wait_quiet(screen, REST_MS);
        failed |= write_scene(screen, folder, scene->name, size_table[i][0], size_table[i][1],
            scene->picture && i == 0);
    }
    screen_resize(screen, size_table[0][0], size_table[0][1]);
    screen_wait_quiet(screen, REST_MS);
    return failed;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 2 ? argv[2] : "tests/screens";
    char home[] = "/tmp/gatehouse-render-XXXXXX", run[64];
    char *const arguments[] = {argv[1], (char[]){"demo"}, NULL};
    struct screen_options_pty options = {.folder = home};
    struct error err = {0};
    struct screen_pty *screen;
    int failed = 0;

    if (argc < 2 || !mkdtemp(home)) {
        fprintf(stderr, "usage: render PROGRAM [FOLDER]\n");
        return 2;
    }
    snprintf(run, sizeof run, "%s/run", home);
    mkdir(run, 0700);
    screen = screen_start(&options, arguments, &err);
    if (!screen || !screen_wait_text(screen, "readings", PATIENCE_MS)) {
        fprintf(stderr, "render: the demo does not start: %s\n", err.text);
        failed = 1;
    } else if (!screen_wait_text(screen, "rate", PATIENCE_MS))
        failed = 1;
    for (size_t i = 0; !failed && i < sizeof scene_table / sizeof *scene_table; i++)
        failed = render_scene(screen, folder, &scene_table[i]);
    if (screen) {
        screen_keys(screen, "<Esc>");
        screen_wait_quiet(screen, REST_MS);
        screen_keys(screen, "ZQ");
        if (screen_end(screen, 5000) != 0)
            failed = 1;
    }
    file_remove_tree(home);
    if (!failed)
        printf("rendered %zu scenes at 3 sizes\n", sizeof scene_table / sizeof *scene_table);
    return failed;
}
