/* Runs a fuzz target on files and folders of files: the corpus as a test, without a fuzzer. */
#include "base/buf.h"
#include "base/file.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    struct error err;
    struct buf content, child;
    struct stat status;
    int runs = 0;

    buf_init(&content, 16 << 20);
    buf_init(&child, 4096);
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        DIR *folder = opendir(path);

        for (struct dirent *entry; folder && (entry = readdir(folder));) {
            if (entry->d_name[0] == '.')
                continue;
            buf_clear(&child);
            buf_add_format(&child, "%s/%s", path, entry->d_name);
            runs += replay(buf_string(&child));
        }
        if (folder)
            closedir(folder);
    } else if (file_read(path, &content, &err) == ERROR_NONE) {
        LLVMFuzzerTestOneInput((const uint8_t *)buf_string(&content), content.length);
        runs = 1;
    }
    buf_done(&content);
    buf_done(&child);
    return runs;
}

int main(int argc, char **argv)
{
    int runs = 0;

    for (int i = 1; i < argc; i++)
        runs += replay(argv[i]);
    if (argc == 1)
        LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    printf("ok replayed %d inputs\n", runs);
    return 0;
}
