#ifndef CONSOLE_SHARE_H
#define CONSOLE_SHARE_H

#include "base/buf.h"

/*
 * Where the files are that come with the program: beside the executable as installed
 * (../share/gatehouse/NAME), beside it as built (../NAME), else where make install puts them.
 */
void share_add_folder(struct buf *out, const char *name);

#endif
