#include "console/output/output.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

/* The three items of language.md 8.2. */
static const char *const cfg_table[] = {
    "{\"id\":\"a\",\"n\":1,\"tags\":{\"$ss\":[\"x\",\"y\"]}}",
    "{\"id\":\"b\",\"blob\":{\"$b\":\"AAE=\"},\"n\":12345678901234567890,\"note\":null}",
    "{\"id\":\"c\",\"m\":{\"k\":[1,\"1\"]},\"note\":\"say \\\"hi\\\", twice\"}",
    NULL,
};

struct scene {
    FILE *file;
    struct writer writer;
    struct sink *sink;
    struct arena *arena;
    struct buf content;
};

static struct output_options plain(const char *format)
{
    return (
        struct output_options){.format = format, .columns = "", .null_text = "", .headers = true};
}

static void open_scene(struct scene *scene, const struct output_options *options)
{
    struct error err;

    memset(scene, 0, sizeof(*scene));
    scene->file = tmpfile();
    assert_non_null(scene->file);
    scene->arena = arena_new(1 << 20, &err);
    buf_init(&scene->content, 1 << 20);
    writer_init(&scene->writer, fileno(scene->file), "stdout");
    scene->sink = output_new(&scene->writer, options, &err);
    assert_non_null(scene->sink);
}

static void close_scene(struct scene *scene)
{
    output_free(scene->sink);
    writer_done(&scene->writer);
    arena_free(scene->arena);
    buf_done(&scene->content);
    fclose(scene->file);
}

static const struct value *item_of(struct scene *scene, const char *json)
{
    struct error err;
    struct json *tree = json_parse(text_of(json), scene->arena, &err);
    struct value *value = tree ? value_from_plain(tree, scene->arena, &err) : NULL;

    assert_non_null(value);
    return value;
}

static void add_row(struct scene *scene, const char *json)
{
    struct error err;

    assert_int_equal(scene->sink->row(scene->sink, item_of(scene, json), &err), ERROR_NONE);
}

/* What has reached the descriptor. */
static const char *written(struct scene *scene)
{
    struct error err;

    buf_clear(&scene->content);
    assert_int_equal(lseek(fileno(scene->file), 0, SEEK_SET), 0);
    assert_int_equal(file_read_descriptor(fileno(scene->file), &scene->content, &err), ERROR_NONE);
    return buf_string(&scene->content);
}

/* A SCAN of items whose key is id, one page. */
static void print_items(struct scene *scene, const char *const *json)
{
    static const struct text key[] = {{"id", 2}};
    struct sink_shape shape = {.key = key, .key_count = 1, .is_items = true};
    struct rows_status status = {.state = ROWS_COMPLETE};
    struct error err;

    assert_int_equal(scene->sink->begin(scene->sink, &shape, &err), ERROR_NONE);
    for (; *json; json++)
        add_row(scene, *json);
    assert_int_equal(scene->sink->page(scene->sink, &status, &err), ERROR_NONE);
    assert_int_equal(scene->sink->end(scene->sink, &status, &err), ERROR_NONE);
}

static void check(const struct output_options *options, const char *const *json,
    const char *expected)
{
    struct scene scene;

    open_scene(&scene, options);
    print_items(&scene, json);
    assert_string_equal(written(&scene), expected);
    close_scene(&scene);
}

