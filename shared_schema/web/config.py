"""What a service needs to know to start."""

from dataclasses import dataclass, field

from shared_schema.database.settings import Settings


@dataclass(frozen=True, slots=True)
class Config:
    """`token_keys` are secrets and never printed."""

    service: str
    port: int
    host: str
    database: Settings
    token_keys: dict[str, str] = field(repr=False)
