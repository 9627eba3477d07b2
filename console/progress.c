#include "console/progress.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/width.h"

#define PROGRESS_TTY_DELAY (200 * CLOCK_MS)
#define PROGRESS_LINES_DELAY (10 * CLOCK_SECOND)

/* A terminal that cannot erase a line would show what stands for it. */
static bool is_dumb(void)
{
    const char *terminal = getenv("TERM");

    return !terminal || !terminal[0] || strcmp(terminal, "dumb") == 0;
}

void progress_init(struct progress *progress, int descriptor, const char *setting)
{
    memset(progress, 0, sizeof(*progress));
    progress->descriptor = descriptor;
    if (strcmp(setting, "tty") == 0)
        progress->mode = PROGRESS_TTY;
    else if (strcmp(setting, "lines") == 0)
        progress->mode = PROGRESS_LINES;
    else if (strcmp(setting, "off") == 0)
        progress->mode = PROGRESS_OFF;
    else
        progress->mode = isatty(descriptor) && !is_dumb() ? PROGRESS_TTY : PROGRESS_LINES;
}

void progress_start(struct progress *progress)
{
    progress->last = clock_monotonic();
}

/* What stderr does not take is lost: it is not the result. */
static void write_out(const struct progress *progress, const struct buf *line)
{
    struct error ignored;

    if (file_write_all(progress->descriptor, buf_view(line), &ignored))
        return;
}

void progress_show(struct progress *progress, const char *text)
{
    uint64_t now = clock_monotonic();
    bool is_tty = progress->mode == PROGRESS_TTY;
    struct buf line;

    if (progress->mode == PROGRESS_OFF ||
        now - progress->last < (is_tty ? PROGRESS_TTY_DELAY : PROGRESS_LINES_DELAY))
        return;
    progress->last = now;
    buf_init(&line, 4096);
    if (is_tty)
        buf_add_char(&line, '\r');
    width_add(&line, text_of(text), 78, "~", false);
    buf_add_string(&line, is_tty ? "\033[K" : "\n");
    write_out(progress, &line);
    progress->is_visible = is_tty;
    buf_done(&line);
}

void progress_clear(struct progress *progress)
{
    struct buf line;

    if (!progress->is_visible)
        return;
    buf_init(&line, 16);
    buf_add_string(&line, "\r\033[K");
    write_out(progress, &line);
    buf_done(&line);
    progress->is_visible = false;
}
