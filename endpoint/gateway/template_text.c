#include "endpoint/gateway/template_text.h"

#include "base/pattern.h"
#include "base/utf8.h"

/* Places in strings are characters. */

static struct text text_argument(struct template_machine *machine, struct template_value *value)
{
    return template_to_text(machine, value);
}

/* Byte offset of the character at index, or the length. */
static size_t offset_of(struct text text, int64_t index)
{
    size_t at = 0;
    uint32_t code_point;

    while (index-- > 0 && at < text.length) {
        size_t bytes = utf8_decode(text_slice(text, at, text.length), &code_point);

        at += bytes ? bytes : 1;
    }
    return at;
}

struct template_value template_text_length(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)machine, (void)argument, (void)count;
    return template_integer((int64_t)utf8_count(self->text));
}

struct template_value template_text_contains(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)count;
    return template_bool(text_find(self->text, text_argument(machine, argument), 0) != SIZE_MAX);
}

struct template_value template_text_starts(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)count;
    return template_bool(text_starts_with(self->text, text_argument(machine, argument)));
}

struct template_value template_text_ends(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)count;
    return template_bool(text_ends_with(self->text, text_argument(machine, argument)));
}

static struct template_value place_of(struct text text, size_t at)
{
    if (at == SIZE_MAX)
        return template_integer(-1);
    return template_integer((int64_t)utf8_count(text_slice(text, 0, at)));
}

struct template_value template_text_index_of(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)count;
    return place_of(self->text, text_find(self->text, text_argument(machine, argument), 0));
}

struct template_value template_text_last_index_of(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    struct text needle = text_argument(machine, argument);
    size_t last = SIZE_MAX;

    (void)count;
    for (size_t at = text_find(self->text, needle, 0); at != SIZE_MAX && at < self->text.length;
         at = text_find(self->text, needle, at + 1))
        last = at;
    return place_of(self->text, last);
}

struct template_value template_text_substring(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    int64_t length = (int64_t)utf8_count(self->text);
    int64_t from = argument[0].integer, to = count == 2 ? argument[1].integer : length;

    if (argument[0].kind != VALUE_INTEGER || (count == 2 && argument[1].kind != VALUE_INTEGER) ||
        from < 0 || to > length || from > to) {
        template_break(machine, ERROR_USAGE, "substring is out of range");
        return template_null();
    }
    return template_text(
        text_slice(self->text, offset_of(self->text, from), offset_of(self->text, to)));
}

static struct template_value finish(struct template_machine *machine, struct buf *out)
{
    struct template_value value = template_null();

    if (!out->failure) {
        value = template_text(arena_text(machine->arena, buf_view(out)));
        if (value.text.data)
            template_spend(machine, out->length);
    }
    if (out->failure || !value.text.data)
        template_break(machine, ERROR_LIMIT, "a string is too large");
    buf_done(out);
    return value;
}

struct template_value template_text_replace(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    struct text needle = text_argument(machine, &argument[0]);
    struct text fresh = text_argument(machine, &argument[1]);
    size_t from = 0, at;
    struct buf out;

    (void)count;
    if (needle.length == 0)
        return *self;
    buf_init(&out, TEMPLATE_OUTPUT);
    while ((at = text_find(self->text, needle, from)) != SIZE_MAX) {
        buf_add_text(&out, text_slice(self->text, from, at));
        buf_add_text(&out, fresh);
        from = at + needle.length;
    }
    buf_add_text(&out, text_slice(self->text, from, self->text.length));
    return finish(machine, &out);
}

/* A backslash takes the next character as it is; "$1" would name a group, which we do not keep. */
static bool add_replacement(struct template_machine *machine, struct buf *out, struct text fresh)
{
    for (size_t i = 0; i < fresh.length; i++) {
        if (fresh.data[i] == '\\' && i + 1 < fresh.length)
            i++;
        else if (fresh.data[i] == '$')
            return template_break(machine, ERROR_USAGE, "groups in replacements are not supported");
        buf_add_char(out, fresh.data[i]);
    }
    return true;
}

