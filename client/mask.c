#include "client/mask.h"

#include <string.h>

#define MASK "********"

/* Lower case, without hyphens and underscores. */
static const char *const secret_table[] = {"accesstoken", "apikey", "authorization", "authtoken",
    "clientsecret", "idtoken", "passwd", "password", "privatekey", "proxyauthorization",
    "refreshtoken", "secret", "secretaccesskey", "securitytoken", "sessiontoken", "token",
    "xamzsecuritytoken", "xapikey"};

enum { SHORTEST_SECRET = 5, LONGEST_SECRET = 24 };

bool mask_is_secret(struct text name)
{
    char plain[LONGEST_SECRET + 1];
    size_t length = 0;

    if (name.length < SHORTEST_SECRET || name.length > LONGEST_SECRET ||
        !strchr("aAcCiIpPrRsStTxX", name.data[0]))
        return false;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];

        if (c != '-' && c != '_')
            plain[length++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    plain[length] = '\0';
    for (size_t i = 0; i < sizeof secret_table / sizeof secret_table[0]; i++)
        if (plain[0] == secret_table[i][0] && strcmp(plain, secret_table[i]) == 0)
            return true;
    return false;
}

bool mask_value_is_secret(const char *operation)
{
    return strstr(operation, "ApiKey") || strstr(operation, "UsagePlanKey");
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

/* Offset behind the list or object that opens at from. */
static size_t skip_container(struct text text, size_t from)
{
    size_t depth = 0, at = from;

    while (at < text.length) {
        char c = text.data[at];

        if (c == '"') {
            at = skip_string(text, at);
            continue;
        }
        at++;
        if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && --depth == 0)
            break;
    }
    return at;
}

/* Offset behind the value when a string, a list or an object follows the name; else 0. */
static size_t find_value(struct text text, size_t at)
{
    at = skip_blanks(text, at);
    if (at >= text.length || text.data[at] != ':')
        return 0;
    at = skip_blanks(text, at + 1);
    if (at < text.length && text.data[at] == '"')
        return skip_string(text, at);
    if (at >= text.length || (text.data[at] != '[' && text.data[at] != '{'))
        return 0;
    return skip_container(text, at);
}

/* Whether ExpressionAttributeNames has a secret: then its value is one of a list without names. */
static bool names_secret(struct text body)
{
    size_t at = text_find(body, TEXT("\"ExpressionAttributeNames\""), 0), end;

    if (at == SIZE_MAX)
        return false;
    at += sizeof "\"ExpressionAttributeNames\"" - 1;
    end = find_value(body, at);
    for (at = at < end ? at : end; at < end;) {
        size_t next;

        if (body.data[at] != '"') {
            at++;
            continue;
        }
        next = skip_string(body, at);
        if (next - at >= 2 && mask_is_secret(text_slice(body, at + 1, next - 1)))
            return true;
        at = next;
    }
    return false;
}

static bool is_member_secret(struct text name, bool value_is_secret, bool values_are_secret)
{
    return mask_is_secret(name) || (value_is_secret && text_is(name, "value")) ||
           (values_are_secret && text_is(name, "ExpressionAttributeValues"));
}

static bool has_url(struct text string)
{
    return text_find(string, TEXT("://"), 0) != SIZE_MAX;
}

void mask_add_json(struct buf *out, struct text body, bool value_is_secret)
{
    bool values_are_secret = names_secret(body);
    size_t shown = 0, at = 0;

    while (at < body.length) {
        size_t end, value_end;

        if (body.data[at] != '"') {
            at++;
            continue;
        }
        end = skip_string(body, at);
        if (end - at >= 2 &&
            is_member_secret(text_slice(body, at + 1, end - 1), value_is_secret,
                values_are_secret) &&
            (value_end = find_value(body, end)) > 0) {
            buf_add_text(out, text_slice(body, shown, end));
            buf_add_string(out, ":\"" MASK "\"");
            shown = value_end;
            end = value_end;
        } else if (has_url(text_slice(body, at, end))) {
            size_t last = body.data[end - 1] == '"' ? end - 1 : end;

            buf_add_text(out, text_slice(body, shown, at + 1));
            mask_add_text(out, text_slice(body, at + 1, last));
            shown = last;
        }
        at = end;
    }
    buf_add_text(out, text_slice(body, shown, body.length));
}

void mask_add_body(struct buf *out, struct text body, bool value_is_secret)
{
    mask_add_json(out, text_slice(body, 0, MASK_CUT), value_is_secret);
}
