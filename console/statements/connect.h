#ifndef CONSOLE_STATEMENTS_CONNECT_H
#define CONSOLE_STATEMENTS_CONNECT_H

#include "base/error.h"
#include "console/statement.h"

#include <stdbool.h>

struct link;

/* AWS itself, its account not yet known: GetCallerIdentity would tell. Another endpoint is not asked. */
bool connect_lacks_identity(struct link *link);

/* Functions of the records about connections; the records stand in statements/settings.c. */
bool connect_parse(struct lexer *lexer, struct tree *tree, struct error *err);
enum error_code connect_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);
bool disconnect_parse(struct lexer *lexer, struct tree *tree, struct error *err);
enum error_code disconnect_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);

bool use_api_parse(struct lexer *lexer, struct tree *tree, struct error *err);
bool use_name_parse(struct lexer *lexer, struct tree *tree, struct error *err);
bool use_none_parse(struct lexer *lexer, struct tree *tree, struct error *err);
enum error_code use_api_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);
enum error_code use_stage_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);
enum error_code use_none_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);
enum error_code use_profile_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);
enum error_code use_region_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);

bool show_nothing_parse(struct lexer *lexer, struct tree *tree, struct error *err);
enum error_code show_profiles_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);
enum error_code show_identity_plan(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);
enum error_code show_identity_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);

/* SET READ-ONLY on|off [FOR duration] */
bool read_only_parse(struct lexer *lexer, struct tree *tree, struct error *err);
enum error_code read_only_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);

#endif
