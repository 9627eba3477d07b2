#ifndef CONSOLE_MESSAGES_H
#define CONSOLE_MESSAGES_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* What the program says on stderr: place, line, caret, hint; language.md 8.4. */

enum message_severity { MESSAGE_SAY_ERROR, MESSAGE_SAY_WARNING, MESSAGE_SAY_NOTE };

struct message {
    enum message_severity severity;
    enum error_code code;
    const char *source;      /* "report.gh", "<command 1>"; NULL: no place */
    struct text input;       /* the whole text of the source, for the line; may be empty */
    int line, column;        /* 1-based, in code points; 0: none */
    const char *text, *hint; /* hint may be "" or NULL */
    const char *note;        /* what explains it, or NULL */
    const char *statement;   /* JSON only; these may be NULL */
    const char *operation, *service_code, *request_id;
    bool is_retryable;
    bool is_colored; /* text only: SGR around the severity and the caret */
};

/* Adds the message, with its line ends. Foreign bytes are shown, never sent. */
void message_add_text(struct buf *out, const struct message *message);
/* One line: {"severity","code","service_code","message",...}, absent members left out. */
void message_add_json(struct buf *out, const struct message *message);

/* The exit status of a code; language.md 8.3. */
int message_exit_status(enum error_code code);
/* The table of exit statuses: "0", "done" ...; ended by a NULL text. For help and manual. */
struct message_status {
    int status;
    const char *text;
};
extern const struct message_status message_status_table[];

#endif
