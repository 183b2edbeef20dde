# What rules.mk of OpenWrt's build system gives to a package, as far as ours uses it. The caller
# sets BUILD_DIR, STAGING_DIR, DL_DIR and ROOT_DIR, and for another machine ARCH, TARGET_CROSS
# and CPU_FLAGS; else the host's compiler stands in for the cross compiler.

INCLUDE_DIR := $(TOPDIR)/include
SHELL := /usr/bin/env bash

comma := ,
empty :=
space := $(empty) $(empty)

INSTALL_DIR := install -d -m0755
INSTALL_BIN := install -m0755
INSTALL_DATA := install -m0644
INSTALL_CONF := install -m0600
CP := cp -fpR
SED := sed -i -e

ARCH ?= x86_64
TARGET_CC ?= $(TARGET_CROSS)gcc
TARGET_CFLAGS := -Os -pipe $(CPU_FLAGS) -fno-caller-saves -fno-plt -fstack-protector \
  -D_FORTIFY_SOURCE=1 -Wformat -Werror=format-security
TARGET_CPPFLAGS := -I$(STAGING_DIR)/usr/include
TARGET_LDFLAGS := -L$(STAGING_DIR)/usr/lib -znow -zrelro
