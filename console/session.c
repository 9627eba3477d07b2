#include "console/session.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "console/redirect.h"
#include "console/serve.h"
#include "console/staged.h"
#include "console/statement.h"
#include "console/statements/read.h"
#include "console/transaction.h"
#include "console/undo.h"

enum { PARAMETER_LIMIT = 64 * 1024 * 1024, JOURNAL_CALLS = 10000 };

struct session *session_new(struct error *err)
{
    struct session *session = mem_new(1, sizeof(*session));
    bool good = false;

    if (!session) {
        error_memory(err);
        return NULL;
    }
    pthread_mutex_init(&session->lock, NULL);
    jobs_init(&session->jobs);
    settings_init(&session->settings);
    session->profiles = profile_load(err);
    if (!session->profiles)
        goto out;
    session->journal = journal_new(JOURNAL_CALLS, err);
    if (!session->journal)
        goto out;
    session->parameter_arena = arena_new(PARAMETER_LIMIT, err);
    if (!session->parameter_arena)
        goto out;
    session->parameters = map_new();
    if (!session->parameters) {
        error_memory(err);
        goto out;
    }
    session->transaction = transaction_new(err);
    good = session->transaction != NULL;
out:
    if (!good) {
        session_free(session);
        return NULL;
    }
    return session;
}

static void link_free(struct link *link)
{
    if (!link)
        return;
    connection_free(link->connection);
    catalog_free(link->catalog);
    if (link->lease >= 0)
        close(link->lease);
    mem_free(link->name);
    mem_free(link->api);
    mem_free(link->stage);
    mem_free(link);
}

void session_free(struct session *session)
{
    struct error ignored;

    if (!session)
        return;
    resume_free(session->resume);
    transaction_free(session->transaction);
    while (session->link_list) {
        struct link *next = session->link_list->next;

        link_free(session->link_list);
        session->link_list = next;
    }
    map_free(session->parameters);
    mem_free(session->last_statement);
    mem_free(session->last_read);
    if (redirect_end_session(session, &ignored)) {
        /* Batch and line mode have ended it before, and said so. */
    }
    arena_free(session->parameter_arena);
    undo_close_shared(session->undo_shared);
    journal_free(session->journal);
    profile_set_free(session->profiles);
    pthread_mutex_destroy(&session->lock);
    jobs_done(&session->jobs);
    mem_free(session);
}

void session_note_read(struct session *session, const struct tree *tree)
{
    char *copy;

    if (!(tree->statement->flags & STATEMENT_READ) ||
        (tree->statement->flags & STATEMENT_REPEATS) || tree->explain || tree->analyze ||
        tree->watch || tree->source.data[0] == '\\' || strcmp(tree->statement->name, "NEXT") == 0)
        return;
    copy = mem_copy(tree->source.data, tree->source.length);
    mem_free(session->last_read);
    session->last_read = copy; /* without memory there is none to repeat */
}

void session_note_statement(struct session *session, const struct tree *tree)
{
    char *copy;

    session_note_read(session, tree);

    if (!(tree->statement->flags & (STATEMENT_READ | STATEMENT_WRITE)))
        return;
    copy = mem_copy(tree->source.data, tree->source.length);
    pthread_mutex_lock(&session->lock);
    mem_free(session->last_statement);
    session->last_statement = copy; /* without memory there is none to save */
    pthread_mutex_unlock(&session->lock);
}

struct text session_last_statement(struct session *session, struct arena *arena)
{
    struct text last;

    pthread_mutex_lock(&session->lock);
    last = arena_text(arena, text_of(session->last_statement ? session->last_statement : ""));
    pthread_mutex_unlock(&session->lock);
    return last;
}

enum error_code session_set_parameter(struct session *session, struct text name,
    const struct value *value, struct error *err)
{
    struct value *copy = value_copy(session->parameter_arena, value);

    if (!copy)
        return arena_failed(session->parameter_arena, err);
    return map_set(session->parameters, name, copy) ? ERROR_NONE : error_memory(err);
}

enum error_code session_read_parameter(struct session *session, struct text name,
    struct text literal, struct error *err)
{
    struct language_context context = {0};
    const struct value *value;
    struct lexer lexer;

