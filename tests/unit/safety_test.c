#include "console/safety.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"

/* A session with one link to a profile of the given environment; nothing is contacted. */
struct scene {
    struct session session;
    struct link link;
    struct plan plan;
    struct job job;
    struct tree tree;
    struct statement statement;
    char asked[2000]; /* details | text | name of the last question */
    bool says_yes;
};

static struct buf folder;

static bool remember(struct job *job, const struct question *question, struct error *err)
{
    struct scene *scene = job->owner;

    snprintf(scene->asked, sizeof(scene->asked), "%s|%s|%s|%s", question->details, question->text,
        question->type_name ? question->type_name : "y/N", question->kind ? question->kind : "");
    if (!scene->says_yes)
        error_set(err, ERROR_REFUSED, "no");
    return scene->says_yes;
}

static void open_scene(struct scene *scene, const char *profile)
{
    struct connection_options options;
    struct error err;

    memset(scene, 0, sizeof(*scene));
    settings_init(&scene->session.settings);
    scene->session.profiles = profile_load(&err);
    assert_non_null(scene->session.profiles);
    options = (struct connection_options){.profiles = scene->session.profiles,
        .profile = profile_find(scene->session.profiles, text_of(profile))};
    assert_non_null(options.profile);
    scene->link.connection = connection_new(&options, &err);
    assert_non_null(scene->link.connection);
    scene->session.link = &scene->link;
    scene->plan.link = &scene->link;
    scene->plan.risk_kind = "table";
    scene->plan.risk_name = "orders";
    scene->statement.name = "DROP TABLE";
    scene->tree.statement = &scene->statement;
    job_take_session(&scene->job, &scene->session);
    scene->job.owner = scene;
    scene->job.ask = remember;
    scene->says_yes = true;
}

static void close_scene(struct scene *scene)
{
    connection_free(scene->link.connection);
    profile_set_free(scene->session.profiles);
}

static void grades_are_those_of_the_manual(void **state)
{
    static const struct {
        const char *confirm, *environment;
        enum safety_grade grade[4];
    } case_table[] = {
        {"off", "", {SAFETY_FREE, SAFETY_FREE, SAFETY_FREE, SAFETY_YES_NO}},
        {"risky", "dev", {SAFETY_FREE, SAFETY_FREE, SAFETY_YES_NO, SAFETY_NAME}},
        {"all", "stage", {SAFETY_FREE, SAFETY_YES_NO, SAFETY_YES_NO, SAFETY_NAME}},
        {"off", "prod", {SAFETY_FREE, SAFETY_YES_NO, SAFETY_NAME, SAFETY_NAME}},
        {"risky", "prod", {SAFETY_FREE, SAFETY_YES_NO, SAFETY_NAME, SAFETY_NAME}},
        {"all", "prod", {SAFETY_FREE, SAFETY_YES_NO, SAFETY_NAME, SAFETY_NAME}},
    };

    for (size_t i = 0; i < sizeof(case_table) / sizeof(case_table[0]); i++)
        for (int risk = RISK_NONE; risk <= RISK_DESTROY; risk++)
            assert_int_equal(safety_grade((enum plan_risk)risk, case_table[i].confirm,
                                 case_table[i].environment),
                case_table[i].grade[risk]);
    (void)state;
}

static void question_shows_place_diff_and_name(void **state)
{
    struct plan_line cost = {.label = PLAN_COST, .text = "12 RCU"};
    struct scene scene;
    struct error err;

    open_scene(&scene, "shop");
    scene.plan.risk = RISK_DESTROY;
    scene.plan.question = "Drop table orders with 5 items?";
    scene.plan.diff = "timeout: 3s -> 5s";
    scene.plan.line = &cost;
    assert_int_equal(safety_confirm(&scene.job, &scene.tree, &scene.plan, &err), ERROR_NONE);
    assert_string_equal(scene.asked,
        "profile shop  region eu-west-1\ntimeout: 3s -> 5s\ncost  12 RCU\n|"
        "Drop table orders with 5 items?|orders|table");
    assert_true(scene.job.allow_write);
    close_scene(&scene);
    (void)state;
}

