#ifndef PANELS_TERMINAL_H
#define PANELS_TERMINAL_H

#include "base/error.h"
#include "base/text.h"
#include "panels/canvas.h"
#include "panels/keys.h"
#include "panels/theme.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The terminal and curses: life cycle, modes, colours, keys, and the bytes of a frame. One per
 * process; UI thread only, but terminal_emergency_restore. Curses is used here and in no panel.
 */
struct terminal;

/* May a screen be shown at all? ERROR_USAGE when descriptors 0 and 1 are no terminal, or TERM names
   one that cannot place its cursor. Writes nothing and changes nothing. */
enum error_code terminal_check(struct error *err) MUST_CHECK;

/* Takes the terminal on descriptors 0 and 1, after the check. color: "auto", "on", "off". */
struct terminal *terminal_new(const char *color, int escape_time, struct error *err) MUST_CHECK;
/* Every mode that was set is withdrawn; NULL is harmless. */
void terminal_free(struct terminal *terminal);

/* The same for signal handlers: only async-signal-safe calls, bytes made beforehand. */
void terminal_emergency_restore(void);

/* The next key, decoded; false when all input is read. Never waits longer than a split escape
   sequence may take (escape_time). */
bool terminal_read(struct terminal *terminal, struct key *key);
/* The text of the last KEYS_PASTE, as it came; valid until the next terminal_read. */
struct text terminal_paste(const struct terminal *terminal);
/* The terminal marks pastes. Where it does not, pastes are guessed from how fast keys come. */
bool terminal_marks_pastes(const struct terminal *terminal);
/* Milliseconds until terminal_read should be called again although nothing came; -1: never. */
int terminal_timeout(const struct terminal *terminal);
void terminal_discard_input(struct terminal *terminal);
/* The bytes that the terminal sends for a key: for readline. Returns their number. */
size_t terminal_key_bytes(struct key key, char *out, size_t size);

void terminal_size(const struct terminal *terminal, int *width, int *height);
enum theme_depth terminal_depth(const struct terminal *terminal);
const char *terminal_name(const struct terminal *terminal);
bool terminal_is_slow(const struct terminal *terminal); /* less than 38,400 baud */
void terminal_set_theme(struct terminal *terminal, const struct theme *theme);

/* Sends what differs from what the terminal shows. */
void terminal_flush(struct terminal *terminal, const struct surface *surface);
/* The next flush sends everything. */
void terminal_repaint(struct terminal *terminal);

bool terminal_set_mouse(struct terminal *terminal, bool on); /* false: this one has none */
/* Bytes that are no part of the picture, between frames: OSC 52. */
void terminal_write(struct terminal *terminal, struct text bytes);

/* Stops the process like ^Z in a program without curses; returns when it is continued. */
void terminal_suspend(struct terminal *terminal);
/* True once after SIGTSTP or SIGCONT from outside: terminal_suspend, or repaint. */
bool terminal_stop_asked(struct terminal *terminal);
bool terminal_continued(struct terminal *terminal);
/* Gives the terminal to a program and waits for its end; its exit status, or -1 with err set. */
int terminal_run(struct terminal *terminal, char *const arguments[], struct error *err);

#endif
