"""What an examination in Python has found of a value, and what a rule that the operator has named makes of it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from migrations.adoption.target import Column

Row = Mapping[str, Any]  # a row as it would be copied, by column
Mend = Collection[str]
Changes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a value of `column` is wrong, and the rules that would mend it. Of these the operator has named `rule`, which
    gives the columns of the row these new values; without one the row blocks.
    """

    column: str
    why: str
    mend: tuple[str, ...]
    rule: str | None
    changes: Changes


@dataclass(frozen=True, slots=True)
class Look:
    """Rows to look at in Python: those for which the SQL `where` holds, by these columns."""

    columns: tuple[Column, ...]
    where: str
    check: Callable[[Row, Mend], list[Finding]]


def settled(column: str, why: str, options: Mapping[str, Changes], mend: Mend) -> Finding:
    """The finding, with the first of its rules that is named."""
    rule = next((rule for rule in options if rule in mend), None)
    return Finding(column, why, tuple(options), rule, options[rule] if rule else {})
