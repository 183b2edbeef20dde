/* The second argument of ioctl(2). */
#ifndef BG96_PORT_IOCTL_H
#define BG96_PORT_IOCTL_H

#include <features.h>

/* POSIX and musl say int, glibc does not. */
#ifdef __GLIBC__
typedef unsigned long ioctl_request;
#else
typedef int ioctl_request;
#endif

#endif