static void each_format_prints_the_items_of_the_manual(void **state)
{
    static const struct {
        const char *format, *expected;
    } case_table[] = {
        {"table",
            "id  blob       m              n                     note             tags\n"
            "--  ---------  -------------  --------------------  ---------------  ------------\n"
            "a   -          -                                 1  -                <<'x', 'y'>>\n"
            "b   b64'AAE='  -              12345678901234567890  null             -\n"
            "c   -          {k: [1, '1']}                     -  say \"hi\", twice  -\n"},
        {"vertical", "-[ 1 ]-\n"
                     "id    a\n"
                     "n     1\n"
                     "tags  <<'x', 'y'>>\n"
                     "-[ 2 ]-\n"
                     "id    b\n"
                     "blob  b64'AAE='\n"
                     "n     12345678901234567890\n"
                     "note  null\n"
                     "-[ 3 ]-\n"
                     "id    c\n"
                     "m     {k: [1, '1']}\n"
                     "note  say \"hi\", twice\n"},
        {"json",
            "[\n"
            "{\"id\":\"a\",\"n\":1,\"tags\":{\"$ss\":[\"x\",\"y\"]}},\n"
            "{\"id\":\"b\",\"blob\":{\"$b\":\"AAE=\"},\"n\":12345678901234567890,\"note\":null},\n"
            "{\"id\":\"c\",\"m\":{\"k\":[1,\"1\"]},\"note\":\"say \\\"hi\\\", twice\"}\n"
            "]\n"},
        {"jsonl",
            "{\"id\":\"a\",\"n\":1,\"tags\":{\"$ss\":[\"x\",\"y\"]}}\n"
            "{\"id\":\"b\",\"blob\":{\"$b\":\"AAE=\"},\"n\":12345678901234567890,\"note\":null}\n"
            "{\"id\":\"c\",\"m\":{\"k\":[1,\"1\"]},\"note\":\"say \\\"hi\\\", twice\"}\n"},
        {"ddbjson", "{\"Item\":{\"id\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"tags\":{\"SS\":[\"x\","
                    "\"y\"]}}}\n"
                    "{\"Item\":{\"id\":{\"S\":\"b\"},\"blob\":{\"B\":\"AAE=\"},"
                    "\"n\":{\"N\":\"12345678901234567890\"},\"note\":{\"NULL\":true}}}\n"
                    "{\"Item\":{\"id\":{\"S\":\"c\"},\"m\":{\"M\":{\"k\":{\"L\":[{\"N\":\"1\"},"
                    "{\"S\":\"1\"}]}}},\"note\":{\"S\":\"say \\\"hi\\\", twice\"}}}\n"},
        {"csv", "id,blob,m,n,note,tags,_rest\n"
                "a,,,1,,\"{\"\"$ss\"\":[\"\"x\"\",\"\"y\"\"]}\",\n"
                "b,AAE=,,12345678901234567890,null,,\n"
                "c,,\"{\"\"k\"\":[1,\"\"1\"\"]}\",,\"say \"\"hi\"\", twice\",,\n"},
        {"tsv", "id\tblob\tm\tn\tnote\ttags\t_rest\n"
                "a\t\\N\t\\N\t1\t\\N\t{\"$ss\":[\"x\",\"y\"]}\t\\N\n"
                "b\tAAE=\t\\N\t12345678901234567890\tnull\t\\N\t\\N\n"
                "c\t\\N\t{\"k\":[1,\"1\"]}\t\\N\tsay \"hi\", twice\t\\N\t\\N\n"},
        {"none", ""},
    };

    for (size_t i = 0; i < sizeof(case_table) / sizeof(case_table[0]); i++) {
        struct output_options options = plain(case_table[i].format);

        check(&options, cfg_table, case_table[i].expected);
    }
    (void)state;
}

static void typed_csv_puts_what_a_column_cannot_hold_into_the_rest(void **state)
{
    struct output_options options = plain("csv");

    options.typed = true;
    check(&options, cfg_table,
        "id:S,blob:B,m:M,n:N,note:S,tags:SS,_rest\n"
        "a,,,1,,\"[\"\"x\"\",\"\"y\"\"]\",\n"
        "b,AAE=,,12345678901234567890,,,\"{\"\"note\"\":null}\"\n"
        "c,,\"{\"\"k\"\":[1,\"\"1\"\"]}\",,\"say \"\"hi\"\", twice\",,\n");
    (void)state;
}

