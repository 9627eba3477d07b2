#include "console/script.h"

#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "console/statements/script.h"
#include "console/statements/settings.h"

enum { PARSE_LIMIT = 512 * 1024 * 1024, FILE_LIMIT = 256 * 1024 * 1024 };

/* A file that \i named: what was checked is what runs, whatever becomes of the file meanwhile. */
struct script_file {
    char *path;
    struct buf content;
    dev_t device;
    ino_t number;
    bool is_checked;
    struct script_file *next;
};

enum branch_state {
    BRANCH_TAKEN,  /* its statements run */
    BRANCH_SOUGHT, /* none has held so far */
    BRANCH_PAST    /* one has been taken, or all of it is left out */
};

struct branch {
    enum branch_state state;
    bool has_else;
    int line, column; /* of the \if; 0: it was wrong, and that has been said */
};

/* A text and where it is being read. */
struct frame {
    struct script_source source;
    const struct script_file *file; /* NULL: not one that \i named */
    struct arena *arena;
    struct lexer lexer;
    struct lexer before; /* where the statement given out last begins */
    size_t args_before;
    bool is_behind; /* that statement ends at the lexer's place */
    bool is_piece;
    struct branch branch[SCRIPT_BRANCHES];
    size_t branch_count;
    struct frame *outer;
};

struct script {
    struct session *session;
    struct script_listener listener;
    struct language_context context;
    size_t args_used;
    struct frame *top;
    struct script_source place;
    bool in_file;
    bool checking;
    unsigned failures, included;
    struct script_file **files, *own_files; /* a check of one file shares those of its script */
    const struct frame *outside;            /* files that a check of one file stands in */
};

struct script *script_new(struct session *session, const struct script_listener *listener,
    struct error *err)
{
    struct script *script = mem_new(1, sizeof(*script));

    if (!script) {
        error_memory(err);
        return NULL;
    }
    script->session = session;
    script->listener = *listener;
    script->files = &script->own_files;
    return script;
}

static void pop(struct script *script)
{
    struct frame *frame = script->top;

    script->top = frame->outer;
    arena_free(frame->arena);
    mem_free(frame);
}

void script_free(struct script *script)
{
    if (!script)
        return;
    while (script->top)
        pop(script);
    while (script->own_files) {
        struct script_file *next = script->own_files->next;

        buf_done(&script->own_files->content);
        mem_free(script->own_files->path);
        mem_free(script->own_files);
        script->own_files = next;
    }
    mem_free(script);
}

const struct script_source *script_place(const struct script *script)
{
    return &script->place;
}

bool script_in_file(const struct script *script)
{
    return script->in_file;
}

const struct language_context *script_context(const struct script *script)
{
    return &script->context;
}

static void start(struct script *script, struct frame *frame)
{
    arena_reset(frame->arena);
    frame->is_behind = false;
    lexer_init(&frame->lexer, frame->source.text, frame->arena);
    frame->lexer.context = &script->context;
}

static enum error_code push(struct script *script, const struct script_source *source,
    const struct script_file *file, struct error *err)
{
    struct frame *frame = mem_new(1, sizeof(*frame));

    if (!frame)
        return error_memory(err);
    frame->arena = arena_new(PARSE_LIMIT, err);
    if (!frame->arena) {
        mem_free(frame);
        return err->code;
    }
    frame->source = *source;
    frame->file = file;
    frame->outer = script->top;
    script->top = frame;
    start(script, frame);
    return ERROR_NONE;
}

enum error_code script_begin(struct script *script, const struct script_source *source,
    struct error *err)
{
    while (script->top)
        pop(script);
    script->place = *source;
    script->in_file = false;
    return push(script, source, NULL, err);
}

enum error_code script_continue(struct script *script, const struct script_source *source,
    struct error *err)
{
    while (script->top && script->top->outer)
        pop(script);
    if (!script->top && push(script, source, NULL, err))
        return err->code;
    script->place = *source;
    script->in_file = false;
    script->top->source = *source;
    script->top->is_piece = true;
    start(script, script->top);
    return ERROR_NONE;
}

/* --- branches --- */

static bool is_left_out(const struct frame *frame)
{
    return frame->branch_count > 0 && frame->branch[frame->branch_count - 1].state != BRANCH_TAKEN;
}

