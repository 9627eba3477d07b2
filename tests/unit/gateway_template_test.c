#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "endpoint/gateway/jsonpath.h"
#include "endpoint/gateway/template.h"

static const char body[] =
    "{\"name\":\"O'Brien\",\"n\":7,\"big\":12345678901234567890.5,\"list\":[1,\"two\",{\"c\":5}],"
    "\"map\":{\"a\":1,\"b\":[{\"c\":5}]},\"none\":null,\"empty\":\"\",\"yes\":true}";

struct result {
    enum error_code code;
    struct error err;
    struct template_override override;
    char text[8192];
};

static void run_with(const char *source, const char *request, struct result *result)
{
    static const struct http_header path[] = {{TEXT("id"), TEXT("p 1")}};
    static const struct http_header query[] = {{TEXT("q"), TEXT("first")},
        {TEXT("q"), TEXT("last")}, {TEXT("id"), TEXT("not this")}};
    static const struct http_header header[] = {{TEXT("x-a"), TEXT("h\"1")}};
    struct template_input input = {.path = path,
        .path_count = 1,
        .query = query,
        .query_count = 3,
        .header = header,
        .header_count = 1};
    long live = mem_live();
    struct error err = {0};
    struct arena *arena = arena_new(64 * 1024 * 1024, &err);
    const struct template *template = template_parse(text_of(source), arena, &result->err);
    struct buf out;

    memset(&result->override, 0, sizeof result->override);
    result->text[0] = '\0';
    result->code = template ? ERROR_NONE : result->err.code;
    buf_init(&out, TEMPLATE_OUTPUT);
    if (template) {
        input.body = text_of(request);
        input.document = json_parse(input.body, arena, &err);
        input.context =
            json_parse(TEXT("{\"requestId\":\"r1\",\"identity\":{\"sourceIp\":\"1.2.3.4\"}}"),
                arena, &err);
        input.stage_variables = json_parse(TEXT("{\"v\":\"dev\"}"), arena, &err);
        result->code = template_run(template, &input, arena, &out, &result->override, &result->err);
        if (!result->code)
            snprintf(result->text, sizeof result->text, "%s", buf_string(&out));
    }
    buf_done(&out);
    arena_free(arena);
    assert_int_equal(mem_live(), live);
}

static void run(const char *source, struct result *result)
{
    run_with(source, body, result);
}

struct template_case {
    const char *source, *output;
};

static void check(const struct template_case *table, size_t count)
{
    struct result result = {0};

    for (size_t i = 0; i < count; i++) {
        run(table[i].source, &result);
        if (result.code)
            print_error("%s: %s\n", table[i].source, result.err.text);
        assert_int_equal(result.code, ERROR_NONE);
        assert_string_equal(result.text, table[i].output);
    }
}

#define CHECK(table) check(table, sizeof(table) / sizeof *(table))

static void text_and_references_print_as_documented(void **state)
{
    static const struct template_case table[] = {
        {"", ""},
        {"plain text", "plain text"},
        {"$", "$"},
        {"a $ 5 b", "a $ 5 b"},
        {"$5 and $$x", "$5 and $$x"},
        {"$x", "$x"},
        {"$!x|", "|"},
        {"${x}y", "${x}y"},
        {"$!{x}y", "y"},
        {"#set($x = 'v')$x ${x}y $!x $x.", "v vy v v."},
        {"\\$x", "$x"},
        {"#notadirective # #1", "#notadirective # #1"},
        {"a## comment\nb", "ab"},
        {"a#* long\n comment *#b", "ab"},
        {"#[[$x #set]]#", "$x #set"},
        {"$stageVariables.v $stageVariables['v'] $stageVariables.none|", "dev dev |"},
        {"$context.requestId $context.identity.sourceIp $context.none.x|", "r1 1.2.3.4 |"},
    };

    CHECK(table);
    (void)state;
}

