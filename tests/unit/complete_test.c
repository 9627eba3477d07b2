#include "console/complete.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "client/catalog.h"
#include "console/help.h"
#include "console/statement.h"

enum { CAPACITY = 300 };

static const char orders_json[] =
    "{\"TableName\":\"orders\",\"TableStatus\":\"ACTIVE\",\"ItemCount\":5000,"
    "\"AttributeDefinitions\":[{\"AttributeName\":\"cust\",\"AttributeType\":\"S\"},"
    "{\"AttributeName\":\"ts\",\"AttributeType\":\"N\"},"
    "{\"AttributeName\":\"status\",\"AttributeType\":\"S\"}],"
    "\"KeySchema\":[{\"AttributeName\":\"cust\",\"KeyType\":\"HASH\"},"
    "{\"AttributeName\":\"ts\",\"KeyType\":\"RANGE\"}],"
    "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"byStatus\",\"IndexStatus\":\"ACTIVE\","
    "\"KeySchema\":[{\"AttributeName\":\"status\",\"KeyType\":\"HASH\"}],"
    "\"Projection\":{\"ProjectionType\":\"ALL\"}}]}";

static struct session session;
static struct link current;

/* There is no connection that could be asked for its dialect. */
static void start_settings(void)
{
    settings_init(&session.settings);
    memcpy(session.settings.dialect, "gatehouse", sizeof "gatehouse");
}

static int make_session(void **state)
{
    static const struct text names[] = {{"orders", 6}, {"order-lines", 11}, {"2024 log", 8}};
    static char rest_name[] = "shop", stage_name[] = "prod", path[] = "/pets/{id}",
                method[] = "GET", target[] = "MOCK 200", id[] = "a1", empty[] = "";
    struct catalog_route route = {.method = method,
        .path = path,
        .id = id,
        .target = target,
        .target_type = empty,
        .authorization = empty};
    struct catalog_stage stage = {.name = stage_name, .deployment = empty};
    struct catalog_api api = {.id = id,
        .name = rest_name,
        .kind = 'R',
        .endpoint = empty,
        .routes_known = true,
        .route_count = 1,
        .stage_count = 1,
        .route = &route,
        .stage = &stage};
    struct arena *arena;
    struct json *table, *item;
    struct value *value;
    struct error err;

    (void)state;
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    start_settings();
    session.profiles = profile_load(&err);
    session.parameters = map_new();
    current.catalog = catalog_new(&err);
    session.link = &current;
    arena = arena_new(1 << 20, &err);
    if (!session.profiles || !session.parameters || !current.catalog || !arena)
        return 1;
    table = json_parse(text_of(orders_json), arena, &err);
    item = json_parse(
        TEXT("{\"cust\":\"a\",\"ts\":7,\"total\":1,\"addr\":{\"zip\":\"x\"},\"st-at\":\"it's\","
             "\"password\":\"hunter2\",\"b c\":\"bc\"}"),
        arena, &err);
    value = item ? value_from_plain(item, arena, &err) : NULL;
    if (!table || !value || catalog_set_tables(current.catalog, names, 3, &err) ||
        catalog_set_table(current.catalog, table, text_of(orders_json), &err) ||
        catalog_set_apis(current.catalog, &api, 1, &err) ||
        catalog_set_api(current.catalog, &api, &err))
        return 1;
    catalog_note_item(current.catalog, TEXT("orders"), value);
    arena_free(arena);
    return 0;
}

static int drop_session(void **state)
{
    (void)state;
    catalog_free(current.catalog);
    map_free(session.parameters);
    profile_set_free(session.profiles);
    return 0;
}

/* "|" in the line is the cursor. The candidates, joined by blanks. */
static const char *candidates(const char *marked, size_t *start)
{
    static char out[20000];
    struct completion list[CAPACITY];
    struct error err;
    struct arena *arena = arena_new(1 << 20, &err);
    struct buf line;
    size_t cursor = strcspn(marked, "|"), count, used = 0;

    buf_init(&line, 1 << 16);
    buf_add(&line, marked, cursor);
    if (marked[cursor])
        buf_add_string(&line, marked + cursor + 1);
    count = complete_word(&session, arena, buf_view(&line), cursor, start, list, CAPACITY);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%s", i > 0 ? " " : "",
            list[i].text);
    buf_done(&line);
    arena_free(arena);
    return out;
}

static void offers(const char *marked, const char *expected)
{
    size_t start;

    assert_string_equal(candidates(marked, &start), expected);
}

