#include "client/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "client/ini.h"

enum { FILE_LIMIT = 4 * 1024 * 1024, ARENA_LIMIT = 64 * 1024 * 1024, PATH_LIMIT = 4096 };

/* In the order in which they answer. */
enum source { SOURCE_OWN, SOURCE_AWS_CONFIG, SOURCE_AWS_CREDENTIALS };

enum section { SECTION_OTHER, SECTION_PROFILE, SECTION_SERVICES };

struct entry {
    enum source source;
    enum section section;
    const char *name;  /* of the profile, or of the services section */
    const char *group; /* "" or the key it is nested under */
    const char *key, *value;
};

/*
 * Names of a service in AWS_ENDPOINT_URL_.. and in a services section ("Service-specific
 * endpoints", AWS SDKs and Tools Reference Guide).
 */
static const struct {
    const char *service, *variable, *group;
} service_table[] = {
    {"apigateway", "AWS_ENDPOINT_URL_API_GATEWAY", "api_gateway"},
    {"apigatewayv2", "AWS_ENDPOINT_URL_APIGATEWAYV2", "apigatewayv2"},
    {"cloudwatch", "AWS_ENDPOINT_URL_CLOUDWATCH", "cloudwatch"},
    {"dynamodb", "AWS_ENDPOINT_URL_DYNAMODB", "dynamodb"},
    {"lambda", "AWS_ENDPOINT_URL_LAMBDA", "lambda"},
    {"logs", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "cloudwatch_logs"},
    {"sns", "AWS_ENDPOINT_URL_SNS", "sns"},
    {"streams", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "dynamodb_streams"},
    {"sts", "AWS_ENDPOINT_URL_STS", "sts"},
};

enum { SERVICE_COUNT = sizeof service_table / sizeof service_table[0] };

/* Of a profile in the own file, beside endpoint-SERVICE; those of the AWS tools work there too. */
static const char *const own_key_table[] = {"api", "aws-profile", "aws_access_key_id",
    "aws_secret_access_key", "aws_session_token", "ca_bundle", "credential_process", "dialect",
    "endpoint", "env", "invoke-url", "pace", "read-only", "region", "retry_mode", "role_arn",
    "sso_session", "sso_start_url", "stage"};

enum { OWN_KEY_COUNT = sizeof own_key_table / sizeof own_key_table[0] };

struct profile_set {
    struct arena *arena; /* all strings */
    struct entry *entry;
    size_t entry_count, entry_size;
    struct profile *profile;
    size_t profile_count, profile_size;
    const char **warning;
    size_t warning_count, warning_size;
    const struct profile *initial;
    bool ignore_endpoints; /* AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: also of the environment */
    const char *region, *endpoint;
    const char *service_endpoint[SERVICE_COUNT];
};

void profile_set_free(struct profile_set *set)
{
    if (!set)
        return;
    mem_free(set->entry);
    mem_free(set->profile);
    mem_free(set->warning);
    arena_free(set->arena);
    mem_free(set);
}

/* Room for one more element, zeroed, or NULL. */
static void *add_element(void **array, size_t *count, size_t *size, size_t element)
{
    if (*count == *size) {
        size_t larger = *size ? *size * 2 : 16;
        void *grown = mem_resize(*array, larger, element);

        if (!grown)
            return NULL;
        *array = grown;
        *size = larger;
    }
    return memset((char *)*array + (*count)++ * element, 0, element);
}

static enum error_code warn(struct profile_set *set, const char *text, struct error *err)
{
    void *array = set->warning;
    const char **warning =
        add_element(&array, &set->warning_count, &set->warning_size, sizeof *warning);
    char *copy = arena_string(set->arena, text_of(text));

    set->warning = array;
    if (!warning || !copy) {
        set->warning_count -= warning != NULL;
        return error_memory(err);
    }
    *warning = copy;
    return ERROR_NONE;
}

/* What could not be read is left out; only memory is worth giving up for. */
static enum error_code warn_failure(struct profile_set *set, const struct error *failed,
    struct error *err)
{
    return failed->code == ERROR_MEMORY ? error_memory(err) : warn(set, failed->text, err);
}

