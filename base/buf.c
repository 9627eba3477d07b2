#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

enum { SMALLEST = 64 };

void buf_init(struct buf *buf, size_t limit)
{
    *buf = (struct buf){.limit = limit < SIZE_MAX ? limit : SIZE_MAX - 1};
}

void buf_done(struct buf *buf)
{
    mem_free(buf->data);
    buf_init(buf, buf->limit);
}

void buf_wipe(struct buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->capacity);
    buf_done(buf);
}

void buf_clear(struct buf *buf)
{
    buf->failure = ERROR_NONE;
    buf->length = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

void buf_cut(struct buf *buf, size_t length)
{
    if (length >= buf->length)
        return;
    buf->length = length;
    buf->data[length] = '\0';
}

static bool fail(struct buf *buf, enum error_code code)
{
    buf->failure = code;
    return false;
}

/* Room for more bytes and the NUL. */
static bool make_room(struct buf *buf, size_t more)
{
    size_t needed, capacity;
    char *data;

    if (buf->failure)
        return false;
    if (more > buf->limit - buf->length)
        return fail(buf, ERROR_LIMIT);
    needed = buf->length + more + 1;
    if (needed <= buf->capacity)
        return true;
    capacity = buf->capacity < SMALLEST / 2 ? SMALLEST : buf->capacity;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    if (capacity > buf->limit + 1)
        capacity = buf->limit + 1;
    data = mem_resize(buf->data, capacity, 1);
    if (!data)
        return fail(buf, ERROR_MEMORY);
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void buf_add_slowly(struct buf *buf, const void *data, size_t length)
{
    if (!make_room(buf, length))
        return;
    if (length > 0)
        memcpy(buf->data + buf->length, data, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

void buf_add_repeat(struct buf *buf, char c, size_t count)
{
    char *room = buf_reserve(buf, count);

    if (!room)
        return;
    memset(room, c, count);
    buf_added(buf, count);
}

void buf_add_integer(struct buf *buf, int64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    buf_add(buf, digits + at, sizeof digits - at);
}

void buf_add_format(struct buf *buf, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    buf_add_format_list(buf, format, list);
    va_end(list);
}

void buf_add_format_list(struct buf *buf, const char *format, va_list list)
{
    size_t room = buf->capacity - buf->length;
    va_list again;
    int length;

    if (buf->failure)
        return;
    va_copy(again, list);
    length = vsnprintf(room > 0 ? buf->data + buf->length : NULL, room, format, list);
    if (length < 0) {
        fail(buf, ERROR_LIMIT); /* more than INT_MAX bytes */
    } else if (make_room(buf, (size_t)length)) {
        if ((size_t)length >= room)
            vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
        buf->length += (size_t)length;
    }
    if (buf->failure && buf->data)
        buf->data[buf->length] = '\0';
    va_end(again);
}

void buf_add_utf8(struct buf *buf, uint32_t code_point)
{
    char bytes[4];

    buf_add(buf, bytes, utf8_encode(code_point, bytes));
}

char *buf_reserve(struct buf *buf, size_t length)
{
    if (!make_room(buf, length))
        return NULL;
    buf->data[buf->length] = '\0'; /* nothing may come of it */
    return buf->data + buf->length;
}

void buf_added(struct buf *buf, size_t length)
{
    assert(length < buf->capacity - buf->length);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

void buf_drop(struct buf *buf, size_t length)
{
    if (length > buf->length)
        length = buf->length;
    if (length == 0)
        return;
    buf->length -= length;
    memmove(buf->data, buf->data + length, buf->length + 1);
}

struct text buf_view(const struct buf *buf)
{
    return text_make(buf->data ? buf->data : "", buf->length);
}

const char *buf_string(const struct buf *buf)
{
    return buf->data && !buf->failure ? buf->data : "";
}

enum error_code buf_check(const struct buf *buf, const char *what, struct error *err)
{
    if (!buf->failure)
        return ERROR_NONE;
    if (buf->failure == ERROR_MEMORY)
        return error_memory(err);
    return error_set(err, buf->failure, "%s: too large (limit %zu bytes)", what, buf->limit);
}