    lexer_init(&lexer, literal, session->parameter_arena);
    lexer.context = &context;
    value = parse_literal(&lexer, err);
    if (value && parse_need_end(&lexer, err))
        return session_set_parameter(session, name, value, err);
    err->line = err->column = 0;
    return err->code;
}

struct attribute_search {
    struct text name;
    bool found;
};

static void compare_attribute(void *user, struct text path)
{
    struct attribute_search *search = user;

    search->found = search->found || text_equal(search->name, path);
}

static bool has_key(const struct catalog_key *key, size_t count, struct text name)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is(name, key[i].name))
            return true;
    }
    return false;
}

static bool has_attribute(const struct catalog_table *table, struct text name)
{
    if (has_key(table->key, table->key_count, name))
        return true;
    for (size_t i = 0; i < table->index_count; i++) {
        const struct catalog_index *index = &table->index[i];

        if (has_key(index->key, index->key_count, name))
            return true;
        for (size_t k = 0; k < index->include_count; k++) {
            if (text_is(name, index->include[k]))
                return true;
        }
    }
    return false;
}

bool link_knows_attribute(void *user, struct text name)
{
    const struct link *link = user;
    struct catalog *catalog = link ? link->catalog : NULL;
    const struct catalog_snapshot *snapshot = catalog ? catalog_snapshot(catalog) : NULL;
    struct attribute_search search = {.name = name};

    for (size_t i = 0; snapshot && i < snapshot->table_count && !search.found; i++) {
        const struct catalog_table *table = snapshot->table[i];

        search.found = has_attribute(table, name);
        catalog_attributes(catalog, text_of(table->name), compare_attribute, &search);
    }
    if (snapshot)
        catalog_release(catalog, snapshot);
    return search.found;
}

/* The connection may be opened only by the statement that is parsed now. */
const char *session_dialect(const struct session *session)
{
    const struct session_start *start = &session->start;
    const struct profile *profile;

    if (strcmp(session->settings.dialect, "auto") != 0)
        return session->settings.dialect;
    if (session->link)
        profile = connection_profile(session->link->connection);
    else if (start->profile)
        profile = profile_find(session->profiles, text_of(start->profile));
    else
        profile = profile_initial(session->profiles);
    return profile && profile->dialect ? profile->dialect : "gatehouse";
}

struct language_context session_language(struct session *session)
{
    struct language_context context = session->language;

    context.parameters = session->parameters;
    context.last_read = text_of(session->last_read ? session->last_read : "");
    context.is_attribute = link_knows_attribute;
    context.user = session->link;
    if (strcmp(session_dialect(session), "partiql") == 0)
        context.dialect = DIALECT_PARTIQL;
    else if (strcmp(session_dialect(session), "aws") == 0)
        context.dialect = DIALECT_AWS;
    else
        context.dialect = DIALECT_GATEHOUSE;
    return context;
}

/* What the options and the profile make of it. */
struct link_wish {
    const struct profile *profile;
    const char *name, *region, *endpoint, *api, *stage;
    const struct service_endpoint *service_endpoint;
    bool read_only;
};

static bool starts_read_only(const struct session *session, const struct link_wish *wish)
{
    if (session->read_only_process || wish->read_only)
        return true;
    if (session->read_write_asked)
        return false;
    return wish->profile->read_only;
}

/* What allows writes in a connection, as its read-only gate says it; NULL: SET read-only. */
static const char *find_unlock(const struct session *session, const struct profile *profile)
{
    if (session->read_only_process)
        return "--read-only holds for the whole run";
    if (session->is_batch && profile->read_only)
        return "--read-write allows changes";
    return NULL;
}

