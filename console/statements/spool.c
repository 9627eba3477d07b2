#include "console/statements/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 4096 };

static enum error_code fail(struct error *err)
{
    return error_set(err, ERROR_IO, "cannot keep the keys: %s", strerror(errno));
}

enum error_code spool_open(struct spool *spool, const char *path, bool fresh, struct error *err)
{
    int descriptor;

    *spool = (struct spool){.file = NULL};
    if (!path) {
        spool->file = tmpfile();
        return spool->file ? ERROR_NONE : fail(err);
    }
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (fresh ? O_TRUNC : 0), 0600);
    if (descriptor >= 0)
        spool->file = fdopen(descriptor, "r+");
    if (!spool->file && descriptor >= 0)
        close(descriptor);
    return spool->file ? ERROR_NONE : fail(err);
}

void spool_close(struct spool *spool)
{
    if (spool->file)
        fclose(spool->file);
    spool->file = NULL;
}

enum error_code spool_add(struct spool *spool, struct text json, struct error *err)
{
    if (fputc(SPOOL_WAITING, spool->file) == EOF ||
        fwrite(json.data, 1, json.length, spool->file) != json.length ||
        fputc('\n', spool->file) == EOF)
        return fail(err);
    spool->count++;
    spool->end += json.length + 2;
    return ERROR_NONE;
}

enum error_code spool_rewind(struct spool *spool, struct error *err)
{
    if (fflush(spool->file) != 0 || fseeko(spool->file, 0, SEEK_SET) != 0)
        return fail(err);
    spool->next = spool->line = 0;
    return ERROR_NONE;
}

bool spool_next(struct spool *spool, struct buf *line, struct spool_key *out, struct error *err)
{
    char piece[PIECE];
    struct text text;

    err->code = ERROR_NONE;
    buf_clear(line);
    while (fgets(piece, sizeof piece, spool->file)) {
        buf_add_string(line, piece);
        if (line->length > 0 && line->data[line->length - 1] == '\n')
            break;
    }
    if (buf_check(line, "key", err))
        return false;
    if (line->length == 0) {
        if (ferror(spool->file))
            fail(err);
        return false;
    }
    text = buf_view(line);
    if (text.length < 3 || text.data[text.length - 1] != '\n') {
        error_set(err, ERROR_INVALID, "the keys of the job are damaged");
        return false;
    }
    *out = (struct spool_key){.json = text_slice(text, 1, text.length - 1),
        .place = spool->next,
        .line = ++spool->line,
        .mark = (enum spool_mark)text.data[0]};
    spool->next += text.length;
    return true;
}

enum error_code spool_mark(struct spool *spool, uint64_t place, enum spool_mark mark,
    struct error *err)
{
    const char byte = (char)mark;
    ssize_t written;

    do
        written = pwrite(fileno(spool->file), &byte, 1, (off_t)place);
    while (written < 0 && errno == EINTR);
    return written == 1 ? ERROR_NONE : fail(err);
}
