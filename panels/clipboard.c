#include "panels/clipboard.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/file.h"
#include "base/path.h"

extern char **environ;

bool clipboard_setting_is_known(const char *setting)
{
    static const char *const words[] = {"auto", "osc52", "tmux", "file", "off"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(setting, words[i]))
            return true;
    return false;
}

enum clipboard_way clipboard_choose(const char *setting, const char *term, const char *tmux,
    size_t length)
{
    bool is_auto = !setting || !*setting || !strcmp(setting, "auto");
    struct text name = text_of(term);

    if (!is_auto && !strcmp(setting, "off"))
        return CLIPBOARD_OFF;
    if (!is_auto && !strcmp(setting, "file"))
        return CLIPBOARD_FILE;
    if ((is_auto && tmux && *tmux) || (!is_auto && !strcmp(setting, "tmux")))
        return CLIPBOARD_TMUX;
    if ((length + 2) / 3 * 4 > CLIPBOARD_ENCODED_LIMIT)
        return CLIPBOARD_FILE;
    if (is_auto && (text_is(name, "linux") || text_starts_with(name, TEXT("vt"))))
        return CLIPBOARD_FILE;
    return CLIPBOARD_OSC52;
}

void clipboard_add_sequence(struct buf *out, struct text text, const char *sty)
{
    struct buf sequence;

    buf_init(&sequence, 2 * CLIPBOARD_ENCODED_LIMIT);
    buf_add_string(&sequence, "\033]52;c;");
    crypto_add_base64(&sequence, text);
    buf_add_string(&sequence, "\033\\");
    if (!sty || !*sty) {
        buf_add_text(out, buf_view(&sequence));
    } else {
        /* screen passes the inside of a DCS on, at most 256 bytes of it. */
        for (size_t i = 0; i < sequence.length; i += CLIPBOARD_SCREEN_PIECE) {
            buf_add_string(out, "\033P");
            buf_add_text(out, text_slice(buf_view(&sequence), i, i + CLIPBOARD_SCREEN_PIECE));
            buf_add_string(out, "\033\\");
        }
    }
    if (sequence.failure)
        out->failure = sequence.failure;
    buf_done(&sequence);
}

enum error_code clipboard_write_file(struct text text, struct buf *path, struct error *err)
{
    if (path_make(PATH_RUNTIME, "clip", true, path, err))
        return err->code;
    return file_write(buf_string(path), text, 0600, err);
}

enum error_code clipboard_load_tmux(const char *path, struct error *err)
{
    static char program[] = "tmux", load[] = "load-buffer", write_through[] = "-w", dash[] = "-";
    char *arguments[] = {program, load, write_through, dash, NULL};
    posix_spawn_file_actions_t actions;
    static pid_t child; /* the last one: nobody else waits for it */
    int failure;

    if (child > 0 && waitpid(child, NULL, WNOHANG) == child)
        child = 0;
    failure = posix_spawn_file_actions_init(&actions);
    if (failure)
        return error_memory(err);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, path, O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    failure = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (failure)
        return error_set(err, ERROR_IO, "tmux: %s", strerror(failure));
    return ERROR_NONE;
}
