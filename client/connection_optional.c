#include <string.h>

#include "client/connection_parts.h"

/*
 * Members that a call asks for and can do without. A server that does not know one of them refuses
 * the whole call; the connection remembers that and leaves the member out from then on.
 */
static const struct optional_member {
    const char *name;
    const char *written;  /* as our own requests hold it; no string of a value can look like that */
    const char *by_index; /* what asks for the units of each index, or NULL */
} optional_table[] = {
    {"ReturnConsumedCapacity", "\"ReturnConsumedCapacity\":\"TOTAL\"",
        "\"ReturnConsumedCapacity\":\"INDEXES\""},
    {"ReturnValuesOnConditionCheckFailure", "\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"",
        NULL},
};

enum { OPTIONAL_COUNT = sizeof optional_table / sizeof *optional_table };

/* Servers write the name as the request does or with a small letter in front. */
static bool names_member(const char *message, const char *name)
{
    size_t length = strlen(name);
    struct text text = text_of(message);

    for (size_t i = 0; i + length <= text.length; i++) {
        if (text_is_ignoring_case(text_slice(text, i, i + length), name))
            return true;
    }
    return false;
}

bool connection_learn_refused(struct connection *connection, struct text input, const char *message)
{
    unsigned refused = atomic_load(&connection->refused), found = 0;

    for (unsigned i = 0; i < OPTIONAL_COUNT; i++) {
        if (!(refused & 1u << i) && names_member(message, optional_table[i].name) &&
            text_find(input, text_of(optional_table[i].written), 0) != SIZE_MAX)
            found |= 1u << i;
    }
    atomic_fetch_or(&connection->refused, found);
    return found != 0;
}

/* Adds input with that member, wherever it stands, as instead; without it and a comma beside it when
   instead is empty. */
static void replace(struct buf *out, struct text input, struct text member, struct text instead)
{
    size_t from = 0, at;

    while ((at = text_find(input, member, from)) != SIZE_MAX) {
        size_t end = at + member.length;

        if (instead.length == 0 && at > from && input.data[at - 1] == ',')
            at--;
        else if (instead.length == 0 && end < input.length && input.data[end] == ',')
            end++;
        buf_add_text(out, text_slice(input, from, at));
        buf_add_text(out, instead);
        from = end;
    }
    buf_add_text(out, text_slice(input, from, input.length));
}

struct text connection_leave_out(const struct connection *connection, struct text input,
    bool by_index, struct buf *out)
{
    unsigned refused = atomic_load(&connection->refused);
    struct buf part;

    if (refused == 0 && !by_index)
        return input;
    buf_init(&part, out->limit);
    buf_add_text(out, input);
    for (unsigned i = 0; i < OPTIONAL_COUNT; i++) {
        bool is_left_out = refused & 1u << i;
        const char *instead = is_left_out ? "" : by_index ? optional_table[i].by_index : NULL;

        if (!instead)
            continue;
        buf_clear(&part);
        replace(&part, buf_view(out), text_of(optional_table[i].written), text_of(instead));
        buf_clear(out);
        buf_add_text(out, buf_view(&part));
    }
    if (part.failure && !out->failure)
        out->failure = part.failure;
    buf_done(&part);
    return buf_view(out);
}