static void input_reads_body_and_parameters(void **state)
{
    static const struct template_case table[] = {
        {"$input.json('$.n') $input.json('$.name') $input.json('$.missing')", "7 \"O'Brien\" \"\""},
        {"$input.json('$.map')", "{\"a\":1,\"b\":[{\"c\":5}]}"},
        {"$input.path('$.name') $input.path('$.n') $input.path('$.none')|", "O'Brien 7 |"},
        {"$input.path('$.big')", "12345678901234567890.5"},
        {"$input.path('$.list')", "[1,\"two\",{\"c\":5}]"},
        {"$input.path('$.map')", "{a=1, b=[{\"c\":5}]}"},
        {"$input.path('$').name $input.path('$').list[1] $input.path('$')['n']", "O'Brien two 7"},
        {"#set($r = $input.path('$'))$r.map.b[0].c $r.none|", "5 |"},
        {"$input.params('id') $input.params('q') $input.params('x-a') $input.params('none')|",
            "p 1 last h\"1 |"},
        {"$input.params().path.id $input.params().querystring.q $input.params().header.x-a",
            "p 1 last h\"1"},
        {"$input.params().header.get('x-a') $input.params().path.none|", "h\"1 |"},
        {"#foreach($k in $input.params().keySet())$k #end", "path querystring header "},
        {"$util.escapeJavaScript($input.params().header.x-a)", "h\\\"1"},
        {"$util.escapeJavaScript($input.params().path.none)|", "|"},
        {"$util.escapeJavaScript(\"a'b/c\\\xc3\xa9\xf0\x9f\x98\x80\n\")",
            "a\\'b\\/c\\\\\\u00E9\\uD83D\\uDE00\\n"},
        {"$util.urlEncode('a b&c*~') $util.urlDecode('a+b%26')", "a+b%26c*%7E a b&"},
        {"$util.base64Encode('hello') $util.base64Decode('aGVsbG8=')", "aGVsbG8= hello"},
        {"$util.parseJson('{\"a\":[1,2]}').a[1]", "2"},
    };
    struct result result = {0};

    CHECK(table);
    run_with("$input.body", "raw text", &result);
    assert_string_equal(result.text, "raw text");
    run_with("$input.body", "", &result);
    assert_string_equal(result.text, "{}");
    run_with("$input.path('$.a')", "not json", &result);
    assert_int_equal(result.code, ERROR_USAGE);
    assert_string_equal(result.err.text, "Could not parse request body into json");
    (void)state;
}

static void directives_choose_and_repeat(void **state)
{
    static const struct template_case table[] = {
        {"#if(true)a#else b#end", "a"},
        {"#if(false)a#{else}b#end", "b"},
        {"#if($x)a#elseif($input.path('$.yes'))b#else c#end", "b"},
        {"#if($x)a#elseif($y)b#elseif(1 == 1)c#end", "c"},
        {"#if($input.path('$.empty'))set#end", "set"},
        {"#if($input.path('$.none'))set#end|", "|"},
        {"#foreach($i in [1..3])$i:$foreach.index:$velocityCount#if($foreach.hasNext),#end#end",
            "1:0:1,2:1:2,3:2:3"},
        {"#foreach($i in [3..1])$i#end", "321"},
        {"#foreach($i in ['a','b'])#if($foreach.first)<#end$i#if($foreach.last)>#end#end", "<ab>"},
        {"#foreach($i in [1..5])#if($i == 3)#break#end$i#end!", "12!"},
        {"#foreach($i in [1..2])#foreach($j in [1..2])$foreach.count#end$foreach.count #end",
            "121 122 "},
        {"#foreach($v in {'a':1,'b':2})$v#end", "12"},
        {"a#stop b", "a"},
        {"#define($block)<$x>#end#set($x = 1)$block#set($x = 2)$block", "<1><2>"},
        {"#set($a = 1)\nb\n#if($a == 1)\nc\n#end\nd", "b\nc\nd"},
        {"#set($a = $none)$a|", "$a|"},
        {"#set($a = 1)#set($a = $none)$a", "1"},
    };

    CHECK(table);
    (void)state;
}

