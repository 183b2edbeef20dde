#include "ftp/listing.h"

#include <string.h>

bool ftp_entry_read(const char *line, size_t len, ftp_entry *entry) {
  const char *space = memchr(line, ' ', len);
  if (!space || space + 1 == line + len) return false;
  if (space > line && space[-1] != ';') return false;
  entry->facts = line;
  entry->facts_len = (size_t)(space - line);
  entry->name = space + 1;
  entry->name_len = len - entry->facts_len - 1;
  return true;
}

static void split_fact(const char *text, size_t len, ftp_fact *fact) {
  const char *equals = memchr(text, '=', len);
  fact->name = text;
  fact->name_len = equals ? (size_t)(equals - text) : len;
  fact->value = equals ? equals + 1 : text + len;
  fact->value_len = (size_t)(text + len - fact->value);
}

bool ftp_entry_take_fact(ftp_entry *entry, ftp_fact *fact) {
  while (entry->facts_len > 0) {
    const char *text = entry->facts;
    const char *semicolon = memchr(text, ';', entry->facts_len);
    size_t len = semicolon ? (size_t)(semicolon - text) : entry->facts_len;
    size_t used = semicolon ? len + 1 : len;
    entry->facts += used;
    entry->facts_len -= used;
    split_fact(text, len, fact);
    if (fact->name_len > 0) return true;
  }
  return false;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool ftp_size_read(const char *text, size_t len, int64_t *size) {
  int64_t sum = 0;
  for (size_t i = 0; i < len; i++) {
    if (!is_digit(text[i])) return false;
    int digit = text[i] - '0';
    if (sum > (INT64_MAX - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  *size = sum;
  return len > 0;
}

/* `count` digits as a number; -1 where something else stands there. */
static int take_digits(const char **text, int count) {
  int sum = 0;
  for (; count > 0; count--, (*text)++) {
    if (!is_digit(**text)) return -1;
    sum = sum * 10 + (**text - '0');
  }
  return sum;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar; years are counted
 * from March, so that the leap day is a year's last. */
static int64_t count_days(int year, int month, int day) {
  int64_t y = month > 2 ? year : year - 1;
  int64_t months = month > 2 ? month - 3 : month + 9;
  int64_t day_of_year = (153 * months + 2) / 5 + day - 1;
  return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

bool ftp_time_read(const char *text, size_t len, int64_t *seconds) {
  if (len < 14 || (len > 14 && text[14] != '.')) return false;
  int year = take_digits(&text, 4);
  int month = year < 0 ? -1 : take_digits(&text, 2);
  int day = month < 0 ? -1 : take_digits(&text, 2);
  int hour = day < 0 ? -1 : take_digits(&text, 2);
  int minute = hour < 0 ? -1 : take_digits(&text, 2);
  int second = minute < 0 ? -1 : take_digits(&text, 2);
  if (second < 0 || second > 60 || minute > 59 || hour > 23) return false;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  *seconds = count_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  return true;
}
