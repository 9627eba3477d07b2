#include "endpoint/gateway/call_trace.h"

#include <stdarg.h>

#include "base/clock.h"

enum { DUMP_LIMIT = 998 };

/* "Sat Nov 21 11:42:07 UTC 2026 : " out of "Sat, 21 Nov 2026 11:42:07 GMT" */
static void add_time(struct buf *out)
{
    struct buf date;
    struct text text;

    buf_init(&date, 64);
    clock_add_http(&date, clock_wall());
    text = buf_view(&date);
    if (text.length == 29) {
        buf_add_text(out, text_slice(text, 0, 3));
        buf_add_char(out, ' ');
        buf_add_text(out, text_slice(text, 8, 12));
        buf_add_text(out, text_slice(text, 5, 8));
        buf_add_text(out, text_slice(text, 17, 25));
        buf_add_string(out, " UTC ");
        buf_add_text(out, text_slice(text, 12, 16));
        buf_add_string(out, " : ");
    }
    buf_done(&date);
}

void call_trace(struct call *call, const char *format, ...)
{
    va_list list;

    if (!call->trace)
        return;
    add_time(call->trace);
    va_start(list, format);
    buf_add_format_list(call->trace, format, list);
    va_end(list);
    buf_add_char(call->trace, '\n');
}

void call_trace_pairs(struct call *call, const char *what, const struct http_header *pair,
    size_t count)
{
    struct buf dump;
    struct text text;

    if (!call->trace)
        return;
    buf_init(&dump, 1024 * 1024);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_string(&dump, ", ");
        buf_add_text(&dump, pair[i].name);
        buf_add_char(&dump, '=');
        buf_add_text(&dump, pair[i].value);
    }
    text = text_slice(buf_view(&dump), 0, DUMP_LIMIT);
    call_trace(call, "%s: {%.*s}%s", what, (int)text.length, text.data ? text.data : "",
        dump.length > DUMP_LIMIT ? " [TRUNCATED]" : "");
    buf_done(&dump);
}
