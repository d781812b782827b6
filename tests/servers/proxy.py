"""A proxy on the way to a server: it adds distance, and breaks the connection on command."""

import json
import subprocess
import sys
import threading
from typing import Any, Self

from tests.servers import wire
from tests.servers.ports import HOST, free_port


class Proxy:
    """A way to a server on this host that is `rtt_s` seconds long and breaks on command. It does not narrow the way.

    A process of its own: the database driver holds the interpreter's lock while it waits for the network, so a proxy in
    one of our threads would never get to answer it.
    """

    def __init__(self, target_port: int, *, rtt_s: float = 0.0, port: int | None = None):
        self.target_port = target_port
        self.port = port or free_port()
        self._rtt_s = rtt_s
        self._process: subprocess.Popen[str] | None = None
        self._turn = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def rtt_s(self) -> float:
        """A request on an open connection takes one round trip, the first one on a new connection two."""
        return self._rtt_s

    @rtt_s.setter
    def rtt_s(self, seconds: float) -> None:
        self._rtt_s = seconds
        self._send("set_rtt", seconds)

    @property
    def connections(self) -> int:
        """Accepted since the start or the last `reset`."""
        return int(self._send("counts")["connections"])

    @property
    def requests(self) -> int:
        """Request heads seen since the start or the last `reset`."""
        return int(self._send("counts")["requests"])

    @property
    def commits(self) -> int:
        """Requests that write and commit, since the start or the last `reset`."""
        return int(self._send("counts")["commits"])

    @property
    def headers(self) -> dict[str, str]:
        """Those of the latest request, by their names in small letters."""
        fields = (line.partition(":") for line in str(self._send("counts")["head"]).split("\r\n")[1:])
        return {name.lower(): value.strip() for name, _, value in fields}

    def reset(self) -> None:
        """Count from zero again; faults stay."""
        self._send("reset")

    def heal(self) -> None:
        """No fault any more; counts and `rtt_s` stay."""
        self._send("heal")

    def refuse(self) -> None:
        """As when the server is gone: open connections are closed, new ones refused."""
        self._send("refuse")

    def accept(self) -> None:
        self._send("accept")

    def cut_after_request(self) -> None:
        """The next request reaches the server, which carries it out; then the connection closes without an answer."""
        self._send("cut", 0)

    def half_response(self, bytes: int = 40) -> None:
        """The answer to the next request ends after so many bytes, and the connection with it."""
        self._send("cut", bytes)

    def hold_commits(self, seconds: float) -> None:
        """The answer to each request that commits comes so much later, as from a server that writes to a far disk."""
        self._send("hold_commits", seconds)

    def stall(self) -> None:
        """Connections are accepted, nothing passes in either direction until `resume`. Nothing is lost."""
        self._send("stall")

    def resume(self) -> None:
        self._send("resume")

    def drip(self, bytes_per_s: float | None) -> None:
        """Answers pass at this rate from now on; None ends it."""
        self._send("drip", bytes_per_s)

    def start(self) -> None:
        command = [sys.executable, "-I", wire.__file__, HOST, str(self.port), str(self.target_port), str(self._rtt_s)]
        self._process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._send("accept")

    def stop(self) -> None:
        if self._process:
            self._process.communicate()  # it ends when its standard input does, so also when we are killed
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _send(self, command: str, *arguments: object) -> dict[str, Any]:
        assert self._process, "the proxy is not running"
        commands, answers = self._process.stdin, self._process.stdout
        assert commands
        assert answers
        with self._turn:
            commands.write(json.dumps([command, *arguments]) + "\n")
            commands.flush()
            counts: dict[str, Any] = json.loads(answers.readline())
            return counts
