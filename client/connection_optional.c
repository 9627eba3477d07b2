#include <string.h>

#include "client/connection_parts.h"

/*
 * Members that a call asks for and can do without. A server that does not know one of them refuses
 * the whole call; the connection remembers that and leaves the member out from then on.
 */
static const struct optional_member {
    const char *name;
    const char *written; /* as our own requests hold it; no string of a value can look like that */
} optional_table[] = {
    {"ReturnConsumedCapacity", "\"ReturnConsumedCapacity\":\"TOTAL\""},
    {"ReturnValuesOnConditionCheckFailure", "\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\""},
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

/* Adds input without that member, wherever it stands, and without a comma beside it. */
static void leave_out(struct buf *out, struct text input, struct text member)
{
    size_t from = 0, at;

    while ((at = text_find(input, member, from)) != SIZE_MAX) {
        size_t end = at + member.length;

        if (at > from && input.data[at - 1] == ',')
            at--;
        else if (end < input.length && input.data[end] == ',')
            end++;
        buf_add_text(out, text_slice(input, from, at));
        from = end;
    }
    buf_add_text(out, text_slice(input, from, input.length));
}

struct text connection_leave_out(const struct connection *connection, struct text input,
    struct buf *out)
{
    unsigned refused = atomic_load(&connection->refused);
    struct buf part;

    if (refused == 0)
        return input;
    buf_init(&part, out->limit);
    buf_add_text(out, input);
    for (unsigned i = 0; i < OPTIONAL_COUNT; i++) {
        if (!(refused & 1u << i))
            continue;
        buf_clear(&part);
        leave_out(&part, buf_view(out), text_of(optional_table[i].written));
        buf_clear(out);
        buf_add_text(out, buf_view(&part));
    }
    if (part.failure && !out->failure)
        out->failure = part.failure;
    buf_done(&part);
    return buf_view(out);
}
