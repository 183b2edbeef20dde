# Turns the package's Makefile of a checkout into that of a release, as a packages feed has
# it: what is between `# checkout` and `# end of checkout` goes; version, tarball and hash
# come in place of the first of it.

/^# checkout/ {
  is_checkout = 1
  if (!count++) {
    print "PKG_VERSION:=" version
    print "PKG_RELEASE:=1"
    print ""
    print "PKG_SOURCE:=$(PKG_NAME)-$(PKG_VERSION).tar.gz"
    print "PKG_SOURCE_URL:=" url
    print "PKG_HASH:=" hash
  }
}

!is_checkout { print }

/^# end of checkout/ { is_checkout = 0 }
