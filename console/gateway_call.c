#include "console/gateway_call.h"

#include "base/clock.h"

#include <stdarg.h>
#include <string.h>

enum { INPUT_LIMIT = 8 << 20, MARKER_OPEN = 1, MARKER_CLOSE = 2 };

const struct json *gateway_call_head(struct job *job, struct link *link,
    const struct service *service, const char *operation, struct text input, struct text *head,
    struct error *err)
{
    struct call_context context = job_context(job);
    const struct operation *record = service_operation_string(service, operation);
    const struct json *answer = NULL;
    struct reply reply;
    struct text body;

    reply_init(&reply);
    if (job_check(job, err))
        goto out;
    if (connection_call(link->connection, service, record, input, &context, &reply, err))
        goto out;
    body = buf_view(&reply.body);
    if (text_trim(body).length == 0)
        body = TEXT("{}");
    body = arena_text(job->arena, body);
    if (head)
        *head = arena_text(job->arena, buf_view(&reply.head));
    if (!body.data || (head && !head->data)) {
        arena_failed(job->arena, err);
        goto out;
    }
    answer = json_parse(body, job->arena, err);
    if (!answer) {
        err->code = ERROR_NETWORK;
        error_wrap(err, "%s answered what is not JSON", operation);
    }
out:
    reply_done(&reply);
    return answer;
}

const struct json *gateway_call(struct job *job, struct link *link, const struct service *service,
    const char *operation, struct text input, struct error *err)
{
    return gateway_call_head(job, link, service, operation, input, NULL, err);
}

enum error_code gateway_list(struct job *job, struct link *link, const struct service *service,
    const char *operation, const char *input, const char *member,
    bool (*each)(void *user, const struct json *element), void *user, struct error *err)
{
    const struct operation *record = service_operation_string(service, operation);
    struct text page = {0};

    do {
        const char *blank = *input ? "," : "";
        char *request = page.length ? arena_format(job->arena, "{%s%s\"%s\":%s}", input, blank,
                                          record->page_in, gateway_quoted(job->arena, page))
                                    : arena_format(job->arena, "{%s}", input);
        const struct json *answer;

        if (!request)
            return arena_failed(job->arena, err);
        answer = gateway_call(job, link, service, operation, text_of(request), err);
        if (!answer)
            return err->code;
        for (const struct json *list = json_member(answer, member),
                               *element = list ? list->first : NULL;
             element; element = element->next)
            if (!each(user, element))
                return arena_failed(job->arena, err);
        page = record->page_out ? json_string_member(answer, record->page_out) : (struct text){0};
    } while (page.length);
    return ERROR_NONE;
}

void gateway_steps_init(struct gateway_steps *steps, struct arena *arena)
{
    *steps = (struct gateway_steps){.arena = arena};
}

/* data NULL: no memory */
__attribute__((format(printf, 2, 0))) static struct text format_input(struct arena *arena,
    const char *format, va_list list)
{
    struct text copy = {0};
    struct buf input;

    buf_init(&input, INPUT_LIMIT);
    buf_add_format_list(&input, format, list);
    if (!input.failure)
        copy = arena_text(arena, buf_view(&input));
    buf_done(&input);
    return copy;
}

struct gateway_step *gateway_add_step(struct gateway_steps *steps, const struct service *service,
    const char *operation, const char *live, const char *format, ...)
{
    struct gateway_step *step;
    va_list list;

    if (steps->count == steps->capacity) {
        size_t capacity = steps->capacity ? 2 * steps->capacity : 16;
        struct gateway_step *grown = arena_alloc(steps->arena, capacity, sizeof *grown);

        if (!grown)
            return NULL;
        if (steps->count)
            memcpy(grown, steps->step, steps->count * sizeof *grown);
        steps->step = grown;
        steps->capacity = capacity;
    }
    step = &steps->step[steps->count];
    *step = (struct gateway_step){.service = service, .operation = operation, .live = live};
    va_start(list, format);
    step->input = format_input(steps->arena, format, list);
    va_end(list);
    if (!step->input.data)
        return NULL;
    steps->count++;
    return step;
}

bool gateway_add_undo(struct gateway_steps *steps, const char *operation, const char *format, ...)
{
    struct gateway_step *step = &steps->step[steps->count - 1];
    va_list list;

    step->undo_operation = operation;
    va_start(list, format);
    step->undo_input = format_input(steps->arena, format, list);
    va_end(list);
    return step->undo_input.data != NULL;
}

