"""Which database, and how it is reached."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlsplit

_MODE = re.compile(r"\?mode=(ro|rw|rwc)\Z")  # any other `?` is a character of the file's name


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, to wait for the next byte of an answer, and for a call with all its retries.

    `away_s` is how long a call goes on trying after its first failure, for as long as the whole call without it. For
    calls that may work for long, on a server that is not waited for as long. `waiting` is told at each try that has
    failed: the seconds since the first one, and those after which the call is given up.
    """

    connect_s: float = 2.0
    read_s: float = 7.0  # longer than the 5 s after which a server ends the transaction of a client that has died
    total_s: float = 10.0
    away_s: float | None = None
    waiting: Callable[[float, float], None] | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """`url` is `file:PATH`, perhaps with `?mode=ro` behind it, or `libsql://`, `https://`, `http://` for a server.

    `replica` is the file of a local replica of that server, read while it is at most `max_staleness_s` old. `clock` is
    the table of the clock row (`consistency.Clock`), which a replica needs.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    replica: str | None = None
    limits: Limits = field(default_factory=Limits)
    max_staleness_s: float = 5.0
    clock: str | None = None

    @property
    def path(self) -> str | None:
        """The file, or None for a server."""
        return _MODE.sub("", self.url).removeprefix("file:") if self.url.startswith("file:") else None

    @property
    def mode(self) -> str | None:
        """How a file is opened if its URL tells: `ro` to read only, `rw` if it is there, `rwc` made where it is not."""
        mode = _MODE.search(self.url) if self.url.startswith("file:") else None
        return mode and mode[1]

    def location(self, *, read_only: bool) -> str:
        """Where to connect to: a file's path, its URI if it is opened to read only, or a server's address."""
        if not self.path:
            return self.base_url
        return f"file:{quote(self.path)}?mode=ro" if read_only else self.path

    @property
    def base_url(self) -> str:
        """A server's address for HTTP. `libsql://` is https, unless it says `?tls=0`."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("libsql", "https", "http") or not parts.hostname:
            raise ValueError("a database URL is file:PATH, libsql://HOST, https://HOST or http://HOST")
        if parts.username or parts.password or "authToken" in parse_qs(parts.query):
            raise ValueError("a database URL holds no secret: the token has a variable of its own")
        try:
            if parts.port == 0:
                raise ValueError
        except ValueError:
            raise ValueError("the port of a database URL is a number from 1 to 65535") from None
        plain = parts.scheme == "http" or parse_qs(parts.query).get("tls") == ["0"]
        return f"{'http' if plain else 'https'}://{parts.netloc}"
