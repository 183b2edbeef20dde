/* Real serial ports through libserialport, which sets them up and lists them. Bytes are
 * read from and written to the descriptor directly: libserialport's non-blocking write
 * reports a full queue as a failure, and its read hides a hang-up. */
#include "port/backend.h"
#include "port/descriptor.h"
#include "port/path_order.h"

#ifndef BG96_WITHOUT_LIBSERIALPORT

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

/* sp_last_error_code() is errno, so this must be the first call after the failure. */
static int describe_failure(enum sp_return status) {
  int error = status == SP_ERR_FAIL ? sp_last_error_code() : 0;
  switch (status) {
    case SP_OK: return 0;
    case SP_ERR_FAIL: return error > 0 ? -error : -EIO;
    case SP_ERR_MEM: return -ENOMEM;
    case SP_ERR_SUPP: return -ENOTSUP;
    case SP_ERR_ARG:
    default: return -EINVAL;
  }
}

/* Flow control "none" also switches XON/XOFF off, which sp_open() may turn on. */
static enum sp_return fill_config(struct sp_port_config *config, uint32_t baudrate) {
  enum sp_return status = sp_set_config_baudrate(config, (int)baudrate);
  if (status == SP_OK) status = sp_set_config_bits(config, 8);
  if (status == SP_OK) status = sp_set_config_parity(config, SP_PARITY_NONE);
  if (status == SP_OK) status = sp_set_config_stopbits(config, 1);
  if (status == SP_OK) status = sp_set_config_flowcontrol(config, SP_FLOWCONTROL_NONE);
  return status;
}

static int apply_config(struct sp_port *handle, uint32_t baudrate) {
  struct sp_port_config *config = NULL;
  enum sp_return status = sp_new_config(&config);
  if (status != SP_OK) return describe_failure(status);
  status = fill_config(config, baudrate);
  if (status == SP_OK) status = sp_set_config(handle, config);
  int result = describe_failure(status);
  sp_free_config(config);
  return result;
}

/*
 * What libserialport 0.1.1 leaves undone. It sets RTS/CTS in the wrong flag word, so
 * nothing changes, and reports success. Children inherit its descriptor. It sets HUPCL,
 * so DTR drops when the port is closed, and a module may act on that (AT&D).
 */
static int complete_settings(int fd, port_flow flowcontrol) {
  struct termios settings;
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return -errno;
  if (tcgetattr(fd, &settings) != 0) return -errno;
  settings.c_cflag &= ~(tcflag_t)(HUPCL | CRTSCTS);
  if (flowcontrol == PORT_FLOW_RTSCTS) settings.c_cflag |= CRTSCTS;
  return tcsetattr(fd, TCSANOW, &settings) == 0 ? 0 : -errno;
}

static void serialport_close(port *p) {
  struct sp_port *handle = p->handle;
  descriptor_release(p->fd);
  (void)sp_close(handle);
  sp_free_port(handle);
  *p = (port){.ops = NULL, .fd = -1, .handle = NULL};
}

static const port_ops serialport_ops = {
    .read = descriptor_read,
    .write = descriptor_write,
    .flush_output = descriptor_flush_output,
    .count_unsent = descriptor_count_unsent,
    .set_baudrate = descriptor_set_baudrate,
    .set_dtr = descriptor_set_dtr,
    .now_ms = descriptor_now_ms,
    .close = serialport_close,
};

/* Locks and sets up a port that sp_open() has opened. */
static int take_over(port *p, struct sp_port *handle, const port_settings *settings) {
  int fd = -1;
  int status = describe_failure(sp_get_port_handle(handle, &fd));
  if (status == 0) status = descriptor_lock(fd);
  if (status == 0) status = apply_config(handle, settings->baudrate);
  if (status == 0) status = complete_settings(fd, settings->flowcontrol);
  if (status == 0) *p = (port){.ops = &serialport_ops, .fd = fd, .handle = handle};
  return status;
}

int serialport_open(port *p, int fd, const char *path, const port_settings *settings) {
  struct sp_port *handle = NULL;
  if (sp_get_port_by_name(path, &handle) != SP_OK) return -ENOTTY;
  /* Later versions of libserialport lock in sp_open(), so `fd` must not hold the lock. */
  descriptor_unlock(fd);
  int status = describe_failure(sp_open(handle, SP_MODE_READ_WRITE));
  if (status == 0) {
    status = take_over(p, handle, settings);
    if (status != 0) (void)sp_close(handle);
  }
  if (status == 0) {
    close(fd);
    return 0;
  }
  sp_free_port(handle);
  int lock_status = descriptor_lock(fd);
  return lock_status != 0 ? lock_status : status;
}

static const char *text_or_empty(const char *text) {
  return text != NULL ? text : "";
}

static void visit_port(const struct sp_port *found, port_visitor *visit, void *context) {
  port_description description = {
      .path = text_or_empty(sp_get_port_name(found)),
      .description = text_or_empty(sp_get_port_description(found)),
      .manufacturer = text_or_empty(sp_get_port_usb_manufacturer(found)),
      .product = text_or_empty(sp_get_port_usb_product(found)),
      .serial = text_or_empty(sp_get_port_usb_serial(found)),
      .vid = -1,
      .pid = -1,
  };
  /* Fails for what is not a USB device, and leaves -1. */
  (void)sp_get_port_usb_vid_pid(found, &description.vid, &description.pid);
  visit(context, &description);
}

static int compare_ports(const void *a, const void *b) {
  const struct sp_port *const *left = a;
  const struct sp_port *const *right = b;
  return path_order(sp_get_port_name(*left), sp_get_port_name(*right));
}

int port_list(port_visitor *visit, void *context) {
  struct sp_port **ports = NULL;
  size_t count = 0;
  int status = describe_failure(sp_list_ports(&ports));
  if (status != 0) return status;
  while (ports[count] != NULL) count++;
  qsort(ports, count, sizeof *ports, compare_ports);
  for (size_t i = 0; i < count; i++) visit_port(ports[i], visit, context);
  sp_free_port_list(ports);
  return 0;
}

#endif
