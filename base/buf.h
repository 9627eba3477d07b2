#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/error.h"
#include "base/text.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Growing bytes with a maximum given at birth. A buffer remembers its first failure (memory or
 * limit) and ignores what comes after, so a writer adds without checking and ends with
 * `return buf_check(out, "request", err);`. One thread at a time.
 */
struct buf {
    char *data; /* followed by a NUL that is not counted; NULL while nothing was added */
    size_t length, capacity, limit;
    enum error_code failure;
};

void buf_init(struct buf *buf, size_t limit);
void buf_done(struct buf *buf);               /* frees; the buffer is empty and usable again */
void buf_wipe(struct buf *buf);               /* the same, overwritten before: for secrets */
void buf_clear(struct buf *buf);              /* length 0, failure forgotten, memory kept */
void buf_cut(struct buf *buf, size_t length); /* shortens to length */

/* What buf_add comes to when there is no room yet; not for callers. */
void buf_add_slowly(struct buf *buf, const void *data, size_t length);

static inline void buf_add(struct buf *buf, const void *data, size_t length)
{
    if (buf->failure || length >= buf->capacity - buf->length ||
        length > buf->limit - buf->length) {
        buf_add_slowly(buf, data, length);
        return;
    }
    if (length > 0)
        memcpy(buf->data + buf->length, data, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

static inline void buf_add_text(struct buf *buf, struct text text)
{
    buf_add(buf, text.data, text.length);
}

static inline void buf_add_string(struct buf *buf, const char *string)
{
    buf_add(buf, string, strlen(string));
}

static inline void buf_add_char(struct buf *buf, char c)
{
    if (buf->failure || buf->capacity - buf->length < 2 || buf->length >= buf->limit) {
        buf_add_slowly(buf, &c, 1);
        return;
    }
    buf->data[buf->length++] = c;
    buf->data[buf->length] = '\0';
}

void buf_add_repeat(struct buf *buf, char c, size_t count);
void buf_add_integer(struct buf *buf, int64_t value);
void buf_add_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_add_format_list(struct buf *buf, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));
void buf_add_utf8(struct buf *buf, uint32_t code_point);

/* Room for length more bytes at the end, or NULL; buf_added says how many were used. */
char *buf_reserve(struct buf *buf, size_t length);
void buf_added(struct buf *buf, size_t length);

/* Drops length bytes at the front (a queue of bytes). */
void buf_drop(struct buf *buf, size_t length);

/* Valid until the buffer changes. */
struct text buf_view(const struct buf *buf);

/* The content as a C string; "" when empty or failed. Valid until the buffer changes. */
const char *buf_string(const struct buf *buf);

/* ERROR_NONE, or err says "request: too large (limit 4096 bytes)" or "out of memory". */
enum error_code buf_check(const struct buf *buf, const char *what, struct error *err) MUST_CHECK;

#endif
