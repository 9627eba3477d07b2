#include "client/credentials_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "client/reply.h"
#include "client/sts_answer.h"

/* AssumeRole and AssumeRoleWithWebIdentity of the Security Token Service. */

enum {
    FORM_LIMIT = 64 * 1024,
    WEB_TOKEN_LIMIT = 20 * 1000, /* WebIdentityToken, AWS STS API Reference */
    CODE_SIZE = 32,
    CODE_DIGITS = 6,
    NAME_SIZE = 80,
    PATH_LIMIT = 4096,
    SHORTEST = 900, /* DurationSeconds */
    LONGEST = 43200
};

/* Of AWS's own regions those that the global endpoint serves when the endpoints are "legacy". */
static bool is_legacy_region(const char *region)
{
    static const char *const region_table[] = {"ap-northeast-1", "ap-south-1", "ap-southeast-1",
        "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2",
        "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"};

    for (size_t i = 0; i < sizeof region_table / sizeof region_table[0]; i++)
        if (!strcmp(region, region_table[i]))
            return true;
    return false;
}

static const char *find_region(const struct credentials_request *request,
    const struct profile *profile)
{
    const char *region = request->options->region;

    return region && *region ? region : *profile->region ? profile->region : "";
}

enum error_code credentials_find_sts(const struct credentials_request *request,
    const struct profile *profile, const char **region, struct credentials_place *place,
    struct error *err)
{
    const char *mode = getenv("AWS_STS_REGIONAL_ENDPOINTS");
    bool is_global;

    if (!mode || !*mode)
        mode = profile_value(request->set, profile, "sts_regional_endpoints");
    *region = find_region(request, profile);
    is_global = !**region || (mode && text_is_ignoring_case(text_of(mode), "legacy") &&
                                 is_legacy_region(*region));
    if (credentials_find_place(request, profile, "sts", "sts", is_global ? "us-east-1" : *region,
            place, err))
        return err->code;
    if (is_global) {
        if (text_is(buf_view(&place->url), "https://sts.us-east-1.amazonaws.com")) {
            buf_clear(&place->url);
            buf_add_string(&place->url, "https://sts.amazonaws.com");
        }
        *region = "us-east-1";
    }
    return buf_check(&place->url, "the endpoint", err);
}

static void add_parameter(struct buf *form, const char *name, struct text value)
{
    if (value.length == 0)
        return;
    buf_add_format(form, "&%s=", name);
    http_add_encoded(form, value, false);
}

/* What both operations have in common. */
static enum error_code add_role(const struct credentials_request *request,
    const struct profile *profile, const char *role, const char *session, struct buf *form,
    struct error *err)
{
    const char *duration = profile_value(request->set, profile, "duration_seconds");
    char name[NAME_SIZE];
    int64_t seconds;

    if (duration && !text_to_integer(text_of(duration), SHORTEST, LONGEST, &seconds))
        return error_set(err, ERROR_USAGE,
            "profile %s: duration_seconds = %s is no number from %d to %d", profile->name, duration,
            SHORTEST, LONGEST);
    if (!session) {
        snprintf(name, sizeof name, "gatehouse-%" PRIu64, credentials_now(request) / CLOCK_SECOND);
        session = name;
    }
    add_parameter(form, "RoleArn", text_of(role));
    add_parameter(form, "RoleSessionName", text_of(session));
    add_parameter(form, "DurationSeconds", text_of(duration));
    return ERROR_NONE;
}

