"""The configuration of a service."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared_schema import environment
from shared_schema.database.settings import Settings
from shared_schema.environment import USUAL, Engagement, Network, Waits
from shared_schema.web import cors, limits
from shared_schema.web.limits import Rates

GOOGLE = "https://accounts.google.com"
GOOGLE_KEYS = "https://www.googleapis.com/oauth2/v3/certs"


@dataclass(frozen=True, slots=True)
class Observing:
    """What operators see. Statements that take `slow_query_s` are logged with their plan. `server_timing` tells each
    client how long the database and the rest took.
    """

    log_level: str = "INFO"
    slow_query_s: float = math.inf
    server_timing: bool = False


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
    """`service` is `study` or `growth`. `token_keys` maps key ids to secrets and is left out of the repr.

    `origins` are those whose pages may call, `rates` the limits on requests, counted in a file in `state`.
    `daily_questions` and `monthly_tests` are by plan; a plan that is not in them has no limit. `reviews_per_day` is how
    many reviews of an exam are planned for a day of a learner. With `review_by_another` nobody approves what they have
    brought of a model. `engagement` has the rules of growth's queue.
    """

    service: str
    port: int
    host: str
    database: Settings
    token_keys: dict[str, str] = field(repr=False)
    waits: Waits = field(default_factory=Waits)
    trusted_proxies: tuple[Network, ...] = ()
    observing: Observing = Observing()
    sign_in: SignIn = SignIn()
    state: Path = Path("var")
    origins: tuple[str, ...] = ()
    rates: Rates = field(default_factory=dict)
    daily_questions: Mapping[str, int | None] = field(default_factory=dict)
    monthly_tests: Mapping[str, int | None] = field(default_factory=dict)
    reviews_per_day: int = 100
    review_by_another: bool = False
    engagement: Engagement = USUAL


def from_env(service: str, port: int) -> Config:
    """What both services take from the environment; `port` is the default.

    Raises ConfigurationError with the name of the variable that is wrong.
    """
    return Config(
        service=service,
        port=environment.integer(f"{service.upper()}_PORT", port, low=1, high=65535),
        host=os.environ.get(f"{service.upper()}_HOST") or "127.0.0.1",
        database=environment.database(),
        token_keys=environment.token_keys(),
        waits=environment.waits(),
        trusted_proxies=environment.trusted_proxies(),
        observing=_observing(),
        state=environment.var(),
        origins=cors.from_env(),
        rates=limits.from_env(),
    )


def _observing() -> Observing:
    return Observing(
        log_level=environment.log_level(),
        slow_query_s=environment.integer("SLOW_QUERY_MS", 200, low=1, high=3_600_000) / 1000,
        server_timing=environment.switch("SERVER_TIMING"),
    )
