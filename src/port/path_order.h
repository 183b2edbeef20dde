#ifndef BG96_PORT_PATH_ORDER_H
#define BG96_PORT_PATH_ORDER_H

/* Compares device paths, numbers at the end by their value: ttyUSB2 before ttyUSB10.
 * Returns less than, equal to or greater than 0, as strcmp does. */
int path_order(const char *a, const char *b);

#endif
