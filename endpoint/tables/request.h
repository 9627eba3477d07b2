#ifndef ENDPOINT_TABLES_REQUEST_H
#define ENDPOINT_TABLES_REQUEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "endpoint/reply.h"
#include "endpoint/tables/messages.h"
#include "endpoint/tables/settings.h"
#include "endpoint/tables/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One request from its arrival to its answer. It belongs to one thread at a time: the loop thread
 * reads and checks it and performs the first slice of a read; the writer performs it if it writes,
 * a reader thread the further slices of a long read; the loop answers.
 *
 * A function that can refuse the request returns false and has recorded why (request_fail); the
 * first record counts.
 */
struct tables;
struct registry;
struct store;
struct write_context;
struct shape;
struct exchange;
struct waits;
struct request;
struct worker;

enum progress {
    PROGRESS_DONE,  /* out holds the answer, or a fault is recorded */
    PROGRESS_AGAIN, /* a slice of a long read is done; call again */
    PROGRESS_WAIT,  /* out holds an answer without records: see waits.h */
    PROGRESS_BROKEN /* the store failed; a write is rolled back and tried once more alone */
};

#define OPERATION_HALF SIZE_MAX

struct operation {
    const char *name;
    const struct shape *shape; /* what the members of the request are */
    bool enveloped;            /* layer 2 messages are put in an envelope (tables.md 6.1) */
    bool alone;                /* a write that changes the catalog: a commit of its own */
    enum message_style style;
    /* Loop thread: checks everything the request and the catalog tell. */
    bool (*prepare)(struct request *request);
    /*
     * One of them performs. read: loop thread, then, as long as it says PROGRESS_AGAIN, reader
     * threads; request->slice says how much at a time. write: writer thread, inside a transaction.
     */
    enum progress (*read)(struct request *request, struct store *store);
    enum progress (*write)(struct request *request, struct write_context *context);
    /*
     * Batches only: leaves all but the first count entries of the table unprocessed (OPERATION_HALF:
     * the later half of them); an empty name is every table. Loop thread, after prepare.
     */
    void (*keep)(struct request *request, struct text table, size_t count);
    /* Writer thread, after COMMIT and before the answer; may be NULL. */
    void (*committed)(struct request *request, struct write_context *context);
};

/* How much one call of read may take before it says PROGRESS_AGAIN (readers.h). */
struct read_slice {
    uint64_t rows, bytes;
};

struct fault {
    bool set;
    enum message id;
    enum fault_kind kind;
    struct text message;
    struct text item; /* JSON of the item in a ConditionalCheckFailedException; data NULL: none */
    struct text reasons_name; /* "CancellationReasons", "ThrottlingReasons"; data NULL: none */
    struct text reasons;      /* the JSON array under that name */
};

/* What a batch used of one table, for the telemetry. */
struct table_use {
    struct table *table;
    uint64_t read_milli, write_milli;
};

struct request {
    const struct operation *operation;
    struct arena *arena;
    struct registry *catalog;
    const struct tables_settings *settings;
    const struct json *body; /* an object */
    size_t body_size;        /* bytes on the wire */
    struct text account, region;
    struct text host;       /* of the request, for DescribeEndpoints; may be empty */
    struct table *table;    /* the one it is about, or NULL; held */
    struct text table_sent; /* TableName as it was sent */
    struct table **held;    /* references for the life of the request */
    size_t held_count, held_capacity;
    struct table *draft;   /* a new description; a reference, or NULL */
    struct arena *scratch; /* for one row at a time; owned; NULL until needed */
    void *plan;            /* the operation's own, in the arena */
    bool loses_answer;     /* a fault rule: done, but the client never hears of it */
    bool read_only;        /* the store cannot be written */
    struct worker *worker; /* for jobs; NULL when the store cannot be written */
    const char *buckets;   /* folder of exports and imports; NULL in memory mode */
    /*
     * NULL, or set by the write: takes the request on the writer thread after its commit was made,
     * or a fault recorded, instead of its being answered; passes it on with request_deliver.
     */
    void (*performed)(struct request *request);

    struct buf out; /* the answer; owned */
    struct fault fault;
    struct buf joined; /* member errors so far; owned */
    size_t joined_count;
    bool tells_first; /* one member error is enough */

