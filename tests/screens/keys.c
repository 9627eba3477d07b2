/*
 * Random keys against the real program in read-only mode, at random sizes: what tests/faults/keys.test
 * runs. The same seed gives the same keys. Prints "ok" or "not ok" lines.
 *
 *   keys PROGRAM SOCKET FOLDER SEED COUNT [writable]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/screens/harness.h"

enum { PATIENCE_MS = 10000, REST_MS = 20, CHUNK = 10 };

static const char *const key_table[] = {"<Enter>", "<Enter>", "<Esc>", "<Tab>", "<S-Tab>", "<Up>",
    "<Down>", "<Left>", "<Right>", "<PgUp>", "<PgDn>", "<Home>", "<End>", "<BS>", "<Del>", "<F1>",
    "<F2>", "<F5>", "<C-c>", "<C-u>", "<Space>", "y", "y", "d", "d", "D", "x", "w", "e", "E", "i",
    "I", "c", "C", "u", "j", "k", "1", "2", "3", "4", "5", "6", ":",
    ":DELETE FROM bench 'p', 1<Enter>", ":DROP TABLE bench<Enter>",
    ":PUT bench {pk: 'p', sk: 1}<Enter>", ":DEPLOY shop TO prod<Enter>",
    ":ALTER ROUTE 'GET /pets' OF shop TIMEOUT 1s<Enter>", "W", "R", "z", "g", "s", "/", ">", "t",
    "bench<Enter>", "shop/prod<Enter>", "gl1", "gl4", "?", "<lt>", "{", "m", "@", "Z"};
enum { KEYS = sizeof key_table / sizeof *key_table };

static uint32_t draw(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % below;
}

static struct screen_pty *start(char **argv)
{
    char address[300];
    char *const arguments[] = {argv[1], (char[]){"--profile"}, (char[]){"local"},
        (char[]){"--endpoint-url"}, address, argv[6] ? NULL : (char[]){"--read-only"}, NULL};
    const char *const variables[] = {"EDITOR=true", "VISUAL=true", NULL};
    struct screen_options_pty options = {.folder = argv[3], .variable = variables};
    struct error err = {0};
    struct screen_pty *screen;

    snprintf(address, sizeof address, "unix:%s", argv[2]);
    screen = screen_start(&options, arguments, &err);
    if (!screen || !screen_wait_text(screen, "bench", PATIENCE_MS)) {
        printf("not ok the console starts %s\n", err.text);
        exit(1);
    }
    return screen;
}

static void resize(struct screen_pty *screen, uint32_t *state)
{
    static const int size_table[][2] = {{100, 30}, {80, 24}, {40, 10}, {160, 45}, {20, 5}, {1, 1}};
    uint32_t size = draw(state, sizeof size_table / sizeof *size_table);

    screen_resize(screen, size_table[size][0], size_table[size][1]);
}

/* Left by q, ZZ or ^C ^C: a status of 0 is an end like any other. */
static struct screen_pty *start_again(struct screen_pty *screen, char **argv, unsigned *restarts)
{
    int status = screen_end(screen, 2000);

    if (status != 0) {
        printf("not ok the console ends well: status %d\n", status);
        exit(1);
    }
    ++*restarts;
    return start(argv);
}

/* A statement goes to a closed prompt, so that some are whole; all else falls where it falls. */
static void send_one(struct screen_pty *screen, const char *keys)
{
    for (int i = 0; i < 2 && keys[0] == ':' && keys[1]; i++) {
        screen_keys(screen, "<Esc>");
        screen_wait_quiet(screen, REST_MS + 20);
    }
    screen_keys(screen, keys);
}

int main(int argc, char **argv)
{
    uint32_t state;
    unsigned count, restarts = 0;
    struct screen_pty *screen;

    if (argc < 6) {
        fprintf(stderr, "usage: keys PROGRAM SOCKET FOLDER SEED COUNT [writable]\n");
        return 2;
    }
    state = (uint32_t)atoi(argv[4]) * 2654435761u;
    count = (unsigned)atoi(argv[5]);
    screen = start(argv);
    for (unsigned sent = 0; sent < count; sent += CHUNK) {
        for (int i = 0; i < CHUNK; i++)
            send_one(screen, key_table[draw(&state, KEYS)]);
        screen_wait_quiet(screen, REST_MS);
        if (draw(&state, 8) == 0)
            resize(screen, &state);
        if (screen_is_ended(screen))
            screen = start_again(screen, argv, &restarts);
    }
    screen_resize(screen, 100, 30);
    screen_keys(screen, "<C-c>");
    screen_wait_quiet(screen, 100);
    for (int i = 0; i < 8 && !screen_is_ended(screen); i++) {
        screen_keys(screen, "<Esc>");
        screen_wait_quiet(screen, 60);
    }
    screen_keys(screen, "ZQ");
    if (screen_end(screen, 5000) == 0)
        printf("ok %u random keys, %u restarts, ended well\n", count, restarts);
    else
        printf("not ok the console ends after the keys\n");
    return 0;
}
