#include "base/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"

#define NINES_38 "99999999999999999999999999999999999999"
#define ZEROS_88                                                                                   \
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"

static struct decimal number(const char *text)
{
    struct decimal value;

    assert_int_equal(decimal_parse(text_of(text), &value), DECIMAL_OK);
    return value;
}

static void check_text(const struct decimal *value, const char *expected)
{
    struct buf out;

    buf_init(&out, 512);
    decimal_add_text(&out, value);
    assert_string_equal(buf_string(&out), expected);
    buf_done(&out);
}

static void check_canonical(const char *source, const char *expected)
{
    struct decimal value = number(source);

    check_text(&value, expected);
}

static void check_result(const char *source, enum decimal_result expected)
{
    struct decimal value;

    assert_int_equal(decimal_parse(text_of(source), &value), expected);
}

static void check_sum(const char *a, const char *b, const char *expected)
{
    struct decimal left = number(a), right = number(b), sum;

    assert_int_equal(decimal_add(&left, &right, &sum), DECIMAL_OK);
    check_text(&sum, expected);
    assert_int_equal(decimal_add(&right, &left, &sum), DECIMAL_OK);
    check_text(&sum, expected);
}

static void check_difference(const char *a, const char *b, const char *expected)
{
    struct decimal left = number(a), right = number(b), difference;

    assert_int_equal(decimal_subtract(&left, &right, &difference), DECIMAL_OK);
    check_text(&difference, expected);
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

/* Numbers close to each other and far apart, of any length, zero among them. */
static struct decimal random_number(void)
{
    struct decimal value = {0};
    uint8_t byte[DECIMAL_DIGITS + 4];

    crypto_random(byte, sizeof byte);
    if (byte[0] < 8)
        return value;
    value.negative = byte[0] & 1;
    value.count = (uint8_t)(byte[1] & 1 ? 1 + byte[2] % DECIMAL_DIGITS : 1 + byte[2] % 3);
    value.exponent = (int16_t)(byte[1] & 2 ? byte[3] + DECIMAL_EXPONENT_MIN : byte[3] % 5 - 2);
    for (int i = 0; i < value.count; i++)
        value.digit[i] = (uint8_t)(byte[4 + i] % (byte[1] & 4 ? 10 : 2));
    if (!value.digit[0])
        value.digit[0] = 1;
    if (!value.digit[value.count - 1])
        value.digit[value.count - 1] = 9;
    return value;
}

static void numbers_are_written_canonically(void **state)
{
    (void)state;
    check_canonical("0", "0");
    check_canonical("-0", "0");
    check_canonical("+0.00", "0");
    check_canonical("-0e125", "0");
    check_canonical("+1", "1");
    check_canonical("-1", "-1");
    check_canonical("007", "7");
    check_canonical("1.50", "1.5");
    check_canonical("1.", "1");
    check_canonical(".5", "0.5");
    check_canonical("-.5e1", "-5");
    check_canonical("1e3", "1000");
    check_canonical("1.2E+3", "1200");
    check_canonical("12345e-2", "123.45");
    check_canonical("12345E-5", "0.12345");
    check_canonical("1e-3", "0.001");
    check_canonical("1e000000000000000000000000000003", "1000");
    check_canonical("0000000000000000000000000000000000000000000000001", "1");
    check_canonical(NINES_38, NINES_38);
    check_canonical("-0." NINES_38, "-0." NINES_38);
}

static void the_largest_number_has_126_digits(void **state)
{
    (void)state;
    check_canonical("1E125", "1" ZEROS_88 "0000000000000000000000000000000000000");
    check_canonical("9.9999999999999999999999999999999999999E+125", NINES_38 ZEROS_88);
    check_canonical("1e-130", "0." ZEROS_88 "000000000000000000000000000000000000000001");
}

static void what_is_no_number_is_refused(void **state)
{
    static const char *const table[] = {"", "+", "-", ".", "e5", ".e5", "1e", "1e+", "1e1.5", " 1",
        "1 ", "1,5", "--1", "+-1", "0x10", "NaN", "Infinity", "1_000", "1..2", "1.2.3", "1e5e5",
        "\xd9\xa1"};
    struct decimal value;

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check_result(table[i], DECIMAL_NOT_A_NUMBER);
    assert_int_equal(decimal_parse(TEXT("1\0"), &value), DECIMAL_NOT_A_NUMBER);
}

static void exponents_are_read_as_64_bits(void **state)
{
    (void)state;
    check_result("1e9223372036854775807", DECIMAL_OVERFLOW);
    check_result("1e9223372036854775808", DECIMAL_NOT_A_NUMBER);
    check_result("1e-9223372036854775808", DECIMAL_UNDERFLOW);
    check_result("1e-9223372036854775809", DECIMAL_NOT_A_NUMBER);
    check_result("0e9223372036854775807", DECIMAL_OVERFLOW);
    check_result("0.1e-9223372036854775808", DECIMAL_UNDERFLOW);
    check_result("1e99999999999999999999999999", DECIMAL_NOT_A_NUMBER);
    check_result("1e4294967296", DECIMAL_OVERFLOW);
}

static void the_range_is_checked_for_zero_too(void **state)
{
    (void)state;
    check_result("0e125", DECIMAL_OK);
    check_result("0e126", DECIMAL_OVERFLOW);
    check_result("0e-130", DECIMAL_OK);
    check_result("0e-131", DECIMAL_UNDERFLOW);
    check_result("1e126", DECIMAL_OVERFLOW);
    check_result("-10e125", DECIMAL_OVERFLOW);
    check_result("0.1e126", DECIMAL_OK);
    check_result("1e-131", DECIMAL_UNDERFLOW);
    check_result("10e-131", DECIMAL_OK);
    check_result("1.00000001e-130", DECIMAL_OK);
}

static void more_than_38_significant_digits_are_refused(void **state)
{
    (void)state;
    check_result(NINES_38 "9", DECIMAL_TOO_MANY_DIGITS);
    check_result(NINES_38 ".9", DECIMAL_TOO_MANY_DIGITS);
    check_result(NINES_38 "0000", DECIMAL_OK);
    check_result("000" NINES_38 ".000", DECIMAL_OK);
    check_result("0.000" NINES_38, DECIMAL_OK);
    check_result("1" NINES_38 "e-200", DECIMAL_UNDERFLOW);
}

static void sums_are_exact(void **state)
{
    (void)state;
    check_sum("0", "0", "0");
    check_sum("0", "-5", "-5");
    check_sum("0.1", "0.2", "0.3");
    check_sum("1", "-1", "0");
    check_sum("999", "1", "1000");
    check_sum("-999.9", "-0.1", "-1000");
    check_sum("100", "-0.01", "99.99");
    check_sum("-100", "0.01", "-99.99");
    check_sum("1e37", "1", "10000000000000000000000000000000000001");
    check_sum("99999999999999999999999999999999999998", "1", NINES_38);
    check_sum("5e-130", "5e-130", "0." ZEROS_88 "00000000000000000000000000000000000000001");
    check_sum(NINES_38, "1", "100000000000000000000000000000000000000");
}

static void differences_are_exact(void **state)
{
    (void)state;
    check_difference("0", "0", "0");
    check_difference("0", "5", "-5");
    check_difference("5", "0", "5");
    check_difference("-5", "0", "-5");
    check_difference("5", "-5", "10");
    check_difference("-5", "-5", "0");
    check_difference("3", "10", "-7");
    check_difference("-3", "-10", "7");
    check_difference("1", "0.9", "0.1");
    check_difference("1e37", "1", "9999999999999999999999999999999999999");
}

static void results_beyond_38_digits_or_the_range_are_refused(void **state)
{
    struct decimal a = number("1e38"), b = number("1"), c = number("9e125"), d = number("1e125"),
                   e = number("1.1e-130"), f = number("1e-130"), out = number("7");

    (void)state;
    assert_int_equal(decimal_add(&a, &b, &out), DECIMAL_OVERFLOW);
    assert_int_equal(decimal_add(&c, &d, &out), DECIMAL_OVERFLOW);
    assert_int_equal(decimal_subtract(&c, &e, &out), DECIMAL_OVERFLOW);
    assert_int_equal(decimal_subtract(&e, &f, &out), DECIMAL_UNDERFLOW);
    check_text(&out, "7"); /* untouched */
}

static void a_result_may_replace_its_operand(void **state)
{
    struct decimal a = number("1.5"), b = number("2");

    (void)state;
    assert_int_equal(decimal_add(&a, &b, &a), DECIMAL_OK);
    check_text(&a, "3.5");
    assert_int_equal(decimal_subtract(&a, &a, &a), DECIMAL_OK);
    check_text(&a, "0");
}

static void numbers_compare_by_value(void **state)
{
    static const char *const ascending[] = {"-9e125", "-100", "-99.5", "-99", "-1.01", "-1",
        "-1e-130", "0", "1e-130", "0.5", "0.51", "1", "1.00001", "2", "9.9", "10", "10.1", "1e125"};
    const size_t count = sizeof ascending / sizeof *ascending;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            struct decimal a = number(ascending[i]), b = number(ascending[j]);

            assert_int_equal(sign(decimal_compare(&a, &b)), (i > j) - (i < j));
        }
    }
}