/* Sends the form to STS and reads the keys; base NULL: unsigned. */
static enum error_code call_sts(const struct credentials_request *request,
    const struct profile *profile, const char *operation, struct buf *form,
    const struct credentials_key *base, struct credentials_key *out, struct error *err)
{
    const struct http_header header[] = {
        {TEXT("Content-Type"), TEXT("application/x-www-form-urlencoded; charset=utf-8")}};
    struct signature signature = {.key = base, .service = "sts"};
    struct credentials_exchange exchange = {.what = operation,
        .service = "sts",
        .request = {.method = "POST", .header = header, .header_count = 1},
        .signature = base ? &signature : NULL};
    struct credentials_place place = {0};
    struct sts_answer answer;
    struct reply reply;
    enum error_code code;

    reply_init(&reply);
    sts_answer_init(&answer);
    code = credentials_find_sts(request, profile, &signature.region, &place, err);
    if (!code)
        code = buf_check(form, "the request", err);
    if (code)
        goto out;
    buf_add_char(&place.url, '/');
    exchange.request.url = buf_string(&place.url);
    exchange.request.unix_socket = place.unix_socket;
    exchange.request.body = buf_view(form);
    code = credentials_send(request, &exchange, &reply, err);
    if (!code)
        code = sts_answer_read(&answer, buf_view(&reply.body), operation, err);
    if (!code)
        code = credentials_make_key(out, buf_view(&answer.access_key), buf_view(&answer.secret_key),
            buf_view(&answer.token), operation, err);
    if (!code && !clock_parse_iso(buf_view(&answer.expiration), &out->expires)) {
        credentials_key_done(out);
        code =
            error_set(err, ERROR_NETWORK, "Expiration of %s is not a time of ISO 8601", operation);
    }
out:
    sts_answer_done(&answer);
    credentials_reply_done(&reply);
    buf_done(&place.url);
    return code;
}

static enum error_code ask_code(const struct credentials_request *request,
    const struct profile *profile, const char *serial, char code[CODE_SIZE], struct error *err)
{
    const struct credentials_asker *asker = request->asker;
    struct error question = {0};
    size_t digits = 0;

    if (!asker->ask_code) {
        error_set(err, ERROR_ACCESS, "profile %s needs the code of its MFA device %s",
            profile->name, serial);
        return error_hint(err, "--mfa-code gives it where nobody can be asked");
    }
    /* error_set makes it safe to print. */
    error_set(&question, ERROR_NONE, "MFA code of %s (profile %s)", serial, profile->name);
    if (!asker->ask_code(asker->user, question.text, code, CODE_SIZE, err))
        return err->code;
    while (code[digits] >= '0' && code[digits] <= '9')
        digits++;
    if (digits == CODE_DIGITS && !code[digits])
        return ERROR_NONE;
    return error_set(err, ERROR_ACCESS, "a code of an MFA device has six digits");
}

enum error_code credentials_from_role(const struct credentials_request *request,
    const struct profile *profile, const struct credentials_key *base, struct credentials_key *out,
    struct error *err)
{
    const char *role = profile_value(request->set, profile, "role_arn");
    const char *session = profile_value(request->set, profile, "role_session_name");
    const char *serial = profile_value(request->set, profile, "mfa_serial");
    char code_text[CODE_SIZE] = "";
    enum error_code code = ERROR_NONE;
    struct buf form;

    buf_init(&form, FORM_LIMIT);
    buf_add_string(&form, "Action=AssumeRole&Version=2011-06-15");
    if (serial)
        code = ask_code(request, profile, serial, code_text, err);
    if (!code)
        code = add_role(request, profile, role, session, &form, err);
    if (code)
        goto out;
    add_parameter(&form, "ExternalId",
        text_of(profile_value(request->set, profile, "external_id")));
    add_parameter(&form, "SerialNumber", text_of(serial));
    add_parameter(&form, "TokenCode", text_of(code_text));
    code = call_sts(request, profile, "AssumeRole", &form, base, out, err);
    if (code == ERROR_ACCESS && !err->hint[0])
        error_hint(err, "profile %s assumes %s; its trust policy decides who may", profile->name,
            role);
out:
    explicit_bzero(code_text, sizeof code_text);
    buf_wipe(&form);
    return code;
}

