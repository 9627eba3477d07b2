#include "client/ini.h"

void ini_start(struct ini_reader *reader, struct text source)
{
    if (text_starts_with(source, TEXT("\xef\xbb\xbf")))
        source = text_slice(source, 3, source.length);
    *reader = (struct ini_reader){.rest = source};
}

static enum ini_kind read_section(struct ini_reader *reader, struct text line)
{
    reader->group = reader->key = reader->value = (struct text){0};
    if (line.length < 3 || line.data[line.length - 1] != ']') {
        reader->section = (struct text){0};
        return INI_BROKEN;
    }
    reader->section = text_trim(text_slice(line, 1, line.length - 1));
    return INI_SECTION;
}

enum ini_kind ini_next(struct ini_reader *reader)
{
    struct text raw, line;

    while (text_take_field(&reader->rest, '\n', &raw)) {
        bool is_indented = raw.length > 0 && (raw.data[0] == ' ' || raw.data[0] == '\t');

        reader->line++;
        line = text_trim(raw);
        if (line.length == 0 || line.data[0] == '#' || line.data[0] == ';')
            continue;
        if (line.data[0] == '[')
            return read_section(reader, line);
        if (!is_indented)
            reader->group = (struct text){0};
        if (!text_take_until(&line, '=', &reader->key))
            return INI_BROKEN;
        reader->key = text_trim(reader->key);
        reader->value = text_trim(line);
        if (reader->key.length == 0)
            return INI_BROKEN;
        if (!is_indented && reader->value.length == 0)
            reader->group = reader->key;
        return INI_ENTRY;
    }
    return INI_END;
}