static enum error_code fill_link(struct session *session, struct link *link,
    const struct link_wish *wish, struct error *err)
{
    const struct profile *profile = wish->profile;
    struct connection_options options = {
        .profiles = session->profiles,
        .profile = profile,
        .region = wish->region,
        .endpoint = wish->endpoint,
        .service_endpoint = wish->service_endpoint,
        .journal = session->journal,
        .read_only = starts_read_only(session, wish),
        .unlock = find_unlock(session, profile),
        .attempts = session->settings.retries > 0 ? (unsigned)session->settings.retries : 0,
    };
    const char *api = wish->api ? wish->api : profile->api;
    const char *stage = wish->stage ? wish->stage : profile->stage;

    link->name = mem_copy_string(wish->name);
    link->api = api ? mem_copy_string(api) : NULL;
    link->stage = stage ? mem_copy_string(stage) : NULL;
    if (!link->name || (api && !link->api) || (stage && !link->stage))
        return error_memory(err);
    if (profile->is_local && !wish->endpoint && profile->unix_socket &&
        serve_ensure(profile->unix_socket, &link->lease, err))
        return err->code;
    link->connection = connection_new(&options, err);
    if (!link->connection)
        return err->code;
    /* --read-write opens a profile that says read-only too. */
    connection_set_read_only(link->connection, options.read_only, 0);
    link->catalog = catalog_new(err);
    return link->catalog ? ERROR_NONE : err->code;
}

/* Newest first. */
static struct link *open_link(struct session *session, const struct link_wish *wish,
    struct error *err)
{
    struct link *link = mem_new(1, sizeof(*link));

    if (!link) {
        error_memory(err);
        return NULL;
    }
    link->lease = -1;
    if (fill_link(session, link, wish, err)) {
        link_free(link);
        return NULL;
    }
    for (struct link *other = session->link_list; other; other = other->next)
        if (strcmp(other->name, link->name) == 0)
            other->closed = true;
    link->next = session->link_list;
    session->link_list = link;
    if (session->is_interactive)
        staged_recount(link); /* a person is told what waits */
    return link;
}

static struct link *find_link(const struct session *session, struct text name)
{
    for (struct link *link = session->link_list; link; link = link->next)
        if (!link->closed && text_is(name, link->name))
            return link;
    return NULL;
}

static const struct profile *find_profile(const struct session *session, struct text name,
    struct error *err)
{
    const struct profile *profile = profile_find(session->profiles, name);
    const char *nearest = NULL;
    size_t best = 3;

    if (profile)
        return profile;
    for (size_t i = 0; i < profile_count(session->profiles); i++) {
        const char *other = profile_at(session->profiles, i)->name;
        size_t distance = text_distance(name, text_of(other), best);

        if (distance < best) {
            best = distance;
            nearest = other;
        }
    }
    error_set(err, ERROR_NOT_FOUND, "there is no profile '%.*s'",
        (int)(name.length < 100 ? name.length : 100), name.data);
    if (nearest)
        error_hint(err, "did you mean %s?", nearest);
    else
        error_hint(err, "SHOW PROFILES lists them");
    return NULL;
}

enum error_code session_connect(struct session *session, struct text profile, const char *as,
    const char *region, const char *endpoint, bool read_only, struct error *err)
{
    struct link_wish wish = {
        .profile = find_profile(session, profile, err),
        .region = region,
        .endpoint = endpoint,
        .read_only = read_only,
    };
    struct link *link = NULL;

    if (!wish.profile)
        return err->code;
    wish.name = as ? as : wish.profile->name;
    pthread_mutex_lock(&session->lock);
    if (!region && !endpoint && !read_only)
        link = find_link(session, text_of(wish.name));
    if (!link || connection_profile(link->connection) != wish.profile)
        link = open_link(session, &wish, err);
    if (link)
        session->link = link;
    pthread_mutex_unlock(&session->lock);
    return link ? ERROR_NONE : err->code;
}

enum error_code session_disconnect(struct session *session, struct text name, struct error *err)
{
    struct link *link;

    pthread_mutex_lock(&session->lock);
    link = find_link(session, name);
    if (link) {
        link->closed = true;
        if (session->link == link) {
            session->link = NULL;
            for (struct link *other = session->link_list; other && !session->link;
                 other = other->next)
                if (!other->closed)
                    session->link = other;
        }
    }
    pthread_mutex_unlock(&session->lock);
    if (!link)
        error_set(err, ERROR_NOT_FOUND, "no connection is named '%.*s'",
            (int)(name.length < 100 ? name.length : 100), name.data);
    return link ? ERROR_NONE : err->code;
}

