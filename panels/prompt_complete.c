#include "panels/prompt_private.h"

#include <string.h>

#include <readline/readline.h>

#include "base/mem.h"

/* Where the candidates for the word at the cursor come from; 0 when there are none. */
size_t prompt_ask_candidates(struct prompt *prompt)
{
    struct screen_candidate found[PROMPT_CANDIDATES];
    size_t count = 0, offset[PROMPT_CANDIDATES][3];

    prompt->candidates = 0;
    prompt->selected = -1;
    if (prompt->kind != PROMPT_STATEMENT || !prompt->callbacks->complete)
        return 0;
    prompt->word_start = (size_t)rl_point;
    count = prompt->callbacks->complete(prompt->callbacks->user, rl_line_buffer, (size_t)rl_point,
        &prompt->word_start, found, PROMPT_CANDIDATES);
    if (prompt->word_start > (size_t)rl_point)
        return 0;
    buf_clear(&prompt->texts);
    for (size_t i = 0; i < count; i++) {
        const char *part[3] = {found[i].text, found[i].kind, found[i].help};

        for (int p = 0; p < 3; p++) {
            offset[i][p] = prompt->texts.length;
            buf_add_string(&prompt->texts, part[p] ? part[p] : "");
            buf_add_char(&prompt->texts, '\0');
        }
    }
    if (prompt->texts.failure)
        return 0;
    for (size_t i = 0; i < count; i++)
        prompt->candidate[i] = (struct screen_candidate){prompt->texts.data + offset[i][0],
            prompt->texts.data + offset[i][1], prompt->texts.data + offset[i][2]};
    prompt->candidates = count;
    return count;
}

/* Replaces the word at the cursor, as one step of undo. */
static void put_word(struct prompt *prompt, struct text word, const char *after)
{
    char *copy = mem_copy(word.data, word.length);

    if (!copy)
        return;
    (void)rl_begin_undo_group();
    (void)rl_delete_text((int)prompt->word_start, rl_point);
    rl_point = (int)prompt->word_start;
    rl_insert_text(copy);
    rl_insert_text(after);
    (void)rl_end_undo_group();
    mem_free(copy);
}

static struct text common_prefix(const struct prompt *prompt)
{
    struct text prefix = text_of(prompt->candidate[0].text);

    for (size_t i = 1; i < prompt->candidates; i++) {
        struct text other = text_of(prompt->candidate[i].text);
        size_t same = 0;

        while (same < prefix.length && same < other.length &&
               text_equal_ignoring_case(text_slice(prefix, same, same + 1),
                   text_slice(other, same, same + 1)))
            same++;
        while (same > 0 && same < prefix.length && (prefix.data[same] & 0xc0) == 0x80)
            same--;
        prefix.length = same;
    }
    return prefix;
}

void prompt_complete(struct prompt *prompt)
{
    struct text prefix;

    if (!prompt_ask_candidates(prompt)) {
        snprintf(prompt->problem, sizeof prompt->problem, "nothing fits here");
        return;
    }
    if (prompt->candidates == 1) {
        struct text only = text_of(prompt->candidate[0].text);
        bool open_end = only.length > 0 && strchr("/({", only.data[only.length - 1]);

        put_word(prompt, only, open_end ? "" : " ");
        prompt->candidates = 0;
        return;
    }
    prefix = common_prefix(prompt);
    if (prefix.length > (size_t)rl_point - prompt->word_start)
        put_word(prompt, prefix, "");
}

void prompt_close_popup(struct prompt *prompt)
{
    prompt->candidates = 0;
    prompt->selected = -1;
}

size_t prompt_popup(const struct prompt *prompt, const struct screen_candidate **out, int *selected)
{
    *out = prompt->candidate;
    *selected = prompt->selected;
    return prompt->open ? prompt->candidates : 0;
}

/* Keys of the popup; false: not one of its keys. */
bool prompt_popup_key(struct prompt *prompt, struct key key)
{
    int count = (int)prompt->candidates;

    switch (key.code) {
    case KEYS_TAB:
    case KEYS_DOWN:
        prompt->selected = (prompt->selected + 1) % count;
        return true;
    case KEYS_BACK_TAB:
    case KEYS_UP:
        prompt->selected = prompt->selected <= 0 ? count - 1 : prompt->selected - 1;
        return true;
    case KEYS_ESCAPE:
    case KEYS_CTRL_C:
        prompt_close_popup(prompt);
        return true;
    case KEYS_ENTER:
    case KEYS_SPACE:
        if (prompt->selected < 0)
            break;
        put_word(prompt, text_of(prompt->candidate[prompt->selected].text), " ");
        prompt_close_popup(prompt);
        return true;
    default:
        break;
    }
    return false;
}
