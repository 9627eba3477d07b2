#include "console/explain.h"

#include <string.h>

#include "base/json.h"
#include "client/mask.h"
#include "console/messages.h"
#include "console/safety.h"
#include "console/session.h"

enum { LABEL_WIDTH = 10, EXPLAIN_LIMIT = 64 << 20 };

/* In the order they are printed; from PLAN_NOTE on they come of the calls, the note is last. */
static const char *const label_table[] = {
    [PLAN_PLAN] = "plan",
    [PLAN_REFUSED] = "refused",
    [PLAN_KEYS] = "keys",
    [PLAN_FILTER] = "filter",
    [PLAN_LOCAL] = "local",
    [PLAN_RETURNS] = "returns",
    [PLAN_STOP] = "stop",
    [PLAN_MODEL] = "model",
    [PLAN_REJECTED] = "rejected",
    [PLAN_COST] = "cost",
    [PLAN_RISK] = "risk",
    [PLAN_NOTE] = "note",
};

/* One line or member: its texts, and whether there may be several of them. */
struct entry {
    const char *label;
    struct text text;
    bool is_list, is_json;
};

struct lines {
    struct arena *arena;
    struct entry *entry;
    size_t count, room;
    bool failed;
};

static void add_line(struct lines *lines, const char *label, struct text text, bool is_list)
{
    struct text copy = arena_text(lines->arena, text);

    if (lines->count == lines->room) {
        size_t room = lines->room ? lines->room * 2 : 32;
        struct entry *grown = arena_alloc(lines->arena, room, sizeof *grown);

        if (grown && lines->count > 0)
            memcpy(grown, lines->entry, lines->count * sizeof *grown);
        if (grown) {
            lines->entry = grown;
            lines->room = room;
        }
    }
    if (lines->count == lines->room || !copy.data) {
        lines->failed = true;
        return;
    }
    lines->entry[lines->count++] = (struct entry){label, copy, is_list, false};
}

static bool is_list(enum plan_label label)
{
    return label == PLAN_LOCAL || label == PLAN_REJECTED || label == PLAN_NOTE;
}

static void add_label(struct lines *lines, const struct plan *plan, enum plan_label label)
{
    for (const struct plan_line *line = plan->line; line; line = line->next) {
        struct buf text;

        if (line->label != label)
            continue;
        buf_init(&text, EXPLAIN_LIMIT);
        mask_add_statement(&text, text_of(line->text));
        add_line(lines, label_table[label], buf_view(&text), is_list(label));
        buf_done(&text);
    }
}

static void add_refused(struct lines *lines, const struct plan *plan)
{
    struct buf text;

    if (!plan->refusal)
        return;
    buf_init(&text, EXPLAIN_LIMIT);
    buf_add_format(&text, "exit %d: %s", message_exit_status(plan->refusal),
        plan->refused ? plan->refused : "out of memory");
    add_line(lines, label_table[PLAN_REFUSED], buf_view(&text), false);
    buf_done(&text);
}

static void add_risk(struct lines *lines, const struct job *job, const struct plan *plan)
{
    static const char *const reason_table[] = {
        [RISK_NONE] = "",
        [RISK_ONE] = "one object",
        [RISK_MANY] = "many items, or what clients meet at once",
        [RISK_DESTROY] = "cannot be undone",
    };
    const struct profile *profile = plan->link ? connection_profile(plan->link->connection) : NULL;
    const char *reason = reason_table[plan->risk];
    struct buf text;

    if (plan->risk == RISK_NONE) {
        add_line(lines, label_table[PLAN_RISK], TEXT("none"), false);
        return;
    }
    for (const struct plan_line *line = plan->line; line; line = line->next) {
        if (line->label == PLAN_RISK)
            reason = line->text;
    }
    buf_init(&text, EXPLAIN_LIMIT);
    buf_add_format(&text, "%d %s", (int)plan->risk, reason);
    switch (safety_grade(plan->risk, job->settings.confirm, profile ? profile->environment : "")) {
    case SAFETY_FREE:
        break;
    case SAFETY_YES_NO:
        buf_add_string(&text, "; asks y/N");
        break;
    case SAFETY_NAME:
        buf_add_string(&text, "; ");
        if (profile && strcmp(profile->environment, "prod") == 0)
            buf_add_format(&text, "profile %s ", profile->name);
        buf_add_format(&text, "asks for the name%s%s", plan->risk_name ? " " : "",
            plan->risk_name ? plan->risk_name : "");
        break;
    }
    add_line(lines, label_table[PLAN_RISK], buf_view(&text), false);
    buf_done(&text);
}

void explain_add_target(struct buf *out, const struct plan_call *call)
{
    buf_add_format(out, "%s.%s",
        call->service->target_prefix ? call->service->target_prefix : call->service->name,
        call->operation ? call->operation->name : "?");
}

/* The request without its secrets, in the arena. */
static struct text masked(struct lines *lines, const struct plan_call *call)
{
    struct text request;
    struct buf text;

    buf_init(&text, EXPLAIN_LIMIT);
    mask_add_json(&text, call->request,
        call->operation && mask_value_is_secret(call->operation->name));
    request = arena_text(lines->arena, buf_view(&text));
    lines->failed = lines->failed || !request.data;
    buf_done(&text);
    return request.data ? request : TEXT("");
}

