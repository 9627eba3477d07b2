#ifndef ENDPOINT_TELEMETRY_CLOUDWATCH_QUERY_H
#define ENDPOINT_TELEMETRY_CLOUDWATCH_QUERY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "endpoint/telemetry/cloudwatch.h"

/* The query protocol (AWS Query, version 2010-08-01): forms in, XML out. */

#define CLOUDWATCH_NAMESPACE "http://monitoring.amazonaws.com/doc/2010-08-01/"

enum { CLOUDWATCH_FIELDS_LIMIT = 20000, CLOUDWATCH_PATH_LIMIT = 16 };

/*
 * The tree a form describes: "A.member.2.B=c" is {"A":[..,{"B":"c"}]}, all values texts. NULL
 * with err set when it has too many fields or too deep names.
 */
struct json *cloudwatch_read_form(struct text form, struct arena *arena,
    struct error *err) MUST_CHECK;

/* What stands in the {Operation}Response. */
void cloudwatch_write_xml(struct buf *out, const struct cloudwatch_answer *answer);

#endif
