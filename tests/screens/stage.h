#ifndef TESTS_SCREENS_STAGE_H
#define TESTS_SCREENS_STAGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The screen on a stage: fixture data instead of a console behind it. Statements that it emits are
 * answered from the fixtures and written to a file, a line each: "TARGET who: statement".
 */
struct stage_options {
    const char *log; /* path of the file of emitted statements; NULL: not written */
    const char *theme, *glyphs, *color, *keys, *clipboard;
    bool vi_mode, read_only, hostile; /* hostile: control bytes in every field */
    size_t rows;                      /* of the result of SCAN; 0: the fixture items */
};

/* Runs until QUIT on this terminal; the exit status. */
int stage_run(const struct stage_options *options);

/* When argv[1] is --stage: runs with what follows (log=PATH theme=NAME glyphs=.. color=.. keys=..
   clipboard=.. rows=N vi ro hostile) and is true; a test program starts itself that way. */
bool stage_main(int argc, char *const argv[], int *status);

#endif
