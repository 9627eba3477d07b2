#include "endpoint/tables/table_input.h"

#include <string.h>

enum { LIST_LIMIT = 64 * 1024, THROUGHPUT_MEMBER_LIMIT = 256 };

/* The largest throughput the service accepts. */
#define THROUGHPUT_LIMIT INT64_C(1000000000000)

#define NAME_LENGTH 255

static void check_name_member(struct request *request, const struct json *object, const char *name,
    const char *member)
{
    struct text text = request_text(object, name);

    if (!text.data)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(text_of(member)));
    else if (text.length == 0)
        request_member(request, MESSAGE_MEMBER_SHORT, ARGUMENTS(text, text_of(member), TEXT("1")));
    else if (text.length > NAME_LENGTH)
        request_member(request, MESSAGE_MEMBER_LONG, ARGUMENTS(text, text_of(member), TEXT("255")));
}

static const char *member_of(struct request *request, const char *list, size_t at, const char *name)
{
    const char *member = arena_format(request->arena, "%s.%zu.member.%s", list, at, name);

    return member ? member : name;
}

static void check_required_enum(struct request *request, const struct json *object,
    const char *name, const char *member, const char *set)
{
    request_check_present(request, object, name, member);
    request_check_enum(request, object, name, member, set);
}

void input_check_definitions(struct request *request, const struct json *list)
{
    size_t at = 1;

    for (const struct json *node = list ? list->first : NULL; node; node = node->next, at++) {
        check_name_member(request, node, "AttributeName",
            member_of(request, "attributeDefinitions", at, "attributeName"));
        check_required_enum(request, node, "AttributeType",
            member_of(request, "attributeDefinitions", at, "attributeType"), "B, N, S");
    }
}

void input_check_key(struct request *request, const struct json *list, const char *member,
    size_t limit)
{
    size_t at = 1;

    if (!list) {
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(text_of(member)));
        return;
    }
    if (list->count == 0)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(TEXT("[]"), text_of(member), TEXT("1")));
    if (list->count > limit)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(TEXT("[...]"), text_of(member), request_number(request, (int64_t)limit)));
    for (const struct json *node = list->first; node; node = node->next, at++) {
        check_name_member(request, node, "AttributeName",
            member_of(request, member, at, "attributeName"));
        check_required_enum(request, node, "KeyType", member_of(request, member, at, "keyType"),
            "HASH, RANGE");
    }
}

void input_check_throughput(struct request *request, const struct json *object, const char *member)
{
    static const char *const names[][2] = {
        {"WriteCapacityUnits", "writeCapacityUnits"},
        {"ReadCapacityUnits", "readCapacityUnits"},
    };
    const struct json *throughput = request_get(object, "ProvisionedThroughput");

    for (size_t i = 0; throughput && i < 2; i++) {
        const char *full = arena_format(request->arena, "%s.%s", member, names[i][1]);

        if (!full)
            full = names[i][1];
        request_check_present(request, throughput, names[i][0], full);
        if (request_get(throughput, names[i][0]))
            request_check_range(request, throughput, names[i][0], full, 1, INT64_MAX);
    }
}

void input_check_index(struct request *request, const struct json *index, const char *member,
    size_t key_limit)
{
    const struct json *projection = request_get(index, "Projection");
    const struct json *named = request_get(projection, "NonKeyAttributes");
    struct text name = request_text(index, "IndexName");
    char full[THROUGHPUT_MEMBER_LIMIT];
    struct buf path;

    buf_init(&path, sizeof full);
    buf_add_format(&path, "%s.indexName", member);
    if (!name.data)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(buf_view(&path)));
    request_check_name(request, name, buf_string(&path));
    buf_clear(&path);
    buf_add_format(&path, "%s.keySchema", member);
    input_check_key(request, request_get(index, "KeySchema"), buf_string(&path), key_limit);
    buf_clear(&path);
    buf_add_format(&path, "%s.projection", member);
    if (!projection)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(buf_view(&path)));
    buf_add_string(&path, ".projectionType");
    request_check_enum(request, projection, "ProjectionType", buf_string(&path),
        "ALL, INCLUDE, KEYS_ONLY");
    buf_clear(&path);
    buf_add_format(&path, "%s.projection.nonKeyAttributes", member);
    if (named && named->count == 0)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(TEXT("[]"), buf_view(&path), TEXT("1")));
    buf_clear(&path);
    buf_add_format(&path, "%s.provisionedThroughput", member);
    input_check_throughput(request, index, buf_string(&path));
    buf_done(&path);
}

