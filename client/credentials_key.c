#include "client/credentials_parts.h"

#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"

enum { TOKEN_LIMIT = 16 * 1024, PATH_LIMIT = 4096 };

static bool copy_field(char *out, size_t size, struct text text)
{
    if (text.length == 0 || text.length >= size)
        return false;
    memcpy(out, text.data, text.length);
    out[text.length] = '\0';
    return true;
}

enum error_code credentials_make_key(struct credentials_key *out, struct text access_key,
    struct text secret_key, struct text token, const char *origin, struct error *err)
{
    *out = (struct credentials_key){0};
    if (!copy_field(out->access_key, sizeof out->access_key, access_key) ||
        !copy_field(out->secret_key, sizeof out->secret_key, secret_key) ||
        token.length > TOKEN_LIMIT) {
        credentials_key_done(out);
        return error_set(err, ERROR_ACCESS, "the keys of %s are empty or too long", origin);
    }
    if (token.length > 0)
        out->token = mem_copy(token.data, token.length);
    if (token.length > 0 && !out->token) {
        credentials_key_done(out);
        return error_memory(err);
    }
    return ERROR_NONE;
}

enum error_code credentials_read_key(struct text json, const char *token, const char *origin,
    struct credentials_key *out, struct error *err)
{
    struct arena *arena = arena_new(CREDENTIALS_ARENA_LIMIT, err);
    struct error ignored = {0};
    const struct json *answer;
    struct text expiration;
    enum error_code code;

    if (!arena)
        return ERROR_MEMORY;
    answer = json_parse(json, arena, &ignored);
    if (!answer || answer->kind != JSON_OBJECT) {
        code = ignored.code == ERROR_MEMORY
                   ? error_memory(err)
                   : error_set(err, ERROR_NETWORK, "the answer of %s is no JSON object", origin);
        goto out;
    }
    code = credentials_make_key(out, json_string_member(answer, "AccessKeyId"),
        json_string_member(answer, "SecretAccessKey"), json_string_member(answer, token), origin,
        err);
    expiration = json_string_member(answer, "Expiration");
    if (!code && expiration.length > 0 && !clock_parse_iso(expiration, &out->expires)) {
        credentials_key_done(out);
        code = error_set(err, ERROR_ACCESS, "Expiration of %s is not a time of ISO 8601", origin);
    }
out:
    arena_free(arena); /* texts without escapes, as keys are, point into the answer */
    return code;
}

enum error_code credentials_read_file(const char *path, struct buf *out, struct error *err)
{
    struct buf expanded;
    enum error_code code;

    buf_init(&expanded, PATH_LIMIT);
    path_add_expanded(&expanded, text_of(path));
    code = buf_check(&expanded, "path", err);
    if (!code)
        code = file_read(buf_string(&expanded), out, err);
    buf_done(&expanded);
    return code;
}

bool credentials_parse_time(struct text text, uint64_t *wall)
{
    char copy[40];

    if (!text_ends_with(text, TEXT("UTC")) || text.length >= sizeof copy)
        return clock_parse_iso(text, wall);
    memcpy(copy, text.data, text.length);
    copy[text.length - 3] = 'Z';
    return clock_parse_iso(text_make(copy, text.length - 2), wall);
}
