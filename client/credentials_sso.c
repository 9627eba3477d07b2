#include "client/credentials_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "client/reply.h"

/*
 * Single sign-on: the token that "aws sso login" leaves in ~/.aws/sso/cache buys keys of a role
 * from the portal (API version 2019-06-10). A token of an sso-session that has ended is renewed by
 * its refresh token ("SSO token provider configuration", AWS SDKs and Tools Reference Guide).
 */

enum { PATH_LIMIT = 4096, FIELD_LIMIT = 32 * 1024, URL_LIMIT = 8192 };

#define RENEW_BEFORE (5 * 60 * CLOCK_SECOND)

/* What the profile and its sso-session say; nothing is owned. */
struct sso {
    const char *session; /* NULL: the older form, everything in the profile */
    const char *start_url, *region, *account, *role;
};

/* The token file. */
struct sso_token {
    struct buf path, file;
    struct arena *arena;
    const struct json *tree; /* into both */
    struct buf renewed;      /* the access token, when it is not the one of the tree */
    uint64_t expires;        /* wall */
};

static enum error_code find_sso(const struct credentials_request *request,
    const struct profile *profile, struct sso *sso, struct error *err)
{
    const struct profile_set *set = request->set;
    const char *missing;

    *sso = (struct sso){.session = profile_value(set, profile, "sso_session"),
        .start_url = profile_value(set, profile, "sso_start_url"),
        .region = profile_value(set, profile, "sso_region"),
        .account = profile_value(set, profile, "sso_account_id"),
        .role = profile_value(set, profile, "sso_role_name")};
    if (sso->session) {
        sso->start_url = profile_sso_session_value(set, sso->session, "sso_start_url");
        sso->region = profile_sso_session_value(set, sso->session, "sso_region");
    }
    missing = !sso->start_url ? "sso_start_url"
              : !sso->region  ? "sso_region"
              : !sso->account ? "sso_account_id"
              : !sso->role    ? "sso_role_name"
                              : NULL;
    if (!missing)
        return ERROR_NONE;
    if (sso->session && (!sso->start_url || !sso->region))
        return error_set(err, ERROR_USAGE, "profile %s: sso-session %s lacks %s", profile->name,
            sso->session, missing);
    return error_set(err, ERROR_USAGE, "profile %s lacks %s", profile->name, missing);
}

static enum error_code say_login(const struct profile *profile, struct error *err)
{
    error_set(err, ERROR_ACCESS, "profile %s is not signed in, or its session has ended",
        profile->name);
    return error_hint(err, "aws sso login --profile %s", profile->name);
}

/* NULL tree: there is no such file, or it holds no token. */
static enum error_code read_token(const struct sso *sso, struct sso_token *token, struct error *err)
{
    const char *name = sso->session ? sso->session : sso->start_url;
    struct error ignored = {0};
    uint8_t digest[CRYPTO_SHA1];

    crypto_sha1(text_of(name), digest);
    path_add_expanded(&token->path, TEXT("~/.aws/sso/cache/"));
    crypto_add_hex(&token->path, digest, sizeof digest);
    buf_add_string(&token->path, ".json");
    if (buf_check(&token->path, "path", err))
        return err->code;
    token->arena = arena_new(CREDENTIALS_ARENA_LIMIT, err);
    if (!token->arena)
        return ERROR_MEMORY;
    if (!file_exists(buf_string(&token->path)))
        return ERROR_NONE;
    if (file_read(buf_string(&token->path), &token->file, err))
        return err->code;
    token->tree = json_parse(buf_view(&token->file), token->arena, &ignored);
    if (ignored.code == ERROR_MEMORY)
        return error_memory(err);
    if (json_string_member(token->tree, "accessToken").length == 0 ||
        !credentials_parse_time(json_string_member(token->tree, "expiresAt"), &token->expires))
        token->tree = NULL;
    return ERROR_NONE;
}

