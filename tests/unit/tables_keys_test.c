#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "endpoint/tables/keys.h"

static const struct key_schema hash_only = {.hash_count = 1,
    .attribute = {{.name = {"h", 1}, .type = VALUE_S}}};
static const struct key_schema hash_and_range = {.hash_count = 1,
    .range_count = 1,
    .attribute = {{.name = {"h", 1}, .type = VALUE_S}, {.name = {"r", 1}, .type = VALUE_N}}};

static void the_hash_never_changes(void **state)
{
    const struct value a = {.type = VALUE_S, .text = {"a", 1}};
    const struct value empty = {.type = VALUE_B, .text = {"", 0}};
    const struct value number = {.type = VALUE_N, .text = {"10", 2}};
    const struct value *values[] = {&a}, *empties[] = {&empty}, *numbers[] = {&number};

    /* Files keep these: FNV-1a over the bytes and 00 01, then the finisher of MurmurHash3. */
    assert_true(keys_hash(&hash_only, values) == UINT64_C(0xbc08481f96e3b568));
    assert_true(keys_hash(&hash_only, empties) == UINT64_C(0x3d763bd6393b8058));
    assert_true(keys_hash(&hash_only, numbers) == UINT64_C(0xe7546e877bf86759));
    (void)state;
}

static void a_key_is_hash_value_and_sort_value(void **state)
{
    struct text names[] = {{"h", 1}, {"r", 1}};
    struct value parts[] = {{.type = VALUE_S, .text = {"a\0b", 3}},
        {.type = VALUE_N, .text = {"10", 2}}};
    const struct value item = {.type = VALUE_M, .count = 2, .element = parts, .name = names};
    struct buf key;

    buf_init(&key, 1024);
    keys_add_item(&key, &hash_and_range, &item);
    /* 8 of hash; a 00 FF b 00 01; 81, exponent 1 + 130, digits 10 + 1, 00 */
    assert_int_equal(key.length, 8 + 6 + 4);
    assert_memory_equal(key.data + 8,
        "a\0\xff"
        "b\0\1\x81\x83\x0b\0",
        10);
    buf_clear(&key);
    keys_add_item(&key, &hash_only, &item);
    assert_int_equal(key.length, 8 + 3);
    assert_memory_equal(key.data + 8, "a\0b", 3);
    buf_done(&key);
    (void)state;
}

static void parts_keep_the_order_of_bytes(void **state)
{
    static const struct text sorted[] = {{"", 0}, {"\0", 1}, {"\0\0", 2}, {"\0\1", 2},
        {"\0\xff", 2}, {"\1", 1}, {"a", 1}, {"a\0", 2}, {"a\0\0", 3}, {"a\0b", 3}, {"a\1", 2},
        {"aa", 2}, {"b", 1}, {"\xff", 1}, {"\xff\xff", 2}};
    struct buf previous, key;

    buf_init(&previous, 1024);
    buf_init(&key, 1024);
    for (size_t i = 0; i < sizeof sorted / sizeof sorted[0]; i++) {
        const struct value value = {.type = VALUE_B, .text = sorted[i]};

        buf_clear(&key);
        keys_add_part(&key, &value, false);
        if (i > 0)
            assert_true(text_compare(buf_view(&previous), buf_view(&key)) < 0);
        buf_clear(&previous);
        buf_add_text(&previous, buf_view(&key));
    }
    buf_done(&previous);
    buf_done(&key);
    (void)state;
}

static void the_item_key_is_found_at_the_end_of_an_index_key(void **state)
{
    static const char *const numbers[] = {"0", "-1", "12345678901234567890123456789012345678",
        "-9.9E125", "1E-130", "-1E-130", "0.5"};
    struct table_index index = {.key = {.hash_count = 1,
                                    .range_count = 1,
                                    .attribute = {{.name = {"g", 1}, .type = VALUE_B},
                                        {.name = {"n", 1}, .type = VALUE_N}}}};
    struct text names[] = {{"g", 1}, {"n", 1}};
    struct value parts[] = {{.type = VALUE_B, .text = {"\0\1\0\xff\0", 5}}, {.type = VALUE_N}};
    const struct value item = {.type = VALUE_M, .count = 2, .element = parts, .name = names};
    const struct text item_key = {"\0\1item\0key", 10};
    struct buf key;

    buf_init(&key, 1024);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        parts[1].text = text_of(numbers[i]);
        buf_clear(&key);
        assert_true(keys_add_index(&key, &index, &item, item_key));
        assert_true(text_equal(keys_item_of(&index.key, buf_view(&key)), item_key));
        for (size_t length = 0; length + item_key.length < key.length; length++)
            assert_int_equal(keys_item_of(&index.key, text_make(key.data, length)).length, 0);
    }
    parts[1].type = VALUE_S;
    buf_clear(&key);
    assert_false(keys_add_index(&key, &index, &item, item_key));
    assert_int_equal(key.length, 0);
    buf_done(&key);
    (void)state;
}

static void the_next_key_ends_a_prefix(void **state)
{
    struct buf key;

    buf_init(&key, 64);
    buf_add(&key, "a\xff\xff", 3);
    assert_true(keys_next(&key));
    assert_true(text_is(buf_view(&key), "b"));
    buf_clear(&key);
    buf_add(&key, "\xff\xff", 2);
    assert_false(keys_next(&key));
    buf_done(&key);
    (void)state;
}

static void segments_divide_all_hashes(void **state)
{
    assert_true(keys_segment_start(0, 1) == 0);
    assert_true(keys_segment_start(1, 2) == UINT64_C(1) << 63);
    assert_true(keys_segment_start(1, 3) == UINT64_C(0x5555555555555555));
    assert_true(keys_segment_start(2, 3) == UINT64_C(0xaaaaaaaaaaaaaaaa));
    assert_true(keys_segment_start(999999, 1000000) == UINT64_C(18446725626965477906));
    for (uint64_t i = 1; i < 1000000; i += 997)
        assert_true(keys_segment_start(i, 1000000) > keys_segment_start(i - 1, 1000000));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_never_changes),
        cmocka_unit_test(a_key_is_hash_value_and_sort_value),
        cmocka_unit_test(parts_keep_the_order_of_bytes),
        cmocka_unit_test(the_item_key_is_found_at_the_end_of_an_index_key),
        cmocka_unit_test(the_next_key_ends_a_prefix),
        cmocka_unit_test(segments_divide_all_hashes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
