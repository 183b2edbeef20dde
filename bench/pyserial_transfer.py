"""A typical script with pyserial: it writes commands, and reads until the expected text
has come.

  pyserial_transfer.py get|put PORT BAUDRATE FILE BYTES

Prints the seconds of the transfer."""

import sys
import time

import serial


def ask(port, command, expected):
    port.write(command.encode() + b"\r")
    answer = b""
    while expected not in answer:
        answer += port.read(port.in_waiting or 1)
    return answer


def get(port, path, size):
    answer = ask(port, 'AT+QFTPGET="bench.bin","COM:"', b"CONNECT\r\n")
    data = answer.split(b"CONNECT\r\n", 1)[1]
    while b"+QFTPGET: 0,%d\r\n" % size not in data[-64:]:
        data += port.read(port.in_waiting or 1)
    with open(path, "wb") as file:
        file.write(data[:size])


def put(port, path, size):
    with open(path, "rb") as file:
        data = file.read()
    ask(port, 'AT+QFTPPUT="bench.bin","COM:",0,%d,1' % size, b"CONNECT\r\n")
    port.write(data)
    answer = b""
    while b"+QFTPPUT: 0,%d\r\n" % size not in answer:
        answer += port.read(port.in_waiting or 1)


what, path, size = sys.argv[1], sys.argv[4], int(sys.argv[5])
with serial.Serial(sys.argv[2], int(sys.argv[3])) as port:
    ask(port, "ATE0", b"OK\r\n")
    ask(port, 'AT+QFTPOPEN="bench",21', b"+QFTPOPEN: 0,0\r\n")
    started = time.monotonic()
    (get if what == "get" else put)(port, path, size)
    print(time.monotonic() - started)