enum error_code credentials_from_web_identity(const struct credentials_request *request,
    const struct profile *profile, bool named, struct credentials_key *out, struct error *err)
{
    const char *path = named ? profile_value(request->set, profile, "web_identity_token_file")
                             : getenv("AWS_WEB_IDENTITY_TOKEN_FILE");
    const char *role =
        named ? profile_value(request->set, profile, "role_arn") : getenv("AWS_ROLE_ARN");
    const char *session = named ? profile_value(request->set, profile, "role_session_name")
                                : getenv("AWS_ROLE_SESSION_NAME");
    enum error_code code;
    struct buf token, form;

    buf_init(&token, WEB_TOKEN_LIMIT);
    buf_init(&form, FORM_LIMIT);
    code = credentials_read_file(path, &token, err);
    if (code) {
        const struct error cause = *err;

        if (code != ERROR_MEMORY)
            code = error_set(err, ERROR_ACCESS, "web_identity_token_file: %s", cause.text);
        goto out;
    }
    buf_add_string(&form, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15");
    code = add_role(request, profile, role, session && *session ? session : NULL, &form, err);
    if (code)
        goto out;
    add_parameter(&form, "WebIdentityToken", text_trim(buf_view(&token)));
    code = call_sts(request, profile, "AssumeRoleWithWebIdentity", &form, NULL, out, err);
out:
    buf_wipe(&token);
    buf_wipe(&form);
    return code;
}

/* A string as Python's json.dumps writes it: nothing above ASCII occurs in what is named here. */
static void add_member(struct buf *out, const char *name, const char *value, bool is_number)
{
    if (!value)
        return;
    buf_add_format(out, "%s\"%s\": ", out->length > 1 ? ", " : "", name);
    if (is_number)
        buf_add_string(out, value);
    else
        json_add_string(out, text_of(value));
}

/* The name that botocore gives the session of a role: SHA-1 of the sorted arguments. */
static bool add_cache_path(const struct credentials_request *request, const struct profile *profile,
    struct buf *path)
{
    const struct profile_set *set = request->set;
    uint8_t digest[CRYPTO_SHA1];
    struct buf arguments;
    bool done;

    buf_init(&arguments, FORM_LIMIT);
    buf_add_char(&arguments, '{');
    add_member(&arguments, "DurationSeconds", profile_value(set, profile, "duration_seconds"),
        true);
    add_member(&arguments, "ExternalId", profile_value(set, profile, "external_id"), false);
    add_member(&arguments, "RoleArn", profile_value(set, profile, "role_arn"), false);
    add_member(&arguments, "RoleSessionName", profile_value(set, profile, "role_session_name"),
        false);
    add_member(&arguments, "SerialNumber", profile_value(set, profile, "mfa_serial"), false);
    buf_add_char(&arguments, '}');
    done = !arguments.failure;
    crypto_sha1(buf_view(&arguments), digest);
    path_add_expanded(path, TEXT("~/.aws/cli/cache/"));
    crypto_add_hex(path, digest, sizeof digest);
    buf_add_string(path, ".json");
    buf_done(&arguments);
    return done && !path->failure;
}

bool credentials_from_cli_cache(const struct credentials_request *request,
    const struct profile *profile, struct credentials_key *out)
{
    const uint64_t margin = 5 * 60 * CLOCK_SECOND;
    struct error ignored = {0};
    const struct json *keys;
    struct arena *arena = arena_new(CREDENTIALS_ARENA_LIMIT, &ignored);
    struct buf path, content;
    bool found = false;

    buf_init(&path, PATH_LIMIT);
    buf_init(&content, CREDENTIALS_ANSWER_LIMIT);
    if (!arena || !add_cache_path(request, profile, &path) || !file_exists(buf_string(&path)) ||
        file_read(buf_string(&path), &content, &ignored))
        goto out;
    keys = json_member(json_parse(buf_view(&content), arena, &ignored), "Credentials");
    if (credentials_make_key(out, json_string_member(keys, "AccessKeyId"),
            json_string_member(keys, "SecretAccessKey"), json_string_member(keys, "SessionToken"),
            "the cache", &ignored))
        goto out;
    found = credentials_parse_time(json_string_member(keys, "Expiration"), &out->expires) &&
            out->expires > credentials_now(request) + margin;
    if (!found)
        credentials_key_done(out);
out:
    buf_wipe(&content);
    buf_done(&path);
    arena_free(arena);
    return found;
}
