#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "endpoint/gateway/definition.h"
#include "endpoint/gateway/jsonpath.h"
#include "endpoint/gateway/mapping.h"
#include "endpoint/gateway/router.h"
#include "endpoint/gateway/template.h"

/*
 * The first byte chooses: t a template, j a JSONPath, m a mapping (target, newline, source), r a
 * router (lines "VERB /path", then an empty line and requests of the same form), s a snapshot.
 * What is refused has a sentence; what is taken runs within its limits, twice the same.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_LIMIT = 64 * 1024 * 1024 };

static const char document[] =
    "{\"a\":{\"b\":[1,2.5,\"x\"],\"c\":null},\"s\":[{\"p\":1},{\"p\":5}]}";

static void require(bool good)
{
    if (!good)
        abort(); /* allowed: how a fuzz target reports */
}

static void run_once(const struct template *template, struct buf *out, enum error_code *code)
{
    static const struct http_header pair[] = {{{"a", 1}, {"b", 1}}};
    struct template_override override = {0};
    struct error err = {0};
    struct arena *arena = arena_new(ARENA_LIMIT, &err);
    struct template_input input = {.path = pair,
        .path_count = 1,
        .query = pair,
        .query_count = 1,
        .header = pair,
        .header_count = 1,
        .body = text_of(document)};

    input.document = json_parse(input.body, arena, &err);
    input.context = json_parse(TEXT("{\"stage\":\"dev\"}"), arena, &err);
    *code = template_run(template, &input, arena, out, &override, &err);
    if (*code)
        require(err.text[0] != '\0');
    arena_free(arena);
}

static void fuzz_template(struct text source, struct arena *arena)
{
    struct error err = {0};
    const struct template *template = template_parse(source, arena, &err);
    enum error_code first, second;
    struct buf a, b;

    if (!template) {
        require(err.text[0] != '\0');
        return;
    }
    buf_init(&a, TEMPLATE_OUTPUT);
    buf_init(&b, TEMPLATE_OUTPUT);
    run_once(template, &a, &first);
    run_once(template, &b, &second);
    require(first == second && text_equal(buf_view(&a), buf_view(&b)));
    buf_done(&a);
    buf_done(&b);
}

static void fuzz_path(struct text source, struct arena *arena)
{
    struct error err = {0};
    const struct json *tree = json_parse(text_of(document), arena, &err);
    const struct jsonpath *path = jsonpath_parse(source, arena, &err);
    const struct json *found = path ? jsonpath_find(path, tree, arena, &err) : NULL;

    require(path || err.text[0] != '\0');
    require(!found || found->kind <= JSON_OBJECT);
}

static void fuzz_mapping(struct text source, struct arena *arena)
{
    struct error err = {0};
    struct mapping mapping;
    struct text target = TEXT("");

    text_take_until(&source, '\n', &target);
    if (mapping_parse_rest(MAPPING_REQUEST, target, source, arena, &mapping, &err))
        require(err.text[0] != '\0');
    if (mapping_parse_rest(MAPPING_RESPONSE, target, source, arena, &mapping, &err))
        require(err.text[0] != '\0');
    if (mapping_parse_http(MAPPING_REQUEST, target, source, arena, &mapping, &err))
        require(err.text[0] != '\0');
    if (mapping_parse_http(MAPPING_RESPONSE, target, source, arena, &mapping, &err))
        require(err.text[0] != '\0');
}

/* Views of a match stay inside of the path. */
static void check_match(const struct router_match *match, struct text path)
{
    require(match->variable_count <= ROUTER_VARIABLES);
    for (size_t i = 0; i < match->variable_count; i++)
        require(match->variable[i].value.data >= path.data &&
                match->variable[i].value.data + match->variable[i].value.length <=
                    path.data + path.length);
}

static void fuzz_router(struct text source, struct arena *arena)
{
    struct router *router = router_new(arena);
    struct router_match match;
    struct text line, verb;
    bool asking = false;

    while (router && text_take_field(&source, '\n', &line)) {
        asking = asking || line.length == 0;
        if (!text_take_until(&line, ' ', &verb))
            continue;
        if (!asking) {
            router_add(router, line, verb, router);
            continue;
        }
        if (router_find_rest(router, verb, line, &match))
            check_match(&match, line);
        if (router_find_http(router, verb, line, &match))
            check_match(&match, line);
    }
}

static void fuzz_snapshot(struct text source)
{
    struct error err = {0};
    struct definition *definition = definition_new(source, &err);

    require(definition || err.text[0] != '\0');
    definition_release(definition);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text source = text_make((const char *)data, size);
    struct error err = {0};
    struct arena *arena = arena_new(ARENA_LIMIT, &err);

    if (arena && size > 0) {
        source = text_slice(source, 1, size);
        if (data[0] == 't')
            fuzz_template(source, arena);
        else if (data[0] == 'j')
            fuzz_path(source, arena);
        else if (data[0] == 'm')
            fuzz_mapping(source, arena);
        else if (data[0] == 'r')
            fuzz_router(source, arena);
        else if (data[0] == 's')
            fuzz_snapshot(source);
    }
    arena_free(arena);
    return 0;
}
