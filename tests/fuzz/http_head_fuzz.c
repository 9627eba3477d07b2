#include "endpoint/http_chunk.h"
#include "endpoint/http_head.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/*
 * A head is found in the same place however it arrives, what is accepted is framed in one way
 * only, and chunks decode alike whole and byte by byte.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool stands_in(struct text part, struct text whole)
{
    return !part.data || part.length == 0 ||
           (part.data >= whole.data && part.data + part.length <= whole.data + whole.length);
}

static unsigned count_headers(const struct http_head *head, const char *name)
{
    unsigned count = 0;

    for (size_t i = 0; i < head->header_count; i++)
        count += text_is_ignoring_case(head->header[i].name, name);
    return count;
}

static void check_head(struct text received)
{
    struct http_header header[HTTP_HEADER_LIMIT];
    struct http_head head = {.header = header};
    const char *why = NULL;
    int status = http_head_parse(received, &head, &why);

    if (status) {
        assert(status >= 400 && status < 600 && why && *why);
        return;
    }
    assert(http_is_token(head.method) && head.path.length > 0);
    assert(head.path.data[0] == '/' || text_is(head.path, "*"));
    assert(stands_in(head.target, received) && stands_in(head.query, received));
    assert(head.header_count <= HTTP_HEADER_LIMIT);
    for (size_t i = 0; i < head.header_count; i++) {
        assert(http_is_token(head.header[i].name) && stands_in(head.header[i].name, received));
        assert(http_value_is_safe(head.header[i].value));
        assert(stands_in(head.header[i].value, received));
    }
    assert(count_headers(&head, "content-length") + count_headers(&head, "transfer-encoding") <= 1);
    assert(count_headers(&head, "host") == 1 || head.is_http_1_0);
}

static void check_scan(struct text received)
{
    enum http_scan at_once, in_parts = HTTP_SCAN_MORE;
    size_t scanned = 0, again = 0;

    at_once = http_head_scan(received, &scanned);
    for (size_t end = 1; end <= received.length && in_parts == HTTP_SCAN_MORE; end++)
        in_parts = http_head_scan(text_slice(received, 0, end), &again);
    assert(in_parts == at_once);
    if (at_once == HTTP_SCAN_FOUND) {
        assert(scanned == again && scanned <= HTTP_HEAD_LIMIT);
        check_head(text_slice(received, 0, scanned));
    }
}

static void check_chunks(struct text received)
{
    enum http_chunk_result at_once, in_parts = HTTP_CHUNK_NEEDS_MORE;
    struct http_chunk whole = {0}, parts = {0};
    struct text input = received;
    struct buf first, second;

    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    at_once = http_chunk_decode(&whole, &input, &first);
    for (size_t i = 0; i < received.length && in_parts == HTTP_CHUNK_NEEDS_MORE; i++) {
        struct text byte = text_slice(received, i, i + 1);

        in_parts = http_chunk_decode(&parts, &byte, &second);
    }
    assert(at_once == in_parts);
    assert(text_equal(buf_view(&first), buf_view(&second)));
    buf_done(&first);
    buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text received = text_make((const char *)data, size);

    if (size <= 32 * 1024) {
        check_scan(received);
        check_chunks(received);
    }
    return 0;
}