/* A condition that is wrong leaves its branch out, so that its \endif is no second problem. */
static enum error_code open_branch(struct frame *frame, const struct script_control *control,
    const struct tree *tree, struct error *err)
{
    struct branch branch = {.state = BRANCH_PAST, .line = tree->line, .column = tree->column};
    enum error_code code = ERROR_NONE;
    bool holds = false;

    if (frame->branch_count == SCRIPT_BRANCHES)
        return error_set(err, ERROR_USAGE, "\\if nests at most %d deep", SCRIPT_BRANCHES);
    if (!is_left_out(frame)) {
        code = script_holds(control, frame->arena, &holds, err);
        if (!code)
            branch.state = holds ? BRANCH_TAKEN : BRANCH_SOUGHT;
    }
    frame->branch[frame->branch_count++] = branch;
    return code;
}

static enum error_code next_branch(struct frame *frame, struct branch *branch,
    const struct script_control *control, struct error *err)
{
    bool holds = control->word == SCRIPT_ELSE;

    branch->has_else = holds;
    if (branch->state != BRANCH_SOUGHT) {
        branch->state = BRANCH_PAST;
        return ERROR_NONE;
    }
    if (!holds && script_holds(control, frame->arena, &holds, err))
        return err->code;
    branch->state = holds ? BRANCH_TAKEN : BRANCH_SOUGHT;
    return ERROR_NONE;
}

static enum error_code steer(struct frame *frame, const struct script_control *control,
    const struct tree *tree, struct error *err)
{
    struct branch *branch = frame->branch_count ? &frame->branch[frame->branch_count - 1] : NULL;

    if (control->word == SCRIPT_IF)
        return open_branch(frame, control, tree, err);
    if (!branch)
        return error_set(err, ERROR_USAGE, "%s without \\if", tree->statement->name);
    if (control->word == SCRIPT_ENDIF) {
        frame->branch_count--;
        return ERROR_NONE;
    }
    if (branch->has_else)
        return error_set(err, ERROR_USAGE, "%s behind \\else", tree->statement->name);
    return next_branch(frame, branch, control, err);
}

/* --- files --- */

static struct script_file *find_file(struct script *script, struct text path)
{
    struct script_file *file = *script->files;

    while (file && !text_is(path, file->path))
        file = file->next;
    return file;
}

static struct script_file *read_script(struct script *script, struct text path, struct error *err)
{
    struct script_file *file = mem_new(1, sizeof(*file));
    struct stat about = {0};

    if (!file) {
        error_memory(err);
        return NULL;
    }
    buf_init(&file->content, FILE_LIMIT);
    file->path = mem_copy(path.data, path.length);
    if (!file->path)
        error_memory(err);
    else if (!file_read(file->path, &file->content, err)) {
        if (stat(file->path, &about) == 0) {
            file->device = about.st_dev;
            file->number = about.st_ino;
        }
        file->next = *script->files;
        *script->files = file;
        return file;
    } else if (err->code == ERROR_IO) {
        err->code = ERROR_USAGE;
    }
    buf_done(&file->content);
    mem_free(file->path);
    mem_free(file);
    return NULL;
}

static bool is_same(const struct script_file *a, const struct script_file *b)
{
    return a == b || (a->number != 0 && a->number == b->number && a->device == b->device);
}

/* How many files stand open; *loops: the file is one of them. */
static size_t count_open(const struct frame *frame, const struct script_file *file, bool *loops)
{
    size_t depth = 0;

    for (; frame; frame = frame->outer) {
        if (!frame->file)
            continue;
        depth++;
        *loops = *loops || is_same(frame->file, file);
    }
    return depth;
}

static struct script_source source_of(const struct script_file *file)
{
    return (struct script_source){.name = file->path, .text = buf_view(&file->content)};
}

/* A file that was not part of the first check: from the prompt, or from stdin. */
static enum error_code check_file(struct script *script, struct script_file *file,
    struct error *err)
{
    struct script_source source = source_of(file);
    struct script *check;
    unsigned failures;

    if (script->checking || file->is_checked)
        return ERROR_NONE;
    check = script_new(script->session, &script->listener, err);
    if (!check)
        return err->code;
    check->files = script->files;
    check->outside = script->top;
    check->args_used = script->args_used;
    failures = script_check(check, &source, 1);
    script_free(check);
    if (failures > 0)
        return error_set(err, ERROR_USAGE, "%s has %u error%s, nothing of it was run", file->path,
            failures, failures == 1 ? "" : "s");
    file->is_checked = true;
    return ERROR_NONE;
}

