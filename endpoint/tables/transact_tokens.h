#ifndef ENDPOINT_TABLES_TRANSACT_TOKENS_H
#define ENDPOINT_TABLES_TRANSACT_TOKENS_H

#include "base/crypto.h"
#include "base/text.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * ClientRequestToken (tables.md 13): for ten minutes a token stands for the request it came with.
 * Tokens are kept in the file, by account and region.
 */
enum { TOKEN_LENGTH = 36, TOKEN_LIFE_MS = 10 * 60 * 1000 };

struct token {
    struct text text;            /* data NULL: the request has none */
    uint8_t hash[CRYPTO_SHA256]; /* of what the request asks for */
};

/* Adds a member error when the token is too short or too long. */
void token_check(struct request *request);
/*
 * Loop thread: reads the token and refuses the request while another with the same one is under
 * way. Members in another order and sets in another order are the same request.
 */
bool token_read(struct request *request, struct token *token);

enum token_state { TOKEN_NEW, TOKEN_SAME, TOKEN_OTHER, TOKEN_FAILED };

/* Writer thread, inside a transaction. */
enum token_state token_look_up(struct request *request, const struct token *token,
    struct store *store, uint64_t now_ms);
enum store_result token_keep(struct request *request, const struct token *token,
    struct store *store, uint64_t now_ms);
/* Drops up to limit expired ones; *dropped says how many. */
enum store_result token_trim(struct store *store, uint64_t now_ms, int limit, int *dropped);

#endif
