/*
 * Lines of a machine-readable listing (MLSD, RFC 3659, section 7):
 *
 *   type=file;size=1000;modify=20140708110039; name with spaces.txt
 *
 * Facts are names and values; names of facts are read without regard to case,
 * unknown ones are kept. The name is all behind the first space, and data:
 * nothing is made of slashes or dots in it.
 */
#ifndef BG96_FTP_LISTING_H
#define BG96_FTP_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  const char *facts; /* "type=file;size=1000;", inside the line */
  size_t facts_len;
  const char *name;
  size_t name_len;
} ftp_entry;

typedef struct {
  const char *name;
  size_t name_len;
  const char *value;
  size_t value_len;
} ftp_fact;

/* Splits a line, without its CR LF. False for one that is none of a listing. */
bool ftp_entry_read(const char *line, size_t len, ftp_entry *entry);

/* Takes the next fact off `entry->facts`. False when there is none left. */
bool ftp_entry_take_fact(ftp_entry *entry, ftp_fact *fact);

/* Reads a size: digits alone, below 2^63. False for anything else. */
bool ftp_size_read(const char *text, size_t len, int64_t *size);

/*
 * Reads a time as MDTM and the modify fact have it, in UTC:
 * YYYYMMDDHHMMSS[.fraction] (RFC 3659, section 2.3; manual, 2.14). Gives
 * seconds since 1970. False for what is no date.
 */
bool ftp_time_read(const char *text, size_t len, int64_t *seconds);

#endif
