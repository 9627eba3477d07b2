#include "console/plan.h"

#include <stdarg.h>
#include <stdio.h>

void plan_init(struct plan *plan, struct arena *arena)
{
    *plan = (struct plan){.arena = arena};
    plan->line_end = &plan->line;
    plan->call_end = &plan->call;
}

__attribute__((format(printf, 2, 0))) static const char *format_text(struct arena *arena,
    const char *format, va_list list)
{
    va_list again;
    char *text;
    int length;

    va_copy(again, list);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return NULL;
    text = arena_alloc(arena, (size_t)length + 1, 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, list);
    return text;
}

void plan_add(struct plan *plan, enum plan_label label, const char *format, ...)
{
    struct plan_line *line = arena_alloc(plan->arena, 1, sizeof *line);
    va_list list;

    if (!line)
        return;
    va_start(list, format);
    line->text = format_text(plan->arena, format, list);
    va_end(list);
    if (!line->text)
        return;
    line->label = label;
    *plan->line_end = line;
    plan->line_end = &line->next;
}

void plan_add_call(struct plan *plan, const struct service *service, const char *operation,
    const char *count, const char *live, struct text request)
{
    struct plan_call *call = arena_alloc(plan->arena, 1, sizeof *call);

    if (!call)
        return;
    call->service = service;
    call->operation = service_operation_string(service, operation);
    call->count = count;
    call->live = live;
    call->request = request;
    *plan->call_end = call;
    plan->call_end = &call->next;
}

enum error_code plan_refuse(struct plan *plan, enum error_code code, const char *hint,
    const char *format, ...)
{
    va_list list;

    va_start(list, format);
    plan->refused = format_text(plan->arena, format, list);
    va_end(list);
    plan->refusal = code;
    plan->refused_hint = hint && hint[0] ? arena_string(plan->arena, text_of(hint)) : NULL;
    return ERROR_NONE;
}
