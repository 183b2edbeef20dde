#!/bin/sh
# The program of `make demo`: starts a real FTP server on a temporary folder and the
# emulated module on a pty with the speed of a serial line, and runs roundtrip.lua.
# However it ends, it leaves no process and no file behind.
set -eu
cd "$(dirname "$0")/.."

lua=${LUA:-lua5.4}
python=${PYTHON:-/usr/bin/python3}
baudrate=921600
size=1048576

folder= server= emulator= client=

# Ends a process; kills it after two seconds.
end_process() {
  [ -n "$1" ] || return 0
  kill "$1" 2>/dev/null || true
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

clean_up() {
  status=$?
  trap '' HUP INT TERM
  end_process "$client"
  end_process "$emulator"
  end_process "$server"
  [ -z "$folder" ] || rm -rf "$folder"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# wait_for NAME PROCESS FILE: waits until the process has written to the file, for ten
# seconds at most.
wait_for() {
  for _ in $(seq 100); do
    [ -s "$3" ] && return 0
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  echo "The $1 did not start:" >&2
  cat "$folder/log" >&2
  return 1
}

folder=$(mktemp -d)
mkdir "$folder/served"
head -c "$size" /dev/urandom > "$folder/file"

# A throwaway password for this server only.
FTP_HOST=127.0.0.1 FTP_USER=demo FTP_PASSWORD=demo-$$
export FTP_HOST FTP_USER FTP_PASSWORD

"$python" spec/support/ftpd.py --root "$folder/served" --user "$FTP_USER" \
  --password "$FTP_PASSWORD" > "$folder/port" 2> "$folder/log" &
server=$!
wait_for "FTP server" "$server" "$folder/port"
FTP_PORT=$(cat "$folder/port")

"$lua" bin/bg96-emulator --backend network --baud "$baudrate" --link "$folder/modem" \
  > "$folder/emulator" 2>> "$folder/log" &
emulator=$!
wait_for "emulator" "$emulator" "$folder/emulator"

export FTP_PORT BG96_PORT="$folder/modem" BG96_BAUDRATE="$baudrate"

echo "A BG96 (emulated) at $baudrate baud on $(readlink "$BG96_PORT"),"
echo "an FTP server (real) on port $FTP_PORT, a file of $size random bytes:"

# In the background: a shell that waits for a background job can be interrupted.
"$lua" examples/roundtrip.lua "$folder/file" &
client=$!
status=0
wait "$client" || status=$?
client=

[ "$status" -eq 0 ] && echo "The file went up and came back, bit for bit." ||
  echo "The demo failed." >&2
exit "$status"