static enum error_code include(struct script *script, struct text path, struct error *err)
{
    struct script_file *file = find_file(script, path);
    struct script_source source;
    bool loops = false;
    size_t depth;

    if (++script->included > SCRIPT_INCLUDES)
        return error_set(err, ERROR_USAGE, "a script goes into at most %d files", SCRIPT_INCLUDES);
    if (!file)
        file = read_script(script, path, err);
    if (!file)
        return err->code;
    depth = count_open(script->top, file, &loops) + count_open(script->outside, file, &loops);
    if (loops)
        return error_set(err, ERROR_USAGE, "%s is being read already: it would never end",
            file->path);
    if (depth >= SCRIPT_DEPTH)
        return error_set(err, ERROR_USAGE, "files name files at most %d deep", SCRIPT_DEPTH);
    if (check_file(script, file, err))
        return err->code;
    source = source_of(file);
    return push(script, &source, file, err);
}

/* --- reading --- */

/* Goes behind the statement that was given out; false at the end of the text. */
static bool advance(struct frame *frame)
{
    if (!frame->is_behind)
        return true;
    frame->is_behind = false;
    if (frame->lexer.token.kind != TOKEN_SEMICOLON)
        return false;
    /* The lexer has read nothing behind the semicolon yet. */
    arena_reset(frame->arena);
    lexer_take(&frame->lexer);
    return true;
}

static struct tree *parse(struct script *script, struct frame *frame, bool *empty,
    struct error *err)
{
    struct tree *tree;

    script->place = frame->source;
    script->in_file = frame->file != NULL;
    script->context = session_language(script->session);
    script->context.args_used = script->args_used;
    script->context.is_left_out = is_left_out(frame);
    frame->before = frame->lexer;
    frame->args_before = script->args_used;
    tree = statement_parse(&frame->lexer, frame->source.name, empty, err);
    script->args_used = script->context.args_used;
    if (tree || *empty)
        frame->is_behind = true;
    return tree;
}

/* The end of a text: back to the one that named it. False when an \if is open. */
static bool leave(struct script *script, struct frame *frame, struct error *err)
{
    const struct branch *open = NULL;

    for (size_t i = 0; i < frame->branch_count; i++)
        if (frame->branch[i].line > 0)
            open = &frame->branch[i];
    if (!open) {
        pop(script);
        return true;
    }
    error_set_at(err, ERROR_USAGE, open->line, open->column, "\\if without \\endif");
    frame->branch_count = 0;
    frame->is_behind = true;
    script->place = frame->source;
    return false;
}

/* Obeys a control; true when the statement is one, or is left out. */
static bool obey(struct script *script, struct frame *frame, const struct tree *tree,
    enum error_code *code, struct error *err)
{
    const struct script_control *control = script_control(tree);

    *code = ERROR_NONE;
    if (!control)
        return is_left_out(frame);
    if (control->word != SCRIPT_INCLUDE)
        *code = steer(frame, control, tree, err);
    else if (!is_left_out(frame))
        *code = include(script, control->path, err);
    if (*code) {
        err->line = tree->line;
        err->column = tree->column;
    }
    return true;
}

struct tree *script_next(struct script *script, bool *done, struct error *err)
{
    *done = false;
    while (script->top) {
        struct frame *frame = script->top;
        struct tree *tree;
        bool empty = false;
        enum error_code code;

        if (!advance(frame)) {
            if (frame->is_piece)
                break;
            if (!leave(script, frame, err))
                return NULL;
            continue;
        }
        tree = parse(script, frame, &empty, err);
        if (!tree && !empty)
            return NULL;
        if (tree && (!obey(script, frame, tree, &code, err) || code))
            return code ? NULL : tree;
    }
    *done = true;
    return NULL;
}

void script_again(struct script *script)
{
    struct frame *frame = script->top;

    if (!frame)
        return;
    frame->lexer = frame->before;
    frame->is_behind = false;
    script->args_used = frame->args_before;
}

struct text script_rest(const struct script *script)
{
    const struct frame *frame = script->top;

    if (!frame || frame->file)
        return TEXT("");
    return text_slice(frame->source.text, frame->before.token.offset, frame->source.text.length);
}