void input_check_settings(struct request *request)
{
    const struct json *stream = request_get(request->body, "StreamSpecification");

    request_check_enum(request, request->body, "BillingMode", "billingMode",
        "PROVISIONED, PAY_PER_REQUEST");
    request_check_enum(request, request->body, "TableClass", "tableClass",
        "STANDARD, STANDARD_INFREQUENT_ACCESS");
    input_check_throughput(request, request->body, "provisionedThroughput");
    if (stream)
        request_check_present(request, stream, "StreamEnabled",
            "streamSpecification.streamEnabled");
    request_check_enum(request, stream, "StreamViewType", "streamSpecification.streamViewType",
        "NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY");
}

static void add_name(struct buf *list, struct text name)
{
    if (list->length > 0)
        buf_add_string(list, ", ");
    buf_add_text(list, name);
}

static struct text take_list(struct request *request, struct buf *list)
{
    struct text text = arena_text(request->arena, buf_view(list));

    buf_done(list);
    return text;
}

struct text input_definition_names(struct request *request, const struct table *draft)
{
    struct buf list;

    buf_init(&list, LIST_LIMIT);
    for (size_t i = 0; i < draft->definition_count; i++)
        add_name(&list, draft->definition[i].name);
    return take_list(request, &list);
}

bool input_is_used(const struct table *draft, struct text name)
{
    if (key_find(&draft->key, name))
        return true;
    for (size_t i = 0; i < draft->index_count; i++)
        if (key_find(&draft->index[i].key, name))
            return true;
    return false;
}

struct text input_used_names(struct request *request, const struct table *draft)
{
    struct buf list;

    buf_init(&list, LIST_LIMIT);
    for (size_t i = 0; i < draft->definition_count; i++)
        if (input_is_used(draft, draft->definition[i].name))
            add_name(&list, draft->definition[i].name);
    return take_list(request, &list);
}

static struct key_attribute *find_definition(const struct table *draft, struct text name)
{
    for (size_t i = 0; i < draft->definition_count; i++)
        if (text_equal(draft->definition[i].name, name))
            return &draft->definition[i];
    return NULL;
}

bool input_read_definitions(struct request *request, struct table *draft, const struct json *list)
{
    size_t room = draft->definition_count + (list ? list->count : 0) + 1;
    struct key_attribute *all = arena_alloc(draft->arena, room, sizeof *all);
    size_t before = draft->definition_count;

    if (!all)
        return request_exhausted(request);
    if (before > 0)
        memcpy(all, draft->definition, before * sizeof *all);
    draft->definition = all;
    for (const struct json *node = list ? list->first : NULL; node; node = node->next) {
        struct text name = request_text(node, "AttributeName");
        const struct key_attribute *known = find_definition(draft, name);
        struct key_attribute *added = &all[draft->definition_count];

        /* A definition that is there already keeps its type. */
        if (known && known < all + before)
            continue;
        if (known)
            return request_fail(request, MESSAGE_DEFINITION_TWICE, ARGUMENTS(name));
        added->name = arena_text(draft->arena, name);
        if (!added->name.data ||
            !value_type_parse(request_text(node, "AttributeType"), &added->type))
            return request_exhausted(request);
        draft->definition_count++;
    }
    return true;
}

struct text input_names(struct request *request, const struct json *list)
{
    struct buf names;

    buf_init(&names, LIST_LIMIT);
    for (const struct json *node = list->first; node; node = node->next)
        add_name(&names, request_text(node, "AttributeName"));
    return take_list(request, &names);
}

static bool check_defined(struct request *request, const struct table *draft,
    const struct json *list, bool is_index)
{
    bool defined = true;

    for (const struct json *node = list->first; node; node = node->next)
        defined = defined && find_definition(draft, request_text(node, "AttributeName"));
    if (defined)
        return true;
    if (!is_index && list->count > 1)
        return request_fail(request, MESSAGE_SCHEMA_UNDEFINED, NULL);
    return request_fail(request, MESSAGE_DEFINITION_MISSING,
        ARGUMENTS(input_names(request, list), input_definition_names(request, draft)));
}

