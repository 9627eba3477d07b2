#include "endpoint/tables/attribute.h"

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/decimal.h"
#include "client/number.h"

enum { FAULT_LIMIT_BYTES = 64 * 1024, BLOB_LIMIT = 16 * 1024 * 1024 };

void attribute_fault_init(struct attribute_fault *fault, enum message_style style)
{
    *fault = (struct attribute_fault){.style = style};
    buf_init(&fault->text, FAULT_LIMIT_BYTES);
}

void attribute_fault_done(struct attribute_fault *fault)
{
    buf_done(&fault->text);
}

static void *refuse(struct attribute_fault *fault, enum message message,
    const struct text *arguments)
{
    buf_clear(&fault->text);
    message_add(&fault->text, message, fault->style, arguments);
    return NULL;
}

static void *exhausted(struct attribute_fault *fault)
{
    fault->exhausted = true;
    return NULL;
}

/* Older readers of numbers kept 32 bits of an exponent: 1e4294967296 is 1. */
static struct text wrap_exponent(struct text text, struct arena *arena)
{
    struct text rest = text, digits;
    const char *wrapped;
    int64_t exponent;

    if (!text_take_until(&rest, 'e', &digits) && !text_take_until(&rest, 'E', &digits))
        return text;
    if (text_starts_with(rest, TEXT("+")))
        rest = text_slice(rest, 1, rest.length);
    if (!text_to_integer(rest, INT64_MIN, INT64_MAX, &exponent) ||
        (exponent >= INT32_MIN && exponent <= INT32_MAX))
        return text;
    wrapped = arena_format(arena, "%.*se%ld", (int)digits.length, digits.data,
        (long)(int32_t)(uint32_t)(uint64_t)exponent);
    return wrapped ? text_of(wrapped) : text;
}

static bool read_number(struct text text, struct arena *arena, struct text *out,
    struct attribute_fault *fault)
{
    struct decimal number;
    enum decimal_result result;
    struct buf canonical;

    if (text.length == 0) {
        refuse(fault, MESSAGE_VALUE_NUMBER_EMPTY, NULL);
        return false;
    }
    if (fault->style == MESSAGE_OLDER)
        text = wrap_exponent(text, arena);
    result = decimal_parse(text, &number);
    buf_clear(&fault->text);
    if (result != DECIMAL_OK) {
        decimal_explain(result, text, &fault->text);
        return false;
    }
    buf_init(&canonical, 512);
    decimal_add_text(&canonical, &number);
    if (!canonical.failure && text_equal(buf_view(&canonical), text))
        *out = text; /* the usual case: nothing to keep */
    else
        *out = canonical.failure ? text_make(NULL, 0) : arena_text(arena, buf_view(&canonical));
    buf_done(&canonical);
    if (!out->data)
        exhausted(fault);
    return out->data;
}

static bool read_blob(struct text text, struct arena *arena, struct text *out,
    struct attribute_fault *fault)
{
    struct buf bytes;
    bool read;

    buf_init(&bytes, BLOB_LIMIT);
    read = crypto_from_base64(&bytes, text) && !bytes.failure;
    *out = arena_text(arena, buf_view(&bytes));
    buf_done(&bytes);
    if (!read || !out->data) {
        exhausted(fault);
        return false;
    }
    return true;
}

static bool read_text(const struct json *json, enum value_type type, struct arena *arena,
    struct text *out, struct attribute_fault *fault)
{
    *out = json->text.data ? json->text : text_make("", 0);
    if (type == VALUE_N)
        return read_number(*out, arena, out, fault);
    if (type == VALUE_B)
        return read_blob(*out, arena, out, fault);
    return true;
}

struct member {
    struct text text;
    size_t place;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *first = a, *second = b;
    int order = text_compare(first->text, second->text);

    return order != 0 ? order : first->place < second->place ? -1 : 1;
}

static int compare_places(const void *a, const void *b)
{
    const struct member *first = a, *second = b;

    return first->place < second->place ? -1 : 1;
}

/* The members before the first repeat go into byte order, the others stay as sent. */
static void order_members(struct member *member, size_t count)
{
    size_t repeat = count;

    qsort(member, count, sizeof *member, compare_members);
    for (size_t i = 1; i < count; i++)
        if (member[i].place < repeat && text_equal(member[i - 1].text, member[i].text))
            repeat = member[i].place;
    qsort(member, count, sizeof *member, compare_places);
    qsort(member, repeat, sizeof *member, compare_members);
}

