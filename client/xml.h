#ifndef CLIENT_XML_H
#define CLIENT_XML_H

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A strict reader of the XML that the query protocol answers with: one root, elements that close
 * in order, attributes that are passed over, text with the five entities and character numbers.
 * A declaration may stand in front. DOCTYPE, CDATA, comments and other instructions are refused:
 * no answer of a service has them. Views point into the source. Iterative.
 */
enum { XML_DEPTH = 16 };

enum xml_kind {
    XML_END, /* the root is closed and nothing follows */
    XML_OPEN,
    XML_TEXT, /* not blank; raw, see xml_add_text */
    XML_CLOSE,
    XML_BROKEN
};

struct xml_reader {
    struct text rest;
    struct text name;             /* of the element that opened or closed last */
    struct text content;          /* of XML_TEXT */
    struct text open[XML_DEPTH];  /* names, outermost first */
    size_t depth;                 /* open ones */
    bool is_closing, had_element; /* "<a/>": its end comes next; a root was seen */
};

void xml_start(struct xml_reader *reader, struct text source);
enum xml_kind xml_next(struct xml_reader *reader);

/* Adds the characters that content stands for; false when a reference in it is unknown. */
bool xml_add_text(struct buf *out, struct text content);

#endif
