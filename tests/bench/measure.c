/*
 * Times whole commands side by side: A B A B ..., one warm-up each, and prints medians with spread.
 *
 *   measure RUNS 'COMMAND A' ['COMMAND B']
 *
 * One line: wall ms A (min-max), cpu ms A, peak KiB A, then the same for B, then the median of the
 * ratios A/B of wall and of cpu, pair by pair.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS_LIMIT = 200 };

struct figures {
    double wall[RUNS_LIMIT], cpu[RUNS_LIMIT];
    long peak;
};

static double now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void run(const char *command, double *wall, double *cpu, long *peak)
{
    double started = now_ms();
    struct rusage usage;
    int status;
    pid_t child = fork();

    if (child == 0) {
        int sink = open("/dev/null", O_RDWR);

        dup2(sink, 0);
        dup2(sink, 1);
        dup2(sink, 2);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    wait4(child, &status, 0, &usage);
    *wall = now_ms() - started;
    *cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
    if (usage.ru_maxrss > *peak)
        *peak = usage.ru_maxrss;
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        fprintf(stderr, "measure: status %d: %s\n", status, command);
        exit(1);
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

int main(int argc, char **argv)
{
    static struct figures figures[2];
    static double wall_ratio[RUNS_LIMIT], cpu_ratio[RUNS_LIMIT];
    int runs = argc > 1 ? atoi(argv[1]) : 0, commands = argc - 2;
    double ignored_wall, ignored_cpu;
    long ignored_peak = 0;

    if (runs < 1 || runs > RUNS_LIMIT || commands < 1 || commands > 2) {
        fprintf(stderr, "usage: measure RUNS 'COMMAND A' ['COMMAND B']\n");
        return 2;
    }
    for (int c = 0; c < commands; c++)
        run(argv[2 + c], &ignored_wall, &ignored_cpu, &ignored_peak);
    for (int r = 0; r < runs; r++)
        for (int c = 0; c < commands; c++)
            run(argv[2 + c], &figures[c].wall[r], &figures[c].cpu[r], &figures[c].peak);
    for (int r = 0; r < runs && commands == 2; r++) {
        wall_ratio[r] = figures[0].wall[r] / figures[1].wall[r];
        cpu_ratio[r] = figures[0].cpu[r] / figures[1].cpu[r];
    }
    for (int c = 0; c < commands; c++) {
        double middle = median(figures[c].wall, runs);

        printf("%.1f %.1f %.1f %.1f %ld ", middle, figures[c].wall[0], figures[c].wall[runs - 1],
            median(figures[c].cpu, runs), figures[c].peak);
    }
    if (commands == 2) {
        double middle = median(wall_ratio, runs);

        printf("%.4f %.4f %.4f %.4f", middle, wall_ratio[0], wall_ratio[runs - 1],
            median(cpu_ratio, runs));
    }
    putchar('\n');
    return 0;
}