static void add_request(struct lines *lines, const struct plan_call *call)
{
    if (call->request.length == 0)
        return;
    add_line(lines, "request", masked(lines, call), true);
    if (!lines->failed)
        lines->entry[lines->count - 1].is_json = true;
}

/* Tables: one line for all calls. Gateways: each call with when it acts. */
static void add_calls(struct lines *lines, const struct plan *plan)
{
    struct buf text;
    bool gateway = plan->call && plan->call->live;

    buf_init(&text, EXPLAIN_LIMIT);
    for (const struct plan_call *call = plan->call; call; call = call->next) {
        if (gateway && call->live)
            add_line(lines, "live", text_of(call->live), true);
        buf_add_format(&text, "%s%s ", text.length > 0 ? ", " : "", call->count);
        explain_add_target(&text, call);
        if (!gateway)
            continue;
        add_line(lines, "call", buf_view(&text), true);
        add_request(lines, call);
        buf_clear(&text);
    }
    if (text.length > 0)
        add_line(lines, "call", buf_view(&text), true);
    for (const struct plan_call *call = plan->call; call && !gateway; call = call->next)
        add_request(lines, call);
    buf_done(&text);
}

static void add_commands(struct lines *lines, const struct plan *plan, const char *label,
    bool (*add)(struct buf *out, struct link *link, const struct plan_call *call,
        struct arena *arena))
{
    struct buf text;

    if (!plan->link)
        return;
    buf_init(&text, EXPLAIN_LIMIT);
    for (const struct plan_call *call = plan->call; call; call = call->next) {
        struct plan_call shown = *call;

        shown.request = masked(lines, call);
        buf_clear(&text);
        if (add(&text, plan->link, &shown, lines->arena))
            add_line(lines, label, buf_view(&text), true);
    }
    buf_done(&text);
}

static void add_text(const struct lines *lines, struct buf *out)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct entry *entry = &lines->entry[i];
        size_t length = strlen(entry->label);

        buf_add_string(out, entry->label);
        buf_add_repeat(out, ' ', LABEL_WIDTH - length);
        buf_add_text(out, entry->text);
        buf_add_char(out, '\n');
    }
}

static void add_value(struct json_writer *writer, const struct entry *entry, struct arena *arena)
{
    struct error why;
    const struct json *json = entry->is_json ? json_parse(entry->text, arena, &why) : NULL;

    if (json)
        json_raw(writer, entry->text);
    else
        json_string(writer, entry->text);
}

/* Each label once; those that may come several times are arrays. */
static void add_json(const struct lines *lines, struct buf *out)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    for (size_t i = 0; i < lines->count; i++) {
        const struct entry *entry = &lines->entry[i];
        bool seen = false;

        for (size_t k = 0; k < i; k++)
            seen = seen || strcmp(lines->entry[k].label, entry->label) == 0;
        if (seen)
            continue;
        json_name(&writer, entry->label);
        if (!entry->is_list) {
            add_value(&writer, entry, lines->arena);
            continue;
        }
        json_begin_array(&writer);
        for (size_t k = i; k < lines->count; k++) {
            if (strcmp(lines->entry[k].label, entry->label) == 0)
                add_value(&writer, &lines->entry[k], lines->arena);
        }
        json_end_array(&writer);
    }
    json_end_object(&writer);
}

static void collect(struct lines *lines, struct job *job, const struct tree *tree,
    const struct plan *plan)
{
    for (int label = PLAN_PLAN; label < PLAN_RISK; label++) {
        if (label == PLAN_REFUSED)
            add_refused(lines, plan);
        add_label(lines, plan, (enum plan_label)label);
    }
    if (plan->call || plan->risk != RISK_NONE)
        add_risk(lines, job, plan);
    add_calls(lines, plan);
    if (tree->explain_aws)
        add_commands(lines, plan, "aws", explain_add_aws);
    if (tree->explain_curl)
        add_commands(lines, plan, "curl", explain_add_curl);
    add_label(lines, plan, PLAN_NOTE);
    if (tree->explain_aws && plan->call && connection_unix_socket(plan->link->connection))
        add_line(lines, label_table[PLAN_NOTE],
            TEXT("the AWS CLI cannot speak to a Unix socket; gatehouse serve --listen ADDRESS:PORT "
                 "serves on a port"),
            true);
    if (plan->refusal && plan->refused_hint)
        add_line(lines, label_table[PLAN_NOTE], text_of(plan->refused_hint), true);
}

enum error_code explain_print(struct job *job, const struct tree *tree, const struct plan *plan,
    struct error *err)
{
    struct lines lines = {.arena = job->arena};
    struct buf text, json;
    enum error_code code;

    buf_init(&text, EXPLAIN_LIMIT);
    buf_init(&json, EXPLAIN_LIMIT);
    collect(&lines, job, tree, plan);
    add_json(&lines, &json);
    if (tree->explain_json) {
        buf_add_text(&text, buf_view(&json));
        buf_add_char(&text, '\n');
    } else {
        add_text(&lines, &text);
    }
    code = lines.failed ? arena_failed(job->arena, err) : buf_check(&text, "plan", err);
    if (!code)
        code = buf_check(&json, "plan", err);
    if (!code)
        code = job->sink->text(job->sink, buf_view(&text), buf_view(&json), err);
    buf_done(&text);
    buf_done(&json);
    return code;
}
