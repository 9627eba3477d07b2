#include "console/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void lines_and_calls_keep_their_order(void **state)
{
    struct error err;
    struct arena *arena = arena_new(1 << 20, &err);
    struct plan plan;

    (void)state;
    assert_non_null(arena);
    plan_init(&plan, arena);
    plan_add(&plan, PLAN_NOTE, "%d of %s", 2, "three");
    plan_add(&plan, PLAN_PLAN, "first");
    plan_add_call(&plan, &service_dynamodb, "Query", "1 or more", NULL, TEXT("{}"));
    plan_add_call(&plan, &service_dynamodb, "NoSuch", "1", "at once", TEXT(""));
    assert_string_equal(plan.line->text, "2 of three");
    assert_int_equal(plan.line->label, PLAN_NOTE);
    assert_string_equal(plan.line->next->text, "first");
    assert_null(plan.line->next->next);
    assert_string_equal(plan.call->operation->name, "Query");
    assert_null(plan.call->next->operation);
    assert_string_equal(plan.call->next->live, "at once");
    arena_free(arena);
}

static void a_refusal_lets_explain_go_on(void **state)
{
    struct error err;
    struct arena *arena = arena_new(1 << 20, &err);
    struct plan plan;

    (void)state;
    assert_non_null(arena);
    plan_init(&plan, arena);
    assert_int_equal(plan_refuse(&plan, ERROR_REFUSED, "", "no %s", "way"), ERROR_NONE);
    assert_int_equal(plan.refusal, ERROR_REFUSED);
    assert_string_equal(plan.refused, "no way");
    assert_null(plan.refused_hint);
    plan_refuse(&plan, ERROR_USAGE, "say so", "x");
    assert_string_equal(plan.refused_hint, "say so");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_and_calls_keep_their_order),
        cmocka_unit_test(a_refusal_lets_explain_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