static void expressions_compute_and_compare(void **state)
{
    static const struct template_case table[] = {
        {"#set($x = 1 + 2 * 3)$x", "7"},
        {"#set($x = (1 + 2) * 3)$x", "9"},
        {"#set($x = 7 / 2)$x #set($x = 7 % 4)$x #set($x = -3 + 1)$x", "3 3 -2"},
        {"#set($x = 0.1 + 0.2)$x #set($x = 1.5 * 2)$x", "0.3 3"},
        {"#set($x = 10 - 2 - 3)$x", "5"},
        {"#set($x = 'a' + 1)$x #set($x = 1 + 'a')$x", "a1 1a"},
        {"#set($y = 'b')#set($x = \"a$y${y}c\")$x #set($x = 'a$y')$x", "abbc a$y"},
        {"#set($x = \"say \"\"hi\"\"\")$x", "say \"hi\""},
        {"#if(1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 2 && 1 != 2)y#end", "y"},
        {"#if(1 lt 2 and not (1 gt 2) or false)y#end", "y"},
        {"#if(1 == 1.0)y#end#if('a' == 'a')y#end#if('1' == 1)y#end#if(!$x)y#end", "yyyy"},
        {"#if($none == $null)y#end#if('a' < 'b')n#end", "y"},
        {"#set($x = [1, 'b', [2]])$x $x.size() $x[2][0]", "[1, b, [2]] 3 2"},
        {"#set($m = {'a': 1, \"b\": {'c': 2}})$m $m.a $m.b.c $m['a'] $m.get('b').c",
            "{a=1, b={c=2}} 1 2 1 2"},
        {"#set($m = {})#set($m.k = 'v')#set($m['l'] = 2)$m", "{k=v, l=2}"},
        {"#set($l = [1,2])#set($l[0] = 9)$l", "[9, 2]"},
        {"#set($x = 9223372036854775807 + 1)$x|", "$x|"},
        {"#set($x = 1 / 0)$x|", "$x|"},
    };

    CHECK(table);
    (void)state;
}

static void methods_do_what_their_names_say(void **state)
{
    static const struct template_case table[] = {
        {"#set($s = ' Aßc ')$s.trim().length() $s.trim().toUpperCase() $s.isEmpty()",
            "3 AßC false"},
        {"#set($s = 'abcabc')$s.contains('ca') $s.startsWith('ab') $s.endsWith('x') "
         "$s.indexOf('c') $s.lastIndexOf('c') $s.indexOf('z')",
            "true true false 2 5 -1"},
        {"#set($s = 'häuser')$s.substring(1) $s.substring(1, 3) $s.replace('ä', 'a')",
            "äuser äu hauser"},
        {"#set($s = 'a1b22')$s.replaceAll('[0-9]+', '#') $s.replaceFirst('[0-9]', '') "
         "$s.matches('[a-z0-9]+') $s.matches('[a-z]')",
            "a#b# ab22 true false"},
        {"#set($s = 'a,b,,c,,')$s.split(',').size() $s.split(',')[3] #set($e = '')"
         "$e.split(',').size()",
            "4 c 1"},
        {"#set($s = 'x')$s.concat('y') $s.equals('x') $s.equalsIgnoreCase('X') $s.toString()",
            "xy true true x"},
        {"#set($l = [])#set($i = $l.add('a'))#set($i = $l.add(0, 'b'))$l $l.contains('a') "
         "$l.indexOf('a') $l.isEmpty()",
            "[b, a] true 1 false"},
        {"#set($l = [1,2,3])#set($i = $l.remove(0))$i $l #set($i = $l.addAll([4,5]))$l.size() "
         "#set($i = $l.set(0, 9))$l[0]",
            "1 [2, 3] 4 9"},
        {"#set($m = {'a':1})#set($i = $m.put('b', 2))$m.keySet() $m.values() $m.containsKey('b') "
         "$m.containsValue(3) $m.size()",
            "[a, b] [1, 2] true false 2"},
        {"#set($m = {'a':1})#foreach($e in $m.entrySet())$e.key=$e.value#end", "a=1"},
        {"#set($r = $input.path('$'))#set($i = $r.map.put('z', 1))#set($i = $r.list.remove(0))"
         "$r.map $r.list",
            "{a=1, b=[{\"c\":5}], z=1} [\"two\",{\"c\":5}]"},
        {"#set($n = 7)$n.toString().length() #set($d = 2.9)$d.intValue()", "1 2"},
        {"$x.size() $!x.size()|", "$x.size() |"},
    };

    CHECK(table);
    (void)state;
}

