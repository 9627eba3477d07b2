#ifndef ENDPOINT_GATEWAY_TEMPLATE_TEXT_H
#define ENDPOINT_GATEWAY_TEMPLATE_TEXT_H

#include "endpoint/gateway/template_value.h"

/* Methods of strings; self is always VALUE_TEXT, the number of arguments was checked. */
typedef struct template_value template_method(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count);

template_method template_text_length, template_text_contains, template_text_starts,
    template_text_ends, template_text_index_of, template_text_last_index_of,
    template_text_substring, template_text_replace, template_text_replace_all,
    template_text_replace_first, template_text_matches, template_text_split, template_text_trimmed,
    template_text_lower, template_text_upper, template_text_equals_fold, template_text_empty,
    template_text_concat;

#endif
