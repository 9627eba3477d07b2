#include "client/rows.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "client/rows_pack.h"

static struct value make_text(enum value_type type, const char *text)
{
    return (struct value){.type = type, .text = text_of(text)};
}

static void assert_text(struct text text, const char *wanted)
{
    assert_int_equal(text.length, strlen(wanted));
    assert_memory_equal(text.data, wanted, text.length);
}

static void append_pair(struct rows *rows, const char *first, const char *second, const char *text)
{
    struct error err = {0};
    struct value element[2] = {make_text(VALUE_S, text), make_text(VALUE_N, "7")};
    struct text name[2] = {text_of(first), text_of(second)};
    struct value item = {.type = VALUE_M, .count = 2, .element = element, .name = name};

    assert_int_equal(rows_append(rows, &item, &err), ERROR_NONE);
}

static void a_new_set_of_rows_is_empty(void **state)
{
    struct error err = {0};
    struct rows *rows = rows_new(&err);
    char title[8];

    assert_non_null(rows);
    assert_int_equal(rows_count(rows), 0);
    assert_int_equal(rows_column_count(rows), 0);
    assert_null(rows_item(rows, 0));
    assert_null(rows_item(rows, SIZE_MAX));
    assert_int_equal(rows_status(rows).state, ROWS_IDLE);
    assert_int_equal(rows_column(rows, 0).name.length, 0);
    rows_title(rows, title, sizeof title);
    assert_string_equal(title, "");
    rows_free(rows);
    rows_free(NULL);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void every_type_comes_back_as_it_went_in(void **state)
{
    struct error err = {0};
    struct rows *rows = rows_new(&err);
    struct value member[2] = {make_text(VALUE_S, ""), make_text(VALUE_S, "b")};
    struct value leaf[3] = {{.type = VALUE_NULL}, {.type = VALUE_BOOL, .boolean = true},
        {.type = VALUE_SS, .count = 2, .element = member}};
    struct text leaf_name[3] = {TEXT("a"), TEXT("b c"), TEXT("\0z")};
    struct value element[5] = {
        {.type = VALUE_B, .text = TEXT("\0\xff\x80")},
        {.type = VALUE_BOOL},
        {.type = VALUE_L},
        {.type = VALUE_M, .count = 3, .element = leaf, .name = leaf_name},
        make_text(VALUE_N, "12345678901234567890123456789012345678"),
    };
    struct text name[5] = {TEXT("bin"), TEXT("flag"), TEXT("list"), TEXT("map"), TEXT("number")};
    struct value item = {.type = VALUE_M, .count = 5, .element = element, .name = name};
    const struct value *got;

    assert_int_equal(rows_append(rows, &item, &err), ERROR_NONE);
    got = rows_item(rows, 0);
    assert_non_null(got);
    assert_int_equal(got->type, VALUE_M);
    assert_int_equal(got->count, 5);
    assert_int_equal(got->element[0].text.length, 3);
    assert_memory_equal(got->element[0].text.data, "\0\xff\x80", 3);
    assert_false(got->element[1].boolean);
    assert_int_equal(got->element[2].type, VALUE_L);
    assert_int_equal(got->element[2].count, 0);
    assert_int_equal(got->element[3].count, 3);
    assert_int_equal(got->element[3].name[2].length, 2);
    assert_memory_equal(got->element[3].name[2].data, "\0z", 2);
    assert_true(got->element[3].element[1].boolean);
    assert_int_equal(got->element[3].element[2].type, VALUE_SS);
    assert_int_equal(got->element[3].element[2].element[0].type, VALUE_S);
    assert_int_equal(got->element[3].element[2].element[0].text.length, 0);
    assert_text(got->element[3].element[2].element[1].text, "b");
    assert_text(got->element[4].text, "12345678901234567890123456789012345678");
    assert_text(got->name[4], "number");
    rows_free(rows);
    (void)state;
}

static void keys_are_the_first_columns_and_others_follow_as_they_appear(void **state)
{
    struct error err = {0};
    struct rows *rows = rows_new(&err);
    const struct text key[2] = {TEXT("pk"), TEXT("sk")};

    append_pair(rows, "zeta", "alpha", "1");
    append_pair(rows, "sk", "pk", "1");
    rows_set_keys(rows, key, 2);
    append_pair(rows, "beta", "alpha", "1");
    assert_int_equal(rows_column_count(rows), 5);
    assert_text(rows_column(rows, 0).name, "pk");
    assert_text(rows_column(rows, 1).name, "sk");
    assert_text(rows_column(rows, 2).name, "zeta");
    assert_text(rows_column(rows, 3).name, "alpha");
    assert_text(rows_column(rows, 4).name, "beta");
    assert_true(rows_column(rows, 1).is_key);
    assert_false(rows_column(rows, 2).is_key);
    assert_int_equal(rows_column(rows, 0).types, 1u << VALUE_N);
    assert_int_equal(rows_column(rows, 2).types, 1u << VALUE_S);
    append_pair(rows, "pk", "zeta", "1");
    assert_int_equal(rows_column(rows, 0).types, 1u << VALUE_N | 1u << VALUE_S);
    rows_free(rows);
    (void)state;
}

static void fixed_columns_take_in_no_others(void **state)
{
    struct error err = {0};
    struct rows *rows = rows_new(&err);
    const struct text column[2] = {TEXT("total"), TEXT("name")};
    const struct text key[1] = {TEXT("pk")};

    rows_set_columns(rows, column, 2);
    append_pair(rows, "name", "other", "x");
    rows_set_keys(rows, key, 1);
    assert_int_equal(rows_column_count(rows), 2);
    assert_text(rows_column(rows, 0).name, "total");
    assert_int_equal(rows_column(rows, 0).types, 0);
    assert_int_equal(rows_column(rows, 1).types, 1u << VALUE_S);
    assert_text(rows_item(rows, 0)->name[1], "other");
    rows_free(rows);
    (void)state;
}

static void each_change_moves_the_version(void **state)
{
    struct error err = {0};
    struct rows *rows = rows_new(&err);
    struct rows_status status = {.state = ROWS_LOADING, .count = 99, .scanned = 5};
    uint64_t version = rows_version(rows);
    char title[8];

    append_pair(rows, "a", "b", "x");
    assert_true(rows_version(rows) > version);
    version = rows_version(rows);
    rows_set_status(rows, &status);
    assert_true(rows_version(rows) > version);
    version = rows_version(rows);
    rows_set_title(rows, "SCAN orders");
    assert_true(rows_version(rows) > version);
    assert_int_equal(rows_status(rows).state, ROWS_LOADING);
    assert_int_equal(rows_status(rows).scanned, 5);
    assert_int_equal(rows_status(rows).count, 1);
    rows_title(rows, title, sizeof title);
    assert_string_equal(title, "SCAN or");
    rows_free(rows);
    (void)state;
}

static void more_names_than_are_noted_still_come_back(void **state)
{
    struct error err = {0};
    struct rows *rows = rows_new(&err);
    char first[16], second[16];

    for (int i = 0; i < 5000; i++) {
        snprintf(first, sizeof first, "a%05d", i);
        snprintf(second, sizeof second, "b%05d", i);
        append_pair(rows, first, second, "x");
    }
    assert_int_equal(rows_column_count(rows), 4096);
    assert_text(rows_item(rows, 4999)->name[1], "b04999");
    assert_text(rows_item(rows, 4999)->element[0].text, "x");
    assert_text(rows_item(rows, 3)->name[0], "a00003");
    rows_free(rows);
    (void)state;
}

static void items_stay_where_they_are_while_rows_are_added(void **state)
{
    struct error err = {0};
    struct rows *rows = rows_new(&err);
    const struct value *first;
    struct arena *arena = arena_new(SIZE_MAX / 2, &err);
    char text[16];

    append_pair(rows, "id", "n", "row 0");
    first = rows_item(rows, 0);
    for (int i = 1; i < 20000; i++) {
        snprintf(text, sizeof text, "row %d", i);
        append_pair(rows, "id", "n", text);
    }
    assert_ptr_equal(rows_item(rows, 0), first);
    assert_text(first->element[0].text, "row 0");
    for (size_t i = 0; i < 20000; i += 997) {
        snprintf(text, sizeof text, "row %zu", i);
        assert_text(rows_item(rows, i)->element[0].text, text);
        assert_text(rows_read(rows, i, arena)->element[0].text, text);
        arena_reset(arena);
    }
    assert_null(rows_item(rows, 20000));
    assert_null(rows_read(rows, 20000, arena));
    arena_free(arena);
    rows_free(rows);
    (void)state;
}

struct reader {
    struct rows *rows;
    atomic_bool stop;
    size_t seen;
    bool broken;
};

static void *read_until_stopped(void *user)
{
    struct reader *reader = user;
    char text[24];

    while (!atomic_load(&reader->stop) || reader->seen < rows_count(reader->rows)) {
        size_t count = rows_count(reader->rows);

        for (; reader->seen < count; reader->seen++) {
            const struct value *item = rows_item(reader->rows, reader->seen);

            snprintf(text, sizeof text, "%zu", reader->seen);
            if (!item || item->count != 2 || !text_is(item->element[0].text, text) ||
                !text_is(item->name[0], "id"))
                reader->broken = true;
        }
        (void)rows_column(reader->rows, 1);
        (void)rows_status(reader->rows);
    }
    return NULL;
}

static void a_reader_never_sees_a_half_written_row(void **state)
{
    struct error err = {0};
    struct reader reader = {.rows = rows_new(&err)};
    pthread_t thread;
    char text[24];

    assert_int_equal(pthread_create(&thread, NULL, read_until_stopped, &reader), 0);
    for (int i = 0; i < 30000; i++) {
        snprintf(text, sizeof text, "%d", i);
        append_pair(reader.rows, "id", "n", text);
    }
    atomic_store(&reader.stop, true);
    pthread_join(thread, NULL);
    assert_int_equal(reader.seen, 30000);
    assert_false(reader.broken);
    rows_free(reader.rows);
    (void)state;
}

static void an_item_nested_too_deeply_is_refused(void **state)
{
    struct error err = {0};
    struct rows *rows = rows_new(&err);
    struct value chain[80];
    struct text name = TEXT("a");
    struct value item = {.type = VALUE_M, .count = 1, .element = &chain[0], .name = &name};

    for (int i = 0; i < 79; i++)
        chain[i] = (struct value){.type = VALUE_L, .count = 1, .element = &chain[i + 1]};
    chain[79] = make_text(VALUE_S, "x");
    assert_int_equal(rows_append(rows, &item, &err), ERROR_LIMIT);
    assert_string_equal(err.text, "an item is nested deeper than 64 levels");
    assert_int_equal(rows_count(rows), 0);
    item.element = &chain[79 - VALUE_DEPTH_LIMIT];
    assert_int_equal(rows_append(rows, &item, &err), ERROR_NONE);
    assert_int_equal(rows_count(rows), 1);
    rows_free(rows);
    (void)state;
}

static void a_packed_row_is_smaller_than_its_item(void **state)
{
    struct error err = {0};
    struct value element[3] = {make_text(VALUE_S, "customer-00017"), make_text(VALUE_N, "1234"),
        make_text(VALUE_S, "2026-11-21T11:42:07Z")};
    struct text name[3] = {TEXT("customer"), TEXT("total"), TEXT("updated")};
    struct value item = {.type = VALUE_M, .count = 3, .element = element, .name = name};
    const uint32_t number[3] = {0, 1, 2};
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(rows_pack(&out, &item, number, &err), ERROR_NONE);
    /* 14 + 4 + 20 bytes of data; a type, a length and a name per attribute; the count. */
    assert_int_equal(out.length, 38 + 3 * 3 + 1);
    buf_done(&out);
    (void)state;
}

static void rows_survive_every_failed_allocation(void **state)
{
    struct error err = {0};
    bool done = false;

    for (long nth = 1; !done; nth++) {
        struct rows *rows;
        struct value element = make_text(VALUE_S, "x");
        struct text name = TEXT("a");
        struct value item = {.type = VALUE_M, .count = 1, .element = &element, .name = &name};

        err = (struct error){0};
        mem_fail_at(nth);
        rows = rows_new(&err);
        done = rows && !rows_append(rows, &item, &err) && rows_item(rows, 0);
        mem_fail_at(0);
        if (!done && err.code)
            assert_int_equal(err.code, ERROR_MEMORY);
        rows_free(rows);
        assert_int_equal(mem_live(), 0);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(a_new_set_of_rows_is_empty),
        cmocka_unit_test(every_type_comes_back_as_it_went_in),
        cmocka_unit_test(keys_are_the_first_columns_and_others_follow_as_they_appear),
        cmocka_unit_test(fixed_columns_take_in_no_others),
        cmocka_unit_test(each_change_moves_the_version),
        cmocka_unit_test(more_names_than_are_noted_still_come_back),
        cmocka_unit_test(items_stay_where_they_are_while_rows_are_added),
        cmocka_unit_test(a_reader_never_sees_a_half_written_row),
        cmocka_unit_test(an_item_nested_too_deeply_is_refused),
        cmocka_unit_test(a_packed_row_is_smaller_than_its_item),
        cmocka_unit_test(rows_survive_every_failed_allocation),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
