#include "console/staged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include <dirent.h>
#include <unistd.h>

#include "base/file.h"

/* A connection that nothing is sent through, and an arena for what is staged. */
struct scene {
    struct profile_set *profiles;
    struct link link;
    struct arena *arena;
};

static struct buf folder;
static char table_name[] = "cfg", key_name[] = "id";
static struct catalog_key key_table[] = {{key_name, 'S', false}};
static struct catalog_table cfg = {.name = table_name, .key_count = 1, .key = key_table};

static void open_link(struct scene *scene, const char *profile)
{
    struct connection_options options = {.profiles = scene->profiles};
    struct error err;

    options.profile = profile_find(scene->profiles, text_of(profile));
    assert_non_null(options.profile);
    scene->link = (struct link){.connection = connection_new(&options, &err)};
    assert_non_null(scene->link.connection);
}

static void open_scene(struct scene *scene)
{
    struct error err;

    scene->profiles = profile_load(&err);
    assert_non_null(scene->profiles);
    scene->arena = arena_new(64 << 20, &err);
    assert_non_null(scene->arena);
    open_link(scene, "local");
    assert_int_equal(staged_drop(&scene->link, &err), ERROR_NONE);
}

static void close_scene(struct scene *scene)
{
    struct error err;

    assert_int_equal(staged_drop(&scene->link, &err), ERROR_NONE);
    connection_free(scene->link.connection);
    profile_set_free(scene->profiles);
    arena_free(scene->arena);
}

/* An image, or NULL for "-". */
static const struct value *image(struct scene *scene, const char *source)
{
    struct error err;
    struct json *json;
    struct value *value;

    if (strcmp(source, "-") == 0)
        return NULL;
    json = json_parse(text_of(source), scene->arena, &err);
    value = json ? value_from_plain(json, scene->arena, &err) : NULL;
    assert_non_null(value);
    return value;
}

static struct staged_item item(struct scene *scene, const char *base, const char *wanted)
{
    struct staged_item made = {.table = &cfg,
        .key = image(scene, "{\"id\": \"a\"}"),
        .base = image(scene, base),
        .wanted = image(scene, wanted),
        .risk = RISK_ONE};

    return made;
}

static struct staged_list *open_list(struct scene *scene, bool for_change)
{
    struct error err = {0};
    struct staged_list *list = staged_open(&scene->link, for_change, &err);

    if (!list)
        fail_msg("%s", err.text);
    return list;
}

typedef enum error_code (*put)(struct staged_list *list, const struct staged_item *item,
    enum staged_outcome *outcome, uint64_t *number, struct error *err);

/* Opens the list, puts or adds, saves, closes: as a statement does it. */
static enum staged_outcome stage(struct scene *scene, put how, const char *base, const char *wanted,
    uint64_t *number)
{
    struct staged_item made = item(scene, base, wanted);
    struct staged_list *list = open_list(scene, true);
    enum staged_outcome outcome;
    struct error err = {0};

    if (how(list, &made, &outcome, number, &err) || staged_save(list, &err))
        fail_msg("%s", err.text);
    staged_close(list);
    return outcome;
}

/* What the first change says: "mark base wanted condition". */
static void expect(struct scene *scene, const char *expected)
{
    struct staged_list *list = open_list(scene, false);
    const struct staged_change *change = staged_at(list, 0);
    struct buf text;

    assert_non_null(change);
    buf_init(&text, 1 << 20);
    buf_add_format(&text, "%llu %c %s ", (unsigned long long)change->number, staged_mark(change),
        change->table->name);
    if (change->base)
        value_add_literal(&text, change->base);
    buf_add_string(&text, " -> ");
    if (change->wanted)
        value_add_literal(&text, change->wanted);
    if (change->condition) {
        buf_add_string(&text, " if ");
        expression_add_text(&text, change->condition);
    }
    assert_string_equal(buf_string(&text), expected);
    buf_done(&text);
    staged_close(list);
}