static enum error_code warn_line(struct profile_set *set, const char *path, int line,
    const char *text, struct error *err)
{
    struct error safe = {0};

    error_set(&safe, ERROR_USAGE, "%s:%d: %s", path, line, text);
    return warn(set, safe.text, err);
}

/* A copy of a non-empty environment variable; *out stays NULL when there is none. */
static enum error_code take_variable(struct profile_set *set, const char *name, const char **out,
    struct error *err)
{
    const char *value = getenv(name);

    if (!value || !*value)
        return ERROR_NONE;
    *out = arena_string(set->arena, text_of(value));
    return *out ? ERROR_NONE : arena_failed(set->arena, err);
}

static struct text drop_quotes(struct text name)
{
    name = text_trim(name);
    if (name.length >= 2 && (name.data[0] == '"' || name.data[0] == '\'') &&
        name.data[name.length - 1] == name.data[0])
        name = text_slice(name, 1, name.length - 1);
    return name;
}

static enum section parse_section(enum source source, struct text section, struct text *name)
{
    static const struct text profile = {"profile ", 8}, services = {"services ", 9};

    *name = drop_quotes(section);
    if (source == SOURCE_AWS_CREDENTIALS ||
        (source == SOURCE_AWS_CONFIG && text_is(*name, "default")))
        return name->length > 0 ? SECTION_PROFILE : SECTION_OTHER;
    if (text_starts_with(section, profile)) {
        *name = drop_quotes(text_slice(section, profile.length, section.length));
        return name->length > 0 ? SECTION_PROFILE : SECTION_OTHER;
    }
    if (source == SOURCE_AWS_CONFIG && text_starts_with(section, services)) {
        *name = drop_quotes(text_slice(section, services.length, section.length));
        return SECTION_SERVICES;
    }
    return SECTION_OTHER;
}

static struct profile *add_profile(struct profile_set *set, struct text name)
{
    void *array = set->profile;
    struct profile *profile;

    for (size_t i = 0; i < set->profile_count; i++)
        if (text_is(name, set->profile[i].name))
            return &set->profile[i];
    profile = add_element(&array, &set->profile_count, &set->profile_size, sizeof *profile);
    set->profile = array;
    if (!profile)
        return NULL;
    profile->name = arena_string(set->arena, name);
    set->profile_count -= !profile->name;
    return profile->name ? profile : NULL;
}

static bool add_entry(struct profile_set *set, enum source source, enum section section,
    struct text name, const struct ini_reader *reader)
{
    void *array = set->entry;
    struct entry *entry = add_element(&array, &set->entry_count, &set->entry_size, sizeof *entry);
    struct text group = reader->group;

    set->entry = array;
    if (!entry)
        return false;
    if (text_equal(group, reader->key)) /* the parent itself */
        group = TEXT("");
    entry->source = source;
    entry->section = section;
    entry->name = arena_string(set->arena, name);
    entry->group = arena_string(set->arena, group);
    entry->key = arena_string(set->arena, reader->key);
    entry->value = arena_string(set->arena, reader->value);
    if (!entry->name || !entry->group || !entry->key || !entry->value)
        return false;
    return true;
}

static bool is_own_key(struct text key)
{
    static const struct text endpoint = {"endpoint-", 9};

    for (size_t i = 0; i < OWN_KEY_COUNT; i++)
        if (text_is(key, own_key_table[i]))
            return true;
    if (text_starts_with(key, endpoint))
        for (size_t i = 0; i < SERVICE_COUNT; i++)
            if (text_is(text_slice(key, endpoint.length, key.length), service_table[i].service))
                return true;
    return false;
}

/* What the key begins with (endpoint_url) before what is spelt nearly like it (regoin). */
static const char *nearest_own_key(struct text key)
{
    const char *nearest = NULL;
    size_t best = 3;

    for (size_t i = 0; i < OWN_KEY_COUNT; i++) {
        struct text known = text_of(own_key_table[i]);
        size_t distance = text_starts_with(key, known) ? 0 : text_distance(key, known, best);

        if (distance < best) {
            best = distance;
            nearest = known.data;
        }
    }
    return nearest;
}

