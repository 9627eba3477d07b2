#include "console/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"

static struct buf folder;

static struct session *open_session(void)
{
    struct error err;
    struct session *session = session_new(&err);

    assert_non_null(session);
    return session;
}

static enum error_code connect(struct session *session, const char *profile, const char *as,
    struct error *err)
{
    return session_connect(session, text_of(profile), as, NULL, NULL, false, err);
}

static void connect_makes_a_profile_current_and_keeps_others_open(void **state)
{
    struct session *session = open_session();
    struct link *shop;
    struct error err;

    assert_null(session->link);
    assert_int_equal(connect(session, "shop", NULL, &err), ERROR_NONE);
    shop = session->link;
    assert_string_equal(shop->name, "shop");
    assert_string_equal(connection_region(shop->connection), "eu-west-1");
    assert_string_equal(shop->api, "web");
    assert_int_equal(connect(session, "plain", "p", &err), ERROR_NONE);
    assert_string_equal(session->link->name, "p");
    assert_null(session->link->api);
    assert_ptr_equal(session_link(session, TEXT("shop"), &err), shop);
    assert_string_equal(session->link->name, "p");
    assert_int_equal(connect(session, "shop", NULL, &err), ERROR_NONE);
    assert_ptr_equal(session->link, shop);
    session_free(session);
    (void)state;
}

static void another_region_is_another_connection_under_the_same_name(void **state)
{
    struct session *session = open_session();
    struct link *before;
    struct error err;

    assert_int_equal(connect(session, "shop", NULL, &err), ERROR_NONE);
    before = session->link;
    assert_int_equal(session_connect(session, TEXT("shop"), NULL, "us-east-2", NULL, false, &err),
        ERROR_NONE);
    assert_ptr_not_equal(session->link, before);
    assert_true(before->closed);
    assert_string_equal(connection_region(session->link->connection), "us-east-2");
    assert_ptr_equal(session_link(session, TEXT("shop"), &err), session->link);
    session_free(session);
    (void)state;
}

static void first_connection_follows_the_options(void **state)
{
    struct session *session = open_session();
    struct link *link;
    struct error err;

    session->start = (struct session_start){.profile = "plain",
        .region = "ap-south-1",
        .api = "a",
        .stage = "s"};
    link = session_link(session, TEXT(""), &err);
    assert_non_null(link);
    assert_ptr_equal(session->link, link);
    assert_string_equal(link->name, "plain");
    assert_string_equal(connection_region(link->connection), "ap-south-1");
    assert_string_equal(link->api, "a");
    assert_string_equal(link->stage, "s");
    session_free(session);
    (void)state;
}

