"""Configuration from environment variables. A wrong value raises an error, at start, that names the variable."""

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from shared_schema import logs
from shared_schema.database.server import Limits
from shared_schema.database.settings import Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ConfigurationError(Exception):
    """A variable is missing or makes no sense."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the server waits for a client, in seconds: for the line and headers of a request, for its body, and from
    its first byte to the last of the answer, without the time in which the service works.
    """

    header_s: float = 10
    body_s: float = 30
    request_s: float = 60


def var() -> Path:
    """The directory for the state of this machine: `$PINGTOPASS_VAR`, else `var/`."""
    return Path(os.environ.get("PINGTOPASS_VAR") or "var")


def database_url(suffix: str = "") -> str:
    """`$TURSO_DATABASE_URL<suffix>`, else the URL of a file in `var()`."""
    return os.environ.get(f"TURSO_DATABASE_URL{suffix}") or f"file:{var() / 'pingtopass.db'}"


def database(suffix: str = "") -> Settings:
    """The database at `database_url(suffix)`: its token, replica and time limits. A suffix is `_DEV` or `_PROD`."""
    url = database_url(suffix)
    replica = os.environ.get("TURSO_REPLICA_PATH") or None
    on_server = not url.startswith("file:")
    if replica and not on_server:
        raise ConfigurationError("TURSO_REPLICA_PATH needs a server in TURSO_DATABASE_URL")
    usual = Limits()
    settings = Settings(
        url,
        token=os.environ.get(f"TURSO_AUTH_TOKEN{suffix}") or None,
        replica=replica,
        limits=Limits(
            connect_s=seconds("TURSO_CONNECT_SECONDS", usual.connect_s),
            read_s=seconds("TURSO_READ_SECONDS", usual.read_s),
            total_s=seconds("TURSO_TOTAL_SECONDS", usual.total_s),
        ),
        max_staleness_s=seconds("TURSO_MAX_STALENESS_SECONDS", 5),
        clock=on_server,
    )
    try:
        place = settings.base_url if on_server else settings.path
    except ValueError as error:
        raise ConfigurationError(f"TURSO_DATABASE_URL{suffix}: {error}") from None
    if not place:
        raise ConfigurationError(f"TURSO_DATABASE_URL{suffix}: file: needs a PATH")
    return settings


def waits() -> Waits:
    """How long the server waits for a client."""
    usual = Waits()
    return Waits(
        header_s=seconds("REQUEST_HEADER_SECONDS", usual.header_s),
        body_s=seconds("REQUEST_BODY_SECONDS", usual.body_s),
        request_s=seconds("REQUEST_SECONDS", usual.request_s),
    )


def trusted_proxies() -> tuple[Network, ...]:
    """The addresses and networks in `$TRUSTED_PROXIES`, with commas; none if it is not set."""
    texts = [text.strip() for text in os.environ.get("TRUSTED_PROXIES", "").split(",") if text.strip()]
    try:
        return tuple(ipaddress.ip_network(text) for text in texts)
    except ValueError as error:
        raise ConfigurationError(f"TRUSTED_PROXIES must be addresses or networks with commas: {error}") from None


def seconds(name: str, fallback: float) -> float:
    """The variable `name` as a number of seconds, above 0 and up to an hour."""
    text = os.environ.get(name) or str(fallback)
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 3600:
        raise ConfigurationError(f"{name} must be a number of seconds up to 3600, not {text!r}")
    return value


def integer(name: str, fallback: int, *, low: int, high: int) -> int:
    """The variable `name` as a whole number from `low` to `high`."""
    text = os.environ.get(name) or str(fallback)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ConfigurationError(f"{name} must be a whole number from {low} to {high}, not {text!r}")
    return int(text)


def switch(name: str) -> bool:
    """The variable `name` as 1 or 0; 0 if it is not set."""
    return bool(integer(name, 0, low=0, high=1))


def log_level() -> str:
    """`$LOG_LEVEL`, in capitals: what is less grave is not logged."""
    level = (os.environ.get("LOG_LEVEL") or "INFO").upper()
    if level not in logs.LEVELS:
        raise ConfigurationError(f"LOG_LEVEL must be one of {', '.join(logs.LEVELS)}, not {level!r}")
    return level


def token_keys() -> dict[str, str]:
    """`$TOKEN_KEYS`, which is `kid:secret` pairs with commas, as a mapping. The first key signs, all of them verify."""
    pairs = [pair.partition(":") for pair in os.environ.get("TOKEN_KEYS", "").split(",") if pair]
    keys = {kid.strip(): secret.strip() for kid, _, secret in pairs}
    if not keys:
        raise ConfigurationError("TOKEN_KEYS must hold at least one kid:secret")
    if any(not kid or len(secret.encode()) < 32 for kid, secret in keys.items()):
        raise ConfigurationError("TOKEN_KEYS: every secret needs a key id and 32 bytes or more")
    return keys