static void sums_of_random_numbers_can_be_taken_apart(void **state)
{
    int exact = 0;

    (void)state;
    crypto_seed(4711);
    for (int i = 0; i < 20000; i++) {
        struct decimal a = random_number(), b = random_number(), sum, difference, back;

        if (decimal_add(&a, &b, &sum) == DECIMAL_OK &&
            decimal_subtract(&sum, &b, &back) == DECIMAL_OK) {
            assert_int_equal(decimal_compare(&a, &back), 0);
            exact++;
        }
        if (decimal_subtract(&a, &b, &difference) == DECIMAL_OK) {
            struct decimal zero = {0};

            assert_int_equal(sign(decimal_compare(&difference, &zero)),
                sign(decimal_compare(&a, &b)));
        }
    }
    crypto_seed(0);
    assert_true(exact > 5000);
}

static void key_bytes_have_the_documented_layout(void **state)
{
    static const struct {
        const char *number;
        struct text key;
    } table[] = {
        {"0", {"\x80", 1}},
        {"1", {"\x81\x82\x0b\x00", 4}},
        {"12.345", {"\x81\x83\x0d\x23\x33\x00", 6}},
        {"-1", {"\x7f\x7d\xf4\xff", 4}},
        {"1e125", {"\x81\xff\x0b\x00", 4}},
        {"1e-130", {"\x81\x00\x0b\x00", 4}},
        {"-9.9e125", {"\x7f\x00\x9b\xff", 4}},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct decimal value = number(table[i].number);

        buf_clear(&out);
        decimal_add_key(&out, &value);
        assert_int_equal(out.length, table[i].key.length);
        assert_memory_equal(out.data, table[i].key.data, out.length);
    }
    {
        struct decimal value = number(NINES_38);

        buf_clear(&out);
        decimal_add_key(&out, &value);
        assert_int_equal(out.length, DECIMAL_KEY_LIMIT);
    }
    buf_done(&out);
}