static void write_request(struct buf *body, const struct json *tree)
{
    struct json_writer writer;

    json_writer_init(&writer, body);
    json_begin_object(&writer);
    json_pair_string(&writer, "grantType", "refresh_token");
    json_pair(&writer, "clientId", json_string_member(tree, "clientId"));
    json_pair(&writer, "clientSecret", json_string_member(tree, "clientSecret"));
    json_pair(&writer, "refreshToken", json_string_member(tree, "refreshToken"));
    json_end_object(&writer);
}

/* Everything of the old file but what the answer replaces; a failed write costs a refresh. */
static void keep_token(const struct sso_token *token, const struct json *answer)
{
    struct text refresh = json_string_member(answer, "refreshToken");
    struct error ignored = {0};
    struct json_writer writer;
    struct buf file, time;

    buf_init(&file, 4 * FIELD_LIMIT);
    buf_init(&time, 64);
    clock_add_iso(&time, token->expires, false);
    json_writer_init(&writer, &file);
    json_begin_object(&writer);
    for (const struct json *member = token->tree->first; member; member = member->next) {
        json_name_text(&writer, member->name);
        if (text_is(member->name, "accessToken"))
            json_string(&writer, buf_view(&token->renewed));
        else if (text_is(member->name, "expiresAt"))
            json_string(&writer, buf_view(&time));
        else if (text_is(member->name, "refreshToken") && refresh.length > 0)
            json_string(&writer, refresh);
        else
            json_tree(&writer, member);
    }
    json_end_object(&writer);
    if (file.failure || time.failure ||
        file_write(buf_string(&token->path), buf_view(&file), 0600, &ignored))
        ignored.code = ERROR_NONE; /* the old token stays in the file */
    buf_wipe(&file);
    buf_done(&time);
}

static enum error_code take_renewed(const struct credentials_request *request,
    struct sso_token *token, struct text body, struct error *err)
{
    struct error ignored = {0};
    const struct json *answer = json_parse(body, token->arena, &ignored);
    int64_t seconds = json_integer_member(answer, "expiresIn", 0);

    if (ignored.code == ERROR_MEMORY)
        return error_memory(err);
    buf_add_text(&token->renewed, json_string_member(answer, "accessToken"));
    if (token->renewed.length == 0 || seconds <= 0 || seconds > INT32_MAX)
        return error_set(err, ERROR_NETWORK, "the answer of CreateToken holds no token");
    token->expires = credentials_now(request) + (uint64_t)seconds * CLOCK_SECOND;
    keep_token(token, answer);
    return buf_check(&token->renewed, "the token", err);
}

/* ERROR_ACCESS: it cannot be renewed; somebody has to sign in. */
static enum error_code renew(const struct credentials_request *request,
    const struct profile *profile, const struct sso *sso, struct sso_token *token,
    struct error *err)
{
    const struct http_header header[] = {{TEXT("Content-Type"), TEXT("application/json")}};
    struct credentials_exchange exchange = {.what = "CreateToken",
        .service = "sso-oidc",
        .request = {.method = "POST", .header = header, .header_count = 1}};
    struct text registered = json_string_member(token->tree, "registrationExpiresAt");
    struct credentials_place place = {0};
    enum error_code code;
    struct reply reply;
    struct buf body;
    uint64_t end;

    if (!sso->session || json_string_member(token->tree, "refreshToken").length == 0 ||
        json_string_member(token->tree, "clientSecret").length == 0 ||
        (credentials_parse_time(registered, &end) && end <= credentials_now(request)))
        return say_login(profile, err);
    reply_init(&reply);
    buf_init(&body, 4 * FIELD_LIMIT);
    write_request(&body, token->tree);
    code = buf_check(&body, "the request", err);
    if (!code)
        code =
            credentials_find_place(request, profile, "sso-oidc", "oidc", sso->region, &place, err);
    if (code)
        goto out;
    buf_add_string(&place.url, "/token");
    exchange.request.url = buf_string(&place.url);
    exchange.request.unix_socket = place.unix_socket;
    exchange.request.body = buf_view(&body);
    code = credentials_send(request, &exchange, &reply, err);
    if (!code)
        code = take_renewed(request, token, buf_view(&reply.body), err);
    else if (code == ERROR_ACCESS)
        say_login(profile, err);
out:
    credentials_reply_done(&reply);
    buf_wipe(&body);
    buf_done(&place.url);
    return code;
}