static struct pattern *compile(struct template_machine *machine, struct text expression)
{
    struct error err;
    struct pattern *pattern = pattern_new(expression, false, &err);

    if (!pattern)
        template_break(machine, err.code, "%s", err.text);
    return pattern;
}

static struct template_value replace_pattern(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, bool all)
{
    struct pattern *pattern = compile(machine, text_argument(machine, &argument[0]));
    struct text fresh = text_argument(machine, &argument[1]);
    size_t from = 0, start, end;
    struct buf out;

    if (!pattern)
        return template_null();
    buf_init(&out, TEMPLATE_OUTPUT);
    while (from <= self->text.length && pattern_find(pattern, self->text, from, &start, &end) &&
           template_spend(machine, start - from)) {
        buf_add_text(&out, text_slice(self->text, from, start));
        if (!add_replacement(machine, &out, fresh))
            break;
        if (end == start && end < self->text.length)
            buf_add_char(&out, self->text.data[end]);
        from = end == start ? end + 1 : end;
        if (!all)
            break;
    }
    if (from < self->text.length)
        buf_add_text(&out, text_slice(self->text, from, self->text.length));
    pattern_free(pattern);
    return finish(machine, &out);
}

struct template_value template_text_replace_all(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)count;
    return replace_pattern(machine, self, argument, true);
}

struct template_value template_text_replace_first(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)count;
    return replace_pattern(machine, self, argument, false);
}

struct template_value template_text_matches(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    struct pattern *pattern = compile(machine, text_argument(machine, argument));
    bool found = pattern && pattern_matches_whole(pattern, self->text);

    (void)count;
    pattern_free(pattern);
    return template_bool(found);
}

/* As in Java: empty parts at the end are dropped. */
struct template_value template_text_split(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    struct template_value list = template_new_object(machine, false);
    struct pattern *pattern = compile(machine, text_argument(machine, argument));
    size_t from = 0, search = 0, start, end;

    (void)count;
    if (!pattern || !list.object) {
        pattern_free(pattern);
        return template_null();
    }
    while (search <= self->text.length && pattern_find(pattern, self->text, search, &start, &end) &&
           template_spend(machine, start - from)) {
        search = end == start ? end + 1 : end;
        if (end == 0 || (end == start && end >= self->text.length))
            continue;
        template_list_insert(machine, list.object, list.object->count,
            template_text(text_slice(self->text, from, start)));
        from = end;
    }
    template_list_insert(machine, list.object, list.object->count,
        template_text(text_slice(self->text, from, self->text.length)));
    while (
        list.object->count > 1 && list.object->entry[list.object->count - 1].value.text.length == 0)
        list.object->count--;
    pattern_free(pattern);
    return list;
}

struct template_value template_text_trimmed(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)machine, (void)argument, (void)count;
    return template_text(text_trim(self->text));
}

static struct template_value change_case(struct template_machine *machine, struct text text,
    char from, char to)
{
    struct text copy = arena_text(machine->arena, text);
    char *out = copy.data ? arena_string(machine->arena, text) : NULL;

    if (!out) {
        template_break(machine, ERROR_MEMORY, "out of memory");
        return template_null();
    }
    template_spend(machine, text.length);
    for (size_t i = 0; i < text.length; i++)
        if (out[i] >= from && out[i] <= from + 25)
            out[i] = (char)(out[i] - from + to);
    return template_text(text_make(out, text.length));
}

struct template_value template_text_lower(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)argument, (void)count;
    return change_case(machine, self->text, 'A', 'a');
}

struct template_value template_text_upper(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)argument, (void)count;
    return change_case(machine, self->text, 'a', 'A');
}

struct template_value template_text_equals_fold(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)count;
    return template_bool(text_equal_ignoring_case(self->text, text_argument(machine, argument)));
}

struct template_value template_text_empty(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)machine, (void)argument, (void)count;
    return template_bool(self->text.length == 0);
}

struct template_value template_text_concat(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    struct buf out;

    (void)count;
    buf_init(&out, TEMPLATE_OUTPUT);
    buf_add_text(&out, self->text);
    buf_add_text(&out, text_argument(machine, argument));
    return finish(machine, &out);
}
