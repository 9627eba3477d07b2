#ifndef TESTS_SCREENS_PLAY_H
#define TESTS_SCREENS_PLAY_H

#include "tests/screens/harness.h"

#include <stdbool.h>

/*
 * What the screen tests share: the test program starts itself as the stage (stage.h) in a fresh
 * folder. The build links one object per test, so a test includes play.c.
 */
enum { PLAY_PATIENCE = 8000 };

struct play {
    struct screen_pty *screen;
    struct buf folder, log;
};

struct play_options {
    int columns, rows;           /* 0: 100x30 */
    const char *term, *locale;   /* NULL: as the harness has it */
    const char *const *variable; /* further NAME=value, NULL at the end; or NULL */
    const char *const *stage;    /* words for stage_main, NULL at the end; or NULL */
    bool cold;                   /* do not wait for the first picture */
};

struct play play_start(const struct play_options *options);
/* Keys, then until nothing is written any more. */
void play_keys(struct play *play, const char *keys);
/* Fails the test when the text does not come. */
void play_expect(struct play *play, const char *text);
void play_expect_gone(struct play *play, const char *text);
/* Fails unless the stage has received this line, "TARGET who: statement". */
void play_expect_statement(struct play *play, const char *line);
bool play_has_statement(struct play *play, const char *line);
/* Row that holds the text; fails when there is none. */
int play_row_of(struct play *play, const char *text);
/* Waits for the end without closing the terminal; the harness' exit status comes from play_end. */
void play_wait_exit(struct play *play);
/* Sends ZZ, waits, checks that the status is 0, frees. */
void play_quit(struct play *play);
/* Ends it whatever it does, returns the status, frees. */
int play_end(struct play *play);

#endif
