#include "endpoint/gateway/router.h"

/*
 * A node stands for one path pattern and is looked at only with the segment at its own depth, so a
 * search visits each node at most once, however it falls back.
 */
struct node {
    struct text name;      /* of a static segment */
    struct node *literal;  /* static children, linked by next */
    struct node *variable; /* {name} */
    struct node *greedy;   /* {name+} */
    struct node *next;
    struct route {
        void *value;
        struct text path; /* names its variables, which may differ from route to route */
    } route[ROUTER_VERBS];
};

struct router {
    struct arena *arena;
    struct node root;
};

struct search {
    int verb;
    bool allow_greedy, only_greedy;
    struct router_match *match;
    const struct route *found;
};

static const char *const verb_table[ROUTER_VERBS] = {"GET", "PUT", "POST", "DELETE", "PATCH",
    "OPTIONS", "HEAD", "ANY"};

int router_verb(struct text verb)
{
    for (int i = 0; i < ROUTER_VERBS; i++)
        if (text_is(verb, verb_table[i]))
            return i;
    return -1;
}

struct router *router_new(struct arena *arena)
{
    struct router *router = arena_alloc(arena, 1, sizeof *router);

    if (router)
        router->arena = arena;
    return router;
}

static struct node *new_node(struct router *router, struct text name)
{
    struct node *node = arena_alloc(router->arena, 1, sizeof *node);

    if (node)
        node->name = name;
    return node;
}

static struct node *child_of(struct router *router, struct node *node, struct text segment)
{
    bool is_variable =
        segment.length > 2 && segment.data[0] == '{' && segment.data[segment.length - 1] == '}';
    struct node **link = &node->literal;

    if (is_variable)
        link = segment.data[segment.length - 2] == '+' ? &node->greedy : &node->variable;
    else
        while (*link && !text_equal((*link)->name, segment))
            link = &(*link)->next;
    if (!*link)
        *link = new_node(router, segment);
    return *link;
}

bool router_add(struct router *router, struct text path, struct text verb, void *value)
{
    struct node *node = &router->root;
    struct text rest = path, segment;
    size_t variables = 0;
    int index = router_verb(verb);

    if (index < 0 || path.length == 0 || path.data[0] != '/')
        return false;
    for (size_t i = 0; i < path.length; i++)
        variables += path.data[i] == '{';
    if (variables > ROUTER_VARIABLES)
        return false;
    rest = text_slice(rest, 1, rest.length);
    while (node && text_take_field(&rest, '/', &segment))
        node = child_of(router, node, segment);
    if (node)
        node->route[index] = (struct route){value, path};
    return node;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The segment, with %XX decoded, is the literal. */
static bool segment_is(struct text segment, struct text literal)
{
    size_t at = 0, out = 0;

    if (segment.length == literal.length && text_equal(segment, literal))
        return true;
    for (; at < segment.length && out < literal.length; at++, out++) {
        char c = segment.data[at];

        if (c == '%' && at + 2 < segment.length && hex(segment.data[at + 1]) >= 0 &&
            hex(segment.data[at + 2]) >= 0) {
            c = (char)(hex(segment.data[at + 1]) * 16 + hex(segment.data[at + 2]));
            at += 2;
        }
        if (c != literal.data[out])
            return false;
    }
    return at == segment.length && out == literal.length;
}

static bool serves(struct search *search, const struct node *node)
{
    const struct route *route = search->verb >= 0 ? &node->route[search->verb] : NULL;

    if (route && !route->value)
        route = &node->route[ROUTER_ANY];
    if (!route || !route->value)
        return false;
    search->found = route;
    return true;
}

static void capture(struct search *search, struct text value)
{
    search->match->variable[search->match->variable_count++].value = value;
}

/* The captured values get the names that the route has for them. */
static bool finish(struct search *search)
{
    struct text rest = search->found->path, segment;
    size_t count = 0;

    search->match->value = search->found->value;
    while (count < search->match->variable_count && text_take_field(&rest, '/', &segment))
        if (segment.length > 2 && segment.data[0] == '{')
            search->match->variable[count++].name = text_slice(segment, 1,
                segment.length - (segment.data[segment.length - 2] == '+' ? 2 : 1));
    return true;
}

/* path: what is left behind the node, without its slash; at_end: nothing is left. */
static bool find_node(struct search *search, const struct node *node, struct text path, bool at_end)
{
    size_t kept = search->match->variable_count;
    struct text rest = path, segment;
    bool last;

    if (at_end)
        return !search->only_greedy && serves(search, node);
    last = !text_take_until(&rest, '/', &segment);
    if (last)
        segment = path;
    for (const struct node *child = node->literal; child; child = child->next)
        if (segment_is(segment, child->name))
            if (find_node(search, child, rest, last))
                return true;
    if (node->variable && segment.length > 0) {
        capture(search, segment);
        if (find_node(search, node->variable, rest, last))
            return true;
        search->match->variable_count = kept;
    }
    if (node->greedy && search->allow_greedy && serves(search, node->greedy)) {
        capture(search, path);
        return true;
    }
    return false;
}

bool router_find_rest(const struct router *router, struct text verb, struct text path,
    struct router_match *match)
{
    struct search search = {.verb = router_verb(verb), .allow_greedy = true, .match = match};

    match->variable_count = 0;
    if (search.verb == ROUTER_ANY)
        return false;
    if (path.length > 0 && path.data[0] == '/')
        path = text_slice(path, 1, path.length);
    if (path.length > 0 && path.data[path.length - 1] == '/')
        path.length--;
    return find_node(&search, &router->root, path, path.length == 0) && finish(&search);
}

bool router_find_http(const struct router *router, struct text verb, struct text path,
    struct router_match *match)
{
    struct search search = {.verb = router_verb(verb), .match = match};

    match->variable_count = 0;
    if (search.verb == ROUTER_ANY)
        return false;
    if (path.length > 0 && path.data[0] == '/')
        path = text_slice(path, 1, path.length);
    if (find_node(&search, &router->root, path, path.length == 0))
        return finish(&search);
    match->variable_count = 0;
    search.allow_greedy = search.only_greedy = true;
    return find_node(&search, &router->root, path, path.length == 0) && finish(&search);
}
