#ifndef ENDPOINT_GATEWAY_TEMPLATE_VALUE_H
#define ENDPOINT_GATEWAY_TEMPLATE_VALUE_H

#include "endpoint/gateway/template_tree.h"

/* Values while a template runs. Everything lives in the arena of the run. */

enum value_kind {
    VALUE_MISSING, /* never set: printed as written */
    VALUE_NULL,    /* known to be nothing: printed as nothing */
    VALUE_BOOL,
    VALUE_INTEGER,
    VALUE_DECIMAL, /* text */
    VALUE_TEXT,
    VALUE_LIST,
    VALUE_MAP,
    VALUE_BLOCK, /* of #define */
    VALUE_LOOP,  /* $foreach */
    VALUE_INPUT, /* $input */
    VALUE_UTIL   /* $util */
};

struct template_object;

struct template_loop {
    int64_t index, count;
};

struct template_value {
    enum value_kind kind;
    union {
        int64_t integer; /* also the boolean */
        struct text text;
        struct template_object *object;
        const struct template_node *block;
        const struct template_loop *loop;
    };
};

struct template_entry {
    struct text key; /* of a map */
    struct template_value value;
};

/* A list or a map, shared by all who hold it. One that came from JSON is opened when first used. */
struct template_object {
    bool is_map, from_json;
    bool gentle; /* what is missing is nothing: parameters, $context, $stageVariables */
    const struct json *source; /* NULL once opened */
    struct template_entry *entry;
    size_t count, capacity;
};

struct template_variable {
    struct text name;
    struct template_value value;
};

enum { TEMPLATE_VARIABLES = 256, TEMPLATE_FIRST_VARIABLES = 16 };

/* One run. */
struct template_machine {
    const struct template_input *input;
    struct template_override *override;
    struct arena *arena;
    struct error *err;
    bool failed; /* err is set */
    bool stopped, broken;
    unsigned steps, depth;
    struct template_variable *variable;
    size_t variable_count, variable_capacity;
};

/* Always false; the first failure stays. */
bool template_break(struct template_machine *machine, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Books work; bytes of text count, so that long strings are not free. */
bool template_spend(struct template_machine *machine, size_t bytes);

struct template_value template_null(void);
struct template_value template_missing(void);
struct template_value template_bool(bool value);
struct template_value template_integer(int64_t value);
struct template_value template_text(struct text text);
struct template_value template_from_json(struct template_machine *machine, const struct json *node);
struct template_value template_new_object(struct template_machine *machine, bool is_map);

bool template_is_nothing(const struct template_value *value);
bool template_is_true(const struct template_value *value);
bool template_is_equal(struct template_machine *machine, const struct template_value *a,
    const struct template_value *b);

/* How a value prints; template_to_text keeps it in the arena. */
void template_add_value(struct template_machine *machine, struct buf *out,
    const struct template_value *value);
struct text template_to_text(struct template_machine *machine, const struct template_value *value);
void template_add_json(struct template_machine *machine, struct buf *out,
    const struct template_value *value);

/* Objects; a list's keys are empty. Opened first. */
bool template_open(struct template_machine *machine, struct template_object *object);
struct template_value template_map_get(struct template_machine *machine,
    struct template_object *object, struct text key);
bool template_map_put(struct template_machine *machine, struct template_object *object,
    struct text key, struct template_value value);
bool template_list_insert(struct template_machine *machine, struct template_object *object,
    size_t at, struct template_value value);
void template_remove_at(struct template_object *object, size_t at);

/* template_evaluate.c */
bool template_enter_run(struct template_machine *machine); /* leave by depth-- */
bool template_set_variable(struct template_machine *machine, struct text name,
    struct template_value value);
struct template_value template_variable(struct template_machine *machine, struct text name);
struct template_value template_evaluate(struct template_machine *machine,
    const struct template_expression *expression);
/* Runs the accesses of a reference in front of last (NULL: all). */
struct template_value template_follow(struct template_machine *machine,
    const struct template_reference *reference, const struct template_access *last);
/* template_run.c */
void template_run_nodes(struct template_machine *machine, const struct template_node *node,
    struct buf *out);

/* Calls a method of the value; MISSING when it has none of that name and number of arguments. */
struct template_value template_call(struct template_machine *machine, struct template_value *value,
    struct text name, struct template_value *argument, size_t count);
/* Functions of $input and $util. */
struct template_value template_call_input(struct template_machine *machine,
    const struct template_access *access, struct template_value *argument);
struct template_value template_call_util(struct template_machine *machine, struct text name,
    struct template_value *argument, size_t count);

#endif
