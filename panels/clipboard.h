#ifndef PANELS_CLIPBOARD_H
#define PANELS_CLIPBOARD_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

/*
 * Where copied text goes: the terminal's clipboard by OSC 52 (write only, never read back), tmux,
 * or a private file when the terminal takes neither or the text is too long.
 */
enum clipboard_way { CLIPBOARD_OFF, CLIPBOARD_OSC52, CLIPBOARD_TMUX, CLIPBOARD_FILE };

/* What most terminals take: 100,000 bytes of sequence, in base64. */
enum { CLIPBOARD_ENCODED_LIMIT = 74994, CLIPBOARD_SCREEN_PIECE = 240 };

/* setting: auto, osc52, tmux, file, off. term: $TERM; tmux: $TMUX or NULL. */
enum clipboard_way clipboard_choose(const char *setting, const char *term, const char *tmux,
    size_t length);
bool clipboard_setting_is_known(const char *setting);

/* The OSC 52 sequence; inside GNU screen (sty: $STY or NULL) wrapped in pieces. */
void clipboard_add_sequence(struct buf *out, struct text text, const char *sty);

/* Writes $XDG_RUNTIME_DIR/gatehouse/clip, 0600; path tells where. */
enum error_code clipboard_write_file(struct text text, struct buf *path,
    struct error *err) MUST_CHECK;
/* Hands the file to "tmux load-buffer -w -"; does not wait for it. */
enum error_code clipboard_load_tmux(const char *path, struct error *err) MUST_CHECK;

#endif
