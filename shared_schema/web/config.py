"""What a service needs to know to start."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """`token_keys` are secrets and never printed."""

    service: str
    port: int
    host: str
    database_url: str
    token_keys: dict[str, str] = field(repr=False)
