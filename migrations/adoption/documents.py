"""Every other value that only Python can judge: JSON documents by the shapes of the models, and time zones."""

import zoneinfo
from functools import cache, partial
from typing import Any

from migrations.adoption import case, finding, meaning, questions, shapes, times
from migrations.adoption.finding import Changes, Finding, Look, Mend, Row
from migrations.adoption.target import OPTIONS, Column, Table
from shared_schema.fields import dumps

_OF_QUESTION = ("text", "type", "answers", "review_status")


def looks(wanted: Table, values: dict[str, str]) -> list[Look]:
    """What of a table is looked at in Python. `values` is each column, as it will be, as SQL."""
    columns = {column.name: column for column in wanted.columns if column.name in values}
    every = [_document(column, values[column.name]) for column in columns.values() if _has_inner_shape(column)]
    if wanted.name == OPTIONS[0]:
        asked = tuple(columns[name] for name in _OF_QUESTION if name in columns)
        where = f"typeof({values['answers']}) = 'text' AND typeof({values['text']}) = 'text'"
        every.append(Look(asked, where, partial(_question, answers=columns["answers"])))
    if wanted.name == "users" and "timezone" in columns:
        zone = values["timezone"]
        every.append(Look((columns["timezone"],), f"typeof({zone}) = 'text' AND {zone} <> 'UTC'", _zone))
    return every


def _has_inner_shape(column: Column) -> bool:
    """Whether there is more to say of a document than that it is a list or a mapping, which the SQL rules look at."""
    return column.kind == "json" and getattr(column.shape, "value_field", column.shape) is not None


def _question(row: Row, mend: Mend, answers: Column) -> list[Finding]:
    """A column that the old table does not have gets its default."""
    return questions.check({"type": "multiple_choice", "review_status": "pending", **row}, mend, answers)


def _document(column: Column, x: str) -> Look:
    where = f"{x} NOT IN ('[]', '{{}}', 'null') AND {case.is_shape(column, x)}"
    return Look((column,), where, partial(_judged, column=column))


def _judged(row: Row, mend: Mend, column: Column) -> list[Finding]:
    document = shapes.parsed(row[column.name])
    why = "not JSON" if document is shapes.NOTHING else shapes.wrong(column.shape, document)
    meant = _MEANT.get(column.name, lambda document: document)
    if why is None and (better := meant(document)) != document:
        why, document = _WHY[column.name], better
        return [_settled(column, why, {"json-shape": {column.name: dumps(document)}}, mend)]
    if why is None:
        return []
    mended = shapes.NOTHING if document is shapes.NOTHING else shapes.mended(column.shape, meant(document))
    options: dict[str, Changes] = {} if mended is shapes.NOTHING else {"json-shape": {column.name: dumps(mended)}}
    return [_settled(column, f"not as the services write it: {why}", options, mend)]


def _settled(column: Column, why: str, options: dict[str, Changes], mend: Mend) -> Finding:
    default = None if column.default is None else column.default.strip("'")
    if default is not None or not column.needed:
        options["json-default"] = {column.name: default}
    return finding.settled(column.name, why, options, mend)


def _mastery(document: Any) -> Any:
    """Shares of one and epoch seconds; older software did not count the right answers, which follow from the level."""
    return (
        {objective: _entry(entry) for objective, entry in document.items()} if isinstance(document, dict) else document
    )


def _entry(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    level, asked = entry.get("level"), entry.get("questionsAnswered")
    if not isinstance(level, int | float) or not isinstance(asked, int):
        return entry
    level, asked = _share(level), max(0, asked)
    counted = entry.get("correct")
    correct = min(asked, max(0, counted)) if type(counted) is int else round(level * asked)
    last = _studied(entry.get("lastStudied"))
    return {**entry, "level": level, "questionsAnswered": asked, "correct": correct, "lastStudied": last}


def _studied(last: Any) -> int | None:
    """The time as epoch seconds; None for what is no time."""
    moment = meaning.seconds(last) if type(last) in (int, float, str) else None
    return moment if type(moment) is int and times.FIRST <= moment <= times.LATEST else None


def _shares(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    return {key: _share(share) if type(share) in (int, float) else share for key, share in document.items()}


def _share(number: float) -> float:
    """A share of one; what is above 1 is a percentage."""
    return min(1.0, max(0.0, number / 100 if number > 1 else number))


_MEANT = {"objective_mastery": _mastery, "objective_scores": _shares}
_WHY = {
    "objective_mastery": "a level above 1, no count of right answers, or no time in epoch seconds",
    "objective_scores": "a share that is not between 0 and 1",
}


def _zone(row: Row, mend: Mend) -> list[Finding]:
    if _is_zone(row["timezone"]):
        return []
    return [finding.settled("timezone", "not a time zone", {"zone-utc": {"timezone": "UTC"}}, mend)]


@cache
def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a directory (America), a name too long
        return False
    return True
