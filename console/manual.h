#ifndef CONSOLE_MANUAL_H
#define CONSOLE_MANUAL_H

/*
 * `gatehouse manual NAME`: the lists of the manual pages, in mdoc, printed from the records:
 * statements, settings, options, serve, status. Returns the exit status.
 */
int manual_main(int argc, char **argv);

#endif
