#ifndef ENDPOINT_TABLES_POLICY_DOCUMENT_H
#define ENDPOINT_TABLES_POLICY_DOCUMENT_H

#include "endpoint/tables/request.h"

#include <stdbool.h>

enum { POLICY_SIZE = 20480 };

/*
 * Reads a resource-based policy and writes it as the service gives it back: without blanks, members
 * in a fixed order, lists of one as a string, an account as the ARN of its root. Two documents that
 * are the same then are one revision. The result is in the arena of the request; false when
 * refused. Who may do what is not looked into.
 */
bool policy_document_read(struct request *request, struct text source, struct text *out);

#endif
