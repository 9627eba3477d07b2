#include "client/mask.h"

#include <string.h>

/* Secrets in the text of statements: told by the names that stand before them. */

#define MASK "********"

struct masking {
    struct text text;
    struct buf *out;
    size_t at;
    bool found;
    bool keeps_length;    /* a '*' for each character, so that columns stay */
    bool value_is_secret; /* API apigateway.CreateApiKey {value: '..'} */
    bool next_is_secret;  /* a secret name and ':' or '=' stand before this place */
};

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || (unsigned char)c >= 0x80;
}

static bool is_secret(const struct masking *masking, struct text name)
{
    return mask_is_secret(name) || (masking->value_is_secret && text_is(name, "value"));
}

static void add_mask(struct masking *masking, struct text hidden)
{
    masking->found = true;
    if (!masking->keeps_length) {
        buf_add_string(masking->out, MASK);
        return;
    }
    for (size_t i = 0; i < hidden.length; i++) {
        unsigned char c = (unsigned char)hidden.data[i];

        if (c == '\n')
            buf_add_char(masking->out, '\n');
        else if ((c & 0xc0) != 0x80) /* not the rest of a character */
            buf_add_char(masking->out, '*');
    }
}

/* Behind the closing quote; two quotes are one, and in "..." a backslash takes the next byte. */
static size_t find_quote(struct text text, size_t from)
{
    char quote = text.data[from];

    for (size_t i = from + 1; i < text.length; i++) {
        if (quote == '"' && text.data[i] == '\\') {
            i++;
        } else if (text.data[i] == quote) {
            if (i + 1 < text.length && text.data[i + 1] == quote)
                i++;
            else
                return i + 1;
        }
    }
    return text.length;
}

/* Whether ':' or '=' follows, as it does behind a name whose value comes next. */
static bool is_followed(struct text text, size_t at, const char *skipped)
{
    while (at < text.length && strchr(skipped, text.data[at]) && text.data[at])
        at++;
    return at < text.length && (text.data[at] == ':' || text.data[at] == '=');
}

/* user:password@ behind :// ; returns its end, 0 when there is none. */
static size_t find_password(struct text text, size_t at)
{
    size_t colon = SIZE_MAX, end = 0;

    for (size_t i = at; i < text.length && !strchr("/?# '", text.data[i]); i++) {
        if (text.data[i] == ':' && colon == SIZE_MAX)
            colon = i;
        if (text.data[i] == '@' && colon != SIZE_MAX)
            end = i; /* the last one: a password may hold others */
    }
    return end;
}

static bool is_scheme(struct text text, size_t at)
{
    return text_equal_ignoring_case(text_slice(text, at, at + 7), TEXT("Bearer ")) ||
           text_equal_ignoring_case(text_slice(text, at, at + 6), TEXT("Basic "));
}

/* What a string holds: a URL, a query, JSON, the value of a header. */
static void add_content(struct masking *masking, struct text text)
{
    size_t at = 0;

    while (at < text.length) {
        size_t end = at;

        if (text_starts_with(text_slice(text, at, text.length), TEXT("://"))) {
            size_t password = find_password(text, at + 3);

            buf_add_string(masking->out, "://");
            at += 3;
            if (password > 0) {
                add_mask(masking, text_slice(text, at, password));
                at = password;
            }
            continue;
        }
        if ((at == 0 || !is_name(text.data[at - 1])) && is_scheme(text, at)) {
            size_t blank = text_find(text, TEXT(" "), at);

            buf_add_text(masking->out, text_slice(text, at, blank + 1));
            add_mask(masking, text_slice(text, blank + 1, text.length));
            return;
        }
        while (end < text.length && is_name(text.data[end]))
            end++;
        if (end == at) {
            buf_add_char(masking->out, text.data[at++]);
            continue;
        }
        buf_add_text(masking->out, text_slice(text, at, end));
        if (is_secret(masking, text_slice(text, at, end)) && is_followed(text, end, "\"\\' ")) {
            while (text.data[end] != ':' && text.data[end] != '=')
                buf_add_char(masking->out, text.data[end++]);
            buf_add_char(masking->out, text.data[end]);
            /* In a query the next member is no secret; JSON is masked to its end. */
            at = text.data[end] == '=' ? text_find(text, TEXT("&"), end) : SIZE_MAX;
            at = at == SIZE_MAX ? text.length : at;
            add_mask(masking, text_slice(text, end + 1, at));
            continue;
        }
        at = end;
    }
}

