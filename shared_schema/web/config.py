"""The configuration of a service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared_schema.database.settings import Settings
from shared_schema.web.limits import Rates


@dataclass(frozen=True, slots=True)
class Config:
    """`service` is `study` or `growth`. `token_keys` maps key ids to secrets and is left out of the repr.

    `origins` are those whose pages may call, `rates` the limits on requests, counted in a file in `state`.
    `daily_questions` is by plan; a plan that is not in it has no limit.
    """

    service: str
    port: int
    host: str
    database: Settings
    token_keys: dict[str, str] = field(repr=False)
    state: Path = Path("var")
    origins: tuple[str, ...] = ()
    rates: Rates = field(default_factory=dict)
    daily_questions: Mapping[str, int | None] = field(default_factory=dict)
