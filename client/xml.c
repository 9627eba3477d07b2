#include "client/xml.h"

void xml_start(struct xml_reader *reader, struct text source)
{
    struct text ignored;

    *reader = (struct xml_reader){.rest = text_trim(source)};
    if (text_starts_with(reader->rest, TEXT("\xef\xbb\xbf")))
        reader->rest = text_slice(reader->rest, 3, reader->rest.length);
    if (text_starts_with(reader->rest, TEXT("<?xml ")))
        text_take_until(&reader->rest, '>', &ignored);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name_character(char c, bool first)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';

    return letter || (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

static bool take_char(struct text *text, char c)
{
    if (text->length == 0 || text->data[0] != c)
        return false;
    *text = text_slice(*text, 1, text->length);
    return true;
}

static bool skip_blanks(struct text *text)
{
    size_t length = 0;

    while (length < text->length && is_blank(text->data[length]))
        length++;
    *text = text_slice(*text, length, text->length);
    return length > 0;
}

static bool take_name(struct text *text, struct text *name)
{
    size_t length = 0;

    while (length < text->length && is_name_character(text->data[length], length == 0))
        length++;
    *name = text_slice(*text, 0, length);
    *text = text_slice(*text, length, text->length);
    return length > 0;
}

/* name="value" */
static bool skip_attribute(struct text *text)
{
    struct text ignored;
    char quote;

    if (!take_name(text, &ignored))
        return false;
    skip_blanks(text);
    if (!take_char(text, '='))
        return false;
    skip_blanks(text);
    quote = text->length > 0 ? text->data[0] : 0;
    if (quote != '"' && quote != '\'')
        return false;
    *text = text_slice(*text, 1, text->length);
    return text_take_until(text, quote, &ignored) && text_find(ignored, TEXT("<"), 0) == SIZE_MAX;
}

static enum xml_kind close_element(struct xml_reader *reader)
{
    reader->name = reader->open[--reader->depth];
    reader->is_closing = false;
    return XML_CLOSE;
}

static enum xml_kind read_open(struct xml_reader *reader)
{
    struct text *rest = &reader->rest;

    if (!take_name(rest, &reader->name) || reader->depth == XML_DEPTH ||
        (reader->depth == 0 && reader->had_element))
        return XML_BROKEN;
    for (;;) {
        bool apart = skip_blanks(rest);

        if (take_char(rest, '>'))
            break;
        if (take_char(rest, '/')) {
            if (!take_char(rest, '>'))
                return XML_BROKEN;
            reader->is_closing = true;
            break;
        }
        if (!apart || !skip_attribute(rest))
            return XML_BROKEN;
    }
    reader->open[reader->depth++] = reader->name;
    reader->had_element = true;
    return XML_OPEN;
}

static enum xml_kind read_close(struct xml_reader *reader)
{
    struct text name;

    if (!take_name(&reader->rest, &name) || reader->depth == 0 ||
        !text_equal(name, reader->open[reader->depth - 1]))
        return XML_BROKEN;
    skip_blanks(&reader->rest);
    return take_char(&reader->rest, '>') ? close_element(reader) : XML_BROKEN;
}

enum xml_kind xml_next(struct xml_reader *reader)
{
    size_t end;

    if (reader->is_closing)
        return close_element(reader);
    if (text_trim(reader->rest).length == 0)
        return reader->depth == 0 && reader->had_element ? XML_END : XML_BROKEN;
    end = text_find(reader->rest, TEXT("<"), 0);
    if (end == SIZE_MAX)
        return XML_BROKEN;
    reader->content = text_slice(reader->rest, 0, end);
    reader->rest = text_slice(reader->rest, end, reader->rest.length);
    if (text_trim(reader->content).length > 0)
        return reader->depth > 0 ? XML_TEXT : XML_BROKEN;
    reader->rest = text_slice(reader->rest, 1, reader->rest.length);
    return take_char(&reader->rest, '/') ? read_close(reader) : read_open(reader);
}

/* "#38" and "#x26" */
static bool add_character(struct buf *out, struct text number)
{
    bool is_hex = number.length > 1 && number.data[1] == 'x';
    uint32_t point = 0;

    number = text_slice(number, is_hex ? 2 : 1, number.length);
    if (number.length == 0 || number.length > 7)
        return false;
    for (size_t i = 0; i < number.length; i++) {
        char c = number.data[i];
        uint32_t digit = c >= '0' && c <= '9'             ? (uint32_t)(c - '0')
                         : is_hex && c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : is_hex && c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                          : 99;

        if (digit == 99)
            return false;
        point = point * (is_hex ? 16 : 10) + digit;
    }
    if (point == 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return false;
    buf_add_utf8(out, point);
    return true;
}

static bool add_reference(struct buf *out, struct text name)
{
    static const struct {
        const char *name;
        char value;
    } entity_table[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};

    if (name.length > 0 && name.data[0] == '#')
        return add_character(out, name);
    for (size_t i = 0; i < sizeof entity_table / sizeof entity_table[0]; i++)
        if (text_is(name, entity_table[i].name)) {
            buf_add_char(out, entity_table[i].value);
            return true;
        }
    return false;
}

bool xml_add_text(struct buf *out, struct text content)
{
    struct text part;

    while (text_take_until(&content, '&', &part)) {
        buf_add_text(out, part);
        if (!text_take_until(&content, ';', &part) || !add_reference(out, part))
            return false;
    }
    buf_add_text(out, content);
    return true;
}
