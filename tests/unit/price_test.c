#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdint.h>

#include "client/price.h"

static void assert_price(const char *region, uint64_t reads, uint64_t writes, const char *expected)
{
    struct buf out;

    buf_init(&out, 200);
    price_add(&out, region, reads, writes);
    assert_string_equal(buf_string(&out), expected);
    buf_done(&out);
}

#define LIST " on demand by the list price of us-east-1, 2024-11"

static void two_digits_count_below_a_dollar(void **state)
{
    assert_price("us-east-1", 5860, 0, "about $0.00073" LIST);
    assert_price("us-east-1", 80000, 0, "about $0.010" LIST);
    assert_price("us-east-1", 1, 0, "about $0.00000013" LIST);
    (void)state;
}

static void dollars_have_cents(void **state)
{
    assert_price("us-east-1", 0, 0, "about $0.00" LIST);
    assert_price("us-east-1", 1000000000, 0, "about $125.00" LIST);
    assert_price("us-east-1", 8000000, 1600000, "about $2.00" LIST);
    (void)state;
}

static void another_region_gets_the_price_under_its_right_name(void **state)
{
    assert_price("eu-west-1", 8000000, 0, "about $1.00" LIST);
    assert_price("", 8000000, 0, "about $1.00" LIST);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_digits_count_below_a_dollar),
        cmocka_unit_test(dollars_have_cents),
        cmocka_unit_test(another_region_gets_the_price_under_its_right_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
