"""Run a command of the migration tool again and again, each time killed one write later, and look what is left.

`python -m tests.migrations.tool.apply.killed URL TOKEN DIRECTORY COMMAND FIRST STEP`, in a process of its own which
never opens a database: each attempt is a fork. Prints a JSON document: for each kill the number of writes, the last
statement before it and the state it left; and what was wrong after which kill.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from migrations.tool.apply import backfill, state, upgrade
from migrations.tool.backup import dump, make, restore
from migrations.tool.lint import reads
from migrations.tool.schema import references, structure
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Limits, Settings
from shared_schema.database.sql import shape
from shared_schema.releases import streams

ROWS = 40
SETTINGS = Settings(sys.argv[1], sys.argv[2] or None, limits=Limits(2, 30, 60))
HERE = Path(sys.argv[3])
FIRST, STEP = map(int, sys.argv[5:7])
BACKUP = HERE / "before.sql.gz"


def main() -> None:
    streams.directory = lambda stream: HERE / stream
    streams.NEEDS = {"story": ()}
    commands = {"up": _up, "down": _down, "restore": _restore}
    reads.services()  # once, and not in each child
    sys.stdout.write(json.dumps(_everywhere(commands[sys.argv[4]], sys.argv[4])) + "\n")


def _everywhere(command: Callable[[LibsqlDatabase], object], name: str) -> dict[str, object]:
    """Kill it after its write number FIRST, FIRST + STEP, …, until it gets to its end."""
    _forked(_reset, name)
    before = _forked(_state)
    _forked(command)
    after = _forked(_state)
    kills: list[dict[str, object]] = []
    wrong: list[str] = []
    for writes in count(FIRST, STEP):
        _forked(_reset, name)
        last_statement = _killed(command, writes)
        if last_statement is None:
            return {"writes": writes - 1, "kills": kills, "wrong": wrong}
        left = _forked(_state)
        kills.append({"writes": writes, "statement": last_statement, "left": _named(left, before, after)})
        if kills[-1]["left"] == "wrong":
            wrong.append(f"after write {writes}: neither before nor after")
        _forked(command if name != "down" or left == before else _nothing)
        if (now := _forked(_state)) != after:
            wrong.append(f"after write {writes} and once more: {_difference(now, after)}")
    raise AssertionError


def _reset(db: LibsqlDatabase, name: str) -> None:
    """Parents and children before the migrations, or after them; and a backup to go back to."""
    if BACKUP.exists():
        restore.restore(db, BACKUP)
    else:
        with references.foreign_keys_off(db), db.atomic():
            restore.drop_everything(db)
        upgrade.up(db, "story", to="001_first")
        numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})"
        db.execute_sql(f"{numbers} INSERT INTO parent SELECT i, 'name ' || i FROM n")
        db.execute_sql(f"{numbers} INSERT INTO child SELECT i, 1 + i % 7 FROM n")
        make.write(db, BACKUP, "before")
    if name != "up":
        upgrade.up(db)
    if name == "restore":
        db.execute_sql("DELETE FROM child")


def _up(db: LibsqlDatabase) -> None:
    upgrade.up(db, backups=HERE / "backups")


def _down(db: LibsqlDatabase) -> None:
    upgrade.down(db, "story", backups=HERE / "backups")


def _restore(db: LibsqlDatabase) -> None:
    restore.restore(db, BACKUP, backups=HERE / "backups")


def _nothing(_: LibsqlDatabase) -> None:
    pass


def _state(db: LibsqlDatabase) -> object:
    """Schema, histories, and every row; not the moments at which migrations ran."""
    now = state.read(db)
    tables = [name for name in now.rows if not structure.of_tool(name)]
    contents = {name: [dump.of(db, name).rows, dump.of(db, name).sha256] for name in tables}
    whole = db.execute_sql("PRAGMA integrity_check").fetchall() == [("ok",)]
    unfinished = [todo.name for todo in backfill.unfinished(db)]
    return {
        "schema": now.objects,
        "histories": now.histories,
        "contents": contents,
        "whole": whole,
        "unfinished": unfinished,
    }


def _named(left: dict, before: dict, after: dict) -> str:
    """`before` or `after`; `between` for some migrations done wholly and others not at all; else `wrong`."""
    if left in (before, after):
        return "before" if left == before else "after"
    names = left["histories"]["story"]
    known = before["histories"]["story"], after["histories"]["story"]
    rows = {name: left["contents"][name][0] for name in ("parent", "child")}
    is_between = left["whole"] and rows == {"parent": ROWS, "child": ROWS} and min(known) <= names <= max(known)
    return "between" if is_between else "wrong"


def _difference(one: dict, other: dict) -> str:
    return ", ".join(f"{key}: {one[key]} instead of {other[key]}" for key in other if one.get(key) != other[key])[:500]


def _forked(task: Callable[..., object], *arguments: str) -> object:
    """Run it in a child of its own, to its end; what it returns."""
    answer, status = _in_child(task, arguments, kill_after=0)
    if status != 0:
        raise SystemExit(f"{task.__name__} failed: {answer}")
    return json.loads(answer)


def _killed(task: Callable[..., object], writes: int) -> str | None:
    """Run it in a child that is killed after so many writes: its last statement. None if it came to its end before."""
    answer, status = _in_child(task, (), kill_after=writes)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL and answer:
        return answer
    if status != 0:
        raise SystemExit(f"{task.__name__} failed: {answer}")
    return None


def _in_child(task: Callable[..., object], arguments: tuple[str, ...], kill_after: int) -> tuple[str, int]:
    """What the child has written into the pipe, and how it ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _child(task, arguments, kill_after, writer)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    return answer, status


def _child(task: Callable[..., object], arguments: tuple[str, ...], kill_after: int, writer: int) -> None:
    db = LibsqlDatabase(SETTINGS)
    writes = 0

    def note(event: Any) -> None:
        """A read changes nothing: a kill after it would be a kill after the write before it."""
        nonlocal writes
        writes += not shape(event.sql).reads
        if writes >= kill_after:
            os.write(writer, " ".join(event.sql.split()).encode())
            os.kill(os.getpid(), signal.SIGKILL)

    if kill_after:
        db.query_hooks.append(note)
    try:
        answer = json.dumps(task(db, *arguments))
        code = 0
    except BaseException as error:  # a child must not come back to where its parent goes on
        answer, code = f"{type(error).__name__}: {error}", 1
    os.write(writer, answer.encode())
    db.close()
    shutil.rmtree(HERE / "backups", ignore_errors=True)
    os._exit(code)


if __name__ == "__main__":
    main()
