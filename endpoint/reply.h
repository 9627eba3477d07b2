#ifndef ENDPOINT_REPLY_H
#define ENDPOINT_REPLY_H

#include "base/buf.h"
#include "base/text.h"
#include "endpoint/http_server.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Answers in the shapes of the AWS protocols. Each function answers the exchange, which is gone
 * afterwards. Loop thread only.
 */

enum { REPLY_ID_LENGTH = 52, REPLY_COMPRESS_FROM = 4096 };

/* 52 characters of A-Z 0-9, unique; out holds REPLY_ID_LENGTH + 1 bytes. */
void reply_make_id(char *out);

/*
 * DynamoDB and its streams (tables.md 1.2): x-amzn-RequestId, x-amz-crc32 of the bytes sent,
 * Content-Type echoed, Server, gzip or deflate when accepted and body is larger than 4,096 bytes.
 */
void reply_dynamodb(struct exchange *exchange, int status, struct text body);

/*
 * The same in two steps: for a long body the first one, which takes the time, is done on another
 * thread. body stays the caller's and must outlive this.
 */
struct reply_body {
    struct text text;   /* the bytes to send: body, or packed */
    struct buf packed;  /* owned */
    const char *coding; /* Content-Encoding; NULL: none */
    uint32_t sum;
};
/* Any thread. accept_encoding: the header as it came; data NULL when it did not. */
void reply_body_make(struct reply_body *out, struct text body, struct text accept_encoding);
void reply_body_done(struct reply_body *body);
void reply_dynamodb_body(struct exchange *exchange, int status, const struct reply_body *body);

/*
 * {"__type":type,"message":message}; "Message" as well for SerializationException, no message
 * member when message is empty. type with its prefix (tables.md 1.3).
 */
void reply_dynamodb_error(struct exchange *exchange, int status, const char *type,
    struct text message);

/* JSON 1.0 and 1.1 services (CloudWatch, Logs): x-amzn-RequestId as a UUID, Content-Type echoed. */
void reply_json(struct exchange *exchange, int status, struct text body);
void reply_json_error(struct exchange *exchange, int status, const char *type, struct text message);
/* The same for a service that also speaks the query protocol: x-amzn-query-error has its code. */
void reply_json_query_error(struct exchange *exchange, int status, const char *type,
    const char *query_code, struct text message);

/* REST-JSON services (API Gateway): application/json; {"message":..} with x-amzn-ErrorType. */
void reply_rest(struct exchange *exchange, int status, struct text body);
void reply_rest_error(struct exchange *exchange, int status, const char *type, struct text message);

/*
 * Query services: text/xml. content stands between <OperationResponse xmlns=".."> and its
 * ResponseMetadata; an error is an ErrorResponse of Type Sender (4xx) or Receiver.
 */
void reply_query(struct exchange *exchange, const char *operation, const char *xmlns,
    struct text content);
void reply_query_error(struct exchange *exchange, int status, const char *xmlns, const char *code,
    struct text message);

/* Any body with a content type and nothing else of AWS. */
void reply_plain(struct exchange *exchange, int status, const char *content_type, struct text body);

/* The text with &, <, >, " and controls that XML cannot hold replaced. */
void reply_add_xml(struct buf *out, struct text text);

#endif
