#include "client/catalog.h"

const struct value *catalog_key_of(struct arena *arena, const struct catalog_table *table,
    const struct value *item)
{
    struct value *key = value_new_container(arena, VALUE_M, table->key_count);

    for (size_t i = 0; key && i < table->key_count; i++) {
        const struct value *part = value_get_string(item, table->key[i].name);

        if (!part)
            return NULL;
        key->name[key->count] = text_of(table->key[i].name);
        key->element[key->count++] = *part;
    }
    if (key)
        value_sort(key);
    return key;
}