static void *refuse_same(enum value_type type, const struct json *json, struct arena *arena,
    struct attribute_fault *fault)
{
    bool current = fault->style == MESSAGE_CURRENT;
    const char *separator = type == VALUE_SS || !current ? ", " : ",";
    struct member *member = arena_alloc(arena, json->count, sizeof *member);
    size_t count = 0;
    struct buf list;

    if (type == VALUE_NS)
        return refuse(fault, MESSAGE_VALUE_SAME_NUMBERS, NULL);
    if (!member)
        return exhausted(fault);
    for (const struct json *node = json->first; node; node = node->next, count++)
        member[count] = (struct member){node->text, count};
    if (type == VALUE_SS && current)
        order_members(member, count);
    buf_init(&list, FAULT_LIMIT_BYTES);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_string(&list, separator);
        if (current)
            buf_add_char(&list, '"');
        buf_add_text(&list, member[i].text);
        if (current)
            buf_add_char(&list, '"');
    }
    refuse(fault, type == VALUE_SS ? MESSAGE_VALUE_SAME_STRINGS : MESSAGE_VALUE_SAME_BINARIES,
        ARGUMENTS(buf_view(&list)));
    buf_done(&list);
    return NULL;
}

static struct value *read_set(const struct json *json, enum value_type type, struct arena *arena,
    struct attribute_fault *fault)
{
    enum value_type member = type == VALUE_SS ? VALUE_S : type == VALUE_NS ? VALUE_N : VALUE_B;
    struct value *set;

    if (json->count == 0)
        return refuse(fault,
            type == VALUE_SS   ? MESSAGE_VALUE_EMPTY_STRINGS
            : type == VALUE_NS ? MESSAGE_VALUE_EMPTY_NUMBERS
                               : MESSAGE_VALUE_EMPTY_BINARIES,
            NULL);
    set = value_new_container(arena, type, json->count);
    if (!set)
        return exhausted(fault);
    for (const struct json *node = json->first; node; node = node->next) {
        struct value *element = &set->element[set->count++];

        element->type = member;
        if (!read_text(node, member, arena, &element->text, fault))
            return NULL;
    }
    value_sort(set);
    for (size_t i = 1; i < set->count; i++)
        if (value_equal(&set->element[i - 1], &set->element[i]))
            return refuse_same(type, json, arena, fault);
    return set;
}

static bool read_value(const struct json *json, struct arena *arena, size_t depth,
    struct attribute_fault *fault, struct value *out);

static struct value *read_list(const struct json *json, struct arena *arena, size_t depth,
    struct attribute_fault *fault)
{
    struct value *list = value_new_container(arena, VALUE_L, json->count);

    if (!list)
        return exhausted(fault);
    for (const struct json *node = json->first; node; node = node->next) {
        if (node->kind == JSON_NULL)
            return refuse(fault, MESSAGE_VALUE_EMPTY, NULL);
        if (!read_value(node, arena, depth, fault, &list->element[list->count++]))
            return NULL;
    }
    return list;
}

struct entry {
    struct text name;
    size_t place;
    struct value value;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *first = a, *second = b;
    int order = text_compare(first->name, second->name);

    if (order != 0)
        return order;
    return first->place < second->place ? -1 : first->place > second->place;
}

/* Sorted by name; of entries with one name the last stays. */
static struct value *build_map(struct entry *entries, size_t count, struct arena *arena,
    struct attribute_fault *fault)
{
    struct value *map = value_new_container(arena, VALUE_M, count);
    bool sorted = true;

    if (!map)
        return exhausted(fault);
    for (size_t i = 1; i < count && sorted; i++)
        sorted = text_compare(entries[i - 1].name, entries[i].name) < 0;
    if (!sorted)
        qsort(entries, count, sizeof *entries, compare_entries);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && text_equal(entries[i].name, entries[i + 1].name))
            continue;
        map->name[map->count] = entries[i].name;
        map->element[map->count++] = entries[i].value;
    }
    return map;
}

static struct value *read_map(const struct json *json, struct arena *arena, size_t depth,
    struct attribute_fault *fault, struct text *place)
{
    struct entry *entries = arena_alloc(arena, json->count + 1, sizeof *entries);
    size_t count = 0;