const char *gateway_quoted(struct arena *arena, struct text text)
{
    struct buf quoted;
    char *copy;

    buf_init(&quoted, INPUT_LIMIT);
    json_add_string(&quoted, text);
    copy = quoted.failure ? NULL : arena_string(arena, buf_view(&quoted));
    buf_done(&quoted);
    return copy ? copy : "\"\""; /* the arena remembers its failure */
}

const char *gateway_result(struct arena *arena, const char *prefix, size_t step)
{
    char *marker = arena_format(arena, "%c\"%s\"%zu%c", MARKER_OPEN, prefix, step, MARKER_CLOSE);

    return marker ? marker : "\"\"";
}

/* One marker behind its opening byte: "prefix" in quotes, then the number of the step. */
static void add_marker(struct buf *out, struct text marker, const struct gateway_steps *steps)
{
    size_t quote = text_find(marker, TEXT("\""), 1);
    struct text prefix = text_slice(marker, 1, quote), answer = {0};
    int64_t index = 0;
    struct buf whole;

    if (quote == SIZE_MAX ||
        !text_to_integer(text_slice(marker, quote + 1, marker.length), 0, INT32_MAX, &index))
        return;
    if (!steps) {
        buf_add_char(out, '?');
        return;
    }
    answer = steps->step[index].answer;
    buf_init(&whole, 4096);
    buf_add_text(&whole, prefix);
    buf_add_text(&whole, answer);
    json_add_string(out, buf_view(&whole));
    buf_done(&whole);
}

/* Replaces markers by what the steps answered; by ? when steps is NULL. */
static void add_resolved(struct buf *out, struct text input, const struct gateway_steps *steps)
{
    struct text head;

    while (text_take_until(&input, MARKER_OPEN, &head)) {
        buf_add_text(out, head);
        if (!text_take_until(&input, MARKER_CLOSE, &head))
            return;
        add_marker(out, head, steps);
    }
    buf_add_text(out, input);
}

void gateway_plan_steps(struct plan *plan, const struct gateway_steps *steps)
{
    struct buf shown;

    buf_init(&shown, INPUT_LIMIT);
    for (size_t i = 0; i < steps->count; i++) {
        const struct gateway_step *step = &steps->step[i];

        if (!step->operation)
            continue;
        buf_clear(&shown);
        add_resolved(&shown, step->input, NULL);
        plan_add_call(plan, step->service, step->operation, "1", step->live,
            arena_text(plan->arena, buf_view(&shown)));
    }
    buf_done(&shown);
}

static void add_left(struct buf *left, const struct gateway_steps *steps,
    const struct gateway_step *step)
{
    buf_add_format(left, "%s%s ", left->length ? ", " : "", step->operation);
    add_resolved(left, step->input, steps);
}

/* Takes back what was done before step failed; false when something is left, which is named. */
static bool undo_steps(struct job *job, struct link *link, struct gateway_steps *steps,
    size_t failed, struct buf *left)
{
    struct buf input;

    buf_init(&input, INPUT_LIMIT);
    for (size_t i = failed; i-- > 0;) {
        struct gateway_step *step = &steps->step[i];
        struct error ignored;
        bool good = false;

        if (step->undo_operation) {
            buf_clear(&input);
            add_resolved(&input, step->undo_input, steps);
            good = gateway_call(job, link, step->service, step->undo_operation, buf_view(&input),
                &ignored);
        }
        if (!good && step->operation && !step->is_part)
            add_left(left, steps, step);
    }
    buf_done(&input);
    return left->length == 0;
}

enum error_code gateway_run_steps(struct job *job, struct link *link, struct gateway_steps *steps,
    struct error *err)
{
    struct buf input, left;
    enum error_code code = ERROR_NONE;

    buf_init(&input, INPUT_LIMIT);
    buf_init(&left, INPUT_LIMIT);
    for (size_t i = 0; i < steps->count && code == ERROR_NONE; i++) {
        struct gateway_step *step = &steps->step[i];
        const struct json *answer;

        if (!step->operation)
            continue;
        buf_clear(&input);
        add_resolved(&input, step->input, steps);
        code = buf_check(&input, step->operation, err);
        if (code)
            break;
        answer = gateway_call(job, link, step->service, step->operation, buf_view(&input), err);
        if (answer && step->result) {
            step->answer = json_string_member(answer, step->result);
            continue;
        }
        if (answer)
            continue;
        code = err->code;
        if (!undo_steps(job, link, steps, i, &left)) {
            const struct error cause = *err;

            code = error_set(err, ERROR_PARTIAL, "%s; done and not taken back: %s", cause.text,
                buf_string(&left));
        } else if (i > 0)
            job_note(job, REPORT_NOTE, "what was done before the failure has been taken back");
    }
    buf_done(&input);
    buf_done(&left);
    return code;
}
