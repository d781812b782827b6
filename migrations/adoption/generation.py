"""Databases that look like PingToPass's and cannot be adopted: what they are, and what to do with them."""

import re
from collections.abc import Iterator, Mapping, Sequence

from migrations.adoption import target
from migrations.adoption.report import Refused
from migrations.tool.schema.sqltext import quoted
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.releases import streams

EXPORT = "migrations/adoption/another_generation.sql"
_POSITION = re.compile(r"correct_?(answers?|option|choice|index|answer_?index|option_?index)", re.IGNORECASE)
_OPTIONS = re.compile(r"(answer_?)?(options|choices)", re.IGNORECASE)
_WAY = (
    "It cannot be adopted in place. Its exams and questions can be moved with the study service's import: see"
    f' "A database of another generation" in migrations/README.md and {EXPORT}'
)


def check(db: LibsqlDatabase, names: Mapping[str, str]) -> None:
    """Raise Refused for a database of a generation with other ids and keys. `names` is the tables by small name."""
    users, exams, banks = (_tables(names, noun) for noun in ("user", "exam", "question"))
    if not exams or not banks:
        return
    columns = {name: _columns(db, name) for name in users + exams + banks}
    texts = sorted(name for name, types in columns.items() if _is_text(types.get("id", "")))
    reasons = [f"ids are texts ({', '.join(f'{name}.id' for name in texts)})"] if texts else []
    reasons += [reason for bank in banks for reason in _keys(db, bank, columns[bank])]
    if reasons:
        raise Refused(f"this database is of another generation of PingToPass: {'; '.join(reasons)}. {_WAY}")


def check_whole(names: Mapping[str, str], owners: Mapping[str, Sequence[str]], kept: str) -> None:
    """Raise Refused for a database of which only a part is ours, and of which something was left over."""
    left = sorted(name for name in names if name.startswith("migration_adopt_"))
    histories = [stream for stream in streams.NEEDS if streams.history_table(stream) in names]
    old = [name for stream, tables in owners.items() if stream not in histories for name in tables if name in names]
    if left or ((histories or kept in names) and old):
        raise Refused(
            f"this database is half adopted: {', '.join(left or old)} beside"
            f" {', '.join(streams.history_table(stream) for stream in histories) or 'no history of migrations'}."
            " Restore the backup that was made before, and adopt that"
        )


def _keys(db: LibsqlDatabase, bank: str, columns: Mapping[str, str]) -> Iterator[str]:
    """What is said of a table of questions that has options and the position of the right one."""
    options = next((name for name in columns if _OPTIONS.fullmatch(name)), None)
    position = next((name for name in columns if _POSITION.fullmatch(name)), None)
    if options is None or "answers" in columns:
        return
    yield f"the options of a question are a list of texts ({bank}.{options}), not {target.OPTIONS[1]} with their key"
    if position is not None:
        x = f"{quoted(bank)}.{quoted(position)}"
        zero = f"SELECT count(*) AS n FROM {quoted(bank)} WHERE CAST({x} AS TEXT) IN ('0', '0.0') OR {x} LIKE '[0%'"
        (counted,) = db.fetch([Statement(zero)])
        counts = "counts from 0" if counted.value(int) else "is a position in that list"
        yield f"the key is a number that {counts} ({bank}.{position})"


def _columns(db: LibsqlDatabase, table: str) -> dict[str, str]:
    """The types of the columns."""
    (columns,) = db.fetch([Statement(f"PRAGMA table_xinfo({quoted(table)})")])
    return {row["name"]: row["type"].upper() for row in columns.rows}


def _is_text(type_: str) -> bool:
    """Whether SQLite would keep a text as a text in a column of this type."""
    return any(word in type_ for word in ("CHAR", "TEXT", "CLOB", "UUID"))


def _tables(names: Mapping[str, str], noun: str) -> list[str]:
    """Our table of a noun, or those that are named after it where ours is not there: user, app_user."""
    ours = names.get(f"{noun}s")
    if ours is not None:
        return [ours]
    words = {noun, f"{noun}s"}
    return [actual for name, actual in names.items() if re.split(r"[^a-z]+", name)[-1] in words]
