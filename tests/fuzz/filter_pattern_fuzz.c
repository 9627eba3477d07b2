#include "endpoint/telemetry/filter_pattern.h"

#include <assert.h>
#include <stdint.h>

/*
 * The first line is a pattern, the rest a message. A pattern is taken or refused with a sentence;
 * one that is taken gives the same verdict twice.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text message = text_make((const char *)data, size), pattern;
    struct filter_pattern *parsed;
    struct error err = {0};
    struct arena *arena = arena_new(1 << 22, &err);
    struct arena *scratch = arena_new(1 << 22, &err);

    if (!arena || !scratch)
        goto out;
    if (!text_take_until(&message, '\n', &pattern)) {
        pattern = message;
        message = TEXT("{\"a\":1,\"b\":[true,null,\"x\"]}");
    }
    parsed = filter_pattern_parse(pattern, arena, &err);
    if (!parsed) {
        assert(err.code == ERROR_USAGE || err.code == ERROR_MEMORY || err.code == ERROR_LIMIT);
        assert(err.text[0] != '\0');
        goto out;
    }
    assert(filter_pattern_matches(parsed, message, scratch) ==
           filter_pattern_matches(parsed, message, scratch));
out:
    arena_free(arena);
    arena_free(scratch);
    return 0;
}