/* Path of the only list that has a file. */
static void find_file(struct buf *path)
{
    struct buf name;
    struct dirent *entry;
    DIR *directory;

    buf_init(&name, 8192);
    buf_add_format(&name, "%s/gatehouse/staged", buf_string(&folder));
    directory = opendir(buf_string(&name));
    assert_non_null(directory);
    buf_init(path, 8192);
    while ((entry = readdir(directory)))
        if (text_ends_with(text_of(entry->d_name), TEXT(".json")))
            buf_add_format(path, "%s/%s", buf_string(&name), entry->d_name);
    closedir(directory);
    buf_done(&name);
    assert_true(path->length > 0);
}

static void changes_survive_the_process_in_a_private_file(void **state)
{
    struct scene scene;
    struct stat about;
    struct buf path;
    uint64_t number;

    open_scene(&scene);
    assert_int_equal(stage(&scene, staged_put_item, "{\"id\": \"a\", \"n\": 12345678901234567890}",
                         "{\"id\": \"a\", \"n\": 1E-130, \"b\": {\"$b\": \"AAE=\"}}", &number),
        STAGED_ADDED);
    assert_int_equal(number, 1);
    expect(&scene, "1 ~ cfg {id: 'a', n: 12345678901234567890} -> {b: b64'AAE=', id: 'a', n: "
                   "1E-130}");
    assert_int_equal(staged_waiting(&scene.link), 1);
    find_file(&path);
    assert_int_equal(stat(buf_string(&path), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    close_scene(&scene);
    assert_false(file_exists(buf_string(&path)));
    buf_done(&path);
    (void)state;
}

static void a_second_change_of_an_item_joins_the_first(void **state)
{
    struct scene scene;
    uint64_t number;

    open_scene(&scene);
    stage(&scene, staged_put_item, "{\"id\": \"a\", \"n\": 1}", "{\"id\": \"a\", \"n\": 2}",
        &number);
    assert_int_equal(stage(&scene, staged_put_item, "{\"id\": \"a\", \"n\": 1}",
                         "{\"id\": \"a\", \"n\": 2, \"m\": 3}", &number),
        STAGED_MERGED);
    assert_int_equal(number, 1);
    expect(&scene, "1 ~ cfg {id: 'a', n: 1} -> {id: 'a', m: 3, n: 2}");
    close_scene(&scene);
    (void)state;
}

static void opposite_changes_cancel(void **state)
{
    struct scene scene;
    uint64_t number;

    open_scene(&scene);
    stage(&scene, staged_put_item, "-", "{\"id\": \"a\"}", &number);
    assert_int_equal(stage(&scene, staged_put_item, "-", "-", &number), STAGED_CANCELLED);
    assert_int_equal(number, 0);
    assert_int_equal(staged_waiting(&scene.link), 0);
    stage(&scene, staged_put_item, "{\"id\": \"a\", \"n\": 1}", "{\"id\": \"a\", \"n\": 2}",
        &number);
    assert_int_equal(stage(&scene, staged_put_item, "{\"id\": \"a\", \"n\": 1}",
                         "{\"id\": \"a\", \"n\": 1}", &number),
        STAGED_CANCELLED);
    assert_int_equal(stage(&scene, staged_put_item, "{\"id\": \"a\", \"n\": 1}",
                         "{\"id\": \"a\", \"n\": 1.0}", &number),
        STAGED_UNCHANGED);
    assert_int_equal(stage(&scene, staged_put_item, "-", "-", &number), STAGED_UNCHANGED);
    assert_int_equal(staged_waiting(&scene.link), 0);
    close_scene(&scene);
    (void)state;
}

static void a_view_is_the_item_with_its_staged_change(void **state)
{
    struct scene scene;
    struct staged_list *list;
    const struct value *view, *key;
    struct error err = {0};
    uint64_t number;

    open_scene(&scene);
    key = image(&scene, "{\"id\": \"a\"}");
    stage(&scene, staged_put_item, "{\"id\": \"a\", \"n\": 1}", "{\"id\": \"a\", \"n\": 2}",
        &number);
    list = open_list(&scene, true);
    /* Someone else changed m meanwhile, which this change does not touch. */
    assert_int_equal(staged_view(list, &cfg, key,
                         image(&scene, "{\"id\": \"a\", \"n\": 1, "
                                       "\"m\": 7}"),
                         &view, &err),
        ERROR_NONE);
    assert_true(value_equal(view, image(&scene, "{\"id\": \"a\", \"n\": 2, \"m\": 7}")));
    assert_int_equal(staged_view(list, &cfg, key, image(&scene, "{\"id\": \"a\", \"n\": 5}"), &view,
                         &err),
        ERROR_CONDITION);
    assert_string_equal(err.text, "change 1 is staged of an item that is not any more what it was");
    assert_int_equal(staged_view(list, &cfg, key, NULL, &view, &err), ERROR_CONDITION);
    staged_close(list);
    close_scene(&scene);
    (void)state;
}

static void a_change_from_elsewhere_goes_behind_what_is_staged(void **state)
{
    struct scene scene;
    struct staged_list *list;
    struct staged_item second;
    enum staged_outcome outcome;
    struct error err = {0};
    uint64_t number;

    open_scene(&scene);
    stage(&scene, staged_add_item, "{\"id\": \"a\", \"n\": 1, \"m\": 1}",
        "{\"id\": \"a\", \"n\": 2, \"m\": 1}", &number);
    assert_int_equal(stage(&scene, staged_add_item, "{\"id\": \"a\", \"n\": 1, \"m\": 1}",
                         "{\"id\": \"a\", \"n\": 1, \"m\": 5}", &number),
        STAGED_MERGED);
    expect(&scene, "1 ~ cfg {id: 'a', m: 1, n: 1} -> {id: 'a', m: 5, n: 2}");
    second = item(&scene, "{\"id\": \"a\", \"n\": 1, \"m\": 1}",
        "{\"id\": \"a\", \"n\": 9, "
        "\"m\": 1}");
    list = open_list(&scene, true);
    assert_int_equal(staged_add_item(list, &second, &outcome, &number, &err), ERROR_CONDITION);
    second = item(&scene, "{\"id\": \"a\", \"n\": 1, \"m\": 1}", "-");
    assert_int_equal(staged_add_item(list, &second, &outcome, &number, &err), ERROR_CONDITION);
    staged_close(list);
    close_scene(&scene);
    (void)state;
}

static struct expression *equals(struct scene *scene, const char *name, const char *value)
{
    struct expression *node = expression_new(scene->arena, EXPRESSION_EQ, 2);

    node->operand[0] =
        expression_new_path(scene->arena, path_new_name(scene->arena, text_of(name)));
    node->operand[1] = expression_new_value(scene->arena, image(scene, value));
    return node;
}

static void conditions_are_kept_as_far_as_they_speak_of_the_table(void **state)
{
    struct scene scene;
    struct staged_item made;
    struct staged_list *list;
    enum staged_outcome outcome;
    struct error err = {0};
    uint64_t number;

    open_scene(&scene);
    list = open_list(&scene, true);
    made = item(&scene, "{\"id\": \"a\", \"n\": 1, \"it's\": \"x\"}",
        "{\"id\": \"a\", \"n\": 2, \"it's\": \"x\"}");
    made.condition = equals(&scene, "it's", "\"x\"");
    assert_int_equal(staged_put_item(list, &made, &outcome, &number, &err), ERROR_NONE);
    /* n = 2 is true of what is staged only. */
    made = item(&scene, "{\"id\": \"a\", \"n\": 1, \"it's\": \"x\"}",
        "{\"id\": \"a\", \"n\": 3, \"it's\": \"x\"}");
    made.condition = equals(&scene, "n", "2");
    assert_int_equal(staged_put_item(list, &made, &outcome, &number, &err), ERROR_NONE);
    assert_int_equal(staged_save(list, &err), ERROR_NONE);
    staged_close(list);
    expect(&scene, "1 ~ cfg {id: 'a', 'it''s': 'x', n: 1} -> {id: 'a', 'it''s': 'x', n: 3} if "
                   "`it's` = 'x'");
    close_scene(&scene);
    (void)state;
}

static void an_item_with_another_key_is_a_move(void **state)
{
    struct scene scene;
    struct staged_list *list;
    const struct value *view;
    struct error err = {0};
    uint64_t number;

    open_scene(&scene);
    stage(&scene, staged_put_item, "{\"id\": \"a\", \"n\": 1}", "{\"id\": \"b\", \"n\": 1}",
        &number);
    expect(&scene, "1 > cfg {id: 'a', n: 1} -> {id: 'b', n: 1}");
    list = open_list(&scene, true);
    assert_int_equal(staged_view(list, &cfg, image(&scene, "{\"id\": \"b\"}"), NULL, &view, &err),
        ERROR_CONDITION);
    assert_string_equal(err.text, "change 1, which is staged, gives the item another key; apply or "
                                  "discard it first");
    staged_close(list);
    close_scene(&scene);
    (void)state;
}

static void objects_are_kept_by_their_names(void **state)
{
    struct staged_change change = {.risk = RISK_DESTROY,
        .object = TEXT("table t"),
        .risk_kind = TEXT("table"),
        .risk_name = TEXT("t"),
        .mark = '-',
        .state = TEXT("{}"),
        .statement = TEXT("DROP TABLE t;")};
    const struct staged_change *found;
    struct staged_list *list;
    struct scene scene;
    struct error err = {0};
    uint64_t number;

    open_scene(&scene);
    list = open_list(&scene, true);
    assert_int_equal(staged_add_object(list, &change, &number, &err), ERROR_NONE);
    assert_int_equal(staged_save(list, &err), ERROR_NONE);
    staged_close(list);
    list = open_list(&scene, true);
    found = staged_object(list, TEXT("table t"));
    assert_non_null(found);
    assert_ptr_equal(found, staged_numbered(list, 1));
    assert_int_equal(found->risk, RISK_DESTROY);
    assert_int_equal(staged_mark(found), '-');
    assert_true(text_is(found->statement, "DROP TABLE t;"));
    assert_true(text_is(found->state, "{}"));
    assert_true(staged_remove(list, 1));
    assert_false(staged_remove(list, 1));
    assert_null(staged_object(list, TEXT("table t")));
    staged_close(list);
    close_scene(&scene);
    (void)state;
}

/* Puts content, or the file of a list with one text in it replaced, in its place. */
static void spoil(struct scene *scene, const char *content, const char *from, const char *to)
{
    struct buf path, file, changed;
    struct error err;
    uint64_t number;
    size_t at;

    stage(scene, staged_put_item, "-", "{\"id\": \"a\", \"n\": 1}", &number);
    find_file(&path);
    buf_init(&file, 1 << 20);
    buf_init(&changed, 1 << 20);
    assert_int_equal(file_read(buf_string(&path), &file, &err), ERROR_NONE);
    if (content) {
        buf_add_string(&changed, content);
    } else {
        at = text_find(buf_view(&file), text_of(from), 0);
        assert_int_not_equal(at, SIZE_MAX);
        buf_add_text(&changed, text_slice(buf_view(&file), 0, at));
        buf_add_string(&changed, to);
        buf_add_text(&changed, text_slice(buf_view(&file), at + strlen(from), file.length));
    }
    assert_int_equal(file_write(buf_string(&path), buf_view(&changed), 0600, &err), ERROR_NONE);
    buf_done(&path);
    buf_done(&file);
    buf_done(&changed);
}

static void a_damaged_file_is_said_and_left_as_it_is(void **state)
{
    static const struct {
        const char *content, *from, *to, *says;
    } case_table[] = {
        {"", NULL, NULL, "are damaged"},
        {"{\"version\":1,", NULL, NULL, "are damaged"},
        {"[]", NULL, NULL, "are of another version"},
        {"{\"version\":1}", NULL, NULL, "are of another profile, region or endpoint"},
        {NULL, "\"version\":1", "\"version\":2", "are of another version"},
        {NULL, "\"profile\":\"local\"", "\"profile\":\"prod\"",
            "are of another profile, region or endpoint"},
        {NULL, "\"changes\":[", "\"other\":[", "there are no changes in it"},
        {NULL, "\"number\":1", "\"number\":0", "the changes are not in order"},
        {NULL, "\"risk\":1", "\"risk\":9", "the changes are not in order"},
        {NULL, "\"type\":\"S\"", "\"type\":\"X\"", "a key is not understood"},
        {NULL, "\"keys\":[", "\"locks\":[", "a key is missing"},
        {NULL, "{\"S\":\"a\"}", "{\"S\":1}", "are damaged"},
        {NULL, "\"id\":{", "\"no\":{", "an item has no key"},
        {NULL, "\"wanted\"", "\"condition\":\"a = \",\"wanted\"", "are damaged"},
        {NULL, "\"table\"", "\"tables\"", "a change is not understood"},
        {NULL, "\"account\":\"000000000000\"", "\"account\":\"111122223333\"",
            "the changes were staged for account 111122223333; this is account 000000000000"},
    };

    for (size_t i = 0; i < sizeof case_table / sizeof *case_table; i++) {
        struct error err = {0};
        struct scene scene;

        open_scene(&scene);
        spoil(&scene, case_table[i].content, case_table[i].from, case_table[i].to);
        assert_null(staged_open(&scene.link, true, &err));
        if (!strstr(err.text, case_table[i].says))
            fail_msg("%s instead of %s", err.text, case_table[i].says);
        assert_true(err.code == ERROR_INVALID || err.code == ERROR_REFUSED);
        close_scene(&scene); /* which drops the file */
        open_scene(&scene);
        staged_close(open_list(&scene, false));
        close_scene(&scene);
    }
    (void)state;
}

static void each_profile_has_a_list_of_its_own(void **state)
{
    struct scene scene;
    uint64_t number;

    open_scene(&scene);
    stage(&scene, staged_put_item, "-", "{\"id\": \"a\"}", &number);
    connection_free(scene.link.connection);
    open_link(&scene, "other");
    staged_recount(&scene.link);
    assert_int_equal(staged_waiting(&scene.link), 0);
    connection_free(scene.link.connection);
    open_link(&scene, "local");
    staged_recount(&scene.link);
    assert_int_equal(staged_waiting(&scene.link), 1);
    close_scene(&scene);
    (void)state;
}

static int make_folder(void **state)
{
    struct error err;
    struct buf path;

    buf_init(&folder, 4096);
    if (file_make_temporary("gatehouse-staged", &folder, &err))
        return 1;
    setenv("XDG_CONFIG_HOME", buf_string(&folder), 1);
    setenv("XDG_STATE_HOME", buf_string(&folder), 1);
    setenv("XDG_RUNTIME_DIR", buf_string(&folder), 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    buf_init(&path, 8192);
    buf_add_format(&path, "%s/gatehouse/config", buf_string(&folder));
    if (file_make_folder(buf_string(&path), &err))
        return 1;
    rmdir(buf_string(&path));
    if (file_write(buf_string(&path),
            TEXT("[profile other]\nregion = eu-west-1\nendpoint = http://127.0.0.1:1\n"), 0600,
            &err))
        return 1;
    buf_done(&path);
    (void)state;
    return 0;
}

static int remove_folder(void **state)
{
    file_remove_tree(buf_string(&folder));
    buf_done(&folder);
    (void)state;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_survive_the_process_in_a_private_file),
        cmocka_unit_test(a_second_change_of_an_item_joins_the_first),
        cmocka_unit_test(opposite_changes_cancel),
        cmocka_unit_test(a_view_is_the_item_with_its_staged_change),
        cmocka_unit_test(a_change_from_elsewhere_goes_behind_what_is_staged),
        cmocka_unit_test(conditions_are_kept_as_far_as_they_speak_of_the_table),
        cmocka_unit_test(an_item_with_another_key_is_a_move),
        cmocka_unit_test(objects_are_kept_by_their_names),
        cmocka_unit_test(a_damaged_file_is_said_and_left_as_it_is),
        cmocka_unit_test(each_profile_has_a_list_of_its_own),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