/* The candidate is among others. */
static void offers_among(const char *marked, const char *candidate)
{
    char padded[20100], wanted[200];
    size_t start;

    snprintf(padded, sizeof(padded), " %s ", candidates(marked, &start));
    snprintf(wanted, sizeof(wanted), " %s ", candidate);
    if (!strstr(padded, wanted))
        fail_msg("%s is not offered at %s: %s", candidate, marked, padded);
}

static void offers_not(const char *marked, const char *candidate)
{
    char padded[20100], wanted[200];
    size_t start;

    snprintf(padded, sizeof(padded), " %s ", candidates(marked, &start));
    snprintf(wanted, sizeof(wanted), " %s ", candidate);
    if (strstr(padded, wanted))
        fail_msg("%s is offered at %s", candidate, marked);
}

static void first_words_come_from_the_records(void **state)
{
    offers_among("|", "SELECT");
    offers_among("|", "EXPLAIN");
    offers_among("sh|", "SHOW");
    offers_among("EXPLAIN (AWS, CURL) sel|", "SELECT");
    offers_among("WATCH EVERY 5s TIMES 3 sc|", "SCAN");
    offers_among("SHOW TABLES; SHOW |", "ROUTES");
    offers_among("SHOW |", "PROFILES");
    offers("SHOW prof|", "PROFILES");
    offers_not("SHOW |", "SELECT");
    offers("zzz|", "");
    (void)state;
}

static void every_record_is_reached_word_by_word(void **state)
{
    for (size_t i = 0; i < statement_count(); i++) {
        const char *name = statement_at(i)->name;
        char line[100];
        size_t at = 0;

        if (name[0] == '\\')
            continue;
        for (const char *word = name; word; word = strchr(word, ' ')) {
            const char *end;
            char wanted[48];

            if (*word == ' ')
                word++;
            end = strchr(word, ' ');
            snprintf(wanted, sizeof(wanted), "%.*s", end ? (int)(end - word) : 40, word);
            at = (size_t)(word - name);
            snprintf(line, sizeof(line), "%.*s|", (int)at, name);
            offers_among(line, wanted);
        }
    }
    (void)state;
}

static void tables_are_offered_where_a_table_stands(void **state)
{
    offers_among("DESCRIBE |", "orders");
    offers_among("DESCRIBE or|", "order-lines");
    offers_among("SELECT * FROM |", "orders");
    offers_among("SCAN |", "`2024 log`");
    offers_among("SCAN `20|", "`2024 log`");
    offers_among("GET ord|", "orders");
    offers_not("SHOW APIS LIKE |", "orders");
    (void)state;
}

static void word_begins_at_its_quote(void **state)
{
    size_t start;

    candidates("SCAN `20|", &start);
    assert_int_equal(start, 5);
    candidates("SCAN ord|ers WHERE", &start);
    assert_int_equal(start, 5);
    candidates("SCAN |", &start);
    assert_int_equal(start, 5);
    candidates("DROP ROUTE 'GET /p|", &start);
    assert_int_equal(start, 11);
    (void)state;
}

static void attributes_belong_to_the_table_that_is_named(void **state)
{
    offers_among("SELECT * FROM orders WHERE |", "cust");
    offers_among("SELECT * FROM orders WHERE |", "total");
    offers_among("SELECT * FROM orders WHERE cust = 'c' AND t|", "ts");
    offers_among("SELECT * FROM orders WHERE addr|", "addr.zip");
    offers_among("SELECT * FROM orders WHERE |", "begins_with(");
    offers_not("SELECT * FROM `2024 log` WHERE |", "total");
    (void)state;
}

static void indexes_routes_stages_and_profiles_have_their_places(void **state)
{
    offers_among("SELECT * FROM orders USING INDEX |", "byStatus");
    offers_among("SHOW ROUTES OF |", "shop");
    offers_among("DROP ROUTE 'GET|", "'GET /pets/{id}'");
    offers_among("USE API shop STAGE |", "prod");
    offers_among("CONNECT lo|", "local");
    (void)state;
}

static void settings_offer_their_values(void **state)
{
    offers_among("SET |", "format");
    offers("SET form|", "format");
    offers("SET format v|", "vertical");
    offers("SET mouse |", "on off");
    offers_among("SET read-only |", "OFF");
    (void)state;
}

static void help_offers_the_first_words(void **state)
{
    offers_among("HELP |", "SELECT");
    offers_among("HELP sh|", "SHOW");
    (void)state;
}

static void backslash_commands_are_offered_with_their_backslash(void **state)
{
    offers_among("\\|", "\\dt");
    offers_among("\\ti|", "\\timing");
    (void)state;
}

