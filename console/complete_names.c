#include "console/complete_search.h"

#include <string.h>

#include "base/buf.h"
#include "client/value.h"
#include "console/settings.h"

static bool begins(struct text text, struct text prefix)
{
    return text.length >= prefix.length &&
           text_equal_ignoring_case(text_slice(text, 0, prefix.length), prefix);
}

void complete_offer(struct search *search, const char *text, const char *kind, const char *help)
{
    if (!text || search->count == search->capacity)
        return;
    for (size_t i = 0; i < search->count; i++)
        if (strcmp(search->out[i].text, text) == 0)
            return;
    search->out[search->count++] = (struct completion){text, kind, help ? help : ""};
}

void complete_offer_word(struct search *search, struct text word, const char *kind,
    const char *help)
{
    if (!search->quote && word.length > 0 && begins(word, search->prefix))
        complete_offer(search, arena_string(search->arena, word), kind, help);
}

/* A name of the catalogue, quoted where the language needs it. */
static void offer_name(struct search *search, const char *name, const char *kind, const char *help)
{
    struct buf quoted;

    if (!name || search->quote == '\'' || !begins(text_of(name), search->prefix))
        return;
    buf_init(&quoted, 4096);
    value_add_name(&quoted, text_of(name));
    if (search->quote == '`' && quoted.length > 0 && quoted.data[0] != '`') {
        buf_clear(&quoted);
        buf_add_format(&quoted, "`%s`", name);
    }
    complete_offer(search, arena_string(search->arena, buf_view(&quoted)), kind, help);
    buf_done(&quoted);
}

static const struct catalog_snapshot *take_snapshot(const struct search *search)
{
    return search->session->link ? catalog_snapshot(search->session->link->catalog) : NULL;
}

static void give_snapshot(const struct search *search, const struct catalog_snapshot *snapshot)
{
    if (snapshot)
        catalog_release(search->session->link->catalog, snapshot);
}

struct text complete_unquoted(struct text word)
{
    if (word.length >= 2 && (word.data[0] == '`' || word.data[0] == '"'))
        return text_slice(word, 1, word.length - 1);
    return word;
}

/* The first word in front that names a known table; *behind: how many words follow it. */
static const struct catalog_table *find_table_word(const struct search *search,
    const struct catalog_snapshot *snapshot, size_t *behind)
{
    for (size_t i = 0; snapshot && i < search->word_count; i++) {
        const struct catalog_table *table =
            catalog_find_table(snapshot, complete_unquoted(search->word[i]));

        *behind = search->word_count - i - 1;
        if (table)
            return table;
    }
    return NULL;
}

static const struct catalog_table *find_table(const struct search *search,
    const struct catalog_snapshot *snapshot)
{
    size_t behind;

    return find_table_word(search, snapshot, &behind);
}

static const struct catalog_api *find_api(const struct search *search,
    const struct catalog_snapshot *snapshot)
{
    const struct catalog_api *api = NULL;
    size_t matches;

    for (size_t i = 0; snapshot && !api && i < search->word_count; i++)
        api = catalog_find_api(snapshot, complete_unquoted(search->word[i]), &matches);
    if (snapshot && !api && search->session->link->api)
        api = catalog_find_api(snapshot, text_of(search->session->link->api), &matches);
    return api;
}

static const char *table_help(const struct search *search, const struct catalog_table *table)
{
    struct buf help;
    const char *text;

    if (table->key_count == 0)
        return "";
    buf_init(&help, 512);
    for (size_t i = 0; i < table->key_count; i++)
        buf_add_format(&help, "%s%s %c", i > 0 ? ", " : "", table->key[i].name, table->key[i].type);
    buf_add_format(&help, "  about %llu items", (unsigned long long)table->items);
    text = arena_string(search->arena, buf_view(&help));
    buf_done(&help);
    return text ? text : "";
}

void complete_tables(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);

    for (size_t i = 0; snapshot && i < snapshot->table_count; i++)
        offer_name(search, snapshot->table[i]->name, "table",
            table_help(search, snapshot->table[i]));
    give_snapshot(search, snapshot);
}

void complete_indexes(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);
    const struct catalog_table *table = find_table(search, snapshot);

    for (size_t i = 0; table && i < table->index_count; i++)
        offer_name(search, table->index[i].name, "index",
            table->index[i].is_local ? "local index" : "global index");
    give_snapshot(search, snapshot);
}

void complete_apis(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);

    for (size_t i = 0; snapshot && i < snapshot->api_count; i++)
        offer_name(search, snapshot->api[i]->name, "api",
            snapshot->api[i]->kind == 'R'   ? "REST"
            : snapshot->api[i]->kind == 'H' ? "HTTP"
                                            : "");
    give_snapshot(search, snapshot);
}