static enum error_code read_role_keys(struct text body, struct arena *arena,
    struct credentials_key *out, struct error *err)
{
    struct error ignored = {0};
    const struct json *keys = json_member(json_parse(body, arena, &ignored), "roleCredentials");
    int64_t ms = json_integer_member(keys, "expiration", 0);
    enum error_code code;

    if (ignored.code == ERROR_MEMORY)
        return error_memory(err);
    if (!keys || ms <= 0 || (uint64_t)ms > UINT64_MAX / CLOCK_MS)
        return error_set(err, ERROR_NETWORK, "the answer of GetRoleCredentials holds none");
    code = credentials_make_key(out, json_string_member(keys, "accessKeyId"),
        json_string_member(keys, "secretAccessKey"), json_string_member(keys, "sessionToken"),
        "GetRoleCredentials", err);
    out->expires = code ? 0 : (uint64_t)ms * CLOCK_MS;
    return code;
}

static enum error_code ask_portal(const struct credentials_request *request,
    const struct profile *profile, const struct sso *sso, struct sso_token *token,
    struct credentials_key *out, struct error *err)
{
    const struct http_header header[] = {{TEXT("x-amz-sso_bearer_token"),
        token->renewed.length > 0 ? buf_view(&token->renewed)
                                  : json_string_member(token->tree, "accessToken")}};
    struct credentials_exchange exchange = {.what = "GetRoleCredentials",
        .service = "sso",
        .request = {.method = "GET", .header = header, .header_count = 1}};
    struct credentials_place place;
    struct reply reply;
    enum error_code code;

    reply_init(&reply);
    code = credentials_find_place(request, profile, "sso", "portal.sso", sso->region, &place, err);
    if (code)
        goto out;
    buf_add_string(&place.url, "/federation/credentials?role_name=");
    http_add_encoded(&place.url, text_of(sso->role), false);
    buf_add_string(&place.url, "&account_id=");
    http_add_encoded(&place.url, text_of(sso->account), false);
    code = buf_check(&place.url, "the URL", err);
    if (code)
        goto out;
    exchange.request.url = buf_string(&place.url);
    exchange.request.unix_socket = place.unix_socket;
    code = credentials_send(request, &exchange, &reply, err);
    if (!code)
        code = read_role_keys(buf_view(&reply.body), token->arena, out, err);
    else if (code == ERROR_ACCESS && reply.status == 401)
        say_login(profile, err);
    else if (code == ERROR_ACCESS)
        error_hint(err, "has profile %s the role %s in account %s?", profile->name, sso->role,
            sso->account);
out:
    credentials_reply_done(&reply);
    buf_done(&place.url);
    return code;
}

enum error_code credentials_from_sso(const struct credentials_request *request,
    const struct profile *profile, struct credentials_key *out, struct error *err)
{
    struct sso_token token = {.tree = NULL};
    enum error_code code;
    uint64_t now = credentials_now(request);
    struct sso sso;

    buf_init(&token.path, PATH_LIMIT);
    buf_init(&token.file, CREDENTIALS_ANSWER_LIMIT);
    buf_init(&token.renewed, FIELD_LIMIT);
    code = find_sso(request, profile, &sso, err);
    if (!code)
        code = read_token(&sso, &token, err);
    if (!code && !token.tree)
        code = say_login(profile, err);
    if (!code && token.expires <= now + RENEW_BEFORE) {
        code = renew(request, profile, &sso, &token, err);
        /* It lasts a little longer than the attempt to renew it. */
        if (code && code != ERROR_CANCELLED && code != ERROR_MEMORY && token.expires > now)
            code = ERROR_NONE;
    }
    if (!code)
        code = ask_portal(request, profile, &sso, &token, out, err);
    arena_free(token.arena);
    buf_wipe(&token.renewed);
    buf_wipe(&token.file);
    buf_done(&token.path);
    return code;
}