/* A key that nobody reads could be the endpoint or the read-only that was meant. */
static enum error_code warn_key(struct profile_set *set, const char *path,
    const struct ini_reader *reader, struct error *err)
{
    const char *nearest = nearest_own_key(reader->key);
    char text[300];

    snprintf(text, sizeof text, "a profile has no key %.*s%s%s; ignored",
        (int)(reader->key.length < 60 ? reader->key.length : 60), reader->key.data,
        nearest ? ", did you mean " : "", nearest ? nearest : "");
    return warn_line(set, path, reader->line, text, err);
}

static enum error_code read_lines(struct profile_set *set, enum source source, const char *path,
    struct text content, struct error *err)
{
    enum section section = SECTION_OTHER;
    struct ini_reader reader;
    struct text name = {0};
    enum ini_kind kind;

    ini_start(&reader, content);
    while ((kind = ini_next(&reader)) != INI_END) {
        enum error_code code = ERROR_NONE;

        if (kind == INI_SECTION) {
            section = parse_section(source, reader.section, &name);
            if (section == SECTION_PROFILE && !add_profile(set, name))
                code = error_memory(err);
        } else if (kind == INI_BROKEN) {
            section = reader.section.length == 0 ? SECTION_OTHER : section;
            code = warn_line(set, path, reader.line,
                "neither a section in brackets nor key = value; ignored", err);
        } else if (section != SECTION_OTHER && !add_entry(set, source, section, name, &reader)) {
            code = error_memory(err);
        } else if (section == SECTION_PROFILE && source == SOURCE_OWN && !is_own_key(reader.key)) {
            code = warn_key(set, path, &reader, err);
        }
        if (code)
            return code;
    }
    return ERROR_NONE;
}

/* A file that is not there is no news; one that cannot be read is a warning. */
static enum error_code read_source(struct profile_set *set, enum source source, const char *path,
    struct error *err)
{
    struct error failed = {0};
    enum error_code code;
    struct buf content;

    if (!file_exists(path))
        return ERROR_NONE;
    buf_init(&content, FILE_LIMIT);
    code = file_read(path, &content, &failed);
    if (code)
        code = warn_failure(set, &failed, err);
    else
        code = read_lines(set, source, path, buf_view(&content), err);
    buf_done(&content);
    return code;
}

static enum error_code read_own(struct profile_set *set, struct error *err)
{
    struct error failed = {0};
    enum error_code code;
    struct buf path;

    buf_init(&path, PATH_LIMIT);
    code = path_make(PATH_CONFIG, "config", false, &path, &failed);
    if (code)
        code = warn_failure(set, &failed, err);
    else
        code = read_source(set, SOURCE_OWN, buf_string(&path), err);
    buf_done(&path);
    return code;
}

static enum error_code read_aws(struct profile_set *set, enum source source, const char *variable,
    const char *fallback, struct error *err)
{
    const char *named = getenv(variable);
    enum error_code code;
    struct buf path;

    buf_init(&path, PATH_LIMIT);
    path_add_expanded(&path, text_of(named && *named ? named : fallback));
    code = buf_check(&path, "path", err);
    if (!code)
        code = read_source(set, source, buf_string(&path), err);
    buf_done(&path);
    return code;
}

static const char *find_value(const struct profile_set *set, enum section section,
    enum source source, const char *name, const char *group, const char *key)
{
    const char *value = NULL;

    for (size_t i = 0; i < set->entry_count; i++) {
        const struct entry *entry = &set->entry[i];

        if (entry->section == section && entry->source == source && !strcmp(entry->name, name) &&
            !strcmp(entry->group, group) && !strcmp(entry->key, key))
            value = entry->value; /* the last one counts, as for the AWS tools */
    }
    return value;
}

const char *profile_value(const struct profile_set *set, const struct profile *profile,
    const char *key)
{
    const char *value = NULL;

    for (int source = SOURCE_OWN; source <= SOURCE_AWS_CREDENTIALS && !value; source++)
        value = find_value(set, SECTION_PROFILE, (enum source)source, profile->name, "", key);
    return value && *value ? value : NULL;
}

static const char *own_value(const struct profile_set *set, const struct profile *profile,
    const char *key)
{
    const char *value = find_value(set, SECTION_PROFILE, SOURCE_OWN, profile->name, "", key);

    return value && *value ? value : NULL;
}