static void class_two_asks_yes_or_no_outside_production(void **state)
{
    struct scene scene;
    struct error err;

    open_scene(&scene, "shop");
    scene.plan.risk = RISK_MANY;
    scene.says_yes = false;
    assert_int_equal(safety_confirm(&scene.job, &scene.tree, &scene.plan, &err), ERROR_REFUSED);
    assert_string_equal(scene.asked, "profile shop  region eu-west-1\n|Run DROP TABLE?|y/N|");
    close_scene(&scene);

    open_scene(&scene, "prod");
    connection_set_read_only(scene.link.connection, false, 0);
    scene.plan.risk = RISK_MANY;
    assert_int_equal(safety_confirm(&scene.job, &scene.tree, &scene.plan, &err), ERROR_NONE);
    assert_non_null(strstr(scene.asked, "|orders|table"));
    close_scene(&scene);
    (void)state;
}

static void what_is_free_asks_nothing(void **state)
{
    struct scene scene;
    struct error err;

    open_scene(&scene, "shop");
    scene.plan.risk = RISK_ONE;
    assert_int_equal(safety_confirm(&scene.job, &scene.tree, &scene.plan, &err), ERROR_NONE);
    scene.plan.risk = RISK_NONE;
    assert_int_equal(safety_confirm(&scene.job, &scene.tree, &scene.plan, &err), ERROR_NONE);
    assert_string_equal(scene.asked, "");
    close_scene(&scene);
    (void)state;
}

static void permission_is_that_of_the_connection_of_the_plan(void **state)
{
    struct scene scene;
    struct error err;

    open_scene(&scene, "shop");
    connection_set_read_only(scene.link.connection, true, 0);
    scene.job.allow_write = true;
    assert_int_equal(safety_confirm(&scene.job, &scene.tree, &scene.plan, &err), ERROR_NONE);
    assert_false(scene.job.allow_write);
    scene.plan.link = NULL;
    scene.job.allow_write = true;
    assert_int_equal(safety_confirm(&scene.job, &scene.tree, &scene.plan, &err), ERROR_NONE);
    assert_false(scene.job.allow_write);
    close_scene(&scene);
    (void)state;
}

static void nobody_is_asked_about_what_read_only_mode_refuses(void **state)
{
    struct plan_call read = {.operation = service_operation_string(&service_dynamodb, "Query")};
    struct plan_call write = {.operation = service_operation_string(&service_dynamodb, "PutItem")};
    struct scene scene;
    struct error err;

    open_scene(&scene, "prod");
    scene.plan.risk = RISK_ONE;
    scene.plan.call = &read;
    read.next = &write;
    assert_int_equal(safety_confirm(&scene.job, &scene.tree, &scene.plan, &err), ERROR_REFUSED);
    assert_string_equal(err.text, "PutItem is not allowed in read-only mode (profile prod; "
                                  "SET read-only off FOR 15m)");
    assert_string_equal(scene.asked, "");
    close_scene(&scene);
    (void)state;
}

static bool answer(struct scene *scene, const char *name, const char *kind, struct error *err)
{
    struct question question = {.text = "Drop it?", .details = "", .type_name = name, .kind = kind};

    return safety_answer(&scene->job, &question, err);
}

static void without_a_person_nothing_is_confirmed(void **state)
{
    struct scene scene;
    struct error err;

    open_scene(&scene, "shop");
    assert_false(answer(&scene, NULL, NULL, &err));
    assert_int_equal(err.code, ERROR_REFUSED);
    assert_string_equal(err.text, "not confirmed: Drop it?");
    assert_string_equal(err.hint, "nobody can be asked here; --yes answers");
    assert_false(answer(&scene, "orders", "table", &err));
    assert_string_equal(err.text,
        "not confirmed: Drop it? (the table name orders would have to be typed)");
    assert_string_equal(err.hint,
        "nobody can be asked here; --yes or --i-mean table=orders answers");
    close_scene(&scene);
    (void)state;
}

