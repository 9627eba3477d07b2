#ifndef CONSOLE_COMPLETE_SEARCH_H
#define CONSOLE_COMPLETE_SEARCH_H

#include "base/arena.h"
#include "base/text.h"
#include "console/complete.h"
#include "console/session.h"

#include <stddef.h>

/* What complete.c and complete_names.c share: where completion stands, and what it has found. */
enum { COMPLETE_WORDS = 64 };

struct search {
    struct session *session;
    struct arena *arena;
    struct text prefix; /* of the word, without an opening quote */
    char quote;         /* the opening quote, or 0 */
    struct text word[COMPLETE_WORDS];
    size_t word_count; /* in front of the word, of this statement */
    struct completion *out;
    size_t count, capacity;
};

/* Adds a candidate that is not there yet. */
void complete_offer(struct search *search, const char *text, const char *kind, const char *help);
/* A word of the language, when it begins with the prefix. */
void complete_offer_word(struct search *search, struct text word, const char *kind,
    const char *help);

/* A name without its quotes. */
struct text complete_unquoted(struct text word);

/* Names of the catalogue, of profiles and settings, quoted where the language needs it. */
void complete_tables(struct search *search);
void complete_indexes(struct search *search); /* of the table that is named */
void complete_apis(struct search *search);
void complete_stages(struct search *search); /* of the API that is named or in use */
void complete_routes(struct search *search);
void complete_attributes(struct search *search);
/* Values that an attribute of the table that is named had in rows read lately. */
void complete_seen_values(struct search *search, struct text path);
/* The same of its key, behind its name or behind the first half of a key. */
void complete_keys(struct search *search);
void complete_profiles(struct search *search);
void complete_settings(struct search *search);
void complete_setting_values(struct search *search, struct text name);
/* Parameters of the session; sign ":" where the colon has not been written yet, else "". */
void complete_parameters(struct search *search, const char *sign);
/* What a value may begin with: functions, words, parameters. */
void complete_literals(struct search *search);
/* The values seen of the attribute that the word in front compares with something. */
void complete_compared(struct search *search);
/* Names of saved statements. */
void complete_saved(struct search *search);
/* Files and folders that begin with the prefix, in its quotes. Looks into one folder. */
void complete_files(struct search *search);

#endif