static void delimited_cells_keep_quotes_breaks_and_empty_strings(void **state)
{
    static const char *const item_table[] = {
        "{\"id\":\"\",\"t\":\"a\\tb\\nc\\\\d\\r\"}",
        "{\"id\":\"x,y\",\"t\":\"\\\"\"}",
        NULL,
    };
    struct output_options csv = plain("csv"), tsv = plain("tsv");

    check(&csv, item_table, "id,t,_rest\n\"\",\"a\tb\nc\\d\r\",\n\"x,y\",\"\"\"\",\n");
    check(&tsv, item_table, "id\tt\t_rest\n\ta\\tb\\nc\\\\d\\r\t\\N\nx,y\t\"\t\\N\n");
    (void)state;
}

static void table_quotes_strings_that_look_like_something_else(void **state)
{
    static const char *const item_table[] = {
        "{\"id\":\"1\"}",
        "{\"id\":\"true\"}",
        "{\"id\":\"-\"}",
        "{\"id\":\"\"}",
        "{\"id\":\" a\"}",
        "{\"id\":\"a\\u001b[31m\"}",
        "{\"id\":\"[x\"}",
        "{\"id\":\"<<x\"}",
        "{\"id\":\"it's\"}",
        "{\"id\":\"'q\"}",
        "{\"id\":\"1x\"}",
        "{\"id\":\"1e3\"}",
        NULL,
    };
    struct output_options options = plain("table");

    check(&options, item_table,
        "id\n-------------\n'1'\n'true'\n'-'\n''\n' a'\n\"a\\u001b[31m\"\n'[x'\n'<<x'\nit's\n"
        "'''q'\n1x\n'1e3'\n");
    (void)state;
}

static void table_cuts_cells_and_measures_wide_characters(void **state)
{
    static const char *const item_table[] = {
        "{\"id\":\"日本\",\"v\":\"abcdefghij\"}",
        "{\"id\":\"a\",\"v\":\"x\"}",
        NULL,
    };
    struct output_options options = plain("table");

    options.max_cell = 5;
    check(&options, item_table, "id    v\n----  -----\n日本  abcd~\na     x\n");
    options.max_cell = 0;
    options.ascii = true;
    check(&options, item_table,
        "id                v\n----------------  ----------\n\\u{65e5}\\u{672c}  abcdefghij\n"
        "a                 x\n");
    (void)state;
}

static void table_gathers_late_attributes_in_a_last_column(void **state)
{
    struct output_options options = plain("table");
    struct rows_status first = {.state = ROWS_LOADING, .have_more = true};
    struct rows_status last = {.state = ROWS_COMPLETE};
    struct sink_shape shape = {.is_items = true};
    struct scene scene;
    struct error err;

    open_scene(&scene, &options);
    assert_int_equal(scene.sink->begin(scene.sink, &shape, &err), ERROR_NONE);
    add_row(&scene, "{\"a\":1}");
    assert_int_equal(scene.sink->page(scene.sink, &first, &err), ERROR_NONE);
    assert_string_equal(written(&scene), "a  ..\n-  --\n1\n");
    add_row(&scene, "{\"a\":2,\"b c\":\"x\"}");
    assert_int_equal(scene.sink->end(scene.sink, &last, &err), ERROR_NONE);
    assert_string_equal(written(&scene), "a  ..\n-  --\n1\n2  {`b c`: 'x'}\n");
    close_scene(&scene);
    (void)state;
}

static void csv_rest_holds_attributes_of_later_pages(void **state)
{
    struct output_options options = plain("csv");
    struct rows_status status = {.state = ROWS_LOADING, .have_more = true};
    struct sink_shape shape = {.is_items = true};
    struct scene scene;
    struct error err;

    open_scene(&scene, &options);
    assert_int_equal(scene.sink->begin(scene.sink, &shape, &err), ERROR_NONE);
    add_row(&scene, "{\"a\":1}");
    assert_int_equal(scene.sink->page(scene.sink, &status, &err), ERROR_NONE);
    add_row(&scene, "{\"a\":2,\"b\":\"x\",\"c\":true}");
    assert_int_equal(scene.sink->end(scene.sink, &status, &err), ERROR_NONE);
    assert_string_equal(written(&scene),
        "a,_rest\n1,\n2,\"{\"\"b\"\":\"\"x\"\",\"\"c\"\":true}\"\n");
    close_scene(&scene);
    (void)state;
}

