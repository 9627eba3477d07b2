#include "endpoint/tables/capacity.h"

enum capacity_mode capacity_mode(const struct request *request)
{
    struct text mode = request_text(request->body, "ReturnConsumedCapacity");

    if (text_is(mode, "TOTAL"))
        return CAPACITY_TOTAL;
    return text_is(mode, "INDEXES") ? CAPACITY_INDEXES : CAPACITY_NONE;
}

void capacity_check(struct request *request)
{
    request_check_enum(request, request->body, "ReturnConsumedCapacity", "returnConsumedCapacity",
        "INDEXES, TOTAL, NONE");
}

static uint64_t units(uint64_t size, uint64_t unit)
{
    return size <= unit ? 1 : (size + unit - 1) / unit;
}

uint64_t capacity_read(uint64_t size, bool consistent)
{
    return units(size, 4096) * (consistent ? 1000 : 500);
}

uint64_t capacity_write(uint64_t size)
{
    return units(size, 1024) * 1000;
}

void usage_add(struct usage *usage, int slot, uint64_t milli)
{
    usage->milli[slot] += milli;
    usage->used[slot] = true;
}

uint64_t usage_total(const struct usage *usage)
{
    uint64_t total = 0;

    for (int slot = 0; slot < TABLE_SLOT_COUNT; slot++)
        total += usage->milli[slot];
    return total;
}

/* 500 is 0.5, 1000 is 1.0: the service prints a double. */
static void add_units(struct json_writer *writer, enum capacity_kind kind, uint64_t milli)
{
    static const char *const also[] = {[CAPACITY_UNITS] = NULL,
        [CAPACITY_READS] = "ReadCapacityUnits",
        [CAPACITY_WRITES] = "WriteCapacityUnits"};
    char digits[32];
    size_t at = sizeof digits;

    digits[--at] = milli % 1000 >= 500 ? '5' : '0';
    digits[--at] = '.';
    for (uint64_t whole = milli / 1000; at + 2 == sizeof digits || whole > 0; whole /= 10)
        digits[--at] = (char)('0' + whole % 10);
    json_name(writer, "CapacityUnits");
    json_number(writer, text_make(digits + at, sizeof digits - at));
    if (!also[kind])
        return;
    json_name(writer, also[kind]);
    json_number(writer, text_make(digits + at, sizeof digits - at));
}

static void add_indexes(struct json_writer *writer, enum capacity_kind kind,
    const struct table *table, bool local, const struct usage *usage)
{
    bool open = false;

    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->index[i];

        if (index->local != local || !usage->used[index->slot])
            continue;
        if (!open) {
            json_name(writer, local ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes");
            json_begin_object(writer);
            open = true;
        }
        json_name_text(writer, index->name);
        json_begin_object(writer);
        add_units(writer, kind, usage->milli[index->slot]);
        json_end_object(writer);
    }
    if (open)
        json_end_object(writer);
}

void capacity_add_kind(struct json_writer *writer, enum capacity_mode mode, enum capacity_kind kind,
    const struct table *table, struct text name, const struct usage *usage)
{
    if (mode == CAPACITY_NONE)
        return;
    json_begin_object(writer);
    json_pair(writer, "TableName", name);
    add_units(writer, kind, usage_total(usage));
    if (mode == CAPACITY_INDEXES) {
        json_name(writer, "Table");
        json_begin_object(writer);
        add_units(writer, kind, usage->milli[0]);
        json_end_object(writer);
        add_indexes(writer, kind, table, true, usage);
        add_indexes(writer, kind, table, false, usage);
    }
    json_end_object(writer);
}

void capacity_add_object(struct json_writer *writer, enum capacity_mode mode,
    const struct table *table, struct text name, const struct usage *usage)
{
    capacity_add_kind(writer, mode, CAPACITY_UNITS, table, name, usage);
}

void capacity_add(struct request *request, struct json_writer *writer, const struct table *table,
    const struct usage *usage)
{
    enum capacity_mode mode = capacity_mode(request);

    if (mode == CAPACITY_NONE)
        return;
    json_name(writer, "ConsumedCapacity");
    capacity_add_object(writer, mode, table, request->table_sent, usage);
}
