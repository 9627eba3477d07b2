#include <string.h>

#include "base/width.h"
#include "console/output/format.h"

/* One attribute per line; absent ones are left out. */

static void add_line(struct output *output, struct text name, const struct value *value,
    size_t width)
{
    struct buf *out = &output->writer->buf;
    size_t limit = output->options.max_cell > 0 ? (size_t)output->options.max_cell : SIZE_MAX;
    size_t used = width_add(out, name, SIZE_MAX, "", output->options.ascii);

    buf_add_repeat(out, ' ', width - used + 2);
    width_add(out, output_cell(output, name, value, "-"), limit, "~", output->options.ascii);
    buf_add_char(out, '\n');
}

static void vertical_row(struct output *output, const struct value *item)
{
    size_t count = 0, width = 0;
    const struct text *name = output_names(output, item, false, &count);

    if (!name) {
        output->writer->buf.failure = ERROR_MEMORY;
        return;
    }
    buf_add_format(&output->writer->buf, "-[ %llu ]-\n", (unsigned long long)output->row_count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t columns = width_text(name[i], output->options.ascii);

        if (columns > width && output_get(item, name[i]))
            width = columns;
    }
    for (size_t i = 0; i < count; i++) {
        const struct value *value = output_get(item, name[i]);

        if (value)
            add_line(output, name[i], value, width);
    }
}

const struct output_format vertical_format = {
    .name = "vertical",
    .row = vertical_row,
};
