"""A rule for values: for which it holds, as SQL, and their new value. And what several rules share."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from migrations.adoption.target import Column


@dataclass(frozen=True, slots=True)
class Case:
    """Where `when` holds the value becomes `value`; where `keep` holds, too, the original is kept.

    An `aside` case sets the whole row aside. One that blocks has a `why`, and the rules that would mend it.
    """

    rule: str
    when: str
    value: str
    keep: str = "0"
    aside: bool = False
    why: str = ""
    mend: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """`mend`: the rules that the operator has named. `moment`: the time of the adoption, in epoch seconds. `exists`:
    makes SQL, whether the parent table has a row with this key that stays. `fallback`: a time of the same row, as SQL.
    """

    mend: Collection[str]
    moment: int
    exists: Callable[[str], str] = "({0} IS NOT NULL)".format
    fallback: str | None = None


def default(column: Column, context: Context) -> str | None:
    """The column's default as SQL of the column's own type."""
    if column.default is None:
        return None
    if column.kind == "time":
        return str(context.moment)
    return f"CAST({column.default} AS REAL)" if column.kind == "real" else column.default


def breach(why: str, when: str, x: str, mended: list[Case], context: Context) -> list[Case]:
    """The cases of rules that the operator has named, then a case that blocks all other wrong values."""
    options = tuple(dict.fromkeys(case.rule for case in mended))
    return [*(case for case in mended if case.rule in context.mend), Case("", when, x, why=why, mend=options)]


def or_default(rule: str, when: str, column: Column, context: Context) -> Case:
    given = default(column, context) or (None if column.needed else "NULL")
    return aside(when) if given is None else Case(rule, when, given, "1")


def aside(when: str) -> Case:
    return Case("missing-aside", when, "NULL", aside=True)


def orphan(column: Column, x: str, when: str, context: Context) -> list[Case]:
    mended = Case("orphan-aside", when, "NULL", aside=True) if column.needed else Case("orphan-null", when, "NULL", "1")
    return breach(f"refers to nothing in {column.parent}", when, x, [mended], context)


def respelled(x: str, value: str) -> str:
    """SQL: whether a text is written in another way than the engine writes its number."""
    return f"CAST(({value}) AS TEXT) <> {x}"


def outside(column: Column, x: str) -> str:
    return f"({x} NOT BETWEEN {bound(column.low)} AND {bound(column.high)})"


def bound(number: float | None) -> str:
    """An end of a range as SQL and for people: a whole number without a fraction."""
    return str(int(number)) if number is not None and number == int(number) else repr(number)


def words(allowed: Collection[str]) -> str:
    return f"({', '.join(repr(word) for word in allowed)})"


def is_shape(column: Column, x: str) -> str:
    null = "" if column.needed else ", 'null'"
    return f"(iif(json_valid({x}), json_type({x}), '') IN ('{'array' if column.json == 'list' else 'object'}'{null}))"