static void key_bytes_sort_as_the_numbers_do(void **state)
{
    struct buf a_key, b_key;
    int equal = 0;

    (void)state;
    buf_init(&a_key, 64);
    buf_init(&b_key, 64);
    crypto_seed(42);
    for (int i = 0; i < 50000; i++) {
        struct decimal a = random_number(), b = random_number();
        int order = sign(decimal_compare(&a, &b));

        buf_clear(&a_key);
        buf_clear(&b_key);
        decimal_add_key(&a_key, &a);
        decimal_add_key(&b_key, &b);
        assert_int_equal(sign(text_compare(buf_view(&a_key), buf_view(&b_key))), order);
        /* What follows in a composite key must not change the order. */
        buf_add_char(&a_key, '\xff');
        buf_add_char(&b_key, '\0');
        assert_int_equal(sign(text_compare(buf_view(&a_key), buf_view(&b_key))), order ? order : 1);
        equal += !order;
    }
    crypto_seed(0);
    assert_true(equal > 50 && equal < 25000);
    buf_done(&a_key);
    buf_done(&b_key);
}

static void keys_are_read_back(void **state)
{
    struct buf key;

    (void)state;
    buf_init(&key, 64);
    crypto_seed(43);
    for (int i = 0; i < 20000; i++) {
        struct decimal a = random_number(), back;
        size_t length;

        buf_clear(&key);
        decimal_add_key(&key, &a);
        length = key.length;
        buf_add_string(&key, "tail");
        assert_int_equal(decimal_from_key(buf_view(&key), &back), length);
        assert_memory_equal(&a, &back, sizeof a);
    }
    crypto_seed(0);
    buf_done(&key);
}

