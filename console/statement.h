#ifndef CONSOLE_STATEMENT_H
#define CONSOLE_STATEMENT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "console/language/lexer.h"
#include "console/language/parser.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One record describes a statement completely: parser, help, hints, completion, manual and tests
 * read the same record. Each file of console/statements ends in a table of records.
 */
struct job;
struct link;
struct object_state;
struct plan;
struct statement;

enum statement_flags {
    STATEMENT_READ = 1,     /* makes read calls only */
    STATEMENT_WRITE = 2,    /* may change something */
    STATEMENT_LOCAL = 4,    /* makes no calls */
    STATEMENT_SCREEN = 8,   /* needs a screen */
    STATEMENT_REPEATS = 16, /* runs until stopped (TAIL) */
    STATEMENT_INLINE = 32,  /* must run on the main thread: settings, connections */
    STATEMENT_ACTION = 64,  /* may stand between BEGIN and COMMIT, which then sends it */
    STATEMENT_ENDS = 128    /* ends a transaction */
};

/* A parsed statement; lives in arena with everything it points to. */
struct tree {
    const struct statement *statement;
    struct text source;     /* its text, without the semicolon */
    struct text body;       /* source without EXPLAIN, ANALYZE, WATCH; empty: a \ command */
    int line, column;       /* of its first token in the input */
    const char *input_name; /* "report.gh", "<command 1>", "<stdin>", "<prompt>" */
    bool explain, explain_aws, explain_curl, explain_json;
    bool analyze;
    bool watch;
    bool is_saved;                           /* read from a file by RUN: places are those of RUN */
    uint64_t watch_every;                    /* ns */
    uint64_t watch_times;                    /* 0 = until stopped */
    const struct language_context *language; /* WATCH: what each round is parsed with */
    uint64_t now;                            /* wall ns that now() stands for */
    struct language_warning *warning;
    size_t warning_count;
    const struct language_used *used;   /* parameters and arguments; language/parser.h */
    struct text aside[LANGUAGE_ASIDES]; /* parts of source that do not change what it does */
    size_t aside_count;
    struct arena *arena;
    void *node; /* the family's own struct */
};

struct statement {
    const char *name;    /* leading words, upper case: what the parser looks up */
    const char *syntax;  /* the rest, as HELP, completion and the manual print it */
    const char *summary; /* one line, no full stop */
    const char *family;  /* "Reading tables", heading in HELP and the manual */
    unsigned flags;
    const char *const *example; /* statements that parse, NULL at the end; at least one */
    /* Behind the leading words; fills tree->node. Stops at ';' or the end (caller checks). */
    bool (*parse)(struct lexer *lexer, struct tree *tree, struct error *err);
    /* Metadata reads only; fills plan: detail, lines, calls, risk. NULL for INLINE statements. */
    enum error_code (
        *plan)(struct job *job, const struct tree *tree, struct plan *plan, struct error *err);
    enum error_code (
        *run)(struct job *job, const struct tree *tree, struct plan *plan, struct error *err);
    /* Puts what was planned on the list of staged changes instead; NULL: it cannot be staged. */
    enum error_code (
        *stage)(struct job *job, const struct tree *tree, struct plan *plan, struct error *err);
    /* What a statement about an object that is no item speaks of, and how that is now. */
    enum error_code (*state)(struct job *job, const struct tree *tree, struct object_state *out,
        struct error *err);
};

/* Reads only. Two texts of state are equal when nobody has changed the object between them. */
struct object_state {
    struct link *link;
    struct text object; /* "table orders", "route GET /pets of shop": equal for one object */
    struct text state;  /* empty: there is no such object */
};

/* The families, each ended by a record without a name. */
extern const struct statement read_statement_table[], write_statement_table[],
    many_statement_table[], stats_statement_table[], export_statement_table[],
    copy_statement_table[], import_statement_table[], backup_statement_table[],
    tail_statement_table[], partiql_statement_table[], table_show_statement_table[],
    transact_statement_table[], table_statement_table[], table_alter_statement_table[],
    api_statement_table[], route_statement_table[], route_show_statement_table[],
    deploy_statement_table[], invoke_statement_table[], metrics_statement_table[],
    log_statement_table[], settings_statement_table[], job_statement_table[],
    screen_statement_table[], script_statement_table[], raw_statement_table[],
    history_statement_table[], saved_statement_table[], diff_statement_table[],
    stage_statement_table[], staged_statement_table[], undo_statement_table[];

extern const struct statement repeat_statement_table[]; /* \g, \o, \watch, \e */
extern const struct statement edit_statement_table[];   /* EDIT */

/* Every record, sorted by name. */
size_t statement_count(void);
const struct statement *statement_at(size_t index);
/* The record with the most leading words at the lexer's place (not taken), or NULL. */
const struct statement *statement_find(const struct lexer *lexer);
const struct statement *statement_named(struct text name);

/*
 * Parses one statement, prefixes (EXPLAIN, WATCH) and backslash command included. NULL with err
 * set; a nearest-word hint where one is near. The lexer stands on ';' or the end afterwards.
 * *empty is set when there was no statement (NULL is returned, no error).
 */
struct tree *statement_parse(struct lexer *lexer, const char *input_name, bool *empty,
    struct error *err);
/* The statement that stands inside of outer (STAGE), as a tree of its own; no prefixes. */
struct tree *statement_parse_inner(struct lexer *lexer, const struct tree *outer,
    struct error *err) MUST_CHECK;
/* Whether ANALYZE or WATCH of tree may stand before that statement; err is set without a place. */
bool statement_takes_prefix(const struct statement *statement, const struct tree *tree,
    struct error *err);

#endif
