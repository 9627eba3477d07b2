#include "console/share.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { PATH_LIMIT = 4096 };

void share_add_folder(struct buf *out, const char *name)
{
    static const char *const beside_table[] = {"../share/gatehouse", ".."};
    char program[PATH_LIMIT];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    struct text folder = text_make(program, length > 0 ? (size_t)length : 0);

    while (folder.length && folder.data[folder.length - 1] != '/')
        folder.length--;
    for (size_t i = 0; folder.length && i < sizeof beside_table / sizeof *beside_table; i++) {
        size_t before = out->length;

        buf_add_text(out, folder);
        buf_add_format(out, "%s/%s", beside_table[i], name);
        if (file_exists(buf_string(out) + before))
            return;
        buf_cut(out, before);
    }
    buf_add_format(out, "%s/%s", GATEHOUSE_SHARE, name);
}