static void arguments_of_commands_are_those_of_their_statements(void **state)
{
    struct error err;

    offers_among("\\d or|", "order-lines");
    offers_among("\\di |", "orders");
    offers_among("\\c lo|", "local");
    offers_among("\\format v|", "vertical");
    offers_among("\\x |", "auto");
    offers_among("\\pset nu|", "null");
    offers_among("\\h sho|", "SHOW");
    offers("\\q |", "");
    session.parameter_arena = arena_new(1 << 16, &err);
    assert_non_null(session.parameter_arena);
    assert_int_equal(session_read_parameter(&session, TEXT("who"), TEXT("'c1'"), &err), ERROR_NONE);
    offers("\\unset |", "who");
    offers("GET orders :w|", "who");
    offers_among("\\if |", "NOT");
    offers_among("SELECT * FROM orders WHERE cust = |", ":who");
    assert_non_null(map_remove(session.parameters, TEXT("who")));
    arena_free(session.parameter_arena);
    session.parameter_arena = NULL;
    (void)state;
}

static void values_of_rows_stand_behind_their_attribute(void **state)
{
    size_t start;

    offers_among("SELECT * FROM orders WHERE cust = |", "'a'");
    offers_among("QUERY orders WHERE cust = 'a' AND total >= |", "1");
    offers("QUERY orders WHERE cust = '|", "'a'");
    candidates("QUERY orders WHERE cust = '|", &start);
    assert_int_equal(start, strlen("QUERY orders WHERE cust = "));
    offers("QUERY orders WHERE cust = 'b|", "");
    offers_among("QUERY orders WHERE cust = a|", "'a'");
    offers_among("SCAN orders WHERE addr.zip <> |", "'x'");
    offers_among("SCAN orders WHERE st-at = |", "'it''s'");
    offers_among("SCAN orders WHERE `b c` = |", "'bc'");
    offers_among("SCAN orders WHERE cust NOT IN (|", "'a'");
    offers_among("SCAN orders WHERE cust IN ('b', |", "'a'");
    offers_among("SCAN orders WHERE total NOT BETWEEN |", "1");
    offers_among("SCAN orders WHERE total BETWEEN -1.5 AND |", "1");
    offers_among("SCAN orders WHERE cust LIKE '|", "'a'");
    offers_among("SCAN orders WHERE begins_with(cust, |", "'a'");
    offers_among("UPDATE orders 'a', 1 SET cust = |", "'a'");
    offers_among("GET orders |", "'a'");
    offers("GET orders '|", "'a'");
    offers_among("UPDATE orders |", "'a'");
    offers_among("UPDATE orders |", "SET");
    offers_among("DELETE FROM orders |", "'a'");
    offers_among("GET orders 'a', |", "7");
    offers_not("GET orders 'a' |", "7");
    offers_not("SCAN orders |", "'a'");
    offers_not("GET order-lines |", "'a'");
    offers_not("SCAN orders WHERE total = 1 AND |", "1");
    offers_not("SCAN orders WHERE total = |", "'a'");
    offers_not("SCAN orders WHERE size(cust) = |", "'a'");
    offers_not("SCAN orders WHERE addr[0] = |", "'x'");
    offers_not("SCAN order-lines WHERE cust = |", "'a'");
    offers_not("SCAN orders WHERE password = |", "'hunter2'");
    offers("SCAN orders WHERE password = '|", "");
    offers_among("SCAN orders WHERE = |", "now()");
    offers("= |", "");
    (void)state;
}

static void values_stand_behind_a_comparison(void **state)
{
    offers_among("SELECT * FROM orders WHERE ts > |", "now()");
    offers_among("SELECT * FROM orders WHERE ts BETWEEN e|", "epoch(");
    offers_among("SELECT * FROM orders WHERE status IN (|", "uuid()");
    offers_among("SELECT * FROM orders WHERE ts > |", "total");
    offers_not("SELECT * FROM orders WHERE |", "now()");
    (void)state;
}