static void columns_of_a_projection_keep_their_order_and_find_paths(void **state)
{
    static const struct text column[] = {{"z", 1}, {"m.k[1]", 6}, {"a", 1}};
    struct sink_shape shape = {.column = column, .column_count = 3, .is_items = true};
    struct rows_status status = {.state = ROWS_COMPLETE};
    static const struct {
        const char *format, *expected;
    } case_table[] = {
        {"table", "z  m.k[1]  a\n-  ------  -\n1  y       -\n"},
        {"csv", "z,m.k[1],a\n1,y,\n"},
        {"jsonl", "{\"z\":1,\"m\":{\"k\":[\"x\",\"y\"]}}\n"},
        {"vertical", "-[ 1 ]-\nz       1\nm.k[1]  y\n"},
    };

    for (size_t i = 0; i < sizeof(case_table) / sizeof(case_table[0]); i++) {
        struct output_options options = plain(case_table[i].format);
        struct scene scene;
        struct error err;

        open_scene(&scene, &options);
        assert_int_equal(scene.sink->begin(scene.sink, &shape, &err), ERROR_NONE);
        add_row(&scene, "{\"m\":{\"k\":[\"x\",\"y\"]},\"z\":1}");
        assert_int_equal(scene.sink->end(scene.sink, &status, &err), ERROR_NONE);
        assert_string_equal(written(&scene), case_table[i].expected);
        close_scene(&scene);
    }
    (void)state;
}

static void chosen_columns_headers_and_null_text_are_honoured(void **state)
{
    struct output_options options = plain("tsv");

    options.columns = "n, m.k";
    options.headers = false;
    options.null_text = "~";
    check(&options, cfg_table, "1\t~\n12345678901234567890\t~\n~\t[1,\"1\"]\n");
    options = plain("jsonl");
    options.columns = "n";
    check(&options, cfg_table, "{\"n\":1}\n{\"n\":12345678901234567890}\n{}\n");
    (void)state;
}

static void results_without_rows_are_whole(void **state)
{
    static const char *const nothing[] = {NULL};
    static const struct text column[] = {{"name", 4}};
    struct sink_shape shape = {.column = column, .column_count = 1};
    struct rows_status status = {.state = ROWS_COMPLETE};
    struct output_options json = plain("json"), table = plain("table");
    struct scene scene;
    struct error err;

    check(&json, nothing, "[\n]\n");
    check(&table, nothing, "");
    open_scene(&scene, &table);
    assert_int_equal(scene.sink->begin(scene.sink, &shape, &err), ERROR_NONE);
    assert_int_equal(scene.sink->end(scene.sink, &status, &err), ERROR_NONE);
    assert_string_equal(written(&scene), "name\n----\n");
    close_scene(&scene);
    (void)state;
}

static void rows_of_a_listing_are_no_items_in_ddbjson(void **state)
{
    static const struct text column[] = {{"name", 4}, {"n", 1}};
    struct sink_shape shape = {.column = column, .column_count = 2};
    struct rows_status status = {.state = ROWS_COMPLETE};
    struct output_options options = plain("ddbjson");
    struct scene scene;
    struct error err;

    open_scene(&scene, &options);
    assert_int_equal(scene.sink->begin(scene.sink, &shape, &err), ERROR_NONE);
    add_row(&scene, "{\"n\":2,\"name\":\"x\"}");
    assert_int_equal(scene.sink->end(scene.sink, &status, &err), ERROR_NONE);
    assert_string_equal(written(&scene), "{\"name\":{\"S\":\"x\"},\"n\":{\"N\":\"2\"}}\n");
    assert_int_equal(output_rows(scene.sink), 1);
    close_scene(&scene);
    (void)state;
}