/* HASH attributes come first; at most one of each but in a global index. */
static bool check_kinds(struct request *request, const struct json *list, bool global)
{
    size_t hashes = 0, ranges = 0, at = 0;

    for (const struct json *node = list->first; node; node = node->next, at++) {
        bool hash = text_is(request_text(node, "KeyType"), "HASH");

        if (at == 0 && !hash)
            return request_fail(request, MESSAGE_SCHEMA_FIRST, NULL);
        if (at == 1 && hash && !global)
            return request_fail(request, MESSAGE_SCHEMA_SECOND, NULL);
        if (hash && ranges > 0)
            return request_fail(request, MESSAGE_SCHEMA_ORDER, NULL);
        hashes += hash;
        ranges += !hash;
    }
    if (hashes > TABLE_PART_LIMIT)
        return request_fail(request, MESSAGE_SCHEMA_HASH_COUNT, NULL);
    if (ranges > TABLE_PART_LIMIT)
        return request_fail(request, MESSAGE_SCHEMA_RANGE_COUNT, NULL);
    return true;
}

bool input_read_key(struct request *request, struct table *draft, const struct json *list,
    bool global, struct key_schema *out)
{
    bool is_index = out != &draft->key;
    size_t at = 0;

    if (!check_defined(request, draft, list, is_index))
        return false;
    for (const struct json *node = list->first; node; node = node->next)
        for (const struct json *other = node->next; other; other = other->next)
            if (text_equal(request_text(node, "AttributeName"),
                    request_text(other, "AttributeName")))
                return request_fail(request,
                    list->count > 2 ? MESSAGE_SCHEMA_SAME_NAMES : MESSAGE_SCHEMA_SAME_NAME, NULL);
    if (!check_kinds(request, list, global))
        return false;
    *out = (struct key_schema){0};
    for (const struct json *node = list->first; node; node = node->next) {
        out->attribute[at++] = *find_definition(draft, request_text(node, "AttributeName"));
        if (text_is(request_text(node, "KeyType"), "HASH"))
            out->hash_count++;
        else
            out->range_count++;
    }
    return true;
}

static bool read_projection(struct request *request, struct table *draft, const struct json *json,
    struct table_index *out)
{
    const struct json *projection = request_get(json, "Projection");
    const struct json *named = request_get(projection, "NonKeyAttributes");
    struct text type = request_text(projection, "ProjectionType");

    if (!type.data)
        return request_fail(request, MESSAGE_PROJECTION_UNKNOWN, NULL);
    for (enum projection_kind kind = PROJECTION_ALL; kind <= PROJECTION_INCLUDE; kind++)
        if (text_is(type, projection_name(kind)))
            out->projection = kind;
    if (named && out->projection != PROJECTION_INCLUDE)
        return request_fail(request, MESSAGE_PROJECTION_EXTRA, ARGUMENTS(type));
    if (!named && out->projection == PROJECTION_INCLUDE)
        return request_fail(request, MESSAGE_PROJECTION_NO_NAMES, NULL);
    if (!named)
        return true;
    if (named->count > TABLE_INCLUDE_LIMIT)
        return request_fail(request, MESSAGE_PROJECTION_COUNT,
            ARGUMENTS(out->name, request_number(request, TABLE_INCLUDE_LIMIT)));
    out->named = arena_alloc(draft->arena, named->count, sizeof *out->named);
    if (!out->named)
        return request_exhausted(request);
    for (const struct json *node = named->first; node; node = node->next) {
        for (const struct json *other = named->first; other != node; other = other->next)
            if (text_equal(other->text, node->text))
                return request_fail(request, MESSAGE_PROJECTION_TWICE, ARGUMENTS(node->text));
        out->named[out->named_count] = arena_text(draft->arena, node->text);
        if (!out->named[out->named_count++].data)
            return request_exhausted(request);
    }
    return true;
}

static bool check_local(struct request *request, const struct table *draft,
    const struct table_index *index)
{
    struct text hash = index->key.attribute[0].name, table_hash = draft->key.attribute[0].name;

    if (index->key.range_count == 0)
        return request_fail(request, MESSAGE_LOCAL_NO_RANGE, ARGUMENTS(index->name));
    if (!text_equal(hash, table_hash))
        return request_fail(request, MESSAGE_LOCAL_OTHER_HASH,
            ARGUMENTS(index->name, hash, table_hash));
    return true;
}

