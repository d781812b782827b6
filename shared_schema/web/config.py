"""The configuration of a service."""

from dataclasses import dataclass, field

from shared_schema.database.settings import Settings
from shared_schema.environment import Network, Waits


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
