"""What a client has still to read."""

import socket
from collections import deque


class Outbox:
    """What is still to be sent. gunicorn's Response takes it for a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._pieces: deque[memoryview] = deque()
        self.size = 0
        self.begun = False  # whether anything of the present answer was put in

    def sendall(self, data: bytes) -> None:
        if data:
            self._pieces.append(memoryview(data))
            self.size += len(data)
            self.begun = True

    def flush(self) -> None:
        """Send as much as the client takes now."""
        while self._pieces:
            try:
                sent = self._sock.sendmsg([*self._pieces] if len(self._pieces) < 64 else [self._pieces[0]])
            except BlockingIOError:
                return
            self.size -= sent
            while self._pieces and sent >= len(self._pieces[0]):
                sent -= len(self._pieces.popleft())
            if sent:
                self._pieces[0] = self._pieces[0][sent:]
