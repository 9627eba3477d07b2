#include "console/statements/places.h"

enum { KEY_LIMIT = 64 * 1024 };

bool places_fit(const struct read_plan *plan)
{
    return (plan->access == READ_BY_SCAN || plan->access == READ_BY_QUERY) &&
           plan->partition_count == 0 && !plan->merges && !plan->read->fetch &&
           !plan->read->order_local && plan->limit == 0 && plan->examine == 0 && !plan->places;
}

size_t places_count(const struct read_plan *plan)
{
    return plan->segments > 1 ? (size_t)plan->segments : 1;
}

void places_init(struct read_place *place, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_init(&place[i].key, KEY_LIMIT);
}

void places_done(struct read_place *place, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_done(&place[i].key);
}

void places_save(const struct read_place *place, size_t count, struct json_writer *writer)
{
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(writer);
        json_pair_bool(writer, "ended", place[i].ended);
        if (place[i].key.length > 0) {
            json_name(writer, "key");
            json_raw(writer, buf_view(&place[i].key));
        }
        json_end_object(writer);
    }
    json_end_array(writer);
}

enum error_code places_load(struct read_place *place, size_t count, const struct json *list,
    struct error *err)
{
    size_t at = 0;

    if (!list || list->kind != JSON_ARRAY || list->count != count)
        return error_set(err, ERROR_CONDITION, "the state is of another number of segments");
    for (const struct json *one = list->first; one; one = one->next, at++) {
        const struct json *key = json_member(one, "key");
        struct json_writer writer;

        place[at].ended = json_bool_member(one, "ended", false);
        buf_clear(&place[at].key);
        if (!key)
            continue;
        json_writer_init(&writer, &place[at].key);
        json_tree(&writer, key);
        if (buf_check(&place[at].key, "key", err))
            return err->code;
    }
    return ERROR_NONE;
}
