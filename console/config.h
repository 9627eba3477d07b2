#ifndef CONSOLE_CONFIG_H
#define CONSOLE_CONFIG_H

#include "base/error.h"
#include "console/settings.h"

#include <stddef.h>

/*
 * The settings of $XDG_CONFIG_HOME/gatehouse/config: "name = value" lines before the first section
 * and in [settings]. Profiles are sections of the same file; client/profile reads those.
 */
enum { CONFIG_WARNINGS = 8 };

struct config_warnings {
    size_t count;
    struct error warning[CONFIG_WARNINGS]; /* line and text; the path is in the text */
};

/* A missing file is none; broken lines are warnings, the rest holds. */
void config_load(struct settings *settings, struct config_warnings *warnings);

#endif
