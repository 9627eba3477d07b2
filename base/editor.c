#include "base/editor.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "base/process.h"

enum { PATH_SIZE = 4096 };

/* A name that no other has. */
static enum error_code make_path(const char *suffix, const char *end, struct buf *path,
    struct error *err)
{
    struct buf name;
    enum error_code code;

    buf_init(&name, 128);
    buf_add_format(&name, "edit-%ld-%llu%s%s", (long)getpid(),
        (unsigned long long)clock_monotonic(), suffix, end);
    code = path_make(PATH_RUNTIME, buf_string(&name), true, path, err);
    buf_done(&name);
    return code;
}

static enum error_code run_on(char *path, editor_run *run, void *user, struct error *err)
{
    char line[1024], *word[PROCESS_WORDS + 2];
    size_t count = process_editor(line, sizeof line, word);
    int status;

    if (count == 0)
        return error_set(err, ERROR_USAGE, "EDITOR is empty");
    word[count] = path;
    status = run(user, word, err);
    if (status < 0)
        return err->code;
    if (status > 0)
        return error_set(err, ERROR_CANCELLED, "%s ended with status %d: nothing is changed",
            word[0], status);
    return ERROR_NONE;
}

enum error_code editor_edit(const char *suffix, struct buf *text, editor_run *run, void *user,
    struct error *err)
{
    struct buf path, edited;
    enum error_code code;
    bool is_typed = false;

    buf_init(&path, PATH_SIZE);
    buf_init(&edited, text->limit);
    code = make_path(suffix, "", &path, err);
    if (!code)
        code = file_write(buf_string(&path), buf_view(text), 0600, err);
    if (!code) {
        code = run_on(path.data, run, user, err);
        is_typed = !code;
    }
    if (is_typed)
        code = file_read(path.data, &edited, err);
    if (is_typed && code)
        error_hint(err, "what was typed is in %s", path.data);
    else if (path.length > 0)
        (void)unlink(buf_string(&path));
    if (!code) {
        buf_clear(text);
        buf_add_text(text, buf_view(&edited));
        code = buf_check(text, "text", err);
    }
    buf_done(&path);
    buf_done(&edited);
    return code;
}

enum error_code editor_keep(const char *suffix, struct text text, struct buf *path,
    struct error *err)
{
    enum error_code code;

    buf_clear(path);
    code = make_path(suffix, ".rej", path, err);
    return code ? code : file_write(buf_string(path), text, 0600, err);
}
