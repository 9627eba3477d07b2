#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/item_text_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Items that are copied as text must be what values print: ddbjson, then json and jsonl. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        struct error err = {0};
        struct arena *arena = arena_new(64 << 20, &err);
        struct text items = text_make((const char *)data, size);
        size_t taken;

        if (arena && !check_items(items, is_plain, arena, &taken))
            abort(); /* allowed: how a fuzz target reports */
        arena_free(arena);
    }
    return 0;
}
