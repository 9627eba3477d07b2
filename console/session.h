#ifndef CONSOLE_SESSION_H
#define CONSOLE_SESSION_H

#include "base/error.h"
#include "base/map.h"
#include "base/text.h"
#include "client/catalog.h"
#include "client/connection.h"
#include "client/journal.h"
#include "client/profile.h"
#include "console/jobs.h"
#include "console/language/parser.h"
#include "console/settings.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One run of the console: open connections, settings, parameters, what NEXT goes on with. Changed
 * on the main thread only (INLINE statements); jobs read what they took at their start
 * (job_take_session) and what they ask for under the lock.
 */

/* An open connection with what is known of it. Lives until the session ends, also when closed. */
struct link {
    char *name; /* "prod-eu", or what AS said */
    struct connection *connection;
    struct catalog *catalog;
    char *api, *stage; /* USE; NULL when none; jobs ask session_scope */
    bool closed;
    int lease;            /* descriptor that keeps the embedded endpoint running; -1: none */
    atomic_size_t staged; /* changes that wait, as last seen; staged.h */
    struct link *next;
};

/* What the first connection is made from; borrowed, NULL: as the profile says. */
struct session_start {
    const char *profile, *region, *endpoint, *api, *stage;
    const struct service_endpoint *service_endpoint; /* --endpoint-url-SERVICE */
    const char *mfa_code;                            /* --mfa-code */
};

/* What the prompt does for statements. */
struct session_prompt {
    /* Opens an editor on the text and puts what comes out of it into the prompt. Main thread. */
    enum error_code (*edit)(void *user, struct text text, struct error *err);
    void *user;
};

struct redirect;    /* redirect.h */
struct screen;      /* panels/screen.h */
struct tree;        /* statement.h */
struct transaction; /* transaction.h */

struct session {
    struct profile_set *profiles;
    struct journal *journal;
    struct settings settings;
    struct screen *screen; /* borrowed; NULL in batch and line mode */
    struct session_start start;
    struct link *_Atomic link; /* current, or NULL before the first CONNECT; a job may open it */
    struct link *link_list;
    struct map *parameters; /* \set: name -> struct value * in parameter_arena */
    struct arena *parameter_arena;
    struct language_context language; /* template copied for each parse */
    uint64_t statements;              /* number of the last one */
    char *last_read;                  /* for \g and \watch; owned, main thread */
    struct redirect *redirect;        /* \o: where rows go, or NULL; owned, under lock */
    struct session_prompt prompt;     /* of a person; edit NULL: nobody is there */
    char *last_statement;             /* read or write, for SAVE QUERY; owned, under lock */
    struct resume *resume;            /* last read, for NEXT; owned, see statements/read.h */
    bool is_batch, is_interactive;    /* interactive: a screen or line mode with a person */
    bool read_only_process;           /* --read-only: cannot be lifted */
    bool read_write_asked;            /* --read-write */
    bool yes;                         /* --yes */
    const char *const *i_mean;        /* "table=orders", NULL at the end; or NULL */
    bool ascii; /* the locale has no UTF-8: nothing above 0x7e to the terminal */
    bool quit;
    struct jobs jobs;                /* that run now */
    struct transaction *transaction; /* between BEGIN and COMMIT; owned, always there */
    bool is_abandoned;               /* a job thread did not end: what it uses must not be freed */
    uint64_t undo_second, undo_number, undo_files; /* undo_file.h; under lock */
    struct undo_shared *undo_shared;               /* undo.h; under lock; owned */
    bool code_is_used;    /* --mfa-code has been handed out; under the lock */
    pthread_mutex_t lock; /* of resume and the links: jobs may open one by its prefix */
};

struct session *session_new(struct error *err) MUST_CHECK;
void session_free(struct session *session);
/* What writes goes into files from now on, within journal-keep and journal-max. */
void session_keep_journal(struct session *session);

/* The parameter :name from now on; the value is copied. */
enum error_code session_set_parameter(struct session *session, struct text name,
    const struct value *value, struct error *err) MUST_CHECK;
/* Notes that a statement runs; what makes no calls is not noted. session_last_statement copies the
   last one into arena: empty when there is none, data NULL without memory. Any thread. */
/* The same for what \g and \watch repeat: reads that end. Main thread. */
void session_note_read(struct session *session, const struct tree *tree);
void session_note_statement(struct session *session, const struct tree *tree);
struct text session_last_statement(struct session *session, struct arena *arena);
/* The same for a literal as it is written. */
enum error_code session_read_parameter(struct session *session, struct text name,
    struct text literal, struct error *err) MUST_CHECK;
/* What SET dialect says, else the profile: "gatehouse", "partiql", "aws". */
const char *session_dialect(const struct session *session);
/* What a parse may use: parameters, dialect, arguments. args_used is the caller's to carry on. */
/* A key or an attribute seen in any table of a connection (user: struct link *, may be NULL): for
   warnings only. */
bool link_knows_attribute(void *user, struct text name);
struct language_context session_language(struct session *session);

/* Opens (or finds) profile and makes it current; as may be NULL. Starts the embedded endpoint
   for a local profile when nobody listens (console/serve.h). */
enum error_code session_connect(struct session *session, struct text profile, const char *as,
    const char *region, const char *endpoint, bool read_only, struct error *err) MUST_CHECK;
/* Closes the link of that name for new statements; the current one falls back to the last opened.
   ERROR_NOT_FOUND when there is none. */
enum error_code session_disconnect(struct session *session, struct text name,
    struct error *err) MUST_CHECK;
/* The link of that name, the current one when empty; NULL with err set. Connects lazily. */
struct link *session_link(struct session *session, struct text name, struct error *err);
/* The code of --mfa-code, once; false when there is none (any more). Any thread. */
bool session_take_code(struct session *session, char *out, size_t size);
/* "current" or "open" for each link made from profile, with its name where AS gave one. */
void session_add_profile_state(struct session *session, const struct profile *profile,
    struct buf *out);
/* USE API and STAGE of a link, empty for none. session_scope copies them into arena, any thread. */
enum error_code session_use(struct session *session, struct link *link, struct text api,
    struct text stage, struct error *err) MUST_CHECK;
enum error_code session_scope(struct session *session, const struct link *link, struct arena *arena,
    struct text *api, struct text *stage, struct error *err) MUST_CHECK;

#endif
