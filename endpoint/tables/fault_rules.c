#include "endpoint/tables/fault_rules.h"

#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "endpoint/tables/refusals.h"
#include "endpoint/tables/throttle.h"

enum { RULES_ARENA = 256 * 1024 };

struct fault_rule {
    struct text operation, table; /* empty = any */
    double rate;
    int64_t count; /* hits it may still have, -1 = no end */
    int64_t hits;
    enum fault_answer answer;
    uint32_t delay_ms;
};

struct fault_rules {
    struct arena *arena; /* the texts of the rules; NULL = none */
    size_t count;
    struct fault_rule rule[FAULT_RULES_LIMIT];
    uint64_t random;
};

static const char *const answer_table[] = {
    [FAULT_ANSWER_NONE] = "",
    [FAULT_ANSWER_THROTTLE] = "throttle",
    [FAULT_ANSWER_CONFLICT] = "conflict",
    [FAULT_ANSWER_UNPROCESSED] = "unprocessed",
    [FAULT_ANSWER_DELAY] = "delay",
    [FAULT_ANSWER_DROP] = "drop",
    [FAULT_ANSWER_LOST] = "lost",
};
enum { ANSWER_COUNT = sizeof answer_table / sizeof answer_table[0] };

struct fault_rules *fault_rules_new(struct error *err)
{
    struct fault_rules *rules = mem_new(1, sizeof *rules);

    if (!rules)
        error_memory(err);
    return rules;
}

void fault_rules_clear(struct fault_rules *rules)
{
    arena_free(rules->arena);
    rules->arena = NULL;
    rules->count = 0;
}

void fault_rules_free(struct fault_rules *rules)
{
    if (!rules)
        return;
    fault_rules_clear(rules);
    mem_free(rules);
}

/* SplitMix64, as published by Steele, Lea and Flood (2014); 0 <= result < 1. */
static double draw(struct fault_rules *rules)
{
    uint64_t z = rules->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (double)(z >> 11) / 9007199254740992.0; /* 2^53 */
}

static bool read_answer(struct text name, enum fault_answer *out)
{
    for (size_t i = 1; i < ANSWER_COUNT; i++)
        if (text_is(name, answer_table[i])) {
            *out = (enum fault_answer)i;
            return true;
        }
    return false;
}

/* A text member, "*" and absent as empty. */
static bool read_text(struct fault_rules *rules, const struct json *json, struct text *out)
{
    *out = TEXT("");
    if (json->kind != JSON_STRING)
        return false;
    if (!text_is(json->text, "*"))
        *out = arena_text(rules->arena, json->text);
    return out->data;
}

static bool read_number(const struct json *json, int64_t maximum, int64_t *out)
{
    return json->kind == JSON_NUMBER && text_to_integer(json->text, 0, maximum, out);
}

/* NULL, or what is wrong. */
static const char *read_member(struct fault_rules *rules, const struct json *whole,
    const struct json *json, struct fault_rule *rule)
{
    int64_t number = 0;

    if (text_is(json->name, "operation"))
        return read_text(rules, json, &rule->operation) ? NULL : "operation is a text";
    if (text_is(json->name, "table"))
        return read_text(rules, json, &rule->table) ? NULL : "table is a text";
    if (text_is(json->name, "answer"))
        return json->kind == JSON_STRING && read_answer(json->text, &rule->answer)
                   ? NULL
                   : "answer is one of throttle, conflict, unprocessed, delay, drop, lost";
    if (text_is(json->name, "rate")) {
        rule->rate = json->kind == JSON_NUMBER ? json_double_member(whole, "rate", -1) : -1;
        return rule->rate >= 0 && rule->rate <= 1 ? NULL : "rate is a number from 0 to 1";
    }
    if (text_is(json->name, "count"))
        return read_number(json, INT64_MAX, &rule->count) ? NULL : "count is a whole number";
    if (text_is(json->name, "delay_ms")) {
        if (!read_number(json, FAULT_DELAY_LIMIT_MS, &number))
            return "delay_ms is a whole number from 0 to 60000";
        rule->delay_ms = (uint32_t)number;
        return NULL;
    }
    return text_is(json->name, "hits") ? NULL
                                       : "its members are operation, table, rate, count, "
                                         "answer and delay_ms";
}

static enum error_code read_rule(struct fault_rules *rules, const struct json *json,
    struct error *err)
{
    struct fault_rule *rule = &rules->rule[rules->count];
    const char *wrong = json->kind == JSON_OBJECT ? NULL : "a rule is an object";

    *rule = (struct fault_rule){.operation = TEXT(""), .table = TEXT(""), .rate = 1, .count = -1};
    for (const struct json *node = json->first; node && !wrong; node = node->next)
        if (node->kind != JSON_NULL)
            wrong = read_member(rules, json, node, rule);
    if (!wrong && rule->answer == FAULT_ANSWER_NONE)
        wrong = "answer is needed";
    if (!wrong && rule->answer == FAULT_ANSWER_DELAY && rule->delay_ms == 0)
        wrong = "delay_ms is needed";
    if (wrong)
        return error_set(err, ERROR_USAGE, "rule %zu: %s", rules->count + 1, wrong);
    rules->count++;
    return ERROR_NONE;
}

static enum error_code read_rules(struct fault_rules *rules, const struct json *json,
    struct error *err)
{
    const struct json *list = json, *seed = NULL;
    int64_t number = 1;