/* Whether what was wrong is an \if: it may have been taken from the lexer already. */
static bool is_wrong_if(const struct lexer *lexer)
{
    const struct token *token = lexer->token.kind == TOKEN_SEMICOLON ? &lexer->last : &lexer->token;

    return token->kind == TOKEN_PUNCTUATION && text_is(token->text, "\\") &&
           text_starts_with(token->source, TEXT("\\if"));
}

void script_recover(struct script *script)
{
    struct frame *frame = script->top;

    if (!frame || frame->is_behind)
        return;
    /* Its branches are left out, and its \endif is no second problem. */
    if (is_wrong_if(&frame->lexer) && frame->branch_count < SCRIPT_BRANCHES)
        frame->branch[frame->branch_count++] = (struct branch){.state = BRANCH_PAST};
    lexer_recover(&frame->lexer); /* stands behind the semicolon */
    frame->is_behind = frame->lexer.token.kind == TOKEN_END;
}

enum error_code script_end(const struct script *script, struct error *err)
{
    const struct frame *frame = script->top;

    if (!frame || frame->branch_count == 0)
        return ERROR_NONE;
    return error_set(err, ERROR_USAGE, "\\if without \\endif at the end of %s", frame->source.name);
}

/* --- checking --- */

/* What \set and SET dialect change, as it was. */
struct kept {
    struct map *parameters;
    char dialect[sizeof(((struct settings *)0)->dialect)];
    size_t args_used;
    char *last_read;
};

static bool keep(struct script *script, struct kept *kept)
{
    struct session *session = script->session;
    struct map *copy = map_new();
    struct text name;
    void *value;
    size_t at = 0;
    bool good = copy != NULL;

    while (good && map_next(session->parameters, &at, &name, &value))
        good = map_set(copy, name, value);
    if (!good) {
        map_free(copy);
        return false;
    }
    kept->parameters = session->parameters;
    session->parameters = copy;
    memcpy(kept->dialect, session->settings.dialect, sizeof(kept->dialect));
    kept->args_used = script->args_used;
    kept->last_read = session->last_read;
    session->last_read = kept->last_read ? mem_copy_string(kept->last_read) : NULL;
    return true;
}

static void take_back(struct script *script, const struct kept *kept)
{
    struct session *session = script->session;

    map_free(session->parameters);
    session->parameters = kept->parameters;
    memcpy(session->settings.dialect, kept->dialect, sizeof(kept->dialect));
    script->args_used = kept->args_used;
    mem_free(session->last_read);
    session->last_read = kept->last_read;
}

static void say(struct script *script, const struct error *err)
{
    script->failures++;
    script->listener.fail(script->listener.user, &script->place, err);
}

static void check_one(struct script *script, const struct script_source *source)
{
    struct error err;
    bool done = false;

    if (script_begin(script, source, &err)) {
        say(script, &err);
        return;
    }
    while (!done && script->failures < SCRIPT_ERRORS) {
        struct tree *tree = script_next(script, &done, &err);

        if (tree && settings_note(script->session, tree, &err)) {
            say(script, &err);
        } else if (!tree && !done) {
            say(script, &err);
            script_recover(script);
        }
    }
}

unsigned script_check(struct script *script, const struct script_source *source, size_t count)
{
    struct kept kept;
    struct error err;

    script->failures = 0;
    if (!keep(script, &kept)) {
        error_memory(&err);
        say(script, &err);
        return script->failures;
    }
    script->checking = true;
    for (size_t i = 0; i < count && script->failures < SCRIPT_ERRORS; i++)
        check_one(script, &source[i]);
    script->checking = false;
    script->included = 0;
    take_back(script, &kept);
    for (struct script_file *file = *script->files; file && script->failures == 0;
         file = file->next)
        file->is_checked = true;
    return script->failures;
}

size_t script_find_end(struct script *script, struct text text)
{
    struct frame *frame = script->top;
    struct error err;
    struct arena *arena = frame ? frame->arena : arena_new(PARSE_LIMIT, &err);
    struct lexer lexer;
    size_t end = 0;

    if (!arena)
        return 0;
    arena_reset(arena);
    lexer_init(&lexer, text, arena);
    while (lexer.token.kind != TOKEN_SEMICOLON && lexer.token.kind != TOKEN_END)
        lexer_take(&lexer);
    if (lexer.token.kind == TOKEN_SEMICOLON)
        /* a backslash command ends with its line */
        end = lexer.token.source.length > 0 ? lexer.token.offset + lexer.token.source.length
                                            : lexer.offset;
    if (!frame)
        arena_free(arena);
    return end;
}
