#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/*
 * How a function says that it failed. Codes are few: each is a class that a script can tell
 * apart by exit status (console/main.c maps them); the detail is in the text.
 */

#define MUST_CHECK __attribute__((warn_unused_result))

enum error_code {
    ERROR_NONE = 0,
    ERROR_MEMORY,    /* an allocation failed */
    ERROR_IO,        /* a local file, pipe or terminal failed */
    ERROR_LIMIT,     /* a limit of our own was passed: size, depth, count */
    ERROR_USAGE,     /* the input cannot be understood: syntax, options, missing parameter */
    ERROR_MISSING,   /* GET of a key that is not there */
    ERROR_CONDITION, /* a condition did not hold; object changed meanwhile */
    ERROR_NOT_FOUND, /* table, index, API, route ... absent, or not active */
    ERROR_THROTTLED, /* throttled after all retries */
    ERROR_ACCESS,    /* no credentials, denied, bad signature, expired */
    ERROR_NETWORK,   /* DNS, connect, TLS, time-out, 5xx after retries, ambiguous write */
    ERROR_REFUSED,   /* refused by safety: read-only, unanswered question, scan not allowed */
    ERROR_PARTIAL,   /* part of the work is done, the rest is reported */
    ERROR_INVALID,   /* the service says invalid, or live metadata shows that it would */
    ERROR_DIFFERENT, /* differences found */
    ERROR_CANCELLED, /* the user stopped it */
    ERROR_INTERNAL   /* a broken invariant of ours */
};

/* Owned by the caller, usually on its stack; nothing in it needs freeing. */
struct error {
    enum error_code code;
    int line, column; /* place in the input, 1-based, in characters; 0 when there is none */
    char text[480];   /* one line, UTF-8, no full stop, safe to print */
    char hint[160];   /* what would help, same form; empty when there is none */
};

/*
 * Fills err and returns code, so that failing is one statement. The hint is cleared. A text that
 * does not fit is cut at a character. Control characters, bidirectional overrides and invalid
 * UTF-8 in the formatted result are replaced by visible escapes, so foreign text may go in.
 */
enum error_code error_set(struct error *err, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with a place in the input. */
enum error_code error_set_at(struct error *err, enum error_code code, int line, int column,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds the hint line; call it right after error_set. Returns err->code. */
enum error_code error_hint(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts "place: " in front of the text. Returns err->code. */
enum error_code error_wrap(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "out of memory" */
enum error_code error_memory(struct error *err);

#endif