static void what_is_wrong_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *source;
        int line, column;
        const char *text;
    } table[] = {
        {"#if(true)", 1, 10, "#if without #end"},
        {"a\n#end", 2, 1, "nothing is open here"},
        {"#foreach($x in [1])", 1, 20, "#foreach without #end"},
        {"#set($x)", 1, 8, "#set needs ="},
        {"#set(x = 1)", 1, 6, "a variable is expected"},
        {"#set($x = )", 1, 11, "an expression is expected"},
        {"#set($x = 'a)", 1, 14, "a closing quote is missing"},
        {"#if(1 + )x#end", 1, 9, "an expression is expected"},
        {"${x", 1, 4, "a closing brace is missing"},
        {"#macro(a)#end", 1, 7, "#macro is not supported"},
        {"#include('x')", 1, 9, "#include is not supported"},
        {"#parse('x')", 1, 7, "#parse is not supported"},
        {"#evaluate('x')", 1, 10, "#evaluate is not supported"},
        {"$x.exec('rm')", 1, 14, "method exec is not supported"},
        {"$util.time()", 1, 13, "$util has no function time"},
        {"$input.json('a.b')", 1, 19, "JSONPath a.b: it must begin with $"},
        {"#set($x = 99999999999999999999)", 1, 31,
            "the number 99999999999999999999 is out of range"},
    };
    struct result result;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        run(table[i].source, &result);
        assert_int_equal(result.code, ERROR_USAGE);
        assert_string_equal(result.err.text, table[i].text);
        assert_int_equal(result.err.line, table[i].line);
        assert_int_equal(result.err.column, table[i].column);
    }
    (void)state;
}

static void limits_end_a_template_that_runs_away(void **state)
{
    static const struct {
        const char *source, *text;
    } table[] = {
        {"#foreach($i in [1..2000])$i#end", "a loop takes more than 1000 rounds"},
        {"#set($l = [1..1000])#foreach($i in $l)#foreach($j in $l)x#end#end",
            "the template takes more than 1000000 steps"},
        {"#set($s = 'x')#foreach($i in [1..60])#set($s = $s + $s)#end", "a string is too large"},
        {"#define($a)$a#end$a", "nested deeper than 128"},
        {"#set($l = [])#set($i = $l.add($l))$l", "a value is nested deeper than 64"},
        {"#set($s = 'x')$s.substring(2)", "substring is out of range"},
        {"$util.parseJson('{')", NULL},
        {"#set($s='a')$s.replaceAll('(', '')", NULL},
        {"#set($s='a')$s.replaceAll('a', '$1')", "groups in replacements are not supported"},
    };
    struct result result;
    struct buf deep;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        run(table[i].source, &result);
        assert_int_not_equal(result.code, ERROR_NONE);
        if (table[i].text)
            assert_string_equal(result.err.text, table[i].text);
    }
    buf_init(&deep, TEMPLATE_SOURCE_LIMIT * 2);
    buf_add_string(&deep, "#set($x = ");
    buf_add_repeat(&deep, '(', 100000);
    run(buf_string(&deep), &result);
    assert_int_equal(result.code, ERROR_USAGE);
    assert_string_equal(result.err.text, "nested deeper than 64");
    buf_clear(&deep);
    for (int i = 0; i < 40000; i++)
        buf_add_string(&deep, i == 0 ? "#set($x = 1" : " + 1");
    buf_add_string(&deep, ")$x");
    run(buf_string(&deep), &result);
    assert_int_equal(result.code, ERROR_NONE);
    assert_string_equal(result.text, "40000");
    buf_add_repeat(&deep, ' ', TEMPLATE_SOURCE_LIMIT);
    run(buf_string(&deep), &result);
    assert_string_equal(result.err.text, "a template has at most 307200 bytes");
    buf_done(&deep);
    (void)state;
}

