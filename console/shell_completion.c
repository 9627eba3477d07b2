#include "console/shell_completion.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "console/messages.h"
#include "console/options.h"
#include "console/serve_options.h"
#include "console/settings.h"

static const char *const command_list = "serve demo completion manual";

/* Calls each for every option of the console. choices: "a|b", NULL: free; is_file: a path. */
static void walk(void (*each)(const char *name, char letter, bool has_value, const char *choices,
    bool is_file, const char *help))
{
    for (const struct option *option = option_table; option->name; option++)
        each(option->name, option->letter, option->argument != NULL, NULL,
            option->argument && strcmp(option->argument, "FILE") == 0, option->help);
    for (const struct setting *setting = setting_table; setting->name; setting++)
        if (setting->where & SETTING_OPTION)
            each(setting->name, setting->letter, setting->kind != SETTING_FLAG || setting->choices,
                setting->kind == SETTING_CHOICE || setting->kind == SETTING_FLAG ? setting->choices
                                                                                 : NULL,
                false, setting->help);
}

static void print_words(const char *choices)
{
    struct text rest = text_of(choices), word;

    for (bool first = true; text_take_field(&rest, '|', &word); first = false)
        printf("%s%.*s", first ? "" : " ", (int)word.length, word.data);
}

static void bash_name(const char *name, char letter, bool has_value, const char *choices,
    bool is_file, const char *help)
{
    (void)has_value, (void)choices, (void)is_file, (void)help;
    printf(" --%s", name);
    if (letter)
        printf(" -%c", letter);
}

static void bash_case(const char *name, char letter, bool has_value, const char *choices,
    bool is_file, const char *help)
{
    (void)help;
    if (!has_value)
        return;
    printf("    --%s", name);
    if (letter)
        printf("|-%c", letter);
    printf(")\n        ");
    if (choices) {
        printf("COMPREPLY=($(compgen -W \"");
        print_words(choices);
        printf("\" -- \"$word\"))");
    } else if (is_file) {
        printf("COMPREPLY=($(compgen -f -- \"$word\"))");
    } else if (strcmp(name, "profile") == 0) {
        printf("COMPREPLY=($(compgen -W \"$(gatehouse -q --no-headers --format tsv --columns name "
               "-c 'SHOW PROFILES' 2>/dev/null)\" -- \"$word\"))");
    } else {
        printf("COMPREPLY=()");
    }
    printf("\n        return ;;\n");
}

static void print_bash(void)
{
    printf("# bash completion for gatehouse\n"
           "_gatehouse() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    if [ \"${COMP_WORDS[1]}\" = serve ] && [ \"$COMP_CWORD\" -gt 1 ]; then\n"
           "        case $before in --data|--socket) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
           "        --auth) COMPREPLY=($(compgen -W \"parse verify off\" -- \"$word\")) ;;\n"
           "        *) COMPREPLY=($(compgen -W \"");
    for (const struct serve_option *option = serve_option_table; option->name; option++)
        printf("--%s ", option->name);
    printf("\" -- \"$word\")) ;;\n"
           "        esac\n"
           "        return\n"
           "    fi\n"
           "    case $before in\n"
           "    completion) COMPREPLY=($(compgen -W \"bash zsh fish\" -- \"$word\")); return ;;\n");
    walk(bash_case);
    printf("    esac\n"
           "    COMPREPLY=($(compgen -W \"");
    walk(bash_name);
    printf("\" -- \"$word\"))\n"
           "    [ \"$COMP_CWORD\" -gt 1 ] || COMPREPLY+=($(compgen -W \"%s\" -- \"$word\"))\n"
           "}\n"
           "complete -F _gatehouse gatehouse\n",
        command_list);
}

/* Brackets and colons mean something in a description, the apostrophe ends the word. */
static void print_described(const char *help)
{
    for (; *help; help++) {
        if (strchr("[]:\\", *help))
            printf("\\");
        if (*help == '\'')
            printf("'\\''");
        else
            printf("%c", *help);
    }
}

static void zsh_option(const char *name, char letter, bool has_value, const char *choices,
    bool is_file, const char *help)
{
    for (int form = 0; form < (letter ? 2 : 1); form++) {
        if (form == 0)
            printf("        '*--%s%s[", name, has_value ? "=" : "");
        else
            printf("        '*-%c%s[", letter, has_value ? "+" : "");
        print_described(help);
        printf("]");
        if (choices) {
            printf(":value:(");
            print_words(choices);
            printf(")");
        } else if (is_file) {
            printf(":file:_files");
        } else if (has_value) {
            printf(":value:");
        }
        printf("' \\\n");
    }
}

static void print_zsh(void)
{
    printf("#compdef gatehouse\n"
           "_gatehouse() {\n"
           "    _arguments -s \\\n");
    walk(zsh_option);
    printf("        '1::command:(%s)' \\\n"
           "        '*::argument:_files'\n"
           "}\n"
           "_gatehouse \"$@\"\n",
        command_list);
}

static void print_quoted(const char *text)
{
    printf("'");
    for (; *text; text++)
        printf(*text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
    printf("'");
}

static void fish_option(const char *name, char letter, bool has_value, const char *choices,
    bool is_file, const char *help)
{
    printf("complete -c gatehouse -l %s", name);
    if (letter)
        printf(" -s %c", letter);
    if (has_value)
        printf(is_file ? " -r -F" : " -x");
    if (choices) {
        printf(" -a '");
        print_words(choices);
        printf("'");
    }
    printf(" -d ");
    print_quoted(help);
    printf("\n");
}

static void print_fish(void)
{
    printf("# fish completion for gatehouse\n"
           "complete -c gatehouse -f\n"
           "complete -c gatehouse -n __fish_use_subcommand -a '%s'\n",
        command_list);
    walk(fish_option);
    for (const struct serve_option *option = serve_option_table; option->name; option++) {
        printf("complete -c gatehouse -n '__fish_seen_subcommand_from serve' -l %s%s -d ",
            option->name, option->argument ? " -r" : "");
        print_quoted(option->help);
        printf("\n");
    }
}

int shell_completion_main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shell_table[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

    for (size_t i = 0; argc == 2 && i < sizeof(shell_table) / sizeof(shell_table[0]); i++)
        if (strcmp(argv[1], shell_table[i].name) == 0) {
            shell_table[i].print();
            return 0;
        }
    fprintf(stderr, "usage: gatehouse completion bash|zsh|fish\n");
    return message_exit_status(ERROR_USAGE);
}
