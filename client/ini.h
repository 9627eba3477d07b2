#ifndef CLIENT_INI_H
#define CLIENT_INI_H

#include "base/text.h"

/*
 * Lines of an INI file as the AWS tools and our own config write them: "[section]", "key = value",
 * '#' or ';' in front of a comment. An entry that is indented under one without a value belongs to
 * it: "dynamodb =" and then "  endpoint_url = http://..". Views point into the source.
 */
enum ini_kind {
    INI_END,
    INI_SECTION, /* section is new */
    INI_ENTRY,
    INI_BROKEN /* the line is neither; line tells which */
};

struct ini_reader {
    struct text rest;
    struct text section; /* between the brackets, blanks trimmed */
    struct text group;   /* the key that indented entries belong to, or empty */
    struct text key, value;
    int line; /* of what was read last, 1-based */
};

void ini_start(struct ini_reader *reader, struct text source);
enum ini_kind ini_next(struct ini_reader *reader);

#endif
