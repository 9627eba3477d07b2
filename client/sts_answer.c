#include "client/sts_answer.h"

#include <stdbool.h>
#include <stdio.h>

#include "client/xml.h"

enum { FIELD_LIMIT = 16 * 1024, PLACE_DEPTH = 4 };

void sts_answer_init(struct sts_answer *answer)
{
    buf_init(&answer->access_key, FIELD_LIMIT);
    buf_init(&answer->secret_key, FIELD_LIMIT);
    buf_init(&answer->token, FIELD_LIMIT);
    buf_init(&answer->expiration, FIELD_LIMIT);
}

void sts_answer_done(struct sts_answer *answer)
{
    buf_wipe(&answer->access_key);
    buf_wipe(&answer->secret_key);
    buf_wipe(&answer->token);
    buf_wipe(&answer->expiration);
}

/* Where the text of the reader's place belongs; NULL: nowhere. */
static struct buf *find_field(struct sts_answer *answer, const struct xml_reader *reader,
    const char *operation)
{
    struct {
        const char *name;
        struct buf *field;
    } field_table[] = {
        {"AccessKeyId", &answer->access_key},
        {"Expiration", &answer->expiration},
        {"SecretAccessKey", &answer->secret_key},
        {"SessionToken", &answer->token},
    };
    char response[80], result[80];

    snprintf(response, sizeof response, "%sResponse", operation);
    snprintf(result, sizeof result, "%sResult", operation);
    if (reader->depth != PLACE_DEPTH || !text_is(reader->open[0], response) ||
        !text_is(reader->open[1], result) || !text_is(reader->open[2], "Credentials"))
        return NULL;
    for (size_t i = 0; i < sizeof field_table / sizeof field_table[0]; i++)
        if (text_is(reader->open[3], field_table[i].name))
            return field_table[i].field;
    return NULL;
}

enum error_code sts_answer_read(struct sts_answer *answer, struct text xml, const char *operation,
    struct error *err)
{
    struct xml_reader reader;
    enum xml_kind kind;
    bool good = true;

    xml_start(&reader, xml);
    while (good && (kind = xml_next(&reader)) != XML_END) {
        struct buf *field = kind == XML_TEXT ? find_field(answer, &reader, operation) : NULL;

        good = kind != XML_BROKEN;
        if (field)
            good = field->length == 0 && xml_add_text(field, text_trim(reader.content));
    }
    if (answer->access_key.failure == ERROR_MEMORY || answer->secret_key.failure == ERROR_MEMORY ||
        answer->token.failure == ERROR_MEMORY || answer->expiration.failure == ERROR_MEMORY)
        return error_memory(err);
    if (!good || answer->access_key.length == 0 || answer->secret_key.length == 0 ||
        answer->token.length == 0 || answer->expiration.length == 0 || answer->token.failure)
        return error_set(err, ERROR_NETWORK, "the answer of %s holds no credentials", operation);
    return ERROR_NONE;
}