void mask_add_text(struct buf *out, struct text text)
{
    struct masking masking = {.out = out};

    add_content(&masking, text);
}

/* A quoted name, or a quoted string. */
static void add_quoted(struct masking *masking)
{
    struct text text = masking->text;
    size_t start = masking->at, end = find_quote(text, start);
    bool closed = end - start >= 2 && text.data[end - 1] == text.data[start];
    struct text content = text_slice(text, start + 1, closed ? end - 1 : end);

    buf_add_char(masking->out, text.data[start]);
    if (masking->next_is_secret)
        add_mask(masking, content);
    else
        add_content(masking, content);
    if (closed)
        buf_add_char(masking->out, text.data[start]);
    masking->next_is_secret = is_secret(masking, content) && is_followed(text, end, " \t\r\n");
    masking->at = end;
}

static void add_word(struct masking *masking)
{
    struct text text = masking->text, word;
    size_t end = masking->at;

    while (end < text.length && is_name(text.data[end]))
        end++;
    word = text_slice(text, masking->at, end);
    buf_add_text(masking->out, word);
    masking->at = end;
    /* b64'..' and ddb{..} are values themselves. */
    if (masking->next_is_secret && end < text.length && strchr("'\"{", text.data[end]))
        return;
    masking->next_is_secret = is_secret(masking, word) && is_followed(text, end, " \t\r\n");
}

/* The whole of a list, set or map that stands for a secret name. */
static void add_container(struct masking *masking)
{
    struct text text = masking->text;
    size_t depth = 0, start = masking->at;

    while (masking->at < text.length) {
        char c = text.data[masking->at];

        if (c == '\'' || c == '"' || c == '`') {
            masking->at = find_quote(text, masking->at);
            continue;
        }
        masking->at++;
        if (strchr("[{(<", c))
            depth++;
        else if (strchr("]})>", c) && --depth == 0)
            break;
    }
    add_mask(masking, text_slice(text, start, masking->at));
    masking->next_is_secret = false;
}

/* \set token 'x' : the name says what the rest of the line is. */
static bool add_parameter(struct masking *masking)
{
    struct text rest = text_trim(masking->text), name;

    if (!text_starts_with(rest, TEXT("\\set ")))
        return false;
    rest = text_trim(text_slice(rest, 5, rest.length));
    if (!text_take_until(&rest, ' ', &name) || !mask_is_secret(name))
        return false;
    rest = text_trim(rest);
    buf_add_text(masking->out,
        text_slice(masking->text, 0, (size_t)(rest.data - masking->text.data)));
    add_mask(masking, rest);
    return true;
}

static bool mask(struct buf *out, struct text statement, bool keeps_length)
{
    struct masking masking = {.text = statement, .out = out, .keeps_length = keeps_length};

    masking.value_is_secret = text_find(statement, TEXT("ApiKey"), 0) != SIZE_MAX;
    if (add_parameter(&masking))
        return true;
    while (masking.at < statement.length) {
        char c = statement.data[masking.at];

        if (c == '\'' || c == '"' || c == '`') {
            add_quoted(&masking);
        } else if (is_name(c)) {
            add_word(&masking);
        } else if (masking.next_is_secret && strchr("[{<", c)) {
            add_container(&masking);
        } else {
            /* Blanks, ':' and '=' stand between a name and its value; anything else ends it. */
            if (!strchr(" \t\r\n:=", c))
                masking.next_is_secret = false;
            buf_add_char(out, c);
            masking.at++;
        }
    }
    return masking.found;
}

bool mask_add_statement(struct buf *out, struct text statement)
{
    return mask(out, statement, false);
}

bool mask_add_source(struct buf *out, struct text source)
{
    return mask(out, source, true);
}

bool mask_finds_secret(struct text statement)
{
    struct buf out;
    bool found;

    buf_init(&out, 2 * statement.length + 64);
    found = mask_add_statement(&out, statement);
    buf_done(&out);
    return found;
}
