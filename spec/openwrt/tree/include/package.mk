# What package.mk of OpenWrt's build system does with a package, as far as ours uses it:
# `make DUMP=1` prints the metadata, `make compile BUILD_VARIANT=...` builds one variant and
# installs each of its packages below $(ROOT_DIR)/NAME.

PKG_BUILD_DIR ?= $(BUILD_DIR)/$(if $(BUILD_VARIANT),$(PKG_NAME)-$(BUILD_VARIANT)/)$(PKG_NAME)-$(PKG_VERSION)
PKG_JOBS := $(if $(PKG_BUILD_PARALLEL),-j2)

ifneq ($(filter lto,$(PKG_BUILD_FLAGS)),)
TARGET_CFLAGS += -flto=auto -fno-fat-lto-objects
TARGET_LDFLAGS += -flto=auto -fuse-linker-plugin
endif

.PHONY: dump compile build
dump:
	@:

compile: build

# A tarball whose hash is not that of the Makefile is refused.
define Build/Prepare/Default
	echo "$(PKG_HASH)  $(DL_DIR)/$(PKG_SOURCE)" | sha256sum --quiet -c
	gzip -dc $(DL_DIR)/$(PKG_SOURCE) | tar -C $(PKG_BUILD_DIR)/.. -xf -
endef

define Build/Prepare
	$(Build/Prepare/Default)
endef

build:
	rm -rf $(PKG_BUILD_DIR)
	mkdir -p $(PKG_BUILD_DIR)
	$(Build/Prepare)
	$(Build/Configure)
	$(Build/Compile)

define Package/Default
  SECTION:=
  CATEGORY:=
  SUBMENU:=
  TITLE:=
  DEPENDS:=
  URL:=
  VARIANT:=
  PKGARCH:=
endef

define Dump
$(info Package: $(1))
$(info Version: $(PKG_VERSION)-r$(PKG_RELEASE))
$(info Section: $(SECTION))
$(info Category: $(CATEGORY))
$(info Title: $(TITLE))
$(info Depends: $(DEPENDS))
$(info Maintainer: $(PKG_MAINTAINER))
$(info License: $(PKG_LICENSE))
$(info LicenseFiles: $(PKG_LICENSE_FILES))
$(info URL: $(URL))
$(info Source: $(PKG_SOURCE))
$(info Hash: $(PKG_HASH))
$(info Architecture: $(or $(PKGARCH),$(ARCH)))
$(if $(VARIANT),$(info Build-Variant: $(VARIANT)))
$(foreach file,$(Package/$(1)/conffiles),$(info Conffile: $(file)))
$(info Description: $(strip $(Package/$(1)/description)))
endef

# A package belongs to the variant that is built, or to each if it names none.
define BuildPackage
  $(eval $(Package/Default))
  $(eval $(Package/$(1)))
  $(if $(DUMP),$(call Dump,$(1)))
  $(if $(filter $(BUILD_VARIANT),$(or $(VARIANT),$(BUILD_VARIANT))),$(eval $(call InstallRule,$(1))))
endef

define InstallRule
compile: install-$(1)
.PHONY: install-$(1)
install-$(1): build
	rm -rf $(ROOT_DIR)/$(1)
	mkdir -p $(ROOT_DIR)/$(1)
	$$(call Package/$(1)/install,$(ROOT_DIR)/$(1))
endef
