"""What `make run` does to the database: its own it migrates and fills with demo content, any other one only if
PINGTOPASS_DEMO=1 says so.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

import growth_service.demo
import study_service.demo
from deploy import state
from migrations.tool.apply import upgrade
from shared_schema import startup
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.environment import ConfigurationError
from shared_schema.releases import current, streams
from shared_schema.tables import db
from shared_schema.web import tokens
from shared_schema.web.config import Config

TOKEN_DAYS = 30


def may_change(settings: Settings) -> bool:
    """Whether the database is to be migrated and filled. Raises ConfigurationError where it is not there or not fit."""
    demo = os.environ.get("PINGTOPASS_DEMO", "")
    if demo not in ("", "1"):
        raise ConfigurationError(f"PINGTOPASS_DEMO is 1 or not set, not {demo!r}")
    if state.is_own(settings.path):
        startup.check_file(str(settings.path), "PINGTOPASS_VAR")
        startup.check_room(str(settings.path), "PINGTOPASS_VAR")
        return True
    startup.check_database(settings)
    if demo != "1":
        _check_current(settings)
    return demo == "1"


def _check_current(settings: Settings) -> None:
    """Raises ConfigurationError if the services could not work with a database that is not to be changed."""
    database = LibsqlDatabase(replace(settings, replica=None, clock=None))
    try:
        current.check(database, *streams.NEEDS)
    except ConfigurationError as error:
        advice = "it is not the one that `make run` makes, and is changed and filled only with PINGTOPASS_DEMO=1"
        raise ConfigurationError(f"{error}; {advice}") from None
    finally:
        database.close()


def fill(config: Config, backups: Path) -> dict[str, str]:
    """Migrate, load the demo content, mint the tokens. All connections are closed again before anything starts."""
    migrate(config.database, backups)
    database = LibsqlDatabase(config.database)
    db.initialize(database)  # type: ignore[attr-defined]  # the proxy's method is not in the stubs
    study_service.demo.load()
    growth_service.demo.load()
    people = study_service.demo.people()
    database.close()
    admin, learner = str(people["admin"]), str(people["user"])
    who = {
        "STUDY_ADMIN_TOKEN": ("study", admin, "admin"),
        "STUDY_LEARNER_TOKEN": ("study", learner, "user"),
        "GROWTH_ADMIN_TOKEN": ("growth", admin, "admin"),
        "GROWTH_BOT_TOKEN": ("growth", "growth-bot", "service"),
    }
    return {name: tokens.mint(config.token_keys, *claims, ttl_s=TOKEN_DAYS * 86400) for name, claims in who.items()}


def migrate(settings: Settings, backups: Path) -> None:
    """What `python -m migrations up` does, and what it prints of migrations that must wait."""
    # Without the clock that batches on a server move on: an empty server has no such table yet.
    database = LibsqlDatabase(replace(settings, replica=None, clock=None))
    for reason in upgrade.up(database, backups=backups).waiting:
        print(reason, file=sys.stderr, flush=True)
    database.close()
