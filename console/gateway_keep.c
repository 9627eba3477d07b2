#include "console/gateway_keep.h"

#include "console/undo.h"

enum { OBJECT_LIMIT = 64 << 10 };

void gateway_keep_init(struct gateway_keep *keep, struct job *job, struct link *link,
    const char *call)
{
    *keep = (struct gateway_keep){.job = job, .link = link, .call = call};
}

void gateway_keep_fail(const struct gateway_keep *keep, const struct error *why)
{
    job_note(keep->job, REPORT_WARNING, "this statement cannot be undone: %s", why->text);
}

static void add(struct gateway_keep *keep, const struct gateway_object *object,
    struct undo_object *line)
{
    struct json_writer writer;
    struct buf text;

    buf_init(&text, OBJECT_LIMIT);
    json_writer_init(&writer, &text);
    gateway_object_write(&writer, object);
    line->call = keep->call;
    line->why = keep->why;
    line->is_all = keep->is_all;
    line->object = buf_view(&text);
    if (!text.failure)
        undo_add_object(keep->job, keep->link, line);
    buf_done(&text);
}

void gateway_keep_before(struct gateway_keep *keep, const struct gateway_api *api,
    const struct gateway_object *object)
{
    struct undo_object line = {.is_first = true};
    struct error err;

    if (!keep->job->undo)
        return;
    if (keep->count == GATEWAY_KEPT) {
        error_set(&err, ERROR_INVALID, "it changes more than %d objects", GATEWAY_KEPT);
        gateway_keep_fail(keep, &err);
        return;
    }
    if (gateway_object_state(keep->job->arena, api, object, true, &line.old, &err) ||
        gateway_object_state(keep->job->arena, api, object, false, &keep->kept[keep->count].plain,
            &err)) {
        gateway_keep_fail(keep, &err);
        return;
    }
    keep->kept[keep->count].object = *object;
    keep->kept[keep->count++].old = line.old;
    add(keep, object, &line);
}

void gateway_keep_after(struct gateway_keep *keep, const struct gateway_api *api)
{
    for (size_t i = 0; i < keep->count; i++) {
        const struct gateway_object *object = &keep->kept[i].object;
        struct undo_object line = {.is_written = true, .old = keep->kept[i].old};
        struct arena *arena = keep->job->arena;
        struct text plain = TEXT("");
        struct error err;

        if (api && (gateway_object_state(arena, api, object, true, &line.wrote, &err) ||
                       gateway_object_state(arena, api, object, false, &plain, &err))) {
            gateway_keep_fail(keep, &err);
            continue;
        }
        line.is_changed = !text_equal(plain, keep->kept[i].plain);
        add(keep, object, &line);
    }
}

void gateway_keep_made(struct gateway_keep *keep, const struct gateway_api *api,
    const struct gateway_object *object)
{
    struct undo_object line = {.is_first = true, .is_written = true, .is_changed = true};
    struct error err;

    if (!keep->job->undo)
        return;
    if (gateway_object_state(keep->job->arena, api, object, true, &line.wrote, &err))
        gateway_keep_fail(keep, &err);
    else
        add(keep, object, &line);
}