static void files_stand_in_quotes_and_behind_some_commands(void **state)
{
    struct buf folder, line;
    struct error err;
    size_t start;
    char expected[500];

    buf_init(&folder, 400);
    buf_init(&line, 800);
    assert_int_equal(file_make_temporary("complete", &folder, &err), ERROR_NONE);
    snprintf(expected, sizeof(expected), "%s/two words.gh", buf_string(&folder));
    assert_int_equal(file_write(expected, TEXT(""), 0600, &err), ERROR_NONE);
    snprintf(expected, sizeof(expected), "%s/.hidden", buf_string(&folder));
    assert_int_equal(file_write(expected, TEXT(""), 0600, &err), ERROR_NONE);

    buf_add_format(&line, "IMPORT '%s/|", buf_string(&folder));
    snprintf(expected, sizeof(expected), "'%s/two words.gh'", buf_string(&folder));
    offers(buf_string(&line), expected);
    buf_clear(&line);
    buf_add_format(&line, "EXPORT orders TO '%s/tw|", buf_string(&folder));
    offers(buf_string(&line), expected);
    buf_clear(&line);
    buf_add_format(&line, "\\i %s/two w|", buf_string(&folder));
    snprintf(expected, sizeof(expected), "%s/two words.gh", buf_string(&folder));
    assert_string_equal(candidates(buf_string(&line), &start), expected);
    assert_int_equal(start, 3);
    buf_clear(&line);
    buf_add_format(&line, "\\g %s/.|", buf_string(&folder));
    snprintf(expected, sizeof(expected), "%s/.hidden", buf_string(&folder));
    offers(buf_string(&line), expected);
    offers("\\i /nonexistent/|", "");
    buf_clear(&line);
    buf_add_format(&line, "\\i %.*s|", (int)folder.length - 1, folder.data);
    snprintf(expected, sizeof(expected), "%s/", buf_string(&folder));
    offers_among(buf_string(&line), expected);
    file_remove_tree(buf_string(&folder));
    buf_done(&folder);
    buf_done(&line);
    (void)state;
}

static void keywords_already_written_are_not_offered_again(void **state)
{
    offers_among("SELECT * FROM orders |", "WHERE");
    offers_not("SELECT * FROM orders WHERE a = 1 |", "WHERE");
    (void)state;
}

static void capacity_is_kept(void **state)
{
    struct completion list[3];
    struct error err;
    struct arena *arena = arena_new(1 << 20, &err);
    size_t start;

    assert_int_equal(complete_word(&session, arena, TEXT(""), 0, &start, list, 3), 3);
    assert_int_equal(complete_word(&session, arena, TEXT(""), 0, &start, list, 0), 0);
    arena_free(arena);
    (void)state;
}

static void hints_say_what_is_next_or_wrong(void **state)
{
    char hint[400];

    complete_hint(&session, TEXT(""), hint, sizeof(hint));
    assert_string_equal(hint, "");
    complete_hint(&session, TEXT("DESCRIBE"), hint, sizeof(hint));
    assert_int_equal(strncmp(hint, "next: ", 6), 0);
    complete_hint(&session, TEXT("SHOW PROFILES"), hint, sizeof(hint));
    assert_string_equal(hint, "SHOW PROFILES ");
    complete_hint(&session, TEXT("SET mouse perhaps"), hint, sizeof(hint));
    assert_string_equal(hint, "column 11: mouse cannot be 'perhaps'");
    (void)state;
}

static int check(const char *line, char message[400], int *column)
{
    return complete_check(&session, text_of(line), message, 400, column);
}

static void enter_submits_what_is_complete(void **state)
{
    char message[400];
    int column;

    assert_int_equal(check("", message, &column), 1);
    assert_int_equal(check("SHOW TABLES", message, &column), 1);
    assert_int_equal(check("SHOW TABLES;", message, &column), 1);
    assert_int_equal(check("\\dt", message, &column), 1);
    assert_int_equal(check("DESCRIBE", message, &column), 0);
    assert_int_equal(check("GET orders 'c", message, &column), 0);
    assert_int_equal(check("SELECT * FROM orders WHERE a IN (1", message, &column), 0);
    assert_int_equal(check("SHOW TABLES; SHOW", message, &column), 0);
    assert_int_equal(check("SHOW TABELS", message, &column), -1);
    assert_int_equal(column, 6);
    /* In front: what is expected fills a line of 80 columns by itself. */
    assert_int_equal(strncmp(message, "did you mean TABLES? expected APIS", 34), 0);
    (void)state;
}

static void enter_waits_for_a_semicolon_when_asked_to(void **state)
{
    char message[400];
    int column;
    struct error err;

    assert_int_equal(setting_apply(&session.settings, setting_find(TEXT("enter")),
                         TEXT("semicolon"), &err),
        ERROR_NONE);
    assert_int_equal(check("SHOW TABLES", message, &column), 0);
    assert_int_equal(check("SHOW TABLES ; ", message, &column), 1);
    assert_int_equal(check("\\dt", message, &column), 1);
    start_settings();
    (void)state;
}