    if (json->kind == JSON_OBJECT) {
        list = json_member(json, "rules");
        seed = json_member(json, "seed");
    }
    if (!list || list->kind != JSON_ARRAY)
        return error_set(err, ERROR_USAGE, "a list of rules is needed");
    if (seed && !read_number(seed, INT64_MAX, &number))
        return error_set(err, ERROR_USAGE, "seed is a whole number");
    if (list->count > FAULT_RULES_LIMIT)
        return error_set(err, ERROR_USAGE, "more than %d rules", FAULT_RULES_LIMIT);
    rules->random = (uint64_t)number;
    for (const struct json *node = list->first; node; node = node->next)
        if (read_rule(rules, node, err))
            return err->code;
    return ERROR_NONE;
}

enum error_code fault_rules_set(struct fault_rules *rules, struct text json, struct error *err)
{
    struct fault_rules *draft = fault_rules_new(err);
    struct arena *scratch = NULL;
    const struct json *tree;
    enum error_code code;

    if (!draft)
        return err->code;
    draft->arena = arena_new(RULES_ARENA, err);
    scratch = arena_new(RULES_ARENA, err);
    tree = draft->arena && scratch ? json_parse(json, scratch, err) : NULL;
    code = tree ? read_rules(draft, tree, err) : err->code;
    if (!code) {
        fault_rules_clear(rules);
        *rules = *draft;
        draft->arena = NULL;
    }
    arena_free(scratch);
    fault_rules_free(draft);
    return code;
}

void fault_rules_write(const struct fault_rules *rules, struct json_writer *writer)
{
    json_begin_array(writer);
    for (size_t i = 0; i < rules->count; i++) {
        const struct fault_rule *rule = &rules->rule[i];

        json_begin_object(writer);
        if (rule->operation.length > 0)
            json_pair(writer, "operation", rule->operation);
        if (rule->table.length > 0)
            json_pair(writer, "table", rule->table);
        json_name(writer, "rate");
        json_double(writer, rule->rate);
        if (rule->count >= 0)
            json_pair_integer(writer, "count", rule->count);
        json_pair_string(writer, "answer", answer_table[rule->answer]);
        if (rule->delay_ms > 0)
            json_pair_integer(writer, "delay_ms", rule->delay_ms);
        json_pair_integer(writer, "hits", rule->hits);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static bool is_write_of_one(const struct request *request)
{
    const char *name = request->operation->name;
    enum refusal_direction direction;

    if (strcmp(name, "ExecuteStatement") == 0)
        return throttle_concerns(request, &direction) && direction == REFUSAL_WRITE;
    return strcmp(name, "PutItem") == 0 || strcmp(name, "UpdateItem") == 0 ||
           strcmp(name, "DeleteItem") == 0;
}

/* Can the operation be answered like that? */
static bool suits(const struct fault_rule *rule, const struct request *request)
{
    switch (rule->answer) {
    case FAULT_ANSWER_CONFLICT:
        return is_write_of_one(request) || refusal_is_transaction(request);
    case FAULT_ANSWER_UNPROCESSED:
        return request->operation->keep != NULL;
    case FAULT_ANSWER_DROP:
    case FAULT_ANSWER_LOST:
        return request->exchange != NULL;
    case FAULT_ANSWER_NONE:
    case FAULT_ANSWER_THROTTLE:
    case FAULT_ANSWER_DELAY:
        break;
    }
    return true;
}

static bool is_about(const struct request *request, struct text table)
{
    if (table.length == 0)
        return true;
    for (size_t i = 0; i < request->held_count; i++)
        if (text_equal(request->held[i]->name, table))
            return true;
    return false;
}

bool fault_rules_meet(struct fault_rules *rules, const struct request *request,
    struct fault_hit *hit)
{
    for (size_t i = 0; i < rules->count; i++) {
        struct fault_rule *rule = &rules->rule[i];

        if (rule->count >= 0 && rule->hits >= rule->count)
            continue;
        if ((rule->operation.length > 0 && !text_is(rule->operation, request->operation->name)) ||
            !is_about(request, rule->table) || !suits(rule, request))
            continue;
        if (rule->rate < 1 && draw(rules) >= rule->rate)
            continue;
        rule->hits++;
        *hit = (struct fault_hit){.answer = rule->answer,
            .table = arena_text(request->arena, rule->table),
            .delay_ms = rule->delay_ms};
        return hit->table.data;
    }
    return false;
}

/* The table of the rule, else the first one the request is about. */
static const struct table *find_table(const struct request *request, struct text name)
{
    for (size_t i = 0; i < request->held_count; i++)
        if (name.length == 0 || text_equal(request->held[i]->name, name))
            return request->held[i];
    return NULL;
}

void fault_rules_apply(struct request *request, const struct fault_hit *hit)
{
    const struct table *table = find_table(request, hit->table);
    enum refusal_direction direction = REFUSAL_READ;

    switch (hit->answer) {
    case FAULT_ANSWER_THROTTLE:
        if (!throttle_concerns(request, &direction))
            table = NULL;
        refusal_throttled(request, table, NULL, direction);
        break;
    case FAULT_ANSWER_CONFLICT:
        refusal_conflict(request, hit->table);
        break;
    case FAULT_ANSWER_UNPROCESSED:
        request->operation->keep(request, hit->table, OPERATION_HALF);
        break;
    case FAULT_ANSWER_LOST:
        request->loses_answer = true;
        break;
    case FAULT_ANSWER_NONE:
    case FAULT_ANSWER_DELAY:
    case FAULT_ANSWER_DROP:
        break;
    }
}
