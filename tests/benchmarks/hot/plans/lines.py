"""Recorded plans as text: an operation, its statements by what they do to which tables, and the steps of each plan."""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from tests.benchmarks.hot.plans.recording import Plan, Planned, Recorded

FILE = Path(__file__).parent / "plans.txt"
_TABLE = re.compile(r'\b(?:FROM|JOIN|INTO|UPDATE(?: OR \w+)?)\s+"?(\w+)', re.IGNORECASE)
_VERB = re.compile(r"\s*(?:WITH\b.*?\)\s*(?=SELECT))?(SELECT|INSERT|UPDATE|DELETE)", re.DOTALL)
_SHOWN = 60  # characters of a statement on no table


def of(recorded: Recorded) -> list[str]:
    """A paragraph for each operation, and one for each trigger."""
    titles = {f"{name}: {_number(statements)}": statements for name, statements in recorded.operations.items()}
    titles |= {f"trigger {name}": statements for name, statements in recorded.triggers.items()}
    paragraphs = [[title, *_statements(them, recorded.schema.tables)] for title, them in titles.items()]
    return [line for paragraph in paragraphs for line in (*paragraph, "")][:-1]


def _statements(statements: Sequence[Planned], tables: Collection[str]) -> Iterator[str]:
    for one in statements:
        yield f"  {title(one.sql, tables)}{_times(one.runs)}"
        yield from _steps(one.deployed)
        if one.large != one.deployed:
            yield "    - with the statistics of the large database:"
            yield from _steps(one.large)


def _number(statements: Sequence[Planned]) -> str:
    """How many statements a request runs; the first one of a process may run more."""
    first, *others = (sum(runs) for runs in zip(*(one.runs for one in statements), strict=True))
    few, many = min(others), max(others)
    number = f"{few} statement{'s' if few > 1 else ''}" if few == many else f"{few} to {many} statements"
    return number if few <= first <= many else f"{number}, {first} at first"


def _times(runs: Sequence[int]) -> str:
    """Nothing, if it runs once in each request."""
    first, *others = runs
    if not any(others):
        return ", at first"
    if 0 in others:
        return ", sometimes"
    return f", {max(others)} times" if max(others) > 1 else ""


def title(sql: str, tables: Collection[str]) -> str:
    """The verb of a statement and the stored tables that stand in it, in their order."""
    named = dict.fromkeys(name for name in _TABLE.findall(sql) if name in tables)
    verb = _VERB.match(sql)
    if not named or verb is None:
        return " ".join(sql.split())[:_SHOWN]
    return f"{verb[1]} {', '.join(named)}"


def _steps(plan: Plan) -> Iterator[str]:
    for step in plan:
        yield f"{'  ' * (step.depth + 2)}- {step.text}"
