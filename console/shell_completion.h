#ifndef CONSOLE_SHELL_COMPLETION_H
#define CONSOLE_SHELL_COMPLETION_H

/* `gatehouse completion bash|zsh|fish`: a completion script from the option tables. */
int shell_completion_main(int argc, char **argv);

#endif
