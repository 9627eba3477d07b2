#include "endpoint/tables/legacy.h"

#include <stdlib.h>

enum { NAMES_LIMIT = 255, ECHO_LIMIT = 4096 };

static int compare_names(const void *a, const void *b)
{
    const struct legacy_entry *first = a, *second = b;
    int order = text_compare(first->name, second->name);

    if (order != 0)
        return order;
    return first->place < second->place ? -1 : first->place > second->place;
}

static int compare_places(const void *a, const void *b)
{
    const struct legacy_entry *first = a, *second = b;

    return first->place < second->place ? -1 : first->place > second->place;
}

bool legacy_read_entries(struct request *request, const struct json *map,
    struct legacy_entries *out)
{
    struct legacy_entry *entry;
    size_t count = 0, kept = 0;

    *out = (struct legacy_entries){0};
    if (!map || map->count == 0)
        return true;
    entry = arena_alloc(request->arena, map->count, sizeof *entry);
    if (!entry)
        return request_exhausted(request);
    for (const struct json *node = map->first; node; node = node->next, count++)
        entry[count] = (struct legacy_entry){node->name, node, count};
    qsort(entry, count, sizeof *entry, compare_names);
    for (size_t i = 0; i < count; i++)
        if ((i + 1 == count || !text_equal(entry[i].name, entry[i + 1].name)) &&
            entry[i].json->kind != JSON_NULL)
            entry[kept++] = entry[i];
    qsort(entry, kept, sizeof *entry, compare_places);
    *out = (struct legacy_entries){kept, entry};
    return true;
}

/* "[a, b]", cut at 4 KB */
static struct text echo_of(struct request *request, const struct json *list)
{
    struct text text;
    struct buf buf;

    buf_init(&buf, ECHO_LIMIT);
    buf_add_char(&buf, '[');
    for (const struct json *node = list->first; node && !buf.failure; node = node->next) {
        buf_add_text(&buf, node->text);
        buf_add_string(&buf, node->next ? ", " : "]");
    }
    if (list->count == 0)
        buf_add_char(&buf, ']');
    text = arena_text(request->arena, buf_view(&buf));
    buf_done(&buf);
    return text;
}

void legacy_check_names(struct request *request, const struct json *object, const char *member)
{
    const struct json *list = request_get(object, "AttributesToGet");
    size_t at = 1;

    if (!list)
        return;
    if (list->count == 0)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(TEXT("[]"), text_of(member), TEXT("1")));
    else if (list->count > NAMES_LIMIT)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(echo_of(request, list), text_of(member),
                request_number(request, NAMES_LIMIT)));
    for (const struct json *node = list->first; node && at <= NAMES_LIMIT; node = node->next, at++)
        if (node->kind == JSON_NULL) {
            request_member(request, MESSAGE_MEMBER_NULL,
                ARGUMENTS(text_of(arena_format(request->arena, "%s.%zu.member", member, at))));
            return;
        }
}

static const struct json *find_repeat(const struct json *list)
{
    for (const struct json *node = list->first; node; node = node->next)
        for (const struct json *before = list->first; before != node; before = before->next)
            if (text_equal(before->text, node->text))
                return node;
    return NULL;
}

bool legacy_read_names(struct request *request, const struct json *object, struct projection **out)
{
    const struct json *list = request_get(object, "AttributesToGet");
    const struct json *repeat;
    struct projection *projection;

    *out = NULL;
    if (!list)
        return true;
    repeat = find_repeat(list);
    if (repeat)
        return request_refuse(request, MESSAGE_LEGACY_NAME_TWICE, ARGUMENTS(repeat->text));
    projection = arena_alloc(request->arena, 1, sizeof *projection);
    if (projection)
        projection->path = arena_alloc(request->arena, list->count, sizeof *projection->path);
    if (!projection || !projection->path)
        return request_exhausted(request);
    for (const struct json *node = list->first; node; node = node->next) {
        const struct path *path = path_new_name(request->arena, node->text);

        if (!path)
            return request_exhausted(request);
        projection->path[projection->count++] = path;
    }
    *out = projection;
    return true;
}

bool legacy_check_operator(struct request *request, const char *filter)
{
    struct legacy_entries entries;

    if (!request_get(request->body, "ConditionalOperator"))
        return true;
    if (!legacy_read_entries(request, request_get(request->body, filter), &entries))
        return false;
    if (entries.count == 0)
        return request_refuse(request, MESSAGE_LEGACY_OPERATOR_ALONE, NULL);
    return entries.count > 1 || request_refuse(request, MESSAGE_LEGACY_OPERATOR_ONE, NULL);
}
