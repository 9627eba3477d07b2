#include "console/statements/read.h"

#include <pthread.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"

enum { STATEMENT_TEXT_LIMIT = 2 << 20, KEY_TOKEN_LIMIT = 64 * 1024 };

/* base: the statement without limits and START; more: its limits; token: where it stopped. */
struct resume {
    char *base, *token;
    bool is_cut; /* stopped by LIMIT where there is no token */
    int64_t limit, examine;
    uint64_t number; /* of the statement that began the read */
};

void resume_free(struct resume *resume)
{
    if (!resume)
        return;
    mem_free(resume->base);
    mem_free(resume->token);
    mem_free(resume);
}

static void add_key(struct buf *out, const struct key_literal *key)
{
    if (key->map) {
        value_add_literal(out, key->map);
    } else if (key->sort) {
        buf_add_char(out, '(');
        value_add_literal(out, key->partition);
        buf_add_string(out, ", ");
        value_add_literal(out, key->sort);
        buf_add_char(out, ')');
    } else {
        value_add_literal(out, key->partition);
    }
}

static void add_projection(struct buf *out, const struct read *read)
{
    if (read->what == READ_ALL)
        buf_add_char(out, '*');
    else if (read->what == READ_KEYS)
        buf_add_string(out, "KEYS");
    else if (read->what == READ_NUMBER)
        buf_add_string(out, "COUNT(*)");
    for (size_t i = 0; read->what == READ_PATHS && i < read->projection->count; i++) {
        buf_add_string(out, i > 0 ? ", " : "");
        path_add(out, read->projection->path[i]);
    }
}

static void add_table(struct buf *out, const struct read_plan *plan)
{
    value_add_name(out, text_of(plan->link->name));
    buf_add_char(out, ':');
    value_add_name(out, text_of(plan->table->name));
    if (plan->index) {
        buf_add_char(out, '.');
        value_add_name(out, text_of(plan->index->name));
    }
}

static void add_options(struct buf *out, const struct read *read)
{
    for (size_t i = 0; i < read->key_in_count; i++) {
        buf_add_string(out, i > 0 ? ", " : " KEYS IN (");
        add_key(out, &read->key_in[i]);
    }
    if (read->key_in_count > 0)
        buf_add_char(out, ')');
    if (read->where) {
        buf_add_string(out, " WHERE ");
        expression_add_text(out, read->where);
    }
    if (read->filter_local) {
        buf_add_string(out, " FILTER LOCAL ");
        expression_add_text(out, read->filter_local);
    }
    if (read->order) {
        buf_add_string(out, read->order_local ? " ORDER LOCAL BY " : " ORDER BY ");
        path_add(out, read->order);
        buf_add_string(out, read->descending ? " DESC" : "");
    }
    if (read->consistent)
        buf_add_string(out, " CONSISTENT");
    if (read->fetch)
        buf_add_string(out, " FETCH");
    if (read->allow_scan)
        buf_add_string(out, " ALLOW SCAN");
    if (read->rate.milli > 0)
        buf_add_format(out, " AT %llu.%03llu RCU", (unsigned long long)(read->rate.milli / 1000),
            (unsigned long long)(read->rate.milli % 1000));
    if (read->rate.percent_milli > 0)
        buf_add_format(out, " AT %llu.%03llu%%",
            (unsigned long long)(read->rate.percent_milli / 1000),
            (unsigned long long)(read->rate.percent_milli % 1000));
}

/* The same read with every value written out, without limits and START. */
static void add_statement(struct buf *out, const struct read_plan *plan)
{
    const struct read *read = plan->read;

    switch (read->verb) {
    case READ_SELECT:
    case READ_COUNT:
        buf_add_string(out, "SELECT ");
        add_projection(out, read);
        buf_add_string(out, " FROM ");
        add_table(out, plan);
        break;
    case READ_QUERY:
    case READ_SCAN:
        buf_add_string(out, read->verb == READ_QUERY ? "QUERY " : "SCAN ");
        add_table(out, plan);
        if (read->what != READ_ALL) {
            buf_add_string(out, " ONLY ");
            add_projection(out, read);
        }
        break;
    }
    add_options(out, read);
}

void resume_note(struct job *job, const struct read_plan *plan, struct text key, bool is_cut)
{
    struct session *session = job->session;
    struct resume *fresh = mem_new(1, sizeof *fresh), *old;
    struct buf base, token;

    buf_init(&base, STATEMENT_TEXT_LIMIT);
    buf_init(&token, KEY_TOKEN_LIMIT);
    add_statement(&base, plan);
    if (key.length > 0)
        crypto_add_base64url(&token, key);
    if (fresh && !base.failure && !token.failure) {
        fresh->base = mem_copy(base.data, base.length);
        fresh->token = key.length > 0 ? mem_copy(token.data, token.length) : NULL;
        fresh->is_cut = is_cut;
        fresh->limit = plan->limit;
        fresh->examine = plan->examine;
        fresh->number = job->reads_on ? job->reads_on : job->number;
        if (key.length > 0 && !fresh->token) {
            mem_free(fresh->base);
            fresh->base = NULL;
        }
    }
    buf_done(&base);
    buf_done(&token);
    if (!fresh || !fresh->base) {
        mem_free(fresh);
        return;
    }
    pthread_mutex_lock(&session->lock);
    old = session->resume;
    session->resume = fresh;
    pthread_mutex_unlock(&session->lock);
    resume_free(old);
}

struct text resume_statement(struct job *job, int64_t pages, struct arena *arena, struct error *err)
{
    struct session *session = job->session;
    const struct resume *resume;
    struct text text = {NULL, 0};
    struct buf out;

    buf_init(&out, STATEMENT_TEXT_LIMIT);
    pthread_mutex_lock(&session->lock);
    resume = session->resume;
    if (!resume) {
        error_set(err, ERROR_USAGE, "NEXT goes on with the last read, and there is none");
    } else if (resume->is_cut) {
        error_set(err, ERROR_USAGE, "the last read was stopped and cannot be continued");
        error_hint(err, "what is read in segments, sorted here or merged has no place to go on at");
    } else if (!resume->token) {
        error_set(err, ERROR_USAGE, "the last read came to its end");
    } else {
        buf_add_string(&out, resume->base);
        if (resume->limit > 0)
            buf_add_format(&out, " LIMIT %lld", (long long)(resume->limit * pages));
        else
            buf_add_string(&out, " LIMIT ALL");
        if (resume->examine > 0)
            buf_add_format(&out, " EXAMINE %lld", (long long)(resume->examine * pages));
        buf_add_format(&out, " START '%s'", resume->token);
        job->reads_on = resume->number;
    }
    pthread_mutex_unlock(&session->lock);
    if (out.length > 0 && !buf_check(&out, "statement", err)) {
        text = text_of(arena_string(arena, buf_view(&out)));
        if (!text.data)
            arena_failed(arena, err);
        job->reads_on_as = text;
    }
    buf_done(&out);
    return text;
}
