#ifndef CONSOLE_COMPLETE_H
#define CONSOLE_COMPLETE_H

#include "base/arena.h"
#include "base/text.h"
#include "console/session.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What may stand at the cursor of a statement being typed: words of the records, names of the
 * catalogue. Answers from memory only. Main thread.
 */
struct completion {
    const char *text; /* what replaces the word */
    const char *kind; /* "table", "keyword", "attribute" ... */
    const char *help; /* one line, or "" */
};

/* At most capacity candidates for the word that ends at cursor; *start: where the word begins. Texts
   live in arena. */
size_t complete_word(struct session *session, struct arena *arena, struct text line, size_t cursor,
    size_t *start, struct completion *out, size_t capacity);

/* One line: what the grammar expects next, the syntax when the line could be run, or what is wrong
   with it; "" for an empty line. */
void complete_hint(struct session *session, struct text line, char *out, size_t size);

/* May the prompt submit the line? 1: yes, 0: it needs more, -1: it is wrong; message and column
   (1-based) say why. */
int complete_check(struct session *session, struct text line, char *message, size_t size,
    int *column);

#endif