/* Two items as the service sends them: one that can be copied, one that must become a value. */
static void print_answer(struct scene *scene, bool may_copy)
{
    static const struct text key[] = {{"id", 2}, {"at", 2}};
    static const char *const copied =
        "{\"a\":{\"L\":[{\"N\":\"1\"}]},\"at\":{\"N\":\"07\"},\"id\":{\"S\":\"x\\n\"}}";
    struct sink_shape shape = {.key = key, .key_count = 2, .is_items = true};
    struct rows_status status = {.state = ROWS_COMPLETE};
    struct sink *sink = scene->sink;
    struct text rest;
    struct error err;
    bool taken = false;

    buf_clear(&scene->content);
    buf_add_format(&scene->content, "%s,{ \"id\":{\"S\":\"y\"}},%s", copied, copied);
    rest = buf_view(&scene->content);
    assert_int_equal(sink->begin(sink, &shape, &err), ERROR_NONE);
    for (int i = 0; i < 3; i++) {
        if (may_copy) {
            assert_int_equal(sink->item_text(sink, &rest, &taken, &err), ERROR_NONE);
            assert_int_equal(taken, i != 1);
            if (i == 1)
                rest = text_slice(rest, strlen(",{ \"id\":{\"S\":\"y\"}}"), rest.length);
        }
        if (!taken || !may_copy) {
            struct json *json =
                json_parse(text_of(i == 1 ? "{\"id\":{\"S\":\"y\"}}" : copied), scene->arena, &err);

            assert_int_equal(sink->row(sink, value_from_wire_item(json, scene->arena, &err), &err),
                ERROR_NONE);
        }
    }
    assert_int_equal(output_rows(sink), 3);
    assert_int_equal(sink->end(sink, &status, &err), ERROR_NONE);
}

static void items_that_come_as_text_print_the_same(void **state)
{
    static const char *const format[] = {"json", "jsonl", "ddbjson"};
    static const char *const expected[] = {
        "[\n{\"id\":\"x\\n\",\"at\":7,\"a\":[1]},\n{\"id\":\"y\"},\n"
        "{\"id\":\"x\\n\",\"at\":7,\"a\":[1]}\n]\n",
        "{\"id\":\"x\\n\",\"at\":7,\"a\":[1]}\n{\"id\":\"y\"}\n"
        "{\"id\":\"x\\n\",\"at\":7,\"a\":[1]}\n",
        "{\"Item\":{\"id\":{\"S\":\"x\\n\"},\"at\":{\"N\":\"07\"},\"a\":{\"L\":[{\"N\":\"1\"}]}}}\n"
        "{\"Item\":{\"id\":{\"S\":\"y\"}}}\n"
        "{\"Item\":{\"id\":{\"S\":\"x\\n\"},\"at\":{\"N\":\"07\"},\"a\":{\"L\":[{\"N\":\"1\"}]}}}"
        "\n"};

    for (int i = 0; i < 6; i++) {
        struct output_options options = plain(format[i % 3]);
        struct scene scene;

        open_scene(&scene, &options);
        print_answer(&scene, i >= 3);
        assert_string_equal(written(&scene), expected[i % 3]);
        close_scene(&scene);
    }
    (void)state;
}

static void items_whose_columns_count_are_not_taken_as_text(void **state)
{
    static const char *const format[] = {"table", "csv", "tsv", "vertical", "none", "jsonl"};
    struct sink_shape shape = {.is_items = true};

    for (size_t i = 0; i < sizeof format / sizeof *format; i++) {
        struct output_options options = plain(format[i]);
        struct text items = TEXT("{\"id\":{\"S\":\"x\"}}");
        struct scene scene;
        struct error err;
        bool taken = true;

        options.columns = strcmp(format[i], "jsonl") == 0 ? "id" : "";
        open_scene(&scene, &options);
        assert_int_equal(scene.sink->begin(scene.sink, &shape, &err), ERROR_NONE);
        assert_int_equal(scene.sink->item_text(scene.sink, &items, &taken, &err), ERROR_NONE);
        assert_false(taken);
        assert_true(text_is(items, "{\"id\":{\"S\":\"x\"}}"));
        close_scene(&scene);
    }
    (void)state;
}