static void bad_keys_are_refused(void **state)
{
    static const struct text table[] = {{"", 0}, {"\x00", 1}, {"\x82\x82\x0b\x00", 4}, {"\x81", 1},
        {"\x81\x82", 2}, {"\x81\x82\x0b", 3}, /* cut */
        {"\x81\x82\x00\x00", 4},              /* no digits */
        {"\x81\x82\x02\x00", 4},              /* first digit 0 */
        {"\x81\x82\x0b\x01\x00", 5},          /* last pair 00 */
        {"\x81\x82\x65\x00", 4},              /* pair above 99 */
        {"\x7f\x7d\xf4\x00", 4},              /* ended as a positive one */
        {"\x81\x82\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
         "\x00",
            23}}; /* 40 digits */
    struct decimal value;

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(decimal_from_key(table[i], &value), 0);
}

static void sizes_count_pairs_of_digits(void **state)
{
    static const struct {
        const char *number;
        size_t size;
    } table[] = {{"3.14159", 5}, {"123456", 4}, {"1E125", 2}, {"0", 1}, {"-1", 3}, {"100.5", 4},
        {"0.001", 2}, {"0.00123", 3}, {"1230", 3}, {"-3.14159", 6}, {NINES_38, 20},
        {"1.2345678901234567890123456789012345678", 21}, {"-0." NINES_38, 21}};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct decimal value = number(table[i].number);

        assert_int_equal(decimal_size(&value), table[i].size);
    }
}

static void failures_are_explained_as_the_service_does(void **state)
{
    static const struct {
        enum decimal_result result;
        const char *text, *sentence;
    } table[] = {
        {DECIMAL_OK, "1", ""},
        {DECIMAL_NOT_A_NUMBER, "abc", "The parameter cannot be converted to a numeric value: abc"},
        {DECIMAL_NOT_A_NUMBER, "", "The parameter cannot be converted to a numeric value: "},
        {DECIMAL_TOO_MANY_DIGITS, "1",
            "Attempting to store more than 38 significant digits in a Number"},
        {DECIMAL_OVERFLOW, "1",
            "Number overflow. Attempting to store a number with magnitude "
            "larger than supported range"},
        {DECIMAL_UNDERFLOW, "1",
            "Number underflow. Attempting to store a number with magnitude "
            "smaller than supported range"},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 256);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        buf_clear(&out);
        decimal_explain(table[i].result, text_of(table[i].text), &out);
        assert_string_equal(buf_string(&out), table[i].sentence);
    }
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_canonically),
        cmocka_unit_test(the_largest_number_has_126_digits),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(exponents_are_read_as_64_bits),
        cmocka_unit_test(the_range_is_checked_for_zero_too),
        cmocka_unit_test(more_than_38_significant_digits_are_refused),
        cmocka_unit_test(sums_are_exact),
        cmocka_unit_test(differences_are_exact),
        cmocka_unit_test(results_beyond_38_digits_or_the_range_are_refused),
        cmocka_unit_test(a_result_may_replace_its_operand),
        cmocka_unit_test(numbers_compare_by_value),
        cmocka_unit_test(sums_of_random_numbers_can_be_taken_apart),
        cmocka_unit_test(key_bytes_have_the_documented_layout),
        cmocka_unit_test(key_bytes_sort_as_the_numbers_do),
        cmocka_unit_test(keys_are_read_back),
        cmocka_unit_test(bad_keys_are_refused),
        cmocka_unit_test(sizes_count_pairs_of_digits),
        cmocka_unit_test(failures_are_explained_as_the_service_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