/* What the options say, else the usual profile. */
static struct link *open_first(struct session *session, struct error *err)
{
    const struct session_start *start = &session->start;
    /* A script that was meant for another profile must not run in the usual one. */
    const char *said = start->profile      ? start->profile
                       : session->is_batch ? profile_missing(session->profiles)
                                           : NULL;
    struct link_wish wish = {
        .profile =
            said ? find_profile(session, text_of(said), err) : profile_initial(session->profiles),
        .region = start->region,
        .endpoint = start->endpoint,
        .service_endpoint = start->service_endpoint,
        .api = start->api,
        .stage = start->stage,
    };

    if (!wish.profile)
        return NULL;
    wish.name = wish.profile->name;
    return open_link(session, &wish, err);
}

struct link *session_link(struct session *session, struct text name, struct error *err)
{
    struct link *link;

    pthread_mutex_lock(&session->lock);
    if (name.length == 0) {
        if (!session->link)
            session->link = open_first(session, err);
        link = session->link;
    } else {
        link = find_link(session, name);
        if (!link) {
            struct link_wish wish = {.profile = find_profile(session, name, err)};

            wish.name = wish.profile ? wish.profile->name : NULL;
            link = wish.profile ? open_link(session, &wish, err) : NULL;
        }
    }
    pthread_mutex_unlock(&session->lock);
    return link;
}

bool session_take_code(struct session *session, char *out, size_t size)
{
    const char *code = session->start.mfa_code;
    bool is_free;

    pthread_mutex_lock(&session->lock);
    is_free = code && !session->code_is_used;
    session->code_is_used = session->code_is_used || is_free;
    pthread_mutex_unlock(&session->lock);
    if (is_free)
        snprintf(out, size, "%s", code);
    return is_free;
}

void session_add_profile_state(struct session *session, const struct profile *profile,
    struct buf *out)
{
    pthread_mutex_lock(&session->lock);
    for (const struct link *link = session->link_list; link; link = link->next) {
        if (link->closed || connection_profile(link->connection) != profile)
            continue;
        buf_add_format(out, "%s%s", out->length > 0 ? ", " : "",
            link == session->link ? "current" : "open");
        if (strcmp(link->name, profile->name) != 0)
            buf_add_format(out, " as %s", link->name);
    }
    pthread_mutex_unlock(&session->lock);
}

static bool copy_text(struct text text, char **out)
{
    *out = text.length > 0 ? mem_copy(text.data, text.length) : NULL;
    return text.length == 0 || *out;
}

enum error_code session_use(struct session *session, struct link *link, struct text api,
    struct text stage, struct error *err)
{
    char *old_api, *old_stage, *new_api = NULL, *new_stage = NULL;

    if (!copy_text(api, &new_api) || !copy_text(stage, &new_stage)) {
        mem_free(new_api);
        return error_memory(err);
    }
    pthread_mutex_lock(&session->lock);
    old_api = link->api;
    old_stage = link->stage;
    link->api = new_api;
    link->stage = new_stage;
    pthread_mutex_unlock(&session->lock);
    mem_free(old_api);
    mem_free(old_stage);
    return ERROR_NONE;
}

enum error_code session_scope(struct session *session, const struct link *link, struct arena *arena,
    struct text *api, struct text *stage, struct error *err)
{
    *api = TEXT("");
    *stage = TEXT("");
    pthread_mutex_lock(&session->lock);
    if (link->api)
        *api = arena_text(arena, text_of(link->api));
    if (link->stage)
        *stage = arena_text(arena, text_of(link->stage));
    pthread_mutex_unlock(&session->lock);
    return api->data && stage->data ? ERROR_NONE : arena_failed(arena, err);
}

void session_keep_journal(struct session *session)
{
    const struct journal_limits limits = {
        .keep = (uint64_t)session->settings.journal_keep_ms * CLOCK_MS,
        .bytes = (uint64_t)session->settings.journal_max << 20,
    };

    journal_keep(session->journal, &limits);
}
