/* The list of ports from /sys/class/tty, for systems without libserialport. */
#include "port/path_order.h"
#include "port/port.h"

#ifdef BG96_WITHOUT_LIBSERIALPORT

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ATTRIBUTE_SIZE = 128, MAX_NAME = 64, MAX_STEPS_TO_USB_DEVICE = 5 };

static const char tty_class[] = "/sys/class/tty";

static int open_folder(int at, const char *name) {
  return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Reads the first line of the file `name` in the folder `at`; an empty string if there
 * is none. Returns whether there was one. */
static bool read_attribute(int at, const char *name, char text[ATTRIBUTE_SIZE]) {
  int fd = openat(at, name, O_RDONLY | O_CLOEXEC);
  ssize_t size = fd < 0 ? 0 : read(fd, text, ATTRIBUTE_SIZE - 1);
  if (fd >= 0) close(fd);
  text[size > 0 ? size : 0] = '\0';
  text[strcspn(text, "\r\n")] = '\0';
  return text[0] != '\0';
}

static int parse_hex(const char *text) {
  char *end = NULL;
  long number = strtol(text, &end, 16);
  return end != text && number >= 0 && number <= 0xffff ? (int)number : -1;
}

typedef struct {
  char manufacturer[ATTRIBUTE_SIZE];
  char product[ATTRIBUTE_SIZE];
  char serial[ATTRIBUTE_SIZE];
  int vid;
  int pid;
} usb_device;

static bool read_usb_device(int directory, usb_device *usb) {
  char vid[ATTRIBUTE_SIZE];
  char pid[ATTRIBUTE_SIZE];
  if (!read_attribute(directory, "idVendor", vid)) return false;
  (void)read_attribute(directory, "idProduct", pid);
  (void)read_attribute(directory, "manufacturer", usb->manufacturer);
  (void)read_attribute(directory, "product", usb->product);
  (void)read_attribute(directory, "serial", usb->serial);
  usb->vid = parse_hex(vid);
  usb->pid = parse_hex(pid);
  return true;
}

/* The tty's device is the interface of a USB device, or a port below that: the ids are
 * one or more folders up. */
static void find_usb_device(int device, usb_device *usb) {
  int at = open_folder(device, ".");
  for (int step = 0; at >= 0 && step < MAX_STEPS_TO_USB_DEVICE; step++) {
    if (read_usb_device(at, usb)) break;
    int up = open_folder(at, "..");
    close(at);
    at = up;
  }
  if (at >= 0) close(at);
}

/* The 8250 driver also registers ports without hardware; their type is 0. */
static bool is_present(int tty) {
  char type[ATTRIBUTE_SIZE];
  return !read_attribute(tty, "type", type) || strcmp(type, "0") != 0;
}

static void visit_tty(int tty, int device, const char *name, port_visitor *visit, void *context) {
  usb_device usb = {.vid = -1, .pid = -1};
  char path[sizeof "/dev/" + MAX_NAME];
  if (!is_present(tty)) return;
  find_usb_device(device, &usb);
  (void)snprintf(path, sizeof path, "/dev/%.*s", MAX_NAME, name);
  port_description description = {
      .path = path,
      .description = usb.product[0] != '\0' ? usb.product : path + sizeof "/dev/" - 1,
      .manufacturer = usb.manufacturer,
      .product = usb.product,
      .serial = usb.serial,
      .vid = usb.vid,
      .pid = usb.pid,
  };
  visit(context, &description);
}

/* Virtual consoles and the like have no "device". */
static void visit_entry(int class, const char *name, port_visitor *visit, void *context) {
  int tty = open_folder(class, name);
  int device = tty < 0 ? -1 : open_folder(tty, "device");
  if (device >= 0 && strlen(name) <= MAX_NAME) visit_tty(tty, device, name, visit, context);
  if (device >= 0) close(device);
  if (tty >= 0) close(tty);
}

static int compare_entries(const struct dirent **a, const struct dirent **b) {
  return path_order((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

int port_list(port_visitor *visit, void *context) {
  struct dirent **entries = NULL;
  int class = open_folder(AT_FDCWD, tty_class);
  if (class < 0) return -errno;
  int count = scandir(tty_class, &entries, is_visible, compare_entries);
  int status = count < 0 ? -errno : 0;
  for (int i = 0; i < count; i++) {
    visit_entry(class, entries[i]->d_name, visit, context);
    free(entries[i]);
  }
  free(entries);
  close(class);
  return status;
}

#endif