static void prefix_of_a_table_opens_its_profile_without_using_it(void **state)
{
    struct session *session = open_session();
    struct link *link;
    struct error err;

    assert_int_equal(connect(session, "shop", NULL, &err), ERROR_NONE);
    link = session_link(session, TEXT("plain"), &err);
    assert_non_null(link);
    assert_string_equal(link->name, "plain");
    assert_string_equal(session->link->name, "shop");
    assert_null(session_link(session, TEXT("nowhere"), &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    session_free(session);
    (void)state;
}

static void unknown_profiles_name_the_nearest(void **state)
{
    struct session *session = open_session();
    struct error err;

    assert_int_equal(connect(session, "shopp", NULL, &err), ERROR_NOT_FOUND);
    assert_string_equal(err.text, "there is no profile 'shopp'");
    assert_string_equal(err.hint, "did you mean shop?");
    assert_int_equal(connect(session, "elsewhere", NULL, &err), ERROR_NOT_FOUND);
    assert_string_equal(err.hint, "SHOW PROFILES lists them");
    assert_null(session->link);
    session->start.profile = "elsewhere";
    assert_null(session_link(session, TEXT(""), &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    session_free(session);
    (void)state;
}

static bool starts_read_only(const char *profile, bool process, bool asked_read_write,
    bool connect_read_only)
{
    struct session *session = open_session();
    struct error err;
    bool answer;

    session->read_only_process = process;
    session->read_write_asked = asked_read_write;
    assert_int_equal(session_connect(session, text_of(profile), NULL, NULL, NULL, connect_read_only,
                         &err),
        ERROR_NONE);
    answer = connection_is_read_only(session->link->connection);
    session_free(session);
    return answer;
}

static void production_starts_read_only(void **state)
{
    assert_false(starts_read_only("shop", false, false, false));
    assert_true(starts_read_only("shop", false, false, true));
    assert_true(starts_read_only("shop", true, false, false));
    assert_true(starts_read_only("prod", false, false, false));
    assert_true(starts_read_only("careful", false, false, false));
    assert_false(starts_read_only("prod", false, true, false));
    assert_false(starts_read_only("careful", false, true, false));
    assert_true(starts_read_only("prod", true, true, false));
    (void)state;
}

static void disconnect_falls_back_to_the_last_one_open(void **state)
{
    struct session *session = open_session();
    struct error err;

    assert_int_equal(connect(session, "shop", NULL, &err), ERROR_NONE);
    assert_int_equal(connect(session, "plain", NULL, &err), ERROR_NONE);
    assert_int_equal(session_disconnect(session, TEXT("plain"), &err), ERROR_NONE);
    assert_string_equal(session->link->name, "shop");
    assert_int_equal(session_disconnect(session, TEXT("plain"), &err), ERROR_NOT_FOUND);
    assert_string_equal(err.text, "no connection is named 'plain'");
    assert_int_equal(session_disconnect(session, TEXT("shop"), &err), ERROR_NONE);
    assert_null(session->link);
    session_free(session);
    (void)state;
}

static void parameters_are_copied_and_lent_to_the_parser(void **state)
{
    struct session *session = open_session();
    struct language_context context;
    char bytes[] = "open";
    struct value value = {.type = VALUE_S, .text = {bytes, 4}};
    const struct value *kept;
    struct error err;

    assert_int_equal(session_set_parameter(session, TEXT("st"), &value, &err), ERROR_NONE);
    bytes[0] = 'x';
    context = session_language(session);
    kept = map_get(context.parameters, TEXT("st"));
    assert_non_null(kept);
    assert_true(text_is(kept->text, "open"));
    assert_int_equal(context.dialect, DIALECT_GATEHOUSE);
    assert_int_equal(setting_apply(&session->settings, setting_find(TEXT("dialect")),
                         TEXT("partiql"), &err),
        ERROR_NONE);
    assert_int_equal(session_language(session).dialect, DIALECT_PARTIQL);
    session_free(session);
    (void)state;
}

static void socket_path_that_is_too_long_is_an_error_of_its_own(void **state)
{
    struct session *session;
    struct buf path;
    struct error err;

    buf_init(&path, 4096);
    buf_add_format(&path, "%s/", buf_string(&folder));
    buf_add_repeat(&path, 'x', 120);
    setenv("XDG_RUNTIME_DIR", buf_string(&path), 1);
    session = open_session();
    assert_int_equal(connect(session, "local", NULL, &err), ERROR_USAGE);
    assert_int_equal(strncmp(err.text, "the path of the socket is longer than 107 bytes: ", 49), 0);
    assert_null(session->link);
    session_free(session);
    unsetenv("XDG_RUNTIME_DIR");
    buf_done(&path);
    (void)state;
}

static void session_leaves_no_memory_behind_when_one_is_missing(void **state)
{
    struct session *session = NULL;

    for (long nth = 1; !session && nth < 2000; nth++) {
        struct error err = {.code = ERROR_NONE};
        long live = mem_live();

        mem_fail_at(nth);
        session = session_new(&err);
        mem_fail_at(0);
        if (!session) {
            assert_int_equal(err.code, ERROR_MEMORY);
            assert_int_equal(mem_live(), live);
        }
    }
    assert_non_null(session);
    session_free(session);
    (void)state;
}

static int make_profiles(void **state)
{
    static const char config[] =
        "[profile shop]\nregion = eu-west-1\nenv = dev\napi = web\n"
        "[profile plain]\nregion = us-west-2\nendpoint_url = http://127.0.0.1:1\n"
        "[profile prod]\nregion = eu-west-1\nenv = prod\n"
        "[profile careful]\nregion = eu-west-1\nread-only = yes\n";
    struct buf path;
    struct error err;

    (void)state;
    buf_init(&folder, 4096);
    buf_init(&path, 4096);
    if (file_make_temporary("gatehouse-session", &folder, &err))
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
        cmocka_unit_test(connect_makes_a_profile_current_and_keeps_others_open),
        cmocka_unit_test(another_region_is_another_connection_under_the_same_name),
        cmocka_unit_test(first_connection_follows_the_options),
        cmocka_unit_test(prefix_of_a_table_opens_its_profile_without_using_it),
        cmocka_unit_test(unknown_profiles_name_the_nearest),
        cmocka_unit_test(production_starts_read_only),
        cmocka_unit_test(disconnect_falls_back_to_the_last_one_open),
        cmocka_unit_test(parameters_are_copied_and_lent_to_the_parser),
        cmocka_unit_test(socket_path_that_is_too_long_is_an_error_of_its_own),
        cmocka_unit_test(session_leaves_no_memory_behind_when_one_is_missing),
    };

    return cmocka_run_group_tests(tests, make_profiles, remove_profiles);
}
