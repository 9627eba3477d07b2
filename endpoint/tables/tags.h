#ifndef ENDPOINT_TABLES_TAGS_H
#define ENDPOINT_TABLES_TAGS_H

#include "base/json.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/store.h"

#include <stdbool.h>

/* Tags of a table by its ARN; the tag operations and what CreateTable and DeleteTable need. */

enum { TAGS_LIMIT = 50, TAGS_KEY_LIMIT = 128, TAGS_VALUE_LIMIT = 256 };

/* Joins the errors of a list of tags. */
void tags_check(struct request *request, const struct json *list);
/* The list as a whole: its number, keys of their own, none of the service's. */
bool tags_hold(struct request *request, const struct json *list);
/* Adds or replaces. Inside a transaction of the writer. */
enum store_result tags_store(struct store *store, struct text arn, const struct json *list);
enum store_result tags_drop(struct store *store, struct text arn);

bool tags_prepare_tag(struct request *request);
bool tags_prepare_untag(struct request *request);
bool tags_prepare_list(struct request *request);
enum progress tags_write_tag(struct request *request, struct write_context *context);
enum progress tags_write_untag(struct request *request, struct write_context *context);
enum progress tags_read_list(struct request *request, struct store *store);

#endif
