#ifndef CONSOLE_STATEMENTS_TABLES_H
#define CONSOLE_STATEMENTS_TABLES_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "client/value.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/plan.h"
#include "console/statement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_key {
    struct text name;
    char type; /* 'S', 'N', 'B'; 0: the columns say it */
    bool is_range;
    bool kind_said; /* HASH or RANGE was written */
    struct token token;
};

struct table_index {
    struct text name;
    bool is_local;
    struct table_key *key;
    size_t key_count;
    const char *projection; /* "ALL", "KEYS_ONLY", "INCLUDE" */
    struct text *include;
    size_t include_count;
    int64_t read_units, write_units; /* 0: as the table */
};

struct table_definition {
    struct text name;
    struct token token;
    bool if_absent, nowait;
    bool has_like;
    struct table_ref like; /* the table whose definition is taken over */
    struct table_key *column;
    size_t column_count;
    struct table_index *index;
    size_t index_count;
    bool provisioned, on_demand; /* what was said; neither: on demand, or as LIKE has it */
    int64_t read_units, write_units;
    int64_t max_read, max_write;   /* ON DEMAND MAX; 0: no limit */
    int64_t warm_read, warm_write; /* 0: not said */
    const char *stream;            /* StreamViewType, or NULL */
    bool has_stream;               /* STREAM was said, perhaps OFF */
    struct text ttl;
    int pitr_days; /* -1: not said; 0: ON */
    bool pitr, infrequent, protect, encrypt;
    struct text encryption_key;
    const struct value *tags;
};

bool table_parse_definition(struct lexer *lexer, struct table_definition *out, struct error *err);
/* [LOCAL] INDEX name (key, ..) ..; types may come from the columns of table. */
bool table_parse_index(struct lexer *lexer, const struct table_definition *table,
    struct table_index *index, struct error *err);
/* "STREAM", "TTL" ..: the setting that was read into table, or NULL with err set. */
const char *table_parse_setting(struct lexer *lexer, struct table_definition *table,
    struct error *err);
/* Whether a setting is one of the two capacity modes, which exclude each other. */
bool table_is_capacity(const char *setting);
/* n RCU n WCU */
bool table_parse_units(struct lexer *lexer, int64_t *read, int64_t *write, struct error *err);
/* The CreateTable request. */
void table_add_request(struct buf *out, const struct table_definition *definition);
/* Its parts, which ALTER TABLE sends as well. */
void table_add_attribute(struct json_writer *writer, struct text name, char type);
void table_add_index(struct json_writer *writer, const struct table_definition *table,
    const struct table_index *index);
void table_add_units(struct json_writer *writer, const char *member, const char *read_name,
    int64_t read, const char *write_name, int64_t write);
void table_add_stream(struct json_writer *writer, struct text view);
void table_add_tags(struct json_writer *writer, const struct value *tags);
/* The same for CREATE TABLE .. LIKE: source is the Table object of DescribeTable. */
void table_add_request_like(struct buf *out, const struct table_definition *definition,
    const struct json *source);

enum error_code table_plan_create(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);
enum error_code table_run_create(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);

/* One call whose request is {"TableName": name} when request is empty; the answer lives in the
   job's arena. NULL with err set. */
const struct json *table_send(struct job *job, struct link *link, const char *operation,
    struct text name, struct text request, struct error *err);
/* Until the table and its indexes are ACTIVE, or it is gone; ERROR_NETWORK after 30 minutes. */
enum error_code table_wait(struct job *job, struct link *link, struct text name, bool until_gone,
    struct error *err) MUST_CHECK;

/* What DESCRIBE and SHOW INDEXES OF name. */
struct table_reference {
    struct table_ref table;
};
bool table_is_on_demand(const struct json *table);
/* add for each index, the local ones first. */
void table_add_indexes(struct buf *out, const struct json *table,
    void (*add)(struct buf *out, const struct json *table, const struct json *index, bool local));
/* "cust STRING HASH, ts NUMBER RANGE": a KeySchema, with the types of the Table object. */
void table_add_keys(struct buf *out, const struct json *table, const struct json *schema);
/* The statement that makes a table like this one; table is the Table object of DescribeTable, what
   it does not say is asked for. */
void table_add_definition(struct buf *out, struct job *job, struct link *link, struct text name,
    const struct json *table);
/* The definition of a table and when it was made: its state while a change of it waits. out->link
   is given. */
enum error_code table_read_state(struct job *job, struct text name, struct object_state *out,
    struct error *err) MUST_CHECK;
enum error_code table_run_show_create(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);
enum error_code table_run_describe(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);

#endif
