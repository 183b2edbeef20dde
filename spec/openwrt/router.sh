# Stand-ins for what OpenWrt gives to an init script: UCI's config_* and procd's procd_*.
# Each call of procd's is printed with its words in brackets. The configuration is a function
# `configuration` that calls `section TYPE NAME` and `option NAME VALUE`.

section() { # TYPE NAME
	SECTIONS="$SECTIONS $1:$2"
	CURRENT=$2
}

option() { # NAME VALUE
	eval "CONFIG_${CURRENT}_$1=\$2"
}

config_load() { # NAME
	say config_load "$@"
	SECTIONS=
	configuration
}

config_foreach() { # FUNCTION TYPE
	local entry
	for entry in $SECTIONS; do
		[ "${entry%%:*}" != "$2" ] || "$1" "${entry#*:}"
	done
}

config_get() { # VARIABLE SECTION OPTION [DEFAULT]
	eval "$1=\${CONFIG_$2_$3:-\${4-}}"
}

config_get_bool() { # VARIABLE SECTION OPTION [DEFAULT]
	config_get "$@"
	eval "case \$$1 in 1 | on | true | yes | enabled) $1=1 ;; *) $1=0 ;; esac"
}

say() {
	local word
	printf '%s' "$1"
	shift
	for word; do printf ' [%s]' "$word"; done
	echo
}

procd_open_instance() { say procd_open_instance "$@"; }
procd_close_instance() { say procd_close_instance "$@"; }
procd_set_param() { say procd_set_param "$@"; }
procd_append_param() { say procd_append_param "$@"; }
procd_add_reload_trigger() { say procd_add_reload_trigger "$@"; }
logger() { say logger "$@"; }
