#ifndef ENDPOINT_TABLES_TABLE_INPUT_H
#define ENDPOINT_TABLES_TABLE_INPUT_H

#include "base/json.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/table.h"

#include <stdbool.h>
#include <stddef.h>

/* Reading the members of CreateTable and UpdateTable into a draft (tables.md 5, 7.4). */

/* Names and enums of a list of definitions, key elements, an index: joined errors. */
void input_check_definitions(struct request *request, const struct json *list);
void input_check_key(struct request *request, const struct json *list, const char *member,
    size_t limit);
void input_check_index(struct request *request, const struct json *index, const char *member,
    size_t key_limit);
/* CreateTable's and UpdateTable's settings: enums and ranges. */
void input_check_settings(struct request *request);
void input_check_throughput(struct request *request, const struct json *object, const char *member);

bool input_read_definitions(struct request *request, struct table *draft, const struct json *list);
/* The key of a table (global false) or of an index; types come from the draft's definitions. */
bool input_read_key(struct request *request, struct table *draft, const struct json *list,
    bool global, struct key_schema *out);
/* Everything but the slot; local and key checks included. */
bool input_read_index(struct request *request, struct table *draft, const struct json *json,
    bool local, struct table_index *out);
/* NonKeyAttributes over all indexes, at most 100. */
bool input_check_total(struct request *request, const struct table *draft);

/* A throughput member; false when it is out of bounds. Absent leaves out as it is. */
bool input_read_throughput(struct request *request, const struct json *object,
    struct throughput *out);
/* A settings member kept as JSON text in the draft's arena; absent leaves out as it is. */
bool input_read_raw(struct request *request, struct table *draft, const struct json *object,
    const char *name, struct text *out);
bool input_read_encryption(struct request *request, struct table *draft);

/* ", "-joined AttributeNames of a list of definitions or key elements. */
struct text input_names(struct request *request, const struct json *list);
/* ", "-joined names of the definitions. */
struct text input_definition_names(struct request *request, const struct table *draft);
/* Is the attribute a key of the table or of an index? */
bool input_is_used(const struct table *draft, struct text name);
/* Drops definitions that no key uses, other than CreateTable, which refuses them. */
void input_prune_definitions(struct table *draft);
/* ", "-joined names of all key attributes, without repeats. */
struct text input_used_names(struct request *request, const struct table *draft);

#endif
