#include "endpoint/tables/operations.h"

static const struct operation *const family_table[] = {
    item_operation_table,
    query_operation_table,
    batch_operation_table,
    transact_operation_table,
    partiql_operation_table,
    partiql_batch_operation_table,
    partiql_transact_operation_table,
    table_operation_table,
    setting_operation_table,
    policy_operation_table,
    insights_operation_table,
    kinesis_operation_table,
    recovery_operation_table,
    stream_operation_table,
    backup_operation_table,
    restore_operation_table,
    export_operation_table,
    import_operation_table,
};

const struct operation *operation_find(struct text name)
{
    for (size_t i = 0; i < sizeof family_table / sizeof family_table[0]; i++)
        for (const struct operation *at = family_table[i]; at->name; at++)
            if (text_is(name, at->name))
                return at;
    return NULL;
}

const struct operation *operation_nth(size_t place)
{
    for (size_t i = 0; i < sizeof family_table / sizeof family_table[0]; i++)
        for (const struct operation *at = family_table[i]; at->name; at++)
            if (place-- == 0)
                return at;
    return NULL;
}