static const char *aws_value(const struct profile_set *set, const struct profile *profile,
    const char *key)
{
    const char *value = find_value(set, SECTION_PROFILE, SOURCE_AWS_CONFIG, profile->name, "", key);

    return value && *value ? value : NULL;
}

static bool is_one_of(const char *value, const char *const *choice)
{
    for (; *choice; choice++)
        if (text_is_ignoring_case(text_of(value), *choice))
            return true;
    return false;
}

static enum error_code fill_safety(struct profile_set *set, struct profile *profile,
    struct error *err)
{
    static const char *const environment[] = {"prod", "stage", "test", "dev", "local", NULL};
    static const char *const yes[] = {"yes", "true", "on", NULL};
    static const char *const no[] = {"no", "false", "off", NULL};
    const char *read_only = own_value(set, profile, "read-only");
    const char *named = own_value(set, profile, "env");
    struct error safe = {0};
    enum error_code code = ERROR_NONE;

    profile->environment = named ? named : profile->is_local ? "local" : "";
    if (named && !is_one_of(named, environment)) {
        error_set(&safe, ERROR_USAGE,
            "profile %s: env = %s is none of prod, stage, test, dev, local", profile->name, named);
        code = warn(set, safe.text, err);
    }
    if (read_only && !code && !is_one_of(read_only, yes) && !is_one_of(read_only, no)) {
        error_set(&safe, ERROR_USAGE, "profile %s: read-only = %s is neither yes nor no: yes",
            profile->name, read_only);
        code = warn(set, safe.text, err);
    }
    profile->read_only = (read_only && !is_one_of(read_only, no)) ||
                         text_is_ignoring_case(text_of(profile->environment), "prod");
    return code;
}

/* own file, then environment, then AWS config: what a profile says of itself moves nowhere. */
static enum error_code fill_profile(struct profile_set *set, struct profile *profile,
    const char *socket, struct error *err)
{
    const char *own = own_value(set, profile, "endpoint");

    profile->is_local = !strcmp(profile->name, "local") && !own;
    profile->unix_socket = profile->is_local ? socket : NULL;
    profile->endpoint = own;
    if (!own && !profile->is_local && !set->ignore_endpoints)
        profile->endpoint = set->endpoint ? set->endpoint : aws_value(set, profile, "endpoint_url");
    profile->region = own_value(set, profile, "region");
    if (!profile->region)
        profile->region = set->region ? set->region : profile_value(set, profile, "region");
    /* An endpoint of one's own needs some region in the signature, AWS a certain one. */
    if (!profile->region)
        profile->region = profile->is_local || profile->endpoint ? "us-east-1" : "";
    profile->api = own_value(set, profile, "api");
    profile->stage = own_value(set, profile, "stage");
    profile->dialect = own_value(set, profile, "dialect");
    profile->invoke_url = own_value(set, profile, "invoke-url");
    return fill_safety(set, profile, err);
}

static enum error_code fill_profiles(struct profile_set *set, struct error *err)
{
    struct error failed = {0};
    enum error_code code = ERROR_NONE;
    char *socket = NULL;
    struct buf path;

    /* Keys or an endpoint in the environment alone make a profile, as for the AWS tools. */
    if (((getenv("AWS_ACCESS_KEY_ID") || set->endpoint) && !add_profile(set, TEXT("default"))) ||
        !add_profile(set, TEXT("local")))
        return error_memory(err);
    buf_init(&path, PATH_LIMIT);
    if (path_make(PATH_RUNTIME, "local.sock", false, &path, &failed))
        code = warn_failure(set, &failed, err);
    else if (!(socket = arena_string(set->arena, buf_view(&path))))
        code = error_memory(err);
    buf_done(&path);
    for (size_t i = 0; i < set->profile_count && !code; i++)
        code = fill_profile(set, &set->profile[i], socket, err);
    return code;
}

static bool has_credentials(const struct profile_set *set, const struct profile *profile)
{
    return profile->endpoint || getenv("AWS_ACCESS_KEY_ID") ||
           profile_value(set, profile, "aws_access_key_id") ||
           profile_value(set, profile, "credential_process") ||
           profile_value(set, profile, "role_arn") || profile_value(set, profile, "sso_session") ||
           profile_value(set, profile, "sso_start_url");
}

