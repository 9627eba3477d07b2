#include "client/mask.h"

static const char *const secret_table[] = {"SecretAccessKey", "SessionToken", "Authorization",
    "Proxy-Authorization", "X-Api-Key", "X-Amz-Security-Token", "Password", "ClientSecret"};

enum { SHORTEST_SECRET = 8, LONGEST_SECRET = 20 };

static bool is_secret(struct text name, bool value_is_secret)
{
    if (name.length < SHORTEST_SECRET || name.length > LONGEST_SECRET)
        return value_is_secret && text_is(name, "value");
    for (size_t i = 0; i < sizeof secret_table / sizeof secret_table[0]; i++)
        if ((name.data[0] | 0x20) == (secret_table[i][0] | 0x20) &&
            text_is_ignoring_case(name, secret_table[i]))
            return true;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Offset behind the closing quote of the string that opens at from, or the length. */
static size_t skip_string(struct text text, size_t from)
{
    for (size_t i = from + 1; i < text.length; i++) {
        if (text.data[i] == '\\')
            i++;
        else if (text.data[i] == '"')
            return i + 1;
    }
    return text.length;
}

static size_t skip_blanks(struct text text, size_t from)
{
    while (from < text.length && is_blank(text.data[from]))
        from++;
    return from;
}

/* Offset behind the value when one string, or a list of strings, follows the name; else 0. */
static size_t find_string_value(struct text text, size_t at)
{
    at = skip_blanks(text, at);
    if (at >= text.length || text.data[at] != ':')
        return 0;
    at = skip_blanks(text, at + 1);
    if (at < text.length && text.data[at] == '"')
        return skip_string(text, at);
    if (at >= text.length || text.data[at] != '[')
        return 0;
    while (at < text.length && text.data[at] != ']')
        at = text.data[at] == '"' ? skip_string(text, at) : at + 1;
    return at < text.length ? at + 1 : at;
}

void mask_add_body(struct buf *out, struct text body, bool value_is_secret)
{
    size_t shown = 0, at = 0;

    body = text_slice(body, 0, MASK_CUT);
    while (at < body.length) {
        size_t end, value_end;

        if (body.data[at] != '"') {
            at++;
            continue;
        }
        end = skip_string(body, at);
        if (end - at >= 2 && is_secret(text_slice(body, at + 1, end - 1), value_is_secret) &&
            (value_end = find_string_value(body, end)) > 0) {
            buf_add_text(out, text_slice(body, shown, end));
            buf_add_string(out, ":\"********\"");
            shown = value_end;
            end = value_end;
        }
        at = end;
    }
    buf_add_text(out, text_slice(body, shown, body.length));
}
