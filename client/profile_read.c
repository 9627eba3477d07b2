#include "client/profile_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "client/ini.h"

/* The files of profiles, read into entries. */

enum { FILE_LIMIT = 4 * 1024 * 1024, PATH_LIMIT = 4096 };

/* Of a profile in the own file, beside endpoint-SERVICE; those of the AWS tools work there too. */
static const char *const own_key_table[] = {"api", "aws-profile", "aws_access_key_id",
    "aws_secret_access_key", "aws_session_token", "ca_bundle", "credential_process",
    "credential_source", "dialect", "duration_seconds", "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode", "endpoint", "env", "external_id", "invoke-url",
    "mfa_serial", "pace", "read-only", "region", "retry_mode", "role_arn", "role_session_name",
    "services", "source_profile", "sso_account_id", "sso_region", "sso_role_name", "sso_session",
    "sso_start_url", "stage", "sts_regional_endpoints", "web_identity_token_file"};

enum { OWN_KEY_COUNT = sizeof own_key_table / sizeof own_key_table[0] };

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

enum error_code profile_warn(struct profile_set *set, const char *text, struct error *err)
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

enum error_code profile_warn_failure(struct profile_set *set, const struct error *failed,
    struct error *err)
{
    return failed->code == ERROR_MEMORY ? error_memory(err) : profile_warn(set, failed->text, err);
}

static enum error_code warn_line(struct profile_set *set, const char *path, int line,
    const char *text, struct error *err)
{
    struct error safe = {0};

    error_set(&safe, ERROR_USAGE, "%s:%d: %s", path, line, text);
    return profile_warn(set, safe.text, err);
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
    static const struct {
        struct text prefix;
        enum section section;
    } named_table[] = {
        {{"services ", 9}, SECTION_SERVICES},
        {{"sso-session ", 12}, SECTION_SSO_SESSION},
    };
    static const struct text profile = {"profile ", 8};

    *name = drop_quotes(section);
    if (source == SOURCE_AWS_CREDENTIALS ||
        (source == SOURCE_AWS_CONFIG && text_is(*name, "default")))
        return name->length > 0 ? SECTION_PROFILE : SECTION_OTHER;
    if (text_starts_with(section, profile)) {
        *name = drop_quotes(text_slice(section, profile.length, section.length));
        return name->length > 0 ? SECTION_PROFILE : SECTION_OTHER;
    }
    for (size_t i = 0; i < sizeof named_table / sizeof named_table[0]; i++) {
        struct text prefix = named_table[i].prefix;

        if (source == SOURCE_AWS_CONFIG && text_starts_with(section, prefix)) {
            *name = drop_quotes(text_slice(section, prefix.length, section.length));
            return named_table[i].section;
        }
    }
    return SECTION_OTHER;
}

struct profile *profile_add(struct profile_set *set, struct text name)
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
        for (size_t i = 0; i < PROFILE_SERVICES; i++)
            if (text_is(text_slice(key, endpoint.length, key.length),
                    profile_service_table[i].service))
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
            if (section == SECTION_PROFILE && !profile_add(set, name))
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
        code = profile_warn_failure(set, &failed, err);
    else
        code = read_lines(set, source, path, buf_view(&content), err);
    buf_done(&content);
    return code;
}

enum error_code profile_read_own(struct profile_set *set, struct error *err)
{
    struct error failed = {0};
    enum error_code code;
    struct buf path;

    buf_init(&path, PATH_LIMIT);
    code = path_make(PATH_CONFIG, "config", false, &path, &failed);
    if (code)
        code = profile_warn_failure(set, &failed, err);
    else
        code = read_source(set, SOURCE_OWN, buf_string(&path), err);
    buf_done(&path);
    return code;
}

enum error_code profile_read_aws(struct profile_set *set, enum source source, const char *variable,
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
