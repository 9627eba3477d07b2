#include "base/crypto.h"
#include "base/utf8.h"
#include "client/http.h"
#include "endpoint/gateway/template_value.h"

/* $input.* and $util.* of a template. */

static struct template_value keep(struct template_machine *machine, struct buf *out)
{
    struct template_value value = template_null();

    if (!out->failure)
        value = template_text(arena_text(machine->arena, buf_view(out)));
    if (out->failure || !value.text.data) {
        template_break(machine, ERROR_LIMIT, "a string is too large");
        value = template_null();
    } else {
        template_spend(machine, out->length);
    }
    buf_done(out);
    return value;
}

static struct template_value make_map(struct template_machine *machine,
    const struct http_header *pair, size_t count)
{
    struct template_value map = template_new_object(machine, true);

    if (!map.object)
        return map;
    map.object->gentle = true;
    for (size_t i = 0; i < count; i++)
        if (!template_spend(machine, map.object->count) ||
            !template_map_put(machine, map.object, pair[i].name, template_text(pair[i].value)))
            break;
    return map;
}

static struct template_value all_parameters(struct template_machine *machine)
{
    const struct template_input *input = machine->input;
    struct template_value map = template_new_object(machine, true);

    if (!map.object)
        return map;
    map.object->gentle = true;
    template_map_put(machine, map.object, TEXT("path"),
        make_map(machine, input->path, input->path_count));
    template_map_put(machine, map.object, TEXT("querystring"),
        make_map(machine, input->query, input->query_count));
    template_map_put(machine, map.object, TEXT("header"),
        make_map(machine, input->header, input->header_count));
    return map;
}

/* The last of several, as the single-value maps have it. */
static const struct http_header *find_pair(const struct http_header *pair, size_t count,
    struct text name)
{
    while (count-- > 0)
        if (text_equal(pair[count].name, name))
            return &pair[count];
    return NULL;
}

static struct template_value one_parameter(struct template_machine *machine, struct text name)
{
    const struct template_input *input = machine->input;
    const struct http_header *found = find_pair(input->path, input->path_count, name);

    if (!found)
        found = find_pair(input->query, input->query_count, name);
    if (!found)
        found = find_pair(input->header, input->header_count, name);
    return found ? template_text(found->value) : template_null();
}

static const struct json *find_path(struct template_machine *machine,
    const struct template_access *access, struct template_value *argument)
{
    const struct jsonpath *path = access->path;
    const struct json *found;
    struct error err;

    if (!machine->input->document) {
        template_break(machine, ERROR_USAGE, "Could not parse request body into json");
        return NULL;
    }
    if (!path) {
        path = jsonpath_parse(template_to_text(machine, argument), machine->arena, &err);
        if (!path) {
            template_break(machine, err.code, "%s", err.text);
            return NULL;
        }
    }
    found = jsonpath_find(path, machine->input->document, machine->arena, &err);
    if (!found && err.code)
        template_break(machine, err.code, "%s", err.text);
    return found;
}

static struct template_value json_text(struct template_machine *machine, const struct json *found)
{
    struct json_writer writer;
    struct buf out;

    if (machine->failed)
        return template_null();
    if (!found)
        return template_text(TEXT("\"\""));
    buf_init(&out, TEMPLATE_OUTPUT);
    json_writer_init(&writer, &out);
    json_tree(&writer, found);
    return keep(machine, &out);
}

struct template_value template_call_input(struct template_machine *machine,
    const struct template_access *access, struct template_value *argument)
{
    if (text_is(access->name, "params"))
        return access->argument_count == 0
                   ? all_parameters(machine)
                   : one_parameter(machine, template_to_text(machine, argument));
    if (access->argument_count != 1)
        return template_missing();
    if (text_is(access->name, "json"))
        return json_text(machine, find_path(machine, access, argument));
    return template_from_json(machine, find_path(machine, access, argument));
}

/* As commons-lang escapes: quotes of both kinds, backslash, slash, controls, all above ASCII. */
static void add_escaped(struct buf *out, struct text text)
{
    static const char from[] = "\b\f\n\r\t'\"\\/", to[] = "bfnrt'\"\\/";

    while (text.length > 0) {
        uint32_t c = 0;
        size_t bytes = utf8_decode(text, &c), at = 0;

        if (bytes == 0) {
            bytes = 1;
            c = 0xfffd;
        }
        while (from[at] && (uint32_t)from[at] != c)
            at++;
        if (from[at] && c < 0x80)
            buf_add_format(out, "\\%c", to[at]);
        else if (c >= 0x10000)
            buf_add_format(out, "\\u%04X\\u%04X", 0xd800 + ((c - 0x10000) >> 10),
                0xdc00 + ((c - 0x10000) & 0x3ff));
        else if (c < 0x20 || c > 0x7e)
            buf_add_format(out, "\\u%04X", c);
        else
            buf_add_char(out, (char)c);
        text = text_slice(text, bytes, text.length);
    }
}

/* As java.net.URLEncoder: a blank is a plus, "*" stays, "~" does not. */
static void add_url_encoded(struct buf *out, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '-' || c == '*' || c == '_';

        if (plain)
            buf_add_char(out, (char)c);
        else if (c == ' ')
            buf_add_char(out, '+');
        else
            buf_add_format(out, "%%%02X", c);
    }
}

static bool escape(struct buf *out, struct text text)
{
    add_escaped(out, text);
    return true;
}

static bool encode_url(struct buf *out, struct text text)
{
    add_url_encoded(out, text);
    return true;
}

static bool decode_url(struct buf *out, struct text text)
{
    return http_add_decoded(out, text, true);
}

static bool encode_base64(struct buf *out, struct text text)
{
    crypto_add_base64(out, text);
    return true;
}

static bool decode_base64(struct buf *out, struct text text)
{
    return crypto_from_base64(out, text) && utf8_is_valid(buf_view(out));
}

static const struct {
    const char *name;
    bool (*run)(struct buf *out, struct text text);
} function_table[] = {
    {"escapeJavaScript", escape},
    {"urlEncode", encode_url},
    {"urlDecode", decode_url},
    {"base64Encode", encode_base64},
    {"base64Decode", decode_base64},
};

static struct template_value parse_json(struct template_machine *machine, struct text text)
{
    struct error err;
    const struct json *node = json_parse(text, machine->arena, &err);

    if (!node)
        template_break(machine, err.code, "$util.parseJson: %s", err.text);
    return template_from_json(machine, node);
}

struct template_value template_call_util(struct template_machine *machine, struct text name,
    struct template_value *argument, size_t count)
{
    struct text text;

    if (count != 1)
        return template_missing();
    if (template_is_nothing(argument))
        return template_null();
    text = template_to_text(machine, argument);
    if (!template_spend(machine, text.length))
        return template_null();
    if (text_is(name, "parseJson"))
        return parse_json(machine, text);
    for (size_t i = 0; i < sizeof function_table / sizeof *function_table; i++) {
        struct buf out;

        if (!text_is(name, function_table[i].name))
            continue;
        buf_init(&out, TEMPLATE_OUTPUT);
        if (!function_table[i].run(&out, text))
            template_break(machine, ERROR_USAGE, "$util.%s: the text cannot be decoded",
                function_table[i].name);
        return keep(machine, &out);
    }
    return template_missing();
}
