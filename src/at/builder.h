/*
 * Writes one AT command into a buffer of the caller. It is the only way in
 * which text of the user reaches the module, so it refuses what could end or
 * edit a command line, or end a string early: control characters (0x00 to 0x1f
 * and 0x7f; a backspace takes back what was typed) and, in a string, the quote.
 *
 *   at_builder b = at_builder_open(buffer, sizeof buffer, "+QFTPGET");
 *   at_builder_add_string(&b, name, name_len);
 *   at_builder_add_string(&b, "COM:", 4);
 *   at_builder_add_integer(&b, 0);
 *   gives AT+QFTPGET="name","COM:",0
 */
#ifndef BG96_AT_BUILDER_H
#define BG96_AT_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  char *text;
  size_t size;   /* of the buffer */
  size_t len;    /* bytes written */
  bool has_args; /* the next argument comes behind a comma */
  bool failed;   /* something was refused or did not fit; sticky */
} at_builder;

/* Begins a command with "AT" and `word`; the rest of the text is written by
 * the calls below. */
at_builder at_builder_open(char *buffer, size_t size, const char *word);

/* Adds raw text, such as a whole command line that the user wrote. Refuses
 * control characters. */
void at_builder_add_raw(at_builder *b, const char *text, size_t len);

/* Adds one character as it is. For characters that end a command line; never for what
 * a user wrote. */
void at_builder_add_control(at_builder *b, char character);

/* Adds an argument in quotes. Refuses control characters and the quote. */
void at_builder_add_string(at_builder *b, const char *text, size_t len);

/* Adds an argument in quotes from a C string. */
void at_builder_add_literal(at_builder *b, const char *text);

/* Adds a decimal argument. */
void at_builder_add_integer(at_builder *b, int64_t value);

/* The first byte of `text` that must not stand in a string argument, or -1. */
int at_text_find_forbidden(const char *text, size_t len);

/* True where `text` holds a control character. */
bool at_text_has_control(const char *text, size_t len);

#endif
