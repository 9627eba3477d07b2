#ifndef PANELS_PROMPT_PRIVATE_H
#define PANELS_PROMPT_PRIVATE_H

#include "panels/prompt.h"

#include <stdio.h>

#include <readline/history.h>

#include "base/buf.h"

/* Shared by prompt.c (readline), prompt_complete.c and prompt_paint.c; nobody else. */

enum { QUEUE_LIMIT = 64, LINE_LIMIT = 1024 * 1024, HISTORY_LIMIT = 10000, HISTORY_BYTES = 1 << 24 };

struct prompt {
    const struct screen_callbacks *callbacks;
    const char *history;
    FILE *null_in, *null_out;
    bool open, vi_mode;
    enum prompt_kind kind;
    char label[64];
    HISTORY_STATE *list[PROMPT_KINDS];
    unsigned char queue[QUEUE_LIMIT];
    size_t queue_from, queue_to;
    enum prompt_event event; /* what the handler said during a feed */
    struct buf line, kept, before;
    size_t cursor_before;
    char problem[256];
    /* completion */
    struct screen_candidate candidate[PROMPT_CANDIDATES];
    struct buf texts;
    size_t candidates, word_start;
    int selected;
};

/* prompt_complete.c: TAB, and keys of the popup (false: not one of its keys). */
size_t prompt_ask_candidates(struct prompt *prompt);
void prompt_complete(struct prompt *prompt);
bool prompt_popup_key(struct prompt *prompt, struct key key);

#endif
