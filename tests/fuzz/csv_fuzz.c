#include "base/arena.h"
#include "base/buf.h"
#include "base/csv.h"

#include <assert.h>
#include <stdint.h>

/*
 * The first byte chooses the delimiter and how much of the input is there at first. Rows read in
 * pieces are the rows read at once, and every step uses up something.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_row(struct buf *out, enum csv_result result, const struct csv_row *row)
{
    buf_add_format(out, "%d", (int)result);
    for (size_t i = 0; result == CSV_ROW && i < row->count; i++) {
        buf_add_format(out, "|%zu:", row->field[i].length);
        buf_add_text(out, row->field[i]);
    }
    buf_add_char(out, '\n');
}

/* All rows, the input growing by step bytes whenever more is asked for; 0: all of it at once. */
static void read_all(struct text input, char delimiter, size_t step, struct arena *arena,
    struct buf *out)
{
    size_t at = 0, end = step ? 0 : input.length;

    for (;;) {
        struct text view = text_slice(input, at, end);
        struct csv_row row;
        size_t length;
        enum csv_result result;

        arena_reset(arena);
        result = csv_read_row(view, delimiter, end == input.length, arena, &row, &length);
        if (result == CSV_END)
            return;
        if (result == CSV_MORE) {
            assert(end < input.length);
            end = input.length - end < step ? input.length : end + step;
            continue;
        }
        assert(result == CSV_ROW || result == CSV_BAD);
        assert(length > 0 && length <= view.length);
        add_row(out, result, &row);
        at += length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char delimiters[] = ",;:|\t ";
    struct text input = {(const char *)data + 1, size > 0 ? size - 1 : 0};
    struct error err;
    struct arena *arena = arena_new(64 << 20, &err);
    struct buf whole, pieces;

    if (size == 0 || size > 4096) {
        arena_free(arena);
        return 0;
    }
    assert(arena);
    buf_init(&whole, 1 << 20);
    buf_init(&pieces, 1 << 20);
    read_all(input, delimiters[data[0] % 6], 0, arena, &whole);
    read_all(input, delimiters[data[0] % 6], 1 + data[0] / 6U, arena, &pieces);
    assert(text_equal(buf_view(&whole), buf_view(&pieces)));
    buf_done(&whole);
    buf_done(&pieces);
    arena_free(arena);
    return 0;
}
