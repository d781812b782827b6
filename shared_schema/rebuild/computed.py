"""Parts that SQL cannot count: their rows are computed in Python from the facts of a page.

Facts and rows are read at one moment and compared here. A repair applies only if the facts of the page are still those
that it was computed from; where somebody came between, the page is read again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared_schema.database import Guard, Statement, require
from shared_schema.database.batch import Query
from shared_schema.rebuild.part import CLOSE, SHOWN, Computed, Difference, Part, stored_rows
from shared_schema.tables import db

_TRIES = 100
_AT_ONCE = 500  # rows of one batch


class Moved(Exception):
    """The facts of a page are not those that were read."""


def check(part: Part, computed: Computed, after: int, upto: int) -> list[Difference]:
    """The rows of a page that are not what was computed, at most 100."""
    return _read(part, computed, after, upto)[0][:SHOWN]


def mend(part: Part, computed: Computed, after: int, upto: int) -> int:
    """Make the rows of a page what was computed; how many were changed."""
    changed = 0
    for _ in range(_TRIES):
        wrong, seen = _read(part, computed, after, upto)
        values = {"after": after, "upto": upto, "seen": seen}
        unchanged = require(f"({computed.seen}) IS :seen", values, otherwise=Moved)
        try:
            for start in range(0, len(wrong), _AT_ONCE):
                changed += _repair(part, wrong[start : start + _AT_ONCE], unchanged)
        except Moved:
            continue
        return changed
    raise Moved


def _read(part: Part, computed: Computed, after: int, upto: int) -> tuple[list[Difference], object]:
    """What differs in a page, and what was seen of its facts."""
    reads = (part.facts, part.stored or stored_rows(part), f"SELECT ({computed.seen}) AS seen")
    page = {"after": after, "upto": upto}
    facts, stored, seen = db.fetch([Statement(sql, page) for sql in reads], fresh=True)
    counted = {_key(part, row): row for row in computed.rows(facts.rows)}
    there = {_key(part, row): row for row in stored.rows}
    wrong = [
        Difference(part.name, dict(zip(part.keys, key, strict=True)), _values(part, old), _values(part, new))
        for key in sorted(counted.keys() | there.keys())
        if _differs(part, old := there.get(key), new := counted.get(key))
    ]
    return wrong, seen.rows[0]["seen"]


def _key(part: Part, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in part.keys)


def _values(part: Part, row: Mapping[str, Any] | None) -> dict[str, object] | None:
    return None if row is None else {name: row[name] for name in part.values}


def _differs(part: Part, one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    if one is None or other is None:
        return True
    return any(one[name] != other[name] for name in part.columns) or any(
        abs(one[name] - other[name]) > CLOSE for name in part.reals
    )


def _repair(part: Part, wrong: Sequence[Difference], unchanged: Guard) -> int:
    """Delete what should not be there and store what should; the numbers are bound one by one, to be exact."""
    same = " AND ".join(f"{name} = ?" for name in part.keys)
    gone = f"DELETE FROM {part.table} WHERE {same}"
    mended = f"UPDATE {part.table} SET {', '.join(f'{name} = ?' for name in part.values)} WHERE {same}"
    steps: list[Query | Guard] = [unchanged]
    steps += [Statement(gone, tuple(one.key.values())) for one in wrong if one.counted is None]
    stored = [one for one in wrong if one.counted is not None]
    rows = [[*one.key.values(), *(one.counted or {}).values()] for one in stored]
    if part.rows == "none":  # they have more columns than these
        steps += [Statement(mended, [*(one.counted or {}).values(), *one.key.values()]) for one in stored]
    elif rows:
        steps.append(Statement(_upsert(part, len(rows)), [value for row in rows for value in row]))
    db.batch(steps)
    return len(wrong)


def _upsert(part: Part, count: int) -> str:
    names = (*part.keys, *part.values)
    one = f"({', '.join('?' for _ in names)})"
    return f"""
        INSERT INTO {part.table} ({", ".join(names)}) VALUES {", ".join([one] * count)}
        ON CONFLICT ({", ".join(part.keys)}) DO UPDATE SET
            {", ".join(f"{name} = excluded.{name}" for name in part.values)}
    """
