#ifndef CONSOLE_PROGRESS_H
#define CONSOLE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Progress of a long statement on stderr: on a terminal one line rewritten at most 5 times a second,
 * else a line each 10 s. One thread at a time.
 */
enum progress_mode { PROGRESS_OFF, PROGRESS_LINES, PROGRESS_TTY };

struct progress {
    int descriptor;
    enum progress_mode mode;
    uint64_t last;   /* monotonic; 0: nothing shown yet */
    bool is_visible; /* a line stands on the terminal and must go before other text */
};

/* setting: "auto", "tty", "lines", "off"; auto: as the descriptor is a terminal or not. */
void progress_init(struct progress *progress, int descriptor, const char *setting);
/* A new statement: its first line may come after the usual delay. */
void progress_start(struct progress *progress);
void progress_show(struct progress *progress, const char *text);
/* Takes the line off the terminal; before anything else is written there. */
void progress_clear(struct progress *progress);

#endif