void complete_stages(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);
    const struct catalog_api *api = find_api(search, snapshot);

    for (size_t i = 0; api && i < api->stage_count; i++)
        offer_name(search, api->stage[i].name, "stage", "");
    give_snapshot(search, snapshot);
}

static void offer_route(struct search *search, const struct catalog_route *route)
{
    struct text name = text_of(arena_format(search->arena, "%s%s%s", route->method,
        route->method[0] ? " " : "", route->path));

    if (!name.data || (search->quote && search->quote != '\'') || !begins(name, search->prefix))
        return;
    complete_offer(search, arena_format(search->arena, "'%s'", name.data), "route", route->target);
}

/* Routes of the API that is named, else of all. */
void complete_routes(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);
    const struct catalog_api *named = find_api(search, snapshot);

    for (size_t i = 0; snapshot && i < snapshot->api_count; i++) {
        const struct catalog_api *api = snapshot->api[i];

        for (size_t k = 0; (!named || named == api) && k < api->route_count; k++)
            offer_route(search, &api->route[k]);
    }
    give_snapshot(search, snapshot);
}

static void each_attribute(void *user, struct text path)
{
    struct search *search = user;
    char *name = arena_string(search->arena, path);

    /* A nested path is written as it is: its parts are quoted where it was printed. */
    if (name && (strchr(name, '.') || strchr(name, '[')))
        complete_offer_word(search, path, "attribute", "");
    else
        offer_name(search, name, "attribute", "");
}

void complete_attributes(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);
    const struct catalog_table *table = find_table(search, snapshot);

    for (size_t i = 0; table && i < table->key_count; i++)
        offer_name(search, table->key[i].name, "attribute",
            table->key[i].is_range ? "sort key" : "partition key");
    if (table)
        catalog_attributes(search->session->link->catalog, text_of(table->name), each_attribute,
            search);
    give_snapshot(search, snapshot);
}

/* 'x' is found by x, too: its quote need not be there yet. */
static void each_value(void *user, const char *literal)
{
    struct search *search = user;
    struct text whole = text_of(literal), bare = whole;

    if (literal[0] == '\'')
        bare = text_slice(whole, 1, whole.length - 1);
    if (search->quote ? search->quote == literal[0] && begins(bare, search->prefix)
                      : begins(bare, search->prefix) || begins(whole, search->prefix))
        complete_offer(search, arena_string(search->arena, whole), "value", "seen in its rows");
}

void complete_seen_values(struct search *search, struct text path)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);
    const struct catalog_table *table = find_table(search, snapshot);

    if (table)
        catalog_values(search->session->link->catalog, text_of(table->name), path, each_value,
            search);
    give_snapshot(search, snapshot);
}

void complete_keys(struct search *search)
{
    const struct catalog_snapshot *snapshot = take_snapshot(search);
    size_t behind = 0;
    const struct catalog_table *table = find_table_word(search, snapshot, &behind);
    bool is_sort = behind == 2 && text_is(search->word[search->word_count - 1], ",");
    const struct catalog_key *key = NULL;

    if (table && (behind == 0 || is_sort) && table->key_count > (is_sort ? 1 : 0))
        key = &table->key[is_sort ? 1 : 0];
    if (key) {
        struct buf path;

        buf_init(&path, 4096);
        value_add_name(&path, text_of(key->name));
        catalog_values(search->session->link->catalog, text_of(table->name), buf_view(&path),
            each_value, search);
        buf_done(&path);
    }
    give_snapshot(search, snapshot);
}

void complete_profiles(struct search *search)
{
    const struct profile_set *profiles = search->session->profiles;

    for (size_t i = 0; i < profile_count(profiles); i++)
        offer_name(search, profile_at(profiles, i)->name, "profile",
            profile_at(profiles, i)->environment);
}

void complete_settings(struct search *search)
{
    for (const struct setting *setting = setting_table; setting->name; setting++)
        if (setting->where & SETTING_SET)
            complete_offer_word(search, text_of(setting->name), "setting", setting->help);
}

void complete_setting_values(struct search *search, struct text name)
{
    const struct setting *setting = setting_find(name);
    struct text rest, choice;

    if (!setting)
        return;
    rest = setting->choices                ? text_of(setting->choices)
           : setting->kind == SETTING_FLAG ? TEXT("on|off")
                                           : TEXT("");
    while (text_take_field(&rest, '|', &choice))
        complete_offer_word(search, choice, "value", setting->help);
}
