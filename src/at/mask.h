/*
 * Takes the secrets out of a line before it is shown in a trace: the account of
 * QFTPCFG, the user and password of QICSGP, PINs and passwords of the SIM, in
 * commands, in their echo and in the answers to queries alike.
 */
#ifndef BG96_AT_MASK_H
#define BG96_AT_MASK_H

#include <stdbool.h>
#include <stddef.h>

/* True for a command that holds secrets, or asks for them. */
bool at_mask_concerns(const char *command, size_t len);

/* True for a line in which at_mask_secrets() knows where the secrets would be. */
bool at_mask_finds(const char *line, size_t len);

/* Copies `line` to `masked`, which has room for `size` bytes, with each secret
 * replaced by three asterisks; cuts what does not fit. Returns the length. */
size_t at_mask_secrets(const char *line, size_t len, char *masked, size_t size);

#endif
