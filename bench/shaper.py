"""A slow and far link for TCP: a SOCKS4 proxy on 127.0.0.1 that lets connections through at
a rate and with a round trip.

  shaper.py RTT_MS UPLINK DOWNLINK       bits a second

Prints its port, serves until SIGTERM, and then prints what has gone through: connections,
and bytes up and down, each as a line "name value".

The model is that of the emulator's radio (lua/bg96/emulator/radio): a connection takes a round
trip, all connections share the rate of each direction, and the headers of TCP and IP are
not counted. A proxy can do this, as the client waits for its answer; a plain relay could not
make connect(2) take its time."""

import asyncio
import signal
import socket
import struct
import sys

PACKET = 1360
# Seconds that a program may wake up late: within them the link counts as busy.
GRACE = 0.02
GRANTED = 90


class Direction:
    """Bytes leave one after the other, whoever they belong to."""

    def __init__(self, rate):
        self.seconds, self.free_at, self.count = 8 / rate, 0, 0

    def send(self, count, now):
        """When the last of the bytes has left."""
        self.count += count
        start = self.free_at if now - self.free_at < GRACE else now
        self.free_at = start + count * self.seconds
        return self.free_at


class Link:
    def __init__(self, rtt, uplink, downlink):
        self.half, self.up, self.down = rtt / 2, Direction(uplink), Direction(downlink)
        self.connections = 0


def now():
    return asyncio.get_running_loop().time()


async def sleep_until(time):
    await asyncio.sleep(max(0, time - now()))


async def carry(reader, writer, direction, half):
    """Carries packets; each arrives half a round trip after it has left."""
    queue = asyncio.Queue()

    async def deliver():
        while True:
            arrival, packet = await queue.get()
            await sleep_until(arrival)
            if not packet:
                break
            writer.write(packet)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    delivery = asyncio.create_task(deliver())
    try:
        packet = b"."
        while packet:
            packet = await reader.read(PACKET)
            left = direction.send(len(packet), now())
            queue.put_nowait((left + half, packet))
            await sleep_until(left)
        await delivery
    except OSError:
        delivery.cancel()


async def read_request(reader):
    """The address that a SOCKS4 client asks for."""
    version, command, port, address = struct.unpack("!BBH4s", await reader.readexactly(8))
    await reader.readuntil(b"\0")
    if version != 4 or command != 1:
        raise ValueError("not a SOCKS4 CONNECT")
    return socket.inet_ntoa(address), port


async def serve(link, reader, writer):
    start = now()
    host, port = await read_request(reader)
    link.connections += 1
    await sleep_until(start + 2 * link.half)
    writer.write(struct.pack("!BBHI", 0, GRANTED, 0, 0))
    await sleep_until(start + 3 * link.half)  # the last part of the handshake is at the server
    try:
        there, to_there = await asyncio.open_connection(host, port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(carry(reader, to_there, link.up, link.half),
                         carry(there, writer, link.down, link.half))
    for each in (to_there, writer):
        each.close()


async def main(rtt, uplink, downlink):
    link, ended = Link(rtt / 1000, uplink, downlink), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    server = await asyncio.start_server(lambda *ends: serve(link, *ends), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await ended.wait()
    print(f"connections {link.connections}\nup {link.up.count}\ndown {link.down.count}", flush=True)


asyncio.run(main(*map(float, sys.argv[1:])))
