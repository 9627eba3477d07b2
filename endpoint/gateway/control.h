#ifndef ENDPOINT_GATEWAY_CONTROL_H
#define ENDPOINT_GATEWAY_CONTROL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "endpoint/gateway/draft.h"
#include "endpoint/gateway/gateway_store.h"
#include "endpoint/http_server.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * One request to a control plane. The dispatcher finds the operation, opens a change of the store
 * for everything but GET, runs it, commits and answers; a failed operation changes nothing.
 */
struct gateway;

enum { CONTROL_PARAMETERS = 6, CONTROL_LIST_DEFAULT = 25, CONTROL_LIST_LIMIT = 500 };

enum control_fault {
    CONTROL_NO_FAULT,
    CONTROL_BAD_REQUEST,
    CONTROL_VALIDATION, /* against the service model */
    CONTROL_SERIALIZATION,
    CONTROL_NOT_FOUND,
    CONTROL_CONFLICT,
    CONTROL_LIMIT,
    CONTROL_NOT_IMPLEMENTED,
    CONTROL_INTERNAL
};

struct control {
    struct gateway *gateway;
    struct exchange *exchange;
    struct gateway_store *store;
    struct arena *arena; /* of the exchange */
    struct draft draft;
    const struct control_operation *operation;
    struct text parameter[CONTROL_PARAMETERS]; /* path parameters in order, decoded */
    struct text account, region;
    bool is_http;      /* the second control plane */
    struct json *body; /* an object, empty when none was sent */
    /* the answer */
    int status;
    struct buf out;
    const char *definition; /* x-gatehouse-definition, or NULL */
    struct text changed;    /* API whose definition was changed, for automatic deployments */
    struct control_result { /* a document to print as the answer, once all is done */
        const char *kind;   /* NULL: out has it */
        struct text api, id;
    } result;
    bool is_taken; /* the operation answers by itself, later */
    enum control_fault fault;
    const char *message;
};

/* False: it failed, and control_fail was called. */
typedef bool control_run(struct control *call);

struct control_operation {
    const char *name, *method, *path; /* "{}" takes one segment; "{+}" the rest */
    const char *query;                /* "mode=import" must be in the query, or NULL */
    int status;                       /* of success */
    control_run *run;                 /* NULL: answers NotImplementedException */
};

/* Records the first failure; always false, so that failing is one statement. */
bool control_fail(struct control *call, enum control_fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Answers the request by the operation of that table, or with an error. */
struct control_table {
    const struct control_operation *operation;
    size_t count;
    bool is_http;
};
void control_serve(struct gateway *gateway, struct exchange *exchange,
    const struct control_table *table);

/* Members of a request body. */
enum control_kind {
    CONTROL_TEXT,
    CONTROL_BOOL,
    CONTROL_INTEGER,
    CONTROL_DOUBLE,
    CONTROL_TEXTS,
    CONTROL_TEXT_MAP,
    CONTROL_BOOL_MAP,
    CONTROL_OBJECT
};
struct control_member {
    const char *name;
    enum control_kind kind;
    const char *choices; /* "ipv4|dualstack", or NULL */
    bool required;
};
/*
 * Copies the known members of from into target; null and empty lists and maps count as absent.
 * where is the place in messages ("createStageInput"), NULL for the operation's own.
 */
bool control_take(struct control *call, const struct json *from, const char *where,
    const struct control_member *member, size_t count, struct json *target);
/* "createRestApiInput" of the operation. */
const char *control_input_name(struct control *call);
/* True when text is one of "a|b|c"; an empty one when they end in "|". */
bool control_is_choice(const char *choices, struct text text);
bool control_fail_choice(struct control *call, const char *where, const char *name,
    struct text value, const char *choices);

/* "java.lang.Boolean": how the service names the type of a value. */
const char *control_java_class(const struct json *node);
/* Percent-decoded, in the arena. */
bool control_decode(struct control *call, struct text raw, bool plus_is_blank, struct text *out);
/* First value of a query parameter, decoded; data NULL when absent. */
struct text control_query(struct control *call, const char *name);
/* True when a list parameter (repeated or joined by commas) holds the value. */
bool control_query_has(struct control *call, const char *name, const char *value);

/* Puts the tree as the answer. */
void control_answer(struct control *call, const struct json *tree);

/* A page of records. shape gives what to print for one (NULL: the record as stored); it may answer
   NULL to leave the record out. */
typedef const struct json *control_shape(struct control *call, const struct record *record);
bool control_list(struct control *call, const char *kind, struct text api, control_shape *shape);

/* A copy of the document that may be changed, and the way back. */
struct json *control_edit(struct control *call, const struct record *record);
bool control_save(struct control *call, const struct record *record, const struct json *tree);
bool control_create(struct control *call, const char *kind, struct text api, struct text id,
    const struct json *tree);
bool control_delete(struct control *call, const char *kind, struct text api, struct text id);

/* A new identifier of [a-z0-9] that no document of that kind has. */
struct text control_new_id(struct control *call, const char *kind, struct text api, size_t length);
/* An identifier chosen by tag must be a label of DNS and free; or false after control_fail. */
bool control_check_api_id(struct control *call, struct text id);
/* Now: epoch seconds for the first control plane, ISO 8601 for the second. */
struct json *control_now(struct control *call);

/* The API of the first path parameter, which must be the caller's; NULL after control_fail. */
const struct record *control_find_rest(struct control *call);
const struct record *control_find_http(struct control *call);
/* The same by account and region, without failing. */
bool control_is_own(const struct control *call, const struct record *record);

#endif
