#include "endpoint/gateway/template_value.h"

/* Directives, and what they change. */

static bool put_override(struct template_machine *machine, struct http_header *list, size_t *count,
    struct text name, struct text value)
{
    for (size_t i = 0; i < *count; i++)
        if (text_equal_ignoring_case(list[i].name, name))
            return template_break(machine, ERROR_USAGE, "%.*s is overridden twice",
                (int)name.length, name.data);
    if (*count == sizeof machine->override->header / sizeof *machine->override->header)
        return template_break(machine, ERROR_LIMIT, "too many overrides");
    list[(*count)++] = (struct http_header){name, value};
    return true;
}

/* The name of a property or of an index that is a text; empty for anything else. */
static struct text access_name(struct template_machine *machine,
    const struct template_access *access)
{
    struct template_value index;

    if (!access || access->kind == ACCESS_METHOD)
        return TEXT("");
    if (access->kind == ACCESS_PROPERTY)
        return access->name;
    index = template_evaluate(machine, access->argument);
    return template_to_text(machine, &index);
}

/* "$context.responseOverride.status", ".header.x"; "$context.requestOverride.{place}.x" */
static bool set_override(struct template_machine *machine, const struct template_access *access,
    const struct template_value *value)
{
    struct template_override *override = machine->override;
    struct text side = access_name(machine, access), place, name;
    int64_t status;

    access = access ? access->next : NULL;
    place = access_name(machine, access);
    access = access ? access->next : NULL;
    name = access_name(machine, access);
    if (text_is(side, "responseOverride") && text_is(place, "status") && !access) {
        if (override->status != 0)
            return template_break(machine, ERROR_USAGE, "status is overridden twice");
        if (!text_to_integer(template_to_text(machine, value), 100, 599, &status))
            return template_break(machine, ERROR_USAGE, "the status is not one of HTTP");
        override->status = (int)status;
        return true;
    }
    if (name.length == 0 || access->next)
        return template_break(machine, ERROR_USAGE, "this part of $context cannot be set");
    if (text_is(side, "responseOverride") && text_is(place, "header"))
        return put_override(machine, override->response, &override->response_count, name,
            template_to_text(machine, value));
    if (text_is(side, "requestOverride") && text_is(place, "header"))
        return put_override(machine, override->header, &override->header_count, name,
            template_to_text(machine, value));
    if (text_is(side, "requestOverride") && text_is(place, "querystring"))
        return put_override(machine, override->query, &override->query_count, name,
            template_to_text(machine, value));
    if (text_is(side, "requestOverride") && text_is(place, "path"))
        return put_override(machine, override->path, &override->path_count, name,
            template_to_text(machine, value));
    return template_break(machine, ERROR_USAGE, "this part of $context cannot be set");
}

/* Setting a variable to nothing leaves it as it was, which is the default of the language. */
static void run_set(struct template_machine *machine, const struct template_node *node)
{
    const struct template_reference *reference = node->reference;
    struct template_value value = template_evaluate(machine, node->expression), holder;
    const struct template_access *last = reference->access;

    if (machine->failed || template_is_nothing(&value))
        return;
    if (!last) {
        template_set_variable(machine, reference->name, value);
        return;
    }
    if (text_is(reference->name, "context")) {
        set_override(machine, last, &value);
        return;
    }
    while (last->next)
        last = last->next;
    holder = template_follow(machine, reference, last);
    if (holder.kind == VALUE_MAP && last->kind != ACCESS_METHOD) {
        template_map_put(machine, holder.object, access_name(machine, last), value);
    } else if (holder.kind == VALUE_LIST && last->kind == ACCESS_INDEX) {
        struct template_value argument[2] = {template_evaluate(machine, last->argument), value};

        template_call(machine, &holder, TEXT("set"), argument, 2);
    }
}

static void run_if(struct template_machine *machine, const struct template_node *node,
    struct buf *out)
{
    while (!machine->failed) {
        struct template_value value = template_evaluate(machine, node->expression);
        bool chosen = template_is_true(&value);
        const struct template_node *body = chosen ? node->body : node->otherwise;

        if (!chosen && body && body->kind == NODE_IF && !body->next) {
            node = body; /* #elseif */
            continue;
        }
        if (body)
            template_run_nodes(machine, body, out);
        return;
    }
}

