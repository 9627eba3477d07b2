#include "panels/cell.h"

#include <stdio.h>
#include <string.h>

enum { ONLY_NULL = 1 << VALUE_NULL, SHOWN_LITERAL = 60 };

bool cell_is_number_column(uint16_t types)
{
    return (types & ~ONLY_NULL) == 1 << VALUE_N;
}

const char *cell_column_type(uint16_t types)
{
    int found = -1;

    for (int type = VALUE_S; type <= VALUE_BS; type++) {
        if (!(types & 1 << type) || type == VALUE_NULL)
            continue;
        if (found >= 0)
            return "?";
        found = type;
    }
    if (found < 0)
        return types ? value_type_name(VALUE_NULL) : "";
    return value_type_name((enum value_type)found);
}

static struct text print(char *scratch, int length)
{
    size_t limit = CELL_SCRATCH - 1;

    return text_make(scratch, (size_t)length < limit ? (size_t)length : limit);
}

/* {a,b,...}: as many members as fit; the canvas cuts the rest. */
static struct text set_text(const struct value *value, char *scratch)
{
    size_t length = 0;

    scratch[length++] = '{';
    for (size_t i = 0; i < value->count && length + 2 < CELL_SCRATCH; i++) {
        const struct value *member = &value->element[i];
        size_t room = CELL_SCRATCH - length - 2, size = member->text.length;

        if (i > 0)
            scratch[length++] = ',';
        if (member->type == VALUE_B) {
            length += (size_t)snprintf(scratch + length, room < 24 ? room : 24, "<%zuB>", size);
            continue;
        }
        if (size > room)
            size = room;
        memcpy(scratch + length, member->text.data, size);
        length += size;
    }
    if (length < CELL_SCRATCH)
        scratch[length++] = '}';
    return text_make(scratch, length < CELL_SCRATCH ? length : CELL_SCRATCH);
}

/* 12 in a column of texts, "12" in a column of numbers: they must not look the same. */
static bool is_foreign(const struct value *value, uint16_t types)
{
    return value->type == VALUE_S && cell_is_number_column((uint16_t)(types & ~(1 << VALUE_S))) &&
           types & 1 << VALUE_N;
}

struct text cell_text(const struct value *value, uint16_t types, char scratch[CELL_SCRATCH])
{
    if (!value)
        return TEXT("-");
    switch (value->type) {
    case VALUE_S:
        if (value->text.length == 0)
            return TEXT("\"\"");
        if (is_foreign(value, types))
            return print(scratch,
                snprintf(scratch, CELL_SCRATCH, "\"%.*s\"",
                    (int)(value->text.length < SHOWN_LITERAL ? value->text.length : SHOWN_LITERAL),
                    value->text.data));
        return value->text;
    case VALUE_N:
        return value->text;
    case VALUE_B:
        return print(scratch, snprintf(scratch, CELL_SCRATCH, "<%zuB>", value->text.length));
    case VALUE_BOOL:
        return value->boolean ? TEXT("yes") : TEXT("no");
    case VALUE_NULL:
        return TEXT("NULL");
    case VALUE_L:
        return print(scratch, snprintf(scratch, CELL_SCRATCH, "[..%zu]", value->count));
    case VALUE_M:
        return print(scratch, snprintf(scratch, CELL_SCRATCH, "{..%zu}", value->count));
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        break;
    }
    return set_text(value, scratch);
}

enum role cell_role(const struct value *value)
{
    if (!value || value->type == VALUE_NULL)
        return ROLE_NULL;
    switch (value->type) {
    case VALUE_N:
    case VALUE_NS:
        return ROLE_TYPE_N;
    case VALUE_B:
    case VALUE_BS:
        return ROLE_TYPE_B;
    case VALUE_BOOL:
        return ROLE_TYPE_BOOL;
    case VALUE_S:
    case VALUE_SS:
    case VALUE_L:
    case VALUE_M:
    case VALUE_NULL:
        break;
    }
    return ROLE_TYPE_S;
}

struct text cell_whole(const struct value *value, struct buf *scratch)
{
    if (!value)
        return TEXT("");
    if (value->type == VALUE_S || value->type == VALUE_N)
        return value->text;
    if (value->type == VALUE_BOOL)
        return value->boolean ? TEXT("yes") : TEXT("no");
    if (value->type == VALUE_NULL)
        return TEXT("NULL");
    buf_clear(scratch);
    value_add_literal(scratch, value);
    return buf_view(scratch);
}
