"""Which database a command works on. Nothing is guessed: variables that could name two databases are refused."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from migrations.tool.commands import waiting
from shared_schema import environment
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Limits, Settings
from shared_schema.environment import ConfigurationError

ENVIRONMENTS = ("dev", "prod")
# A rebuild of a large table is one call that takes as long as it takes. A server that cannot be reached is given up
# sooner, and one that is at work and says nothing after half an hour.
PATIENT = Limits(connect_s=5.0, read_s=1800.0, total_s=3600.0, away_s=60.0)


@dataclass(frozen=True, slots=True)
class Target:
    """A database and its name for people: a host, or the path of a file. `suffix` ends the names of its variables."""

    settings: Settings
    name: str
    suffix: str = ""

    @property
    def on_server(self) -> bool:
        return self.settings.path is None

    @property
    def source(self) -> str:
        """The name in letters, digits and hyphens: backups begin with it."""
        name = self.name if self.on_server else Path(self.name).stem
        return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")

    @property
    def limit(self) -> str:
        """What a line on long work adds: until when an answer of a server is waited for."""
        return f"; {self.name} has {PATIENT.read_s / 60:.0f} minutes to answer" if self.on_server else ""

    def open(self, *, patience: bool = True) -> LibsqlDatabase:
        """The primary itself, never a replica. With patience a call may take half an hour."""
        patient = replace(PATIENT, waiting=waiting.Away(self.name))
        return LibsqlDatabase(replace(self.settings, limits=patient) if patience else self.settings)


def of(env: str | None = None) -> Target:
    """The database of `--env`, else that of TURSO_DATABASE_URL. Raises ConfigurationError for what is ambiguous."""
    suffix = f"_{env.upper()}" if env else ""
    if env:
        _check_named(suffix)
    else:
        _check_unnamed()
    settings = replace(environment.database(suffix), replica=None, clock=None)
    return Target(settings, settings.path or str(urlsplit(settings.base_url).netloc), suffix)


def _check_named(suffix: str) -> None:
    """`--env` needs an address and a token for that environment: another token could reach the wrong server."""
    url = os.environ.get(f"TURSO_DATABASE_URL{suffix}")
    if not url:
        raise ConfigurationError(f"TURSO_DATABASE_URL{suffix} is not set")
    others = {name: os.environ.get(f"TURSO_DATABASE_URL_{name.upper()}") for name in ENVIRONMENTS}
    if len({other for other in others.values() if other}) < len([other for other in others.values() if other]):
        raise ConfigurationError("TURSO_DATABASE_URL_DEV and TURSO_DATABASE_URL_PROD are the same database")
    if os.environ.get("TURSO_AUTH_TOKEN") and not os.environ.get(f"TURSO_AUTH_TOKEN{suffix}"):
        raise ConfigurationError(f"TURSO_AUTH_TOKEN is set and TURSO_AUTH_TOKEN{suffix} is not: whose token is it?")


def _check_unnamed() -> None:
    """Without --env no variable of an environment is set, so that there is one database only."""
    named = [name for name in ENVIRONMENTS if os.environ.get(f"TURSO_DATABASE_URL_{name.upper()}")]
    if named:
        raise ConfigurationError(f"say --env {' or --env '.join(named)}: TURSO_DATABASE_URL_{named[0].upper()} is set")
