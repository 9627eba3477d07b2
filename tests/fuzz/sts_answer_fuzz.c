#include "client/sts_answer.h"
#include "client/xml.h"

#include <assert.h>
#include <stdint.h>

/*
 * Any bytes as an answer of STS: taken with its four fields, or refused with the one sentence. The
 * reader below it closes exactly what it opened.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_balance(struct text source)
{
    struct xml_reader reader;
    size_t depth = 0;
    enum xml_kind kind;
    struct buf out;

    buf_init(&out, 1 << 20);
    xml_start(&reader, source);
    while ((kind = xml_next(&reader)) != XML_END && kind != XML_BROKEN) {
        depth += kind == XML_OPEN;
        depth -= kind == XML_CLOSE;
        assert(depth <= XML_DEPTH && (kind != XML_TEXT || depth > 0));
        if (kind == XML_TEXT && xml_add_text(&out, reader.content))
            assert(out.failure || out.length <= source.length);
        buf_clear(&out);
    }
    assert(kind == XML_BROKEN || depth == 0);
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text source = text_make((const char *)data, size);
    struct sts_answer answer;
    struct error err = {0};

    check_balance(source);
    sts_answer_init(&answer);
    if (sts_answer_read(&answer, source, "AssumeRole", &err))
        assert(err.code == ERROR_NETWORK || err.code == ERROR_MEMORY);
    else
        assert(answer.access_key.length > 0 && answer.secret_key.length > 0 &&
               answer.token.length > 0 && answer.expiration.length > 0);
    sts_answer_done(&answer);
    return 0;
}
