#ifndef CONSOLE_PROMPT_HISTORY_H
#define CONSOLE_PROMPT_HISTORY_H

#include "base/error.h"
#include "base/text.h"
#include "console/session.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What was typed at the prompt, kept across starts in $XDG_STATE_HOME/gatehouse/history, 0600. An
 * entry is a line "#SECONDS MS PROFILE", which readline takes for a time, and the text behind it.
 * Secrets are masked; what begins with a blank is not kept.
 */
struct prompt_history_entry {
    uint64_t number;     /* 1 is the oldest in the file */
    uint64_t at;         /* wall, whole seconds; 0: not known */
    int64_t ms;          /* how long it took; -1: not known, or it did not run */
    struct text profile; /* empty: none */
    struct text text;    /* without the newline at its end */
};

/* Whether a line that was typed is kept at all. */
bool prompt_history_is_kept(const char *line);
/* Adds a line at the end of the file; ms as above. Without a folder nothing is kept. */
void prompt_history_add(const struct session *session, const char *line, int64_t ms);

/* Calls each for every entry, oldest first, until it returns false. No file is no entry. */
enum error_code prompt_history_read(bool (*each)(void *user,
                                        const struct prompt_history_entry *entry),
    void *user, struct error *err) MUST_CHECK;

#endif