static void run_foreach(struct template_machine *machine, const struct template_node *node,
    struct buf *out)
{
    struct template_value value = template_evaluate(machine, node->expression);
    struct template_value outer = template_variable(machine, TEXT("foreach"));
    struct template_loop loop = {0};

    if (value.kind == VALUE_MAP)
        value = template_call(machine, &value, TEXT("values"), NULL, 0);
    if (value.kind != VALUE_LIST || !template_open(machine, value.object))
        return;
    loop.count = (int64_t)value.object->count;
    for (size_t i = 0; i < value.object->count && !machine->failed; i++) {
        if (i == TEMPLATE_ROUNDS) {
            template_break(machine, ERROR_LIMIT, "a loop takes more than %d rounds",
                TEMPLATE_ROUNDS);
            return;
        }
        loop.index = (int64_t)i;
        template_set_variable(machine, node->reference->name, value.object->entry[i].value);
        template_set_variable(machine, TEXT("foreach"),
            (struct template_value){.kind = VALUE_LOOP, .loop = &loop});
        template_set_variable(machine, TEXT("velocityCount"), template_integer((int64_t)i + 1));
        template_run_nodes(machine, node->body, out);
        if (machine->broken || machine->stopped)
            break;
    }
    machine->broken = false;
    template_set_variable(machine, TEXT("foreach"), outer);
}

static void run_reference(struct template_machine *machine,
    const struct template_reference *reference, struct buf *out)
{
    struct template_value value = template_follow(machine, reference, NULL);

    if (machine->failed)
        return;
    if (value.kind == VALUE_BLOCK) {
        if (template_enter_run(machine)) {
            template_run_nodes(machine, value.block, out);
            machine->depth--;
        }
    } else if (value.kind == VALUE_MISSING) {
        if (!reference->quiet)
            buf_add_text(out, reference->source);
    } else {
        size_t before = out->length;

        template_add_value(machine, out, &value);
        template_spend(machine, out->length - before);
    }
}

void template_run_nodes(struct template_machine *machine, const struct template_node *node,
    struct buf *out)
{
    if (!template_enter_run(machine))
        return;
    for (; node && !machine->failed && !machine->stopped && !machine->broken; node = node->next) {
        if (!template_spend(machine, 0))
            break;
        switch (node->kind) {
        case NODE_TEXT:
            buf_add_text(out, node->text);
            break;
        case NODE_REFERENCE:
            run_reference(machine, node->reference, out);
            break;
        case NODE_SET:
            run_set(machine, node);
            break;
        case NODE_IF:
            run_if(machine, node, out);
            break;
        case NODE_FOREACH:
            run_foreach(machine, node, out);
            break;
        case NODE_DEFINE:
            template_set_variable(machine, node->reference->name,
                (struct template_value){.kind = VALUE_BLOCK, .block = node->body});
            break;
        case NODE_BREAK:
            machine->broken = true;
            break;
        case NODE_STOP:
            machine->stopped = true;
            break;
        }
        if (out->failure)
            template_break(machine, out->failure, "the output is larger than %d bytes",
                TEMPLATE_OUTPUT);
    }
    machine->depth--;
}

static void set_object(struct template_machine *machine, struct text name, const struct json *node)
{
    static const struct json empty = {.kind = JSON_OBJECT};
    struct template_value value = template_from_json(machine, node ? node : &empty);

    if (value.kind == VALUE_MAP) {
        value.object->gentle = true;
        template_set_variable(machine, name, value);
    }
}

enum error_code template_run(const struct template *template, const struct template_input *input,
    struct arena *arena, struct buf *out, struct template_override *override, struct error *err)
{
    struct template_machine machine = {.input = input,
        .override = override,
        .arena = arena,
        .err = err};

    template_set_variable(&machine, TEXT("input"), (struct template_value){.kind = VALUE_INPUT});
    template_set_variable(&machine, TEXT("util"), (struct template_value){.kind = VALUE_UTIL});
    set_object(&machine, TEXT("context"), input->context);
    set_object(&machine, TEXT("stageVariables"), input->stage_variables);
    template_run_nodes(&machine, template->first, out);
    return machine.failed ? err->code : ERROR_NONE;
}
