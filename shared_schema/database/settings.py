"""Which database, and how it is reached. What cannot be meant is refused here, and no refusal repeats a secret."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, quote, urlsplit


class TokenError(ValueError):
    """The token cannot be used with this URL."""


_MODE = re.compile(r"\?mode=(ro|rw|rwc)\Z")


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
    the table of the clock row (`consistency.Clock`), which a replica needs. A token goes to a server on another host by
    TLS alone, unless `plain_http` says that the network between is trusted.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    replica: str | None = None
    limits: Limits = field(default_factory=Limits)
    max_staleness_s: float = 5.0
    clock: str | None = None
    plain_http: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for a URL that cannot be used, TokenError for a token that cannot."""
        if not self.path:
            self._check_server(urlsplit(self.url))
        elif "?" in self.path or "#" in self.path:
            raise ValueError("a file: URL takes no parameters")

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
        return read_only_uri(self.path) if read_only else self.path

    @property
    def base_url(self) -> str:
        """A server's address for HTTP. `libsql://` is https, unless it says `?tls=0`."""
        parts = urlsplit(self.url)
        return f"{'http' if _is_plain(parts) else 'https'}://{parts.netloc}{parts.path.rstrip('/')}"

    def _check_server(self, parts: SplitResult) -> None:
        if parts.scheme not in ("libsql", "https", "http") or not parts.hostname:
            raise ValueError("a database URL is file:PATH, libsql://HOST, https://HOST or http://HOST")
        if parts.username or parts.password or "authToken" in parse_qs(parts.query):
            raise ValueError("a database URL holds no secret: the token has a variable of its own")
        try:
            if parts.port == 0:
                raise ValueError
        except ValueError:
            raise ValueError("the port of a database URL is a number from 1 to 65535") from None
        if self.token is not None and not _is_header_text(self.token):
            raise TokenError("the token of a database has characters that no token has: a space or a line break, say")
        if self.token and _is_plain(parts) and not (self.plain_http or _is_this_machine(str(parts.hostname))):
            raise TokenError(
                "a token goes to another host by https:// or libsql:// alone, since http:// shows it to all"
            )


def read_only_uri(path: str) -> str:
    """The URI that opens a file of any name to read only."""
    return f"file:{quote(path)}?mode=ro"


def _is_plain(parts: SplitResult) -> bool:
    return parts.scheme == "http" or parse_qs(parts.query).get("tls") == ["0"]


def _is_header_text(token: str) -> bool:
    """Whether an HTTP header can hold the token: printable ASCII without spaces."""
    return token.isascii() and token.isprintable() and " " not in token


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