    /* Delivery; tables.c only. */
    struct tables *tables;
    struct exchange *exchange;
    void (*answer)(void *user, int status, struct text body);
    void *user;
    uint64_t started;
    uint64_t read_milli, write_milli; /* of table, for the telemetry */
    struct table_use *use;            /* instead, when there are several tables */
    size_t use_count;
    struct read_slice slice;
    struct text accept_encoding; /* as it came; data NULL when it did not */
    bool is_made;                /* made holds out as it will be sent */
    struct reply_body made;
    enum progress progress; /* of a read, after its last slice */
    bool sliced;            /* of a read: an earlier slice was not the last one */
    int64_t wanted;         /* PROGRESS_WAIT: the stream record it waits for */
    uint64_t wait_until_ms; /* of the loop's clock; 0 = has not waited */
    struct waits *waits;
    struct request *wait_next, *wait_previous;
    struct request *next;          /* in a queue */
    struct request *older, *newer; /* among those under way */
};

/* Records a refusal. arguments as in message_add. Always false. */
bool request_fail(struct request *request, enum message message, const struct text *arguments);
/* The same within the envelope of layer 2, and in the operation's wording. */
bool request_refuse(struct request *request, enum message message, const struct text *arguments);
/* In an envelope whatever the operation has. */
bool request_refuse_enveloped(struct request *request, enum message message,
    const struct text *arguments);
/* The wording of the operation; the older one everywhere when the server was told so. */
enum message_style request_style(const struct request *request);
/* Out of memory, or over the limit of the arena. Always false. */
bool request_exhausted(struct request *request);

/* Adds a member error (layer 1); all of them are told at once by request_members_hold. */
void request_member(struct request *request, enum message message, const struct text *arguments);
/* A member error that the older service told alone and without "1 validation error detected". */
void request_member_bare(struct request *request, enum message message,
    const struct text *arguments);
/* From now on only the first member error counts; the older service joined them all the same. */
void request_tell_first(struct request *request);
bool request_members_hold(struct request *request);

/* A member that is there and not null, or NULL. */
const struct json *request_get(const struct json *object, const char *name);
/* Text of a string member; data NULL when absent. */
struct text request_text(const struct json *object, const char *name);
/* A boolean member, also written as a string; fallback when absent. */
bool request_flag(const struct json *object, const char *name, bool fallback);
/* An integer member, decimals floored, clamped to 64 bits. */
int64_t request_integer(const struct json *object, const char *name, int64_t fallback);

/* Member checks, each of which adds its failure to the joined ones. */
void request_check_enum(struct request *request, const struct json *object, const char *name,
    const char *member, const char *set);
void request_check_present(struct request *request, const struct json *object, const char *name,
    const char *member);
/* 3..255 characters of a name; data NULL passes. */
void request_check_name(struct request *request, struct text name, const char *member);
void request_check_range(struct request *request, const struct json *object, const char *name,
    const char *member, int64_t minimum, int64_t maximum);
/* One of "A, B, C". */
bool request_is_in(struct text value, const char *set);

/* A number as text, in the arena. */
struct text request_number(struct request *request, int64_t number);

/*
 * TableName of the data plane: missing, empty, malformed. Returns false when the request is
 * refused at once (an empty name, alone); other faults are joined.
 */
bool request_check_table(struct request *request);
/* The length of a new table's name, where the older service looked before all else. */
bool request_check_length(struct request *request, struct text name);
/* TableName of the control plane: 3..255 characters or an ARN; faults are joined. */
void request_check_table_name(struct request *request);
/* Looks the table up: sets request->table or refuses. name may be an ARN of ours. */
bool request_find_table(struct request *request, struct text name, enum message missing);
/* The table named by name or ARN, held by the request; NULL when it is missing or refused. */
struct table *request_open_table(struct request *request, struct text name, enum message missing);
/* Has the request answered, with what is in out or its fault; whoever has it, any thread. */
void request_deliver(struct request *request);
/* Refuses to change a table that is being created, updated or deleted. */
bool request_check_idle(struct request *request, const struct table *table);
/* Holds a reference for the life of the request; takes it. False when out of memory. */
bool request_hold(struct request *request, struct table *table);
/* Drops what the request holds. */
void request_release(struct request *request);

#endif