static enum error_code choose_initial(struct profile_set *set, struct error *err)
{
    const struct profile *usual = profile_find(set, TEXT("default"));
    const char *named = getenv("AWS_PROFILE");
    struct error safe = {0};

    set->initial = profile_find(set, TEXT("local"));
    if (!named || !*named)
        named = getenv("AWS_DEFAULT_PROFILE");
    if (named && *named) {
        const struct profile *profile = profile_find(set, text_of(named));

        if (profile) {
            set->initial = profile;
            return ERROR_NONE;
        }
        /* Not the default profile: that could be another account than the one meant. */
        error_set(&safe, ERROR_USAGE, "AWS_PROFILE names %s, which is no profile: local is used",
            named);
        return warn(set, safe.text, err);
    }
    if (usual && has_credentials(set, usual))
        set->initial = usual;
    return ERROR_NONE;
}

static enum error_code read_environment(struct profile_set *set, struct error *err)
{
    const char *ignore = getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    enum error_code code;

    set->ignore_endpoints = ignore && text_is_ignoring_case(text_of(ignore), "true");
    code = take_variable(set, "AWS_DEFAULT_REGION", &set->region, err);
    if (!code)
        code = take_variable(set, "AWS_REGION", &set->region, err);
    if (!code)
        code = take_variable(set, "AWS_ENDPOINT_URL", &set->endpoint, err);
    for (size_t i = 0; i < SERVICE_COUNT && !code; i++)
        code = take_variable(set, service_table[i].variable, &set->service_endpoint[i], err);
    return code;
}

struct profile_set *profile_load(struct error *err)
{
    struct profile_set *set = mem_new(1, sizeof *set);
    enum error_code code;

    if (!set) {
        error_memory(err);
        return NULL;
    }
    set->arena = arena_new(ARENA_LIMIT, err);
    if (!set->arena) {
        profile_set_free(set);
        return NULL;
    }
    code = read_environment(set, err);
    if (!code)
        code = read_own(set, err);
    if (!code)
        code = read_aws(set, SOURCE_AWS_CONFIG, "AWS_CONFIG_FILE", "~/.aws/config", err);
    if (!code)
        code = read_aws(set, SOURCE_AWS_CREDENTIALS, "AWS_SHARED_CREDENTIALS_FILE",
            "~/.aws/credentials", err);
    if (!code)
        code = fill_profiles(set, err);
    if (!code)
        code = choose_initial(set, err);
    if (code) {
        profile_set_free(set);
        return NULL;
    }
    return set;
}

const struct profile *profile_find(const struct profile_set *set, struct text name)
{
    for (size_t i = 0; i < set->profile_count; i++)
        if (text_is(name, set->profile[i].name))
            return &set->profile[i];
    return NULL;
}

size_t profile_count(const struct profile_set *set)
{
    return set->profile_count;
}

const struct profile *profile_at(const struct profile_set *set, size_t index)
{
    return index < set->profile_count ? &set->profile[index] : NULL;
}

const struct profile *profile_initial(const struct profile_set *set)
{
    return set->initial;
}

const char *profile_warning(const struct profile_set *set, size_t index)
{
    return index < set->warning_count ? set->warning[index] : NULL;
}

const char *profile_endpoint(const struct profile_set *set, const struct profile *profile,
    const char *service)
{
    const char *own, *services = profile_value(set, profile, "services"), *url = NULL;
    char key[64];

    snprintf(key, sizeof key, "endpoint-%s", service);
    own = own_value(set, profile, key);
    if (own)
        return own;
    if (profile->is_local || set->ignore_endpoints || own_value(set, profile, "endpoint"))
        return profile->endpoint;
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        if (strcmp(service_table[i].service, service) != 0)
            continue;
        url = set->service_endpoint[i];
        /* AWS_ENDPOINT_URL goes before what a file says of one service. */
        if (!url && services && !set->endpoint)
            url = find_value(set, SECTION_SERVICES, SOURCE_AWS_CONFIG, services,
                service_table[i].group, "endpoint_url");
    }
    return url ? url : profile->endpoint;
}
