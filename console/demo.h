#ifndef CONSOLE_DEMO_H
#define CONSOLE_DEMO_H

/*
 * `gatehouse demo`: an embedded endpoint of its own with four tables, two APIs and live traffic.
 * With a terminal it opens the screen on them, without one (or with --tour) it plays a fixed tour
 * in batch mode. Everything it starts ends with it; a temporary folder is removed.
 */

/* The command line behind "demo"; returns the exit status. */
int demo_main(int argc, char **argv);

#endif
