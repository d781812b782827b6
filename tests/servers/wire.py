"""The process behind `Proxy`: it carries bytes between clients and a server, later or not at all.

It runs alone, on the standard library, and takes its commands from standard input.
"""

import asyncio
import json
import os
import selectors
import sys
import time
from asyncio import Queue, StreamReader, StreamWriter


class Heads:
    """Finds the request heads in what a client sends."""

    def __init__(self) -> None:
        self.buffer = b""
        self.body_left = 0
        self.chunked = False
        self.latest = b""

    def feed(self, data: bytes) -> int:
        """The number of heads that these bytes completed."""
        self.buffer += data
        heads = 0
        while True:
            if self.chunked and not self._skip_chunks():
                return heads
            skipped = min(self.body_left, len(self.buffer))
            self.buffer, self.body_left = self.buffer[skipped:], self.body_left - skipped
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if self.body_left or not end:
                return heads
            heads += 1
            self.latest = head
            self.buffer = rest
            self._expect_body(head)

    def _expect_body(self, head: bytes) -> None:
        fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
        self.body_left = int(fields.get(b"content-length", 0))
        self.chunked = b"chunked" in fields.get(b"transfer-encoding", b"")

    def _skip_chunks(self) -> bool:
        while b"\r\n" in self.buffer:
            line, _, rest = self.buffer.partition(b"\r\n")
            size = int(line.split(b";")[0], 16)
            if len(rest) < size + 2:
                return False
            self.buffer = rest[size + 2 :]
            if size == 0:
                self.chunked = False
                return True
        return False


class Link:
    """One connection through the proxy."""

    def __init__(self, client: StreamWriter, server: StreamWriter, opened: float):
        self.client = client
        self.server = server
        self.opened = opened  # when the handshake is over
        self.heads = Heads()
        self.answer_left: int | None = None  # bytes of answer until the cut, if there is to be one
        self.held_s = 0.0  # how long the next answer is kept back

    def abort(self) -> None:
        self.client.transport.abort()
        self.server.transport.abort()


class Wire:
    """Runs the commands of `Proxy`, one JSON list a line: `["drip", 400]` calls `do_drip(400)`."""

    def __init__(self, host: str, port: int, target_port: int, rtt_s: float):
        self.host = host
        self.port = port
        self.target_port = target_port
        self.rtt_s = rtt_s
        self.connections = self.requests = self.commits = 0
        self.commit_s = 0.0
        self.head = ""
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.rate: float | None = None
        self.cut_at: int | None = None
        self.server: asyncio.Server | None = None
        self.links: set[Link] = set()

    async def main(self) -> None:
        lines = StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            command, *arguments = json.loads(line)
            await getattr(self, f"do_{command}")(*arguments)
            seen = {
                "connections": self.connections,
                "requests": self.requests,
                "commits": self.commits,
                "head": self.head,
            }
            sys.stdout.write(json.dumps(seen) + "\n")
            sys.stdout.flush()

    async def do_counts(self) -> None:
        pass

    async def do_reset(self) -> None:
        self.connections = self.requests = self.commits = 0

    async def do_hold_commits(self, seconds: float) -> None:
        self.commit_s = seconds

    async def do_set_rtt(self, seconds: float) -> None:
        self.rtt_s = seconds

    async def do_heal(self) -> None:
        self.rate = self.cut_at = None
        self.flowing.set()
        await self.do_accept()

    async def do_refuse(self) -> None:
        if self.server:
            self.server.close()
            self.server = None
        for link in self.links:
            link.abort()
        await asyncio.sleep(0)  # the sockets close in the loop's next round

    async def do_accept(self) -> None:
        if not self.server:
            self.server = await asyncio.start_server(self._connected, self.host, self.port, backlog=1024)

    async def do_cut(self, answer_bytes: int) -> None:
        self.cut_at = answer_bytes

    async def do_stall(self) -> None:
        self.flowing.clear()

    async def do_resume(self) -> None:
        self.flowing.set()

    async def do_drip(self, bytes_per_s: float | None) -> None:
        self.rate = bytes_per_s

    async def _connected(self, reader: StreamReader, client: StreamWriter) -> None:
        self.connections += 1
        opened = time.monotonic() + self.rtt_s
        try:
            answers, server = await asyncio.open_connection(self.host, self.target_port)
        except OSError:
            client.transport.abort()
            return
        link = Link(client, server, opened)
        self.links.add(link)
        await self._pass(link, reader, answers)
        self.links.discard(link)
        client.close()
        server.close()

    async def _pass(self, link: Link, requests: StreamReader, answers: StreamReader) -> None:
        up: Queue[tuple[float, bytes]] = Queue()
        down: Queue[tuple[float, bytes]] = Queue()
        writers = [asyncio.create_task(self._send_up(link, up)), asyncio.create_task(self._send_down(link, down))]
        readers = [asyncio.create_task(self._receive(link, s, q)) for s, q in ((requests, up), (answers, down))]
        await asyncio.wait(writers, return_when=asyncio.FIRST_COMPLETED)
        for task in writers + readers:
            task.cancel()

    async def _receive(self, link: Link, source: StreamReader, queue: Queue[tuple[float, bytes]]) -> None:
        data = b"-"
        while data:
            try:
                data = await source.read(1 << 16)
            except ConnectionError:
                data = b""
            queue.put_nowait((max(time.monotonic(), link.opened) + self.rtt_s / 2, data))

    async def _arrived(self, queue: Queue[tuple[float, bytes]]) -> bytes:
        due, data = await queue.get()
        if (left := due - time.monotonic()) > 0:
            await asyncio.sleep(left)
        await self.flowing.wait()
        return data

    async def _send_up(self, link: Link, queue: Queue[tuple[float, bytes]]) -> None:
        while data := await self._arrived(queue):
            if heads := link.heads.feed(data):
                self.requests += heads
                self.head = link.heads.latest.decode("latin-1")
                link.answer_left, self.cut_at = self.cut_at, None
            if b'"BEGIN IMMEDIATE"' in data:
                self.commits += 1
                link.held_s = self.commit_s
            link.server.write(data)

    async def _send_down(self, link: Link, queue: Queue[tuple[float, bytes]]) -> None:
        while data := await self._arrived(queue):
            held_s, link.held_s = link.held_s, 0.0
            await asyncio.sleep(held_s)
            if link.answer_left is not None:
                data = data[: link.answer_left]
                link.answer_left -= len(data)
            await self._write(link.client, data)
            if link.answer_left == 0:
                return

    async def _write(self, client: StreamWriter, data: bytes) -> None:
        sent = 0
        while self.rate and sent < len(data):
            step = max(1, int(self.rate / 20))
            client.write(data[sent : sent + step])
            sent += step
            await asyncio.sleep(step / self.rate)
        client.write(data[sent:])


if __name__ == "__main__":
    host, port, target_port, rtt_s = sys.argv[1:]
    # select waits in microseconds (asyncio rounds epoll's time-outs up to milliseconds) and serves 500 connections.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(Wire(host, int(port), int(target_port), float(rtt_s)).main())
        os._exit(0)  # no farewells on the connections still open
