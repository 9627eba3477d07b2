#include "console/sink.h"

static enum error_code take_shape(struct sink *sink, const struct sink_shape *shape,
    struct error *err)
{
    (void)sink, (void)shape, (void)err;
    return ERROR_NONE;
}

static enum error_code take_row(struct sink *sink, const struct value *item, struct error *err)
{
    (void)sink, (void)item, (void)err;
    return ERROR_NONE;
}

static enum error_code take_status(struct sink *sink, const struct rows_status *status,
    struct error *err)
{
    (void)sink, (void)status, (void)err;
    return ERROR_NONE;
}

static enum error_code take_text(struct sink *sink, struct text text, struct text json,
    struct error *err)
{
    (void)sink, (void)text, (void)json, (void)err;
    return ERROR_NONE;
}

const struct sink sink_quiet = {.begin = take_shape,
    .row = take_row,
    .page = take_status,
    .text = take_text,
    .end = take_status};
