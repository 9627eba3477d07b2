#include "endpoint/tables/import_row.h"

#include "base/crypto.h"
#include "base/utf8.h"
#include "client/number.h"
#include "endpoint/tables/attribute.h"
#include "endpoint/tables/schema.h"
#include "endpoint/tables/shapes.h"

enum { BLOB_LIMIT = 1024 * 1024 };

void import_row_begin(struct request *request, struct table *table, struct arena *arena)
{
    static const struct operation row = {.name = "ImportTable"};

    *request = (struct request){.operation = &row, .arena = arena, .table = table};
}

/* The item against the table, as a put checks it. */
static bool take_item(struct request *request, struct item_write *write)
{
    write->kind = WRITE_PUT;
    write->table = request->table;
    return schema_check_item(request, request->table, write->item) &&
           write_take_item(request, write) && write_take_key(request, write, write->item);
}

bool import_row_json(struct request *request, struct text line, struct item_write *write)
{
    struct json *json;
    struct error err;

    json = json_parse(line, request->arena, &err);
    if (!json && err.code == ERROR_MEMORY)
        return request_exhausted(request);
    if (!json || !request_get(json, "Item"))
        return request_fail(request, MESSAGE_IMPORT_ROW,
            ARGUMENTS(json ? TEXT("it has no Item") : text_of(err.text)));
    /* {"Item": ..} has the shape of a PutItem. */
    return shape_check(request, json, &shape_put_item) &&
           attribute_read_member(request, request_get(json, "Item"), &write->item) &&
           take_item(request, write);
}

static const struct key_attribute *find_definition(const struct table *table, struct text name)
{
    for (size_t i = 0; i < table->definition_count; i++)
        if (text_equal(table->definition[i].name, name))
            return &table->definition[i];
    return NULL;
}

static bool read_blob(struct request *request, struct text field, struct text *out)
{
    struct buf bytes;
    bool read;

    buf_init(&bytes, BLOB_LIMIT);
    read = crypto_from_base64(&bytes, field);
    *out = arena_text(request->arena, buf_view(&bytes));
    buf_done(&bytes);
    if (!out->data)
        return request_exhausted(request);
    return read ||
           request_fail(request, MESSAGE_IMPORT_ROW, ARGUMENTS(TEXT("a binary is not Base64")));
}

/* Key attributes have the type that the table says, everything else is a string. */
static bool read_field(struct request *request, const struct key_attribute *definition,
    struct text field, struct value *out)
{
    struct error err = {.code = ERROR_NONE};

    *out = (struct value){.type = definition ? definition->type : VALUE_S, .text = field};
    if (out->type == VALUE_B)
        return read_blob(request, field, &out->text);
    if (out->type == VALUE_N && number_canonical(field, request->arena, &out->text, &err))
        return err.code == ERROR_INVALID
                   ? request_fail(request, MESSAGE_VALUE_OTHER, ARGUMENTS(text_of(err.text)))
                   : request_exhausted(request);
    if (!out->text.data)
        out->text = text_make("", 0);
    return utf8_is_valid(field) ||
           request_fail(request, MESSAGE_IMPORT_ROW, ARGUMENTS(TEXT("it is not UTF-8")));
}

bool import_row_csv(struct request *request, const struct csv_row *names, const struct csv_row *row,
    struct item_write *write)
{
    struct value *item;

    if (row->count != names->count)
        return request_fail(request, MESSAGE_IMPORT_COLUMNS,
            ARGUMENTS(request_number(request, (int64_t)row->count),
                request_number(request, (int64_t)names->count)));
    item = value_new_container(request->arena, VALUE_M, row->count);
    if (!item)
        return request_exhausted(request);
    for (size_t i = 0; i < row->count; i++) {
        const struct key_attribute *definition = find_definition(request->table, names->field[i]);

        /* Nothing in the column of an index key: the item is not in the index. */
        if (row->field[i].length == 0 && definition &&
            !key_find(&request->table->key, definition->name))
            continue;
        item->name[item->count] = names->field[i];
        if (!read_field(request, definition, row->field[i], &item->element[item->count++]))
            return false;
    }
    value_sort(item);
    write->item = item;
    return take_item(request, write);
}

bool import_row_check_names(struct request *request, const struct csv_row *names)
{
    struct value *sorted = value_new_container(request->arena, VALUE_SS, names->count);

    if (!sorted)
        return request_exhausted(request);
    for (size_t i = 0; i < names->count; i++) {
        if (names->field[i].length == 0)
            return request_fail(request, MESSAGE_VALUE_NAME_EMPTY, NULL);
        if (!utf8_is_valid(names->field[i]))
            return request_fail(request, MESSAGE_IMPORT_ROW, ARGUMENTS(TEXT("it is not UTF-8")));
        sorted->element[sorted->count++] = (struct value){.type = VALUE_S, .text = names->field[i]};
    }
    value_sort(sorted);
    for (size_t i = 1; i < sorted->count; i++)
        if (text_equal(sorted->element[i - 1].text, sorted->element[i].text))
            return request_fail(request, MESSAGE_IMPORT_HEADER, ARGUMENTS(sorted->element[i].text));
    return true;
}
