"""What happens to the replica, its keeper and its primary. Each event ends when the replica has everything again."""

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.replica import checking
from shared_schema.database.settings import read_only_uri
from tests.faults import damages
from tests.faults.hosts import Copy, end, wait_until
from tests.soak import disks
from tests.soak.replica.rows import TABLES, WRITE
from tests.soak.replica.stage import Stage
from tests.soak.turns import Event

PATIENCE_S = 120.0


def damaged(machine: Copy, name: str, damage: Callable[[str], None]) -> Event:
    """Do damage to the file, and wait until another one has taken its place."""
    before = machine.note()
    assert before
    began = time.monotonic()
    damage(machine.replica)
    wait_until(lambda: (note := machine.note()) is None or note.generation != before.generation, PATIENCE_S)
    found_s = time.monotonic() - began
    wait_until(lambda: machine.note() is not None, PATIENCE_S)
    return Event(name, found_s, time.monotonic() - began)


def happened(stage: Stage, name: str, event: Callable[[Stage], None]) -> Event:
    event(stage)
    return Event(name, None, stage.machine.caught_up(PATIENCE_S))


def page_overwritten(path: str) -> None:
    """Pages at random, until one of them was in use."""
    while checking.damage(read_only_uri(path)) is None:
        with open(path, "r+b") as file:
            file.seek(random.randrange(2, os.path.getsize(path) // damages.PAGE) * damages.PAGE)
            file.write(os.urandom(1) * damages.PAGE)


def foreign(path: str) -> None:
    """A database with our tables, a clock that is far ahead, and rows that are not the primary's."""
    other = LibsqlDatabase(f"file:{path}.foreign")
    other.batch([*map(Statement, TABLES), *WRITE, Statement("INSERT INTO consistency_clock VALUES (1, 1000000000)")])
    other.execute_sql("UPDATE ledger SET body = 'foreign'")
    other.close()
    os.replace(f"{path}.foreign", path)


def server_killed(stage: Stage) -> None:
    with stage.outage():
        stage.server.kill()
        time.sleep(3.0)
        stage.server.start()


def server_restored(stage: Stage) -> None:
    """From a copy that lacks the last seconds."""
    data, copy = stage.server.directory / "data", stage.directory / "copy"
    with stage.outage():
        stage.server.stop()
        shutil.copytree(data, copy)
        stage.server.start()
        time.sleep(2.0)
        stage.server.kill()
        shutil.rmtree(data)
        shutil.move(copy, data)
        stage.acks.append(1, 0)  # nothing that was acknowledged before counts any more
        stage.server.start()
        stage.machine.caught_up(PATIENCE_S)


def puller_killed(stage: Stage) -> None:
    end(*stage.machine.pullers)


def replicator_killed(stage: Stage) -> None:
    stage.machine.kill()
    stage.machine.start()


def schema_changed(stage: Stage) -> None:
    stage.change_schema("CREATE INDEX by_amount ON mirror (amount)")
    time.sleep(0.5)
    stage.change_schema("DROP INDEX by_amount")


def disk_full(stage: Stage) -> None:
    """For longer than the replica counts as fresh."""
    disks.fill(Path(stage.machine.replica).parent, 4.0)


_NO_OTHER = Path()
DAMAGES: dict[str, Callable[[str], None]] = {
    "halved": lambda path: damages.truncated(path, _NO_OTHER),
    "emptied": lambda path: damages.emptied(path, _NO_OTHER),
    "unlinked": lambda path: damages.gone(path, _NO_OTHER),
    "without -wal": lambda path: damages.without_log(path, _NO_OTHER),
    "without -shm": lambda path: damages.without_index(path, _NO_OTHER),
    "half zeroed": lambda path: damages.half_zeroed(path, _NO_OTHER),
    "page overwritten": page_overwritten,
    "foreign file": foreign,
}
EVENTS: dict[str, Callable[[Stage], None]] = {
    "puller killed": puller_killed,
    "replicator killed": replicator_killed,
    "server killed": server_killed,
    "server restored": server_restored,
    "schema changed": schema_changed,
    "disk full": disk_full,
}