static void overrides_are_told_and_taken_once(void **state)
{
    struct result result;

    run("#set($context.responseOverride.status = 404)"
        "#set($context.responseOverride.header.x-a = 'b')"
        "#set($context.requestOverride.querystring['q'] = 1)"
        "#set($context.requestOverride.path.id = 'x')",
        &result);
    assert_int_equal(result.code, ERROR_NONE);
    assert_int_equal(result.override.status, 404);
    assert_int_equal(result.override.response_count, 1);
    assert_int_equal(result.override.query_count, 1);
    assert_int_equal(result.override.path_count, 1);
    run("#set($context.responseOverride.status = 404)#set($context.responseOverride.status = 200)",
        &result);
    assert_int_equal(result.code, ERROR_USAGE);
    assert_string_equal(result.err.text, "status is overridden twice");
    run("#set($context.responseOverride.status = 'x')", &result);
    assert_string_equal(result.err.text, "the status is not one of HTTP");
    run("#set($context.requestId = 'x')", &result);
    assert_string_equal(result.err.text, "this part of $context cannot be set");
    (void)state;
}

static void paths_into_json_find_what_they_say(void **state)
{
    static const char document[] =
        "{\"a\":{\"b\":[1,2,3,4],\"c d\":\"x\"},\"s\":[{\"p\":1,\"n\":\"one\"},{\"p\":5,\"n\":"
        "\"five\"},{\"n\":\"none\"}]}";
    static const struct {
        const char *path, *found; /* NULL: nothing */
    } table[] = {
        {"$.a.b[0]", "1"},
        {"$.a.b[-1]", "4"},
        {"$.a['c d']", "\"x\""},
        {"$['a'].b[1:3]", "[2,3]"},
        {"$.a.b[:2]", "[1,2]"},
        {"$.a.b[-2:]", "[3,4]"},
        {"$.a.b[*]", "[1,2,3,4]"},
        {"$.a.b[0,2]", "[1,3]"},
        {"$.a.b.length()", "4"},
        {"$.s[*].n", "[\"one\",\"five\",\"none\"]"},
        {"$..n", "[\"one\",\"five\",\"none\"]"},
        {"$.s[?(@.p > 2)].n", "[\"five\"]"},
        {"$.s[?(@.p)].n", "[\"one\",\"five\"]"},
        {"$.s[?(!@.p)].n", "[\"none\"]"},
        {"$.s[?(@.p == 1 || @.n == 'none')].n", "[\"one\",\"none\"]"},
        {"$.s[?(@.p >= 1 && @.n != \"one\")].n", "[\"five\"]"},
        {"$.missing", NULL},
        {"$.a.b[9]", NULL},
        {"$.a.b.c", NULL},
    };
    static const char *const bad_table[] = {"", "a", "$.", "$[", "$['a", "$.a[x]", "$.a.length().b",
        "$[?(@.a]", "$[?(@.a == )]", "$..", "$ .a"};
    struct error err = {0};
    struct arena *arena = arena_new(1024 * 1024, &err);
    const struct json *tree = json_parse(text_of(document), arena, &err);

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct jsonpath *path = jsonpath_parse(text_of(table[i].path), arena, &err);
        const struct json *found;
        struct json_writer writer;
        struct buf out;

        assert_non_null(path);
        found = jsonpath_find(path, tree, arena, &err);
        buf_init(&out, 4096);
        json_writer_init(&writer, &out);
        if (found)
            json_tree(&writer, found);
        assert_string_equal(buf_string(&out), table[i].found ? table[i].found : "");
        buf_done(&out);
    }
    for (size_t i = 0; i < sizeof bad_table / sizeof *bad_table; i++)
        assert_null(jsonpath_parse(text_of(bad_table[i]), arena, &err));
    arena_free(arena);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_references_print_as_documented),
        cmocka_unit_test(input_reads_body_and_parameters),
        cmocka_unit_test(directives_choose_and_repeat),
        cmocka_unit_test(expressions_compute_and_compare),
        cmocka_unit_test(methods_do_what_their_names_say),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
        cmocka_unit_test(limits_end_a_template_that_runs_away),
        cmocka_unit_test(overrides_are_told_and_taken_once),
        cmocka_unit_test(paths_into_json_find_what_they_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