bool input_read_index(struct request *request, struct table *draft, const struct json *json,
    bool local, struct table_index *out)
{
    *out = (struct table_index){.local = local,
        .name = arena_text(draft->arena, request_text(json, "IndexName"))};
    if (!out->name.data)
        return request_exhausted(request);
    if (!input_read_key(request, draft, request_get(json, "KeySchema"), !local, &out->key) ||
        (local && !check_local(request, draft, out)) || !read_projection(request, draft, json, out))
        return false;
    if (table_find_index(draft, out->name))
        return request_fail(request, MESSAGE_INDEX_DUPLICATE, ARGUMENTS(out->name));
    return input_read_throughput(request, json, &out->throughput) &&
           input_read_raw(request, draft, json, "OnDemandThroughput", &out->on_demand) &&
           input_read_raw(request, draft, json, "WarmThroughput", &out->warm);
}

bool input_check_total(struct request *request, const struct table *draft)
{
    size_t total = 0;

    for (size_t i = 0; i < draft->index_count; i++)
        total += draft->index[i].named_count;
    return total <= TABLE_INCLUDE_TOTAL || request_fail(request, MESSAGE_PROJECTION_TOTAL, NULL);
}

bool input_read_throughput(struct request *request, const struct json *object,
    struct throughput *out)
{
    const struct json *throughput = request_get(object, "ProvisionedThroughput");

    if (!throughput)
        return true;
    out->read = request_integer(throughput, "ReadCapacityUnits", 0);
    out->write = request_integer(throughput, "WriteCapacityUnits", 0);
    if (out->read > THROUGHPUT_LIMIT)
        return request_fail(request, MESSAGE_THROUGHPUT_BOUNDS,
            ARGUMENTS(request_number(request, out->read), TEXT("ReadCapacityUnits")));
    if (out->write > THROUGHPUT_LIMIT)
        return request_fail(request, MESSAGE_THROUGHPUT_BOUNDS,
            ARGUMENTS(request_number(request, out->write), TEXT("WriteCapacityUnits")));
    return true;
}

bool input_read_raw(struct request *request, struct table *draft, const struct json *object,
    const char *name, struct text *out)
{
    const struct json *member = request_get(object, name);
    struct json_writer writer;
    struct buf json;

    if (!member)
        return true;
    buf_init(&json, LIST_LIMIT);
    json_writer_init(&writer, &json);
    json_tree(&writer, member);
    *out = json.failure ? text_make(NULL, 0) : arena_text(draft->arena, buf_view(&json));
    buf_done(&json);
    return out->data || request_exhausted(request);
}

bool input_read_encryption(struct request *request, struct table *draft)
{
    const struct json *asked = request_get(request->body, "SSESpecification");
    struct text key = request_text(asked, "KMSMasterKeyId");
    struct json_writer writer;
    struct buf json;

    if (!asked)
        return true;
    draft->encryption = text_make("", 0);
    if (!request_flag(asked, "Enabled", false))
        return true;
    buf_init(&json, LIST_LIMIT);
    json_writer_init(&writer, &json);
    json_begin_object(&writer);
    json_pair_string(&writer, "Status", "ENABLED");
    json_pair_string(&writer, "SSEType", "KMS");
    json_name(&writer, "KMSMasterKeyArn");
    if (text_starts_with(key, TEXT("arn:"))) {
        json_string(&writer, key);
    } else {
        struct text id = key.length > 0 ? key : TEXT("alias/aws/dynamodb");

        json_c_string(&writer,
            arena_format(request->arena, "arn:aws:kms:%.*s:%.*s:%s%.*s",
                (int)request->region.length, request->region.data, (int)request->account.length,
                request->account.data, text_starts_with(id, TEXT("alias/")) ? "" : "key/",
                (int)id.length, id.data));
    }
    json_end_object(&writer);
    draft->encryption = arena_text(draft->arena, buf_view(&json));
    buf_done(&json);
    return draft->encryption.data || request_exhausted(request);
}

void input_prune_definitions(struct table *draft)
{
    size_t kept = 0;

    for (size_t i = 0; i < draft->definition_count; i++)
        if (input_is_used(draft, draft->definition[i].name))
            draft->definition[kept++] = draft->definition[i];
    draft->definition_count = kept;
}