static void text_results_are_text_or_one_object(void **state)
{
    struct output_options options = plain("jsonl");
    struct scene scene;
    struct error err;

    open_scene(&scene, &options);
    assert_int_equal(scene.sink->text(scene.sink, TEXT("plan  x"), TEXT("{\"plan\":\"x\"}"), &err),
        ERROR_NONE);
    assert_string_equal(written(&scene), "plan  x\n");
    close_scene(&scene);
    options.json_text = true;
    open_scene(&scene, &options);
    assert_int_equal(scene.sink->text(scene.sink, TEXT("plan  x"), TEXT("{\"plan\":\"x\"}"), &err),
        ERROR_NONE);
    assert_int_equal(scene.sink->text(scene.sink, TEXT("a\n"), TEXT(""), &err), ERROR_NONE);
    assert_string_equal(written(&scene), "{\"plan\":\"x\"}\na\n");
    close_scene(&scene);
    options = plain("table");
    options.safe = true;
    open_scene(&scene, &options);
    assert_int_equal(scene.sink->text(scene.sink, TEXT("a\033[2J\nb"), TEXT(""), &err), ERROR_NONE);
    assert_string_equal(written(&scene), "a^[[2J\nb\n");
    close_scene(&scene);
    (void)state;
}

static void rows_leave_with_the_page_or_after_a_tenth_of_a_second(void **state)
{
    struct output_options options = plain("jsonl");
    struct sink_shape shape = {.is_items = true};
    struct rows_status status = {.state = ROWS_LOADING};
    struct scene scene;
    struct error err;

    clock_fix(UINT64_C(1700000000) * CLOCK_SECOND);
    open_scene(&scene, &options);
    assert_int_equal(scene.sink->begin(scene.sink, &shape, &err), ERROR_NONE);
    add_row(&scene, "{\"a\":1}");
    assert_string_equal(written(&scene), "");
    clock_advance(99 * CLOCK_MS);
    add_row(&scene, "{\"a\":2}");
    assert_string_equal(written(&scene), "");
    clock_advance(2 * CLOCK_MS);
    add_row(&scene, "{\"a\":3}");
    assert_string_equal(written(&scene), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
    add_row(&scene, "{\"a\":4}");
    assert_int_equal(scene.sink->page(scene.sink, &status, &err), ERROR_NONE);
    assert_string_equal(written(&scene), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"a\":4}\n");
    scene.writer.unbuffered = true;
    add_row(&scene, "{\"a\":5}");
    assert_non_null(strstr(written(&scene), "{\"a\":5}\n"));
    close_scene(&scene);
    clock_fix(0);
    (void)state;
}

static void full_disks_and_closed_pipes_are_told_apart(void **state)
{
    struct writer writer;
    struct error err;
    FILE *full = fopen("/dev/full", "w");
    int ends[2];

    assert_non_null(full);
    writer_init(&writer, fileno(full), "stdout");
    buf_add_string(&writer.buf, "x\n");
    assert_int_equal(writer_flush(&writer, &err), ERROR_IO);
    assert_string_equal(err.text, "cannot write to stdout: No space left on device");
    assert_int_equal(writer_row(&writer, &err), ERROR_IO);
    assert_false(writer.broken);
    writer_done(&writer);
    fclose(full);

    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    writer_init(&writer, ends[1], "stdout");
    buf_add_string(&writer.buf, "x\n");
    assert_int_equal(writer_flush(&writer, &err), ERROR_CANCELLED);
    assert_true(writer.broken);
    writer_done(&writer);
    close(ends[1]);
    (void)state;
}

static void terminals_get_nothing_they_would_obey(void **state)
{
    struct output_options options = plain("tsv");
    struct scene scene;
    static const char *const item_table[] = {"{\"a\":\"x\\u001b[31m\",\"b\":\"é\"}", NULL};

    open_scene(&scene, &options);
    scene.writer.is_terminal = true;
    print_items(&scene, item_table);
    assert_string_equal(written(&scene), "a\tb\t_rest\nx^[[31m\té\t\\N\n");
    close_scene(&scene);
    (void)state;
}

static void unknown_formats_are_refused_and_leave_nothing(void **state)
{
    struct output_options options = plain("xml");
    struct writer writer;
    struct error err;
    long live = mem_live();

    writer_init(&writer, 1, "stdout");
    assert_null(output_new(&writer, &options, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_string_equal(err.text, "there is no format 'xml'");
    writer_done(&writer);
    assert_int_equal(mem_live(), live);
    (void)state;
}

static void output_survives_every_failed_allocation(void **state)
{
    struct output_options options = plain("csv");
    struct rows_status status = {.state = ROWS_COMPLETE};
    struct sink_shape shape = {.is_items = true};
    bool done = false;

    for (long nth = 1; !done && nth < 1000; nth++) {
        struct scene scene;
        struct error err = {.code = ERROR_NONE};
        const struct value *item;

        open_scene(&scene, &options);
        item = item_of(&scene, cfg_table[0]);
        mem_fail_at(nth);
        done = !scene.sink->begin(scene.sink, &shape, &err) &&
               !scene.sink->row(scene.sink, item, &err) &&
               !scene.sink->end(scene.sink, &status, &err);
        mem_fail_at(0);
        if (!done)
            assert_int_equal(err.code, ERROR_MEMORY);
        close_scene(&scene);
    }
    assert_true(done);
    (void)state;
}

static void settings_choose_the_format(void **state)
{
    struct settings settings;
    struct output_options options;
    struct error err;

    settings_init(&settings);
    output_options_from(&options, &settings, false, false, false);
    assert_string_equal(options.format, "jsonl");
    assert_int_equal(options.max_cell, 0);
    assert_false(options.json_text);
    output_options_from(&options, &settings, true, false, false);
    assert_string_equal(options.format, "table");
    assert_int_equal(options.max_cell, 40);
    assert_int_equal(setting_apply(&settings, setting_find(TEXT("expanded")), TEXT("on"), &err),
        ERROR_NONE);
    output_options_from(&options, &settings, true, false, false);
    assert_string_equal(options.format, "vertical");
    assert_int_equal(setting_apply(&settings, setting_find(TEXT("format")), TEXT("ndjson"), &err),
        ERROR_NONE);
    output_options_from(&options, &settings, true, true, false);
    assert_string_equal(options.format, "jsonl");
    assert_true(options.json_text);
    (void)state;
}

static int ignore_pipes(void **state)
{
    struct sigaction action = {.sa_handler = SIG_IGN};

    (void)state;
    return sigaction(SIGPIPE, &action, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_prints_the_items_of_the_manual),
        cmocka_unit_test(typed_csv_puts_what_a_column_cannot_hold_into_the_rest),
        cmocka_unit_test(delimited_cells_keep_quotes_breaks_and_empty_strings),
        cmocka_unit_test(table_quotes_strings_that_look_like_something_else),
        cmocka_unit_test(table_cuts_cells_and_measures_wide_characters),
        cmocka_unit_test(table_gathers_late_attributes_in_a_last_column),
        cmocka_unit_test(csv_rest_holds_attributes_of_later_pages),
        cmocka_unit_test(columns_of_a_projection_keep_their_order_and_find_paths),
        cmocka_unit_test(chosen_columns_headers_and_null_text_are_honoured),
        cmocka_unit_test(results_without_rows_are_whole),
        cmocka_unit_test(rows_of_a_listing_are_no_items_in_ddbjson),
        cmocka_unit_test(items_that_come_as_text_print_the_same),
        cmocka_unit_test(items_whose_columns_count_are_not_taken_as_text),
        cmocka_unit_test(text_results_are_text_or_one_object),
        cmocka_unit_test(rows_leave_with_the_page_or_after_a_tenth_of_a_second),
        cmocka_unit_test(full_disks_and_closed_pipes_are_told_apart),
        cmocka_unit_test(terminals_get_nothing_they_would_obey),
        cmocka_unit_test(unknown_formats_are_refused_and_leave_nothing),
        cmocka_unit_test(output_survives_every_failed_allocation),
        cmocka_unit_test(settings_choose_the_format),
    };

    return cmocka_run_group_tests(tests, ignore_pipes, NULL);
}
