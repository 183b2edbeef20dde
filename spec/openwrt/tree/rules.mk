# What rules.mk of OpenWrt's build system gives to a package, as far as ours uses it. The
# spec sets BUILD_DIR, STAGING_DIR, DL_DIR and ROOT_DIR; the host's compiler stands in for
# the cross compiler.

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

ARCH := x86_64
TARGET_CC := gcc
TARGET_CFLAGS := -Os -pipe -fno-caller-saves
TARGET_CPPFLAGS := -I$(STAGING_DIR)/usr/include
TARGET_LDFLAGS := -L$(STAGING_DIR)/usr/lib -znow -zrelro
