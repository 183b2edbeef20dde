#!/bin/sh
# Run by the checks of OpenWrt's packages feed, with the name of an installed package and
# its version.

loads() {
	"$1" -e 'io.write(require("bg96.ftp").version)' | grep -Fx "$2"
}

case "$1" in
bg96) loads lua "$2" ;;
bg96-lua5.4) loads lua5.4 "$2" ;;
bg96-ftp) bg96-ftp --version | grep -Fx "bg96-ftp $2" ;;
bg96-spool) bg96-ftp spool --help | grep -F "bg96-ftp spool" ;;
esac