static void yes_answers_names_outside_production_only(void **state)
{
    struct scene scene;
    struct error err;

    open_scene(&scene, "shop");
    scene.session.yes = true;
    assert_true(answer(&scene, NULL, NULL, &err));
    assert_true(answer(&scene, "orders", "table", &err));
    close_scene(&scene);

    open_scene(&scene, "prod");
    scene.session.yes = true;
    assert_true(answer(&scene, NULL, NULL, &err));
    assert_false(answer(&scene, "orders", "table", &err));
    assert_string_equal(err.hint, "nobody can be asked here; --i-mean table=orders answers");
    close_scene(&scene);
    (void)state;
}

static void i_mean_answers_for_that_kind_and_name(void **state)
{
    static const char *const meant[] = {"stage=shop/prod", "table=orders", "profile=prod", NULL};
    struct scene scene;
    struct error err;

    open_scene(&scene, "prod");
    scene.session.i_mean = meant;
    assert_true(answer(&scene, "orders", "table", &err));
    assert_true(answer(&scene, "shop/prod", "stage", &err));
    assert_true(answer(&scene, "prod", NULL, &err));
    assert_false(answer(&scene, "orders", "api", &err));
    assert_false(answer(&scene, "order", "table", &err));
    assert_false(answer(&scene, NULL, NULL, &err));
    close_scene(&scene);
    (void)state;
}

static void question_about_another_profile_counts_its_environment(void **state)
{
    struct question question = {.text = "Drop it?",
        .details = "",
        .type_name = "orders",
        .kind = "table",
        .environment = "prod"};
    struct scene scene;
    struct error err;

    open_scene(&scene, "shop");
    scene.session.yes = true;
    assert_false(safety_answer(&scene.job, &question, &err));
    close_scene(&scene);
    (void)state;
}

static int make_profiles(void **state)
{
    static const char config[] = "[profile shop]\nregion = eu-west-1\nenv = dev\n"
                                 "[profile prod]\nregion = eu-west-1\nenv = prod\n";
    struct buf path;
    struct error err;

    (void)state;
    buf_init(&folder, 4096);
    buf_init(&path, 4096);
    if (file_make_temporary("gatehouse-safety", &folder, &err))
        return 1;
    setenv("XDG_CONFIG_HOME", buf_string(&folder), 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    buf_add_format(&path, "%s/gatehouse", buf_string(&folder));
    if (file_make_folder(buf_string(&path), &err))
        return 1;
    buf_add_string(&path, "/config");
    if (file_write(buf_string(&path), text_of(config), 0600, &err))
        return 1;
    buf_done(&path);
    return 0;
}

static int remove_profiles(void **state)
{
    (void)state;
    file_remove_tree(buf_string(&folder));
    buf_done(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grades_are_those_of_the_manual),
        cmocka_unit_test(question_shows_place_diff_and_name),
        cmocka_unit_test(class_two_asks_yes_or_no_outside_production),
        cmocka_unit_test(what_is_free_asks_nothing),
        cmocka_unit_test(permission_is_that_of_the_connection_of_the_plan),
        cmocka_unit_test(nobody_is_asked_about_what_read_only_mode_refuses),
        cmocka_unit_test(without_a_person_nothing_is_confirmed),
        cmocka_unit_test(yes_answers_names_outside_production_only),
        cmocka_unit_test(i_mean_answers_for_that_kind_and_name),
        cmocka_unit_test(question_about_another_profile_counts_its_environment),
    };

    return cmocka_run_group_tests(tests, make_profiles, remove_profiles);
}
