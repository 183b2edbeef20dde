#include "port/speed.h"

#include "port/baudrate.h"

#include <errno.h>
#include <stddef.h>

typedef struct {
  uint32_t rate;
  speed_t constant;
} standard_rate;

static const standard_rate standard_rates[] = {
    {1200, B1200},       {2400, B2400},   {4800, B4800},     {9600, B9600},     {19200, B19200},
    {38400, B38400},     {57600, B57600}, {115200, B115200}, {230400, B230400},
#ifdef B460800
    {460800, B460800},
#endif
#ifdef B500000
    {500000, B500000},
#endif
#ifdef B921600
    {921600, B921600},
#endif
#ifdef B1000000
    {1000000, B1000000},
#endif
#ifdef B1500000
    {1500000, B1500000},
#endif
#ifdef B2000000
    {2000000, B2000000},
#endif
#ifdef B3000000
    {3000000, B3000000},
#endif
#ifdef B4000000
    {4000000, B4000000},
#endif
};

static const standard_rate *find_standard_rate(uint32_t rate) {
  for (size_t i = 0; i < sizeof standard_rates / sizeof standard_rates[0]; i++) {
    if (standard_rates[i].rate == rate) return &standard_rates[i];
  }
  return NULL;
}

/* TCSANOW neither waits for output nor drops input. */
int speed_apply(int fd, struct termios *settings, uint32_t rate) {
  const standard_rate *standard = find_standard_rate(rate);
  if (standard != NULL && cfsetspeed(settings, standard->constant) != 0) return -EINVAL;
  if (tcsetattr(fd, TCSANOW, settings) != 0) return -errno;
  return standard != NULL ? 0 : baudrate_set_custom(fd, rate);
}
