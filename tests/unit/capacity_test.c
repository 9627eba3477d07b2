#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdint.h>
#include <stdio.h>

#include "client/capacity.h"

static struct capacity capacity;

static void note(const char *body, bool is_write)
{
    capacity_note(&capacity, text_of(body), is_write);
}

static void assert_part(size_t index, const char *name, uint64_t reads, uint64_t writes)
{
    assert_true(index < capacity.count);
    assert_string_equal(capacity.part[index].name, name);
    assert_int_equal(capacity.part[index].read_milli, reads);
    assert_int_equal(capacity.part[index].write_milli, writes);
}

static void units_are_added_up_by_table_and_index(void **state)
{
    capacity_init(&capacity);
    note("{\"ConsumedCapacity\":{\"TableName\":\"t\",\"CapacityUnits\":4,\"Table\":{"
         "\"CapacityUnits\":1},\"GlobalSecondaryIndexes\":{\"byA\":{\"CapacityUnits\":2}},"
         "\"LocalSecondaryIndexes\":{\"byB\":{\"CapacityUnits\":1}}}}",
        true);
    note("{\"Items\":[],\"ConsumedCapacity\":{\"TableName\":\"t\",\"CapacityUnits\":0.5,\"Table\":{"
         "\"CapacityUnits\":0},\"GlobalSecondaryIndexes\":{\"byA\":{\"CapacityUnits\":0.5}}}}",
        false);
    assert_int_equal(capacity.count, 3);
    assert_part(0, "t", 0, 1000);
    assert_part(1, "byB", 0, 1000);
    assert_part(2, "byA", 500, 2000);
    assert_true(capacity.has_index);
    capacity_done(&capacity);
    (void)state;
}

static void the_tables_of_a_batch_are_kept_apart(void **state)
{
    capacity_init(&capacity);
    note("{\"ConsumedCapacity\":[{\"TableName\":\"a\",\"CapacityUnits\":1,\"Table\":{"
         "\"CapacityUnits\":1}},{\"TableName\":\"b\",\"CapacityUnits\":2.5}]}",
        false);
    assert_int_equal(capacity.count, 2);
    assert_part(0, "a", 1000, 0);
    assert_part(1, "b", 2500, 0); /* a server that tells the total only */
    assert_false(capacity.has_index);
    capacity_done(&capacity);
    (void)state;
}

static void answers_without_units_add_nothing(void **state)
{
    capacity_init(&capacity);
    note("", false);
    note("{\"Table\":{\"TableName\":\"t\"}}", false);
    note("{\"ConsumedCapacity\":", true);
    note("{\"ConsumedCapacity\":{\"TableName\":\"t\",\"CapacityUnits\":-1}}", true);
    assert_int_equal(capacity.count, 0);
    capacity_done(&capacity);
    (void)state;
}

static void what_is_too_many_is_summed_up(void **state)
{
    char body[200];

    capacity_init(&capacity);
    for (int i = 0; i < 70; i++) {
        snprintf(body, sizeof body,
            "{\"ConsumedCapacity\":{\"TableName\":\"t%d\",\"CapacityUnits\":1}}", i);
        note(body, false);
    }
    assert_int_equal(capacity.count, CAPACITY_PARTS);
    assert_part(CAPACITY_PARTS - 2, "t62", 1000, 0);
    assert_part(CAPACITY_PARTS - 1, "others", 7000, 0);
    capacity_done(&capacity);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_added_up_by_table_and_index),
        cmocka_unit_test(the_tables_of_a_batch_are_kept_apart),
        cmocka_unit_test(answers_without_units_add_nothing),
        cmocka_unit_test(what_is_too_many_is_summed_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
