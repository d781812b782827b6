"""What the steps of a plan read of stored tables, and how many rows that is in the large database."""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.benchmarks.hot.plans import statistics
from tests.benchmarks.hot.plans.recording import Plan
from tests.benchmarks.hot.plans.schema import Index, Schema

_STEP = re.compile(
    r"(?P<how>SCAN|SEARCH) (?P<name>\w+)"
    r"(?: USING (?P<automatic>AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?"
    r"(?:INDEX (?P<index>\w+)|(?P<key>(?:INTEGER )?PRIMARY KEY)))?"
    r"(?: (?P<terms>\(.*\)))?(?: LEFT-JOIN)?"
)
# Rows that the statement makes itself; what was sent, and a row of an index of words by its id.
_MADE = re.compile(r"(?:MATERIALIZE|CO-ROUTINE) (\w+)")
_SENT = re.compile(r"SCAN ((\d+ )?CONSTANT ROWS?|\(subquery-\d+\)|\w+ VIRTUAL TABLE INDEX \d+:=?)( LEFT-JOIN)?")
_KEPT = statistics.kept()


class Read(NamedTuple):
    """`rows` are read each time that the step runs: on average, up to the end of a range, infinite if nothing tells."""

    what: str
    rows: float
    is_sorted: bool


def of(sql: str, plan: Plan, schema: Schema) -> Iterator[Read]:
    """What the steps of this plan read; `is_sorted` where the engine sorts or groups it by itself."""
    made = {match[1] for step in plan if (match := _MADE.fullmatch(step.text))}
    parents = _parents(plan)
    sorting = {parent for step, parent in zip(plan, parents, strict=True) if step.text.startswith("USE TEMP B-TREE")}
    for step, parent in zip(plan, parents, strict=True):
        if not step.text.startswith(("SCAN", "SEARCH")) or _SENT.fullmatch(step.text):
            continue
        match = _STEP.fullmatch(step.text)
        if match is None:
            yield Read(step.text, math.inf, parent in sorting)
        elif match["how"] == "SEARCH" or match["name"] not in made:
            yield Read(*_read(match, sql, schema), parent in sorting)


def _parents(plan: Plan) -> list[int]:
    """For each step the place of the one that it is part of."""
    path: list[int] = []
    parents = []
    for place, step in enumerate(plan):
        del path[step.depth :]
        parents.append(path[-1] if path else -1)
        path.append(place)
    return parents


def _read(match: re.Match[str], sql: str, schema: Schema) -> tuple[str, float]:
    terms, index = match["terms"] or "", match["index"]
    if match["automatic"]:
        return match[0], math.inf
    if match["how"] == "SCAN":
        table = _table(match["name"], sql, schema)
        return (f"SCAN {index}", _all(table, index)) if index else (f"SCAN {table}", _all(table))
    if index:
        return f"{index} {terms}", _rows(index, schema.indexes[index], terms)
    table = _table(match["name"], sql, schema)
    if match["key"] == "PRIMARY KEY":
        return f"{table} {terms}", _rows(table, schema.keys[table], terms)
    ends = not match["key"]  # the first or the last row
    return f"{table} {terms}", 1 if ends or "=?" in terms else _all(table)


def _all(table: str, index: str | None = None) -> float:
    """How many rows a table has, or one of its indexes."""
    numbers = [of[0] for (known, name), of in _KEPT.items() if known == table and index in (None, name)]
    return max(numbers, default=math.inf)


def _rows(name: str, index: Index, terms: str) -> float:
    """How many rows have the same first columns, as many as are looked up."""
    same = terms.count("=?")
    if index.is_unique and same == index.columns:
        return 1
    numbers = _KEPT.get((index.table, name))
    return math.inf if numbers is None else numbers[same]


def _table(name: str, sql: str, schema: Schema) -> str:
    """The table that has this name in the statement, or in a view that stands in it."""
    if name in schema.tables:
        return name
    text = " ".join((sql, *(view for called, view in schema.views.items() if called in sql)))
    (table,) = {word for word in re.findall(rf'(\w+)"?\s+(?:AS\s+)?{name}\b', text) if word in schema.tables}
    return table