static void every_example_of_a_record_parses(void **state)
{
    static char last_read[] = "SCAN orders";

    session.last_read = last_read;
    for (size_t i = 0; i < statement_count(); i++) {
        const struct statement *statement = statement_at(i);

        assert_non_null(statement->example);
        assert_non_null(statement->example[0]);
        assert_non_null(statement->family);
        assert_int_not_equal(statement->summary[strlen(statement->summary) - 1], '.');
        for (const char *const *example = statement->example; *example; example++) {
            char message[400];
            int column;

            if (check(*example, message, &column) != 1 && !strchr(*example, '?') &&
                !strchr(*example, ':'))
                fail_msg("%s: column %d: %s", *example, column, message);
        }
    }
    (void)state;
}

static void help_finds_statements_settings_and_commands(void **state)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    help_add_overview(&out);
    assert_true(text_starts_with(buf_view(&out), TEXT("Reading tables\n  COUNT ")));
    for (size_t i = 0; i < statement_count(); i++) {
        char line[80];
        const char *first;

        snprintf(line, sizeof line, "\n  %s  ", statement_at(i)->name);
        first = strstr(buf_string(&out), line);
        assert_true(first && !strstr(first + 1, line)); /* once, each of them */
        snprintf(line, sizeof line, "%s\n", statement_at(i)->family);
        assert_non_null(strstr(buf_string(&out), line));
    }
    buf_clear(&out);
    assert_true(help_add_topic(&out, TEXT("use  api")));
    assert_non_null(strstr(buf_string(&out), "USE API api [STAGE stage]\n"));
    buf_clear(&out);
    assert_true(help_add_topic(&out, TEXT("max-cell")));
    assert_non_null(strstr(buf_string(&out), "default auto; SET name value; --name"));
    buf_clear(&out);
    assert_true(help_add_topic(&out, TEXT("\\dt")));
    assert_non_null(strstr(buf_string(&out), "alone: SHOW TABLES"));
    buf_clear(&out);
    assert_false(help_add_topic(&out, TEXT("nonsense")));
    assert_false(help_add_topic(&out, TEXT("\\nonsense")));
    for (size_t i = 0; i < statement_count(); i++)
        assert_true(help_add_topic(&out, text_of(statement_at(i)->name)));
    buf_done(&out);
    (void)state;
}

static void help_knows_what_stands_before_a_statement(void **state)
{
    static const char *const word_table[] = {"explain", "ANALYZE", "watch"};
    char message[400];
    int column, examples = 0;
    struct text lines, line;
    struct buf out;

    buf_init(&out, 1 << 16);
    for (size_t i = 0; i < 3; i++)
        assert_true(help_add_topic(&out, text_of(word_table[i])));
    assert_non_null(strstr(buf_string(&out), "WATCH [EVERY duration] [TIMES n] read\n"));
    lines = buf_view(&out);
    while (text_take_field(&lines, '\n', &line))
        if (text_starts_with(line, TEXT("    "))) {
            assert_int_equal(complete_check(&session, line, message, 400, &column), 1);
            examples++;
        }
    assert_int_equal(examples, 4);
    buf_done(&out);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_words_come_from_the_records),
        cmocka_unit_test(every_record_is_reached_word_by_word),
        cmocka_unit_test(tables_are_offered_where_a_table_stands),
        cmocka_unit_test(word_begins_at_its_quote),
        cmocka_unit_test(attributes_belong_to_the_table_that_is_named),
        cmocka_unit_test(indexes_routes_stages_and_profiles_have_their_places),
        cmocka_unit_test(settings_offer_their_values),
        cmocka_unit_test(help_offers_the_first_words),
        cmocka_unit_test(backslash_commands_are_offered_with_their_backslash),
        cmocka_unit_test(arguments_of_commands_are_those_of_their_statements),
        cmocka_unit_test(values_of_rows_stand_behind_their_attribute),
        cmocka_unit_test(values_stand_behind_a_comparison),
        cmocka_unit_test(files_stand_in_quotes_and_behind_some_commands),
        cmocka_unit_test(keywords_already_written_are_not_offered_again),
        cmocka_unit_test(capacity_is_kept),
        cmocka_unit_test(hints_say_what_is_next_or_wrong),
        cmocka_unit_test(enter_submits_what_is_complete),
        cmocka_unit_test(enter_waits_for_a_semicolon_when_asked_to),
        cmocka_unit_test(every_example_of_a_record_parses),
        cmocka_unit_test(help_finds_statements_settings_and_commands),
        cmocka_unit_test(help_knows_what_stands_before_a_statement),
    };

    return cmocka_run_group_tests(tests, make_session, drop_session);
}