    if (!entries)
        return exhausted(fault);
    for (const struct json *node = json->first; node; node = node->next) {
        struct entry *entry = &entries[count];

        if (place)
            *place = node->name;
        if (node->name.length == 0 && depth == 0)
            return refuse(fault, MESSAGE_VALUE_NAME_EMPTY, NULL);
        if (node->kind == JSON_NULL)
            return refuse(fault, MESSAGE_VALUE_EMPTY, NULL);
        *entry = (struct entry){.name = node->name, .place = count++};
        if (!entry->name.data)
            entry->name = text_make("", 0);
        if (!read_value(node, arena, depth, fault, &entry->value))
            return NULL;
    }
    return build_map(entries, count, arena, fault);
}

/* The one type member; NULL with fault filled when there are none or two. */
static const struct json *find_type(const struct json *json, enum value_type *type,
    struct attribute_fault *fault)
{
    const struct json *found = NULL;

    for (const struct json *node = json->first; node; node = node->next) {
        enum value_type other;

        if (node->kind == JSON_NULL || !value_type_parse(node->name, &other))
            continue;
        if (found && other != *type)
            return refuse(fault, MESSAGE_VALUE_TWO_TYPES, NULL);
        found = node;
        *type = other;
    }
    return found ? found : refuse(fault, MESSAGE_VALUE_EMPTY, NULL);
}

/* What a container was read into, or false. */
static bool take(const struct value *container, struct value *out)
{
    if (container)
        *out = *container;
    return container;
}

/* depth: maps and lists around this value. */
/* Also as a string: the wire converts. */
static bool read_boolean(const struct json *json)
{
    return json->kind == JSON_TRUE || text_is_ignoring_case(json->text, "true") ||
           text_is(json->text, "1") || text_is_ignoring_case(json->text, "yes");
}

static bool read_value(const struct json *json, struct arena *arena, size_t depth,
    struct attribute_fault *fault, struct value *out)
{
    enum value_type type = VALUE_S;
    const struct json *node = find_type(json, &type, fault);

    if (!node)
        return false;
    *out = (struct value){.type = type};
    switch (type) {
    case VALUE_S:
    case VALUE_N:
    case VALUE_B:
        return read_text(node, type, arena, &out->text, fault);
    case VALUE_BOOL:
        out->boolean = read_boolean(node);
        return true;
    case VALUE_NULL:
        return read_boolean(node) || refuse(fault, MESSAGE_VALUE_NULL_FALSE, NULL);
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        return take(read_set(node, type, arena, fault), out);
    case VALUE_L:
    case VALUE_M:
        break;
    }
    /* 31 maps or lists around a leaf are accepted, 32 refused. */
    if (depth + 1 >= VALUE_WIRE_DEPTH_LIMIT)
        return refuse(fault, MESSAGE_VALUE_NESTING, NULL);
    return take(type == VALUE_L ? read_list(node, arena, depth + 1, fault)
                                : read_map(node, arena, depth + 1, fault, NULL),
        out);
}

struct value *attribute_read_map(const struct json *json, struct arena *arena,
    struct attribute_fault *fault, struct text *place)
{
    return read_map(json, arena, 0, fault, place);
}

struct value *attribute_read_list(const struct json *json, struct arena *arena,
    struct attribute_fault *fault)
{
    return read_list(json, arena, 0, fault);
}

bool attribute_read_member(struct request *request, const struct json *json,
    const struct value **out)
{
    struct attribute_fault fault;

    attribute_fault_init(&fault, request_style(request));
    *out = attribute_read_map(json, request->arena, &fault, NULL);
    if (fault.exhausted)
        request_exhausted(request);
    else if (!*out)
        request_refuse(request, MESSAGE_VALUE_OTHER, ARGUMENTS(buf_view(&fault.text)));
    attribute_fault_done(&fault);
    return *out;
}

bool attribute_read_value(struct request *request, const struct json *json, struct value *out)
{
    struct attribute_fault fault;
    bool read;

    attribute_fault_init(&fault, request_style(request));
    read = read_value(json, request->arena, 0, &fault, out);
    if (fault.exhausted)
        request_exhausted(request);
    else if (!read)
        request_refuse(request, MESSAGE_VALUE_OTHER, ARGUMENTS(buf_view(&fault.text)));
    attribute_fault_done(&fault);
    return read && !request->fault.set;
}
