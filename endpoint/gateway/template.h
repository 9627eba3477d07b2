#ifndef ENDPOINT_GATEWAY_TEMPLATE_H
#define ENDPOINT_GATEWAY_TEMPLATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "client/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Mapping templates (the language of Apache Velocity as API Gateway has it, gateway.md 9.2):
 * parsed once into a tree, run for each request. A tree is never changed by running it.
 * Limits: 300 KB of source, nesting 64, 1,000 rounds of a loop, 1,000,000 steps, 10 MB of output.
 */
enum {
    TEMPLATE_SOURCE_LIMIT = 300 * 1024,
    TEMPLATE_NESTING = 64,
    TEMPLATE_ROUNDS = 1000,
    TEMPLATE_STEPS = 1000000,
    TEMPLATE_OUTPUT = 10 * 1024 * 1024
};

struct template;

/*
 * Parses into the arena; source must outlive the tree. NULL with err set (ERROR_USAGE with line
 * and column for what is wrong or not supported).
 */
const struct template *template_parse(struct text source, struct arena *arena,
    struct error *err) MUST_CHECK;

/* What a template changes about the answer or the request to come. */
struct template_override {
    struct http_header header[32], query[32], path[32]; /* requestOverride */
    size_t header_count, query_count, path_count;
    struct http_header response[32]; /* responseOverride.header */
    size_t response_count;
    int status; /* responseOverride.status, 0 = none */
};

/* What a template can see; everything is borrowed. */
struct template_input {
    struct text body;                                /* raw */
    const struct json *document;                     /* the body parsed, NULL when it is not JSON */
    const struct http_header *path, *query, *header; /* decoded parameters */
    size_t path_count, query_count, header_count;
    const struct json *context;         /* an object */
    const struct json *stage_variables; /* an object, or NULL */
};

/*
 * Adds the output to out. Memory comes from the arena. ERROR_USAGE for what fails at run time,
 * ERROR_LIMIT for a limit passed.
 */
enum error_code template_run(const struct template *template, const struct template_input *input,
    struct arena *arena, struct buf *out, struct template_override *override,
    struct error *err) MUST_CHECK;

#endif
