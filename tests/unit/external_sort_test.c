#include "base/external_sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

enum { SMALL = 4096 };

static enum error_code add(struct external_sort *sort, const char *key, const char *data,
    unsigned char tag, struct error *err)
{
    struct sorted_record record = {text_of(key), text_of(data), tag};

    return external_sort_add(sort, &record, err);
}

static void assert_record(struct external_sort *sort, const char *key, const char *data,
    unsigned char tag)
{
    struct sorted_record record;
    enum error_code code;
    struct error err;

    assert_true(external_sort_next(sort, &record, &code, &err));
    assert_true(text_is(record.key, key));
    assert_true(text_is(record.data, data));
    assert_int_equal(record.tag, tag);
}

static void external_sort_of_nothing_is_at_its_end(void **state)
{
    struct error err;
    struct external_sort *sort = external_sort_new(SMALL, &err);
    struct sorted_record record;
    enum error_code code = ERROR_IO;

    assert_non_null(sort);
    assert_int_equal(external_sort_finish(sort, &err), ERROR_NONE);
    assert_false(external_sort_next(sort, &record, &code, &err));
    assert_int_equal(code, ERROR_NONE);
    external_sort_free(sort);
    external_sort_free(NULL);
    (void)state;
}

static void external_sort_orders_keys_by_bytes_then_by_tags(void **state)
{
    struct error err;
    struct external_sort *sort = external_sort_new(SMALL, &err);
    struct sorted_record record;
    enum error_code code;

    assert_int_equal(add(sort, "b", "2", 1, &err), ERROR_NONE);
    assert_int_equal(add(sort, "ba", "3", 0, &err), ERROR_NONE);
    assert_int_equal(add(sort, "", "", 7, &err), ERROR_NONE);
    assert_int_equal(add(sort, "\xff", "4", 0, &err), ERROR_NONE);
    assert_int_equal(add(sort, "b", "1", 0, &err), ERROR_NONE);
    assert_int_equal(external_sort_finish(sort, &err), ERROR_NONE);
    assert_false(external_sort_spilled(sort));
    assert_record(sort, "", "", 7);
    assert_record(sort, "b", "1", 0);
    assert_record(sort, "b", "2", 1);
    assert_record(sort, "ba", "3", 0);
    assert_record(sort, "\xff", "4", 0);
    assert_false(external_sort_next(sort, &record, &code, &err));
    external_sort_free(sort);
    (void)state;
}

/* Numbers in a mixed order, as keys of five digits. */
static void name_key(size_t number, size_t count, char out[8])
{
    snprintf(out, 8, "%05zu", number * 7919 % count);
}

/* 10,000 records of 4 KB of memory: more than 64 runs, so runs of runs. */
static void external_sort_keeps_every_record_that_goes_to_disk(void **state)
{
    enum { COUNT = 10000 };
    struct error err;
    struct external_sort *sort = external_sort_new(SMALL, &err);
    struct sorted_record record;
    enum error_code code;
    char key[8], data[40];

    for (size_t i = 0; i < COUNT; i++) {
        name_key(i, COUNT, key);
        snprintf(data, sizeof data, "data of %s%.*s", key, (int)(i % 7), "xxxxxxx");
        assert_int_equal(add(sort, key, data, (unsigned char)(i % 3), &err), ERROR_NONE);
    }
    assert_true(external_sort_spilled(sort));
    assert_int_equal(external_sort_finish(sort, &err), ERROR_NONE);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(external_sort_next(sort, &record, &code, &err));
        snprintf(key, sizeof key, "%05zu", i);
        snprintf(data, sizeof data, "data of %s", key);
        assert_true(text_is(record.key, key));
        assert_true(text_starts_with(record.data, text_of(data)));
    }
    assert_false(external_sort_next(sort, &record, &code, &err));
    assert_int_equal(code, ERROR_NONE);
    external_sort_free(sort);
    (void)state;
}

static void external_sort_takes_records_of_nearly_all_its_memory(void **state)
{
    enum { LONG = SMALL - 100 };
    struct error err;
    struct external_sort *sort = external_sort_new(SMALL, &err);
    struct sorted_record record;
    enum error_code code;
    char data[SMALL + 1];

    memset(data, 'x', LONG);
    data[LONG] = '\0';
    for (int i = 9; i >= 0; i--)
        assert_int_equal(add(sort, (char[]){(char)('0' + i), 0}, data, 0, &err), ERROR_NONE);
    memset(data, 'y', SMALL);
    data[SMALL] = '\0';
    assert_int_equal(add(sort, "a", data, 0, &err), ERROR_LIMIT);
    assert_string_equal(err.text, "a record is too large to sort (limit 4096 bytes)");
    assert_int_equal(external_sort_finish(sort, &err), ERROR_NONE);
    for (int i = 0; i < 10; i++) {
        assert_true(external_sort_next(sort, &record, &code, &err));
        assert_int_equal(record.key.data[0], '0' + i);
        assert_int_equal(record.data.length, LONG);
    }
    external_sort_free(sort);
    (void)state;
}

static void external_sort_says_where_it_cannot_write(void **state)
{
    struct error err = {0};
    struct external_sort *sort = external_sort_new(SMALL, &err);
    enum error_code code = ERROR_NONE;
    const char *before = getenv("TMPDIR");
    char kept[256] = "";

    if (before)
        snprintf(kept, sizeof kept, "%s", before);
    setenv("TMPDIR", "/nowhere/at/all", 1);
    for (int i = 0; i < 1000 && !code; i++)
        code = add(sort, "key", "some data that fills it", 0, &err);
    if (before)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    assert_int_equal(code, ERROR_IO);
    assert_string_equal(err.text,
        "cannot create a file in /nowhere/at/all: No such file or directory");
    external_sort_free(sort);
    (void)state;
}

static enum error_code sort_some(struct error *err)
{
    struct external_sort *sort = external_sort_new(SMALL, err);
    struct sorted_record record;
    enum error_code code = sort ? ERROR_NONE : err->code;
    char key[8];
    size_t seen = 0;

    for (size_t i = 0; !code && i < 1000; i++) {
        name_key(i, 1000, key);
        code = add(sort, key, "some data", 0, err);
    }
    if (!code)
        code = external_sort_finish(sort, err);
    while (!code && external_sort_next(sort, &record, &code, err))
        seen++;
    external_sort_free(sort);
    assert_true(code || seen == 1000);
    return code;
}

static void external_sort_survives_every_failed_allocation(void **state)
{
    struct error err;
    enum error_code code = ERROR_MEMORY;

    for (long nth = 1; code; nth++) {
        long before = mem_live();

        mem_fail_at(nth);
        code = sort_some(&err);
        mem_fail_at(0);
        assert_true(code == ERROR_NONE || code == ERROR_MEMORY);
        assert_int_equal(mem_live(), before);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(external_sort_of_nothing_is_at_its_end),
        cmocka_unit_test(external_sort_orders_keys_by_bytes_then_by_tags),
        cmocka_unit_test(external_sort_keeps_every_record_that_goes_to_disk),
        cmocka_unit_test(external_sort_takes_records_of_nearly_all_its_memory),
        cmocka_unit_test(external_sort_says_where_it_cannot_write),
        cmocka_unit_test(external_sort_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
