#include "client/sign.h"

#include "base/crypto.h"
#include "client/sign_canonical.h"

bool sign_parse(struct text authorization, struct sign_claim *claim)
{
    static const struct text algorithm = {"AWS4-HMAC-SHA256", sizeof "AWS4-HMAC-SHA256" - 1};
    struct text rest = text_trim(authorization), field, name;

    *claim = (struct sign_claim){0};
    if (!text_starts_with(rest, algorithm))
        return false;
    rest = text_slice(rest, algorithm.length, rest.length);
    if (rest.length > 0 && rest.data[0] != ' ' && rest.data[0] != '\t')
        return false;
    while (text_take_field(&rest, ',', &field)) {
        field = text_trim(field);
        if (!text_take_until(&field, '=', &name))
            continue;
        if (text_is(name, "SignedHeaders")) {
            claim->signed_headers = field;
        } else if (text_is(name, "Signature")) {
            claim->signature = field;
        } else if (text_is(name, "Credential") &&
                   text_take_field(&field, '/', &claim->access_key) &&
                   text_take_field(&field, '/', &claim->date_stamp) &&
                   text_take_field(&field, '/', &claim->region) &&
                   text_take_field(&field, '/', &claim->service)) {
            claim->terminator = field;
        }
    }
    return true;
}

bool sign_verify(const struct sign_claim *claim, struct text secret_key,
    const struct sign_request *request)
{
    const struct sign_scope scope = {.date = claim->date,
        .date_stamp = claim->date_stamp,
        .region = claim->region,
        .service = claim->service,
        .terminator = claim->terminator};
    char signature[SIGN_HEX];

    return !sign_compute(request, claim->signed_headers, &scope, secret_key, signature) &&
           crypto_equal(text_make(signature, sizeof signature), claim->signature);
}
