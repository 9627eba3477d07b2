#ifndef CLIENT_STS_ANSWER_H
#define CLIENT_STS_ANSWER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

/* The keys in an answer of the Security Token Service (API version 2011-06-15). */
struct sts_answer {
    struct buf access_key, secret_key, token, expiration;
};

void sts_answer_init(struct sts_answer *answer);
void sts_answer_done(struct sts_answer *answer); /* wipes */

/*
 * Reads OPERATIONResponse / OPERATIONResult / Credentials with its four elements, each once; what
 * stands beside them is passed over. operation: "AssumeRole". ERROR_NETWORK when it is anything
 * else; nothing of the answer is in the sentence.
 */
enum error_code sts_answer_read(struct sts_answer *answer, struct text xml, const char *operation,
    struct error *err) MUST_CHECK;

#endif
