"""The configuration of a service."""

import math
from dataclasses import dataclass, field

from shared_schema import environment
from shared_schema.database.settings import Settings
from shared_schema.environment import Network, Waits


@dataclass(frozen=True, slots=True)
class Observing:
    """What operators see. Statements that take `slow_query_s` are logged with their plan. `server_timing` tells each
    client how long the database and the rest took.
    """

    log_level: str = "INFO"
    slow_query_s: float = math.inf
    server_timing: bool = False


GOOGLE = "https://accounts.google.com"
GOOGLE_KEYS = "https://www.googleapis.com/oauth2/v3/certs"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who may vouch for people: an OpenID Connect issuer, the address of its keys, and our ids as its clients.

    Without a client id nobody can sign in. `access_s` and `refresh_s` are how long our own tokens live.
    """

    client_ids: tuple[str, ...] = ()
    issuer: str = GOOGLE
    keys_url: str = GOOGLE_KEYS
    access_s: int = 900
    refresh_s: int = 30 * 86400


@dataclass(frozen=True, slots=True)
class Config:
    """`service` is `study` or `growth`. `token_keys` maps key ids to secrets and is left out of the repr."""

    service: str
    port: int
    host: str
    database: Settings
    token_keys: dict[str, str] = field(repr=False)
    waits: Waits = field(default_factory=Waits)
    trusted_proxies: tuple[Network, ...] = ()
    observing: Observing = Observing()
    sign_in: SignIn = SignIn()


def observing() -> Observing:
    """What the environment says. Raises ConfigurationError with the name of the variable that is wrong."""
    return Observing(
        log_level=environment.log_level(),
        slow_query_s=environment.integer("SLOW_QUERY_MS", 200, low=1, high=3_600_000) / 1000,
        server_timing=environment.switch("SERVER_TIMING"),
    )
