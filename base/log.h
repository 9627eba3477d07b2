#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * What a running server wants its owner to know. Nobody below console/ prints: console/serve.c
 * sets the sink. Lines are made safe before they reach it. Thread-safe.
 */
enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTE, LOG_DEBUG };

/*
 * line: no newline, safe to print, at most 8 KB. Called by one thread at a time, and not any more once
 * log_set_sink has returned; a sink must not log.
 */
typedef void log_sink(enum log_level level, const char *line, void *user);

void log_set_sink(log_sink *sink, void *user); /* NULL: dropped, the default */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
