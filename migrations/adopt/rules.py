"""The named rules: for each kind of column the values that need one, as SQL, in the order in which they are tried.

A rule that loses something says when; the original is kept then. What no rule takes blocks, unless the operator has
named a rule that mends it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from migrations.adopt import times
from migrations.adopt.target import Column

# Rules that an operator must name, and what each does.
MENDS = {
    "percent-to-fraction": "a share above 1 and up to 100 is of a hundred",
    "clamp": "a number outside its range becomes the nearest in it",
    "truncate": "a whole number loses its fraction",
    "number-default": "what is no number becomes the column's default, or NULL",
    "flag-default": "what is neither true nor false becomes the column's default, or NULL",
    "enum-default": "an unknown word becomes the column's default",
    "json-default": "what is not JSON of the column's shape becomes its default, or NULL",
    "time-null": "what is no time becomes NULL",
    "time-default": "what is no time becomes the moment of adoption",
    "blob-to-text": "bytes become text",
    "orphan-null": "a reference to a row that does not exist becomes NULL",
    "orphan-aside": "a row that must refer to another, and that one does not exist, is set aside",
    "missing-aside": "a row without a value that it must have is set aside",
    "duplicate-aside": "of rows with one key the best stays, the others are set aside",
    "unique-suffix": "of rows with one key the first keeps it, the others get #id behind it",
    "detach-repeat": "of answers to one question in one session the first stays in it, the others leave the session",
}
# Decided with the session, the user or the file in view, not the value alone.
BETWEEN_ROWS = frozenset({"duplicate-aside", "unique-suffix", "detach-repeat"})

_TRUE = "('1', '1.0', 'true', 't', 'yes', 'y')"
_FALSE = "('0', '0.0', 'false', 'f', 'no', 'n')"
_PERCENT = frozenset({"passing_score", "weight", "relevance_score"})
_MOST_DOLLARS = 1_000_000


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
    """`mend`: the rules the operator named. `moment`: the adoption's, in epoch seconds. `found`: makes the SQL that the
    parent table has a row of this key, which stays. `fallback`: a time of the same row, as SQL.
    """

    mend: Collection[str]
    moment: int
    found: Callable[[str], str] = "({0} IS NOT NULL)".format
    fallback: str | None = None


def cases(column: Column, x: str, context: Context) -> list[Case]:
    """Every case of a column whose old value is the SQL `x`, the first that holds is the one."""
    return _null(column, x, context) + _KINDS[column.kind](column, x, context)


def dirty(column: Column, x: str, context: Context) -> str:
    """SQL, quick, true wherever a case may hold."""
    null = "" if column.needed else ", 'null'"
    kind = {"real": "real", "money": "-"}.get(column.kind, "integer" if column.kind in _NUMBERS else "text")
    other = f"typeof({x}) NOT IN ('{kind}'{null})"
    more = {
        "time": f"{x} NOT BETWEEN -{times.MOST_SECONDS} AND {times.MOST_SECONDS}",
        "day": f"date({x}) IS NOT {x}",
        "flag": f"{x} NOT IN (0, 1)",
        "enum": f"{x} NOT IN {_words(column.allowed)}",
        "json": f"NOT {_is_shape(column, x)}",
    }.get(column.kind)
    more = _outside(column, x) if more is None and column.low is not None else more
    parts = [other, *([more] if more else []), *([f"NOT {context.found(x)}"] if column.parent else [])]
    everything = " OR ".join(parts)
    return f"({everything})" if column.needed else f"({x} IS NOT NULL AND ({everything}))"


def default(column: Column, context: Context) -> str | None:
    """The column's default as SQL of the column's own type."""
    if column.default is None:
        return None
    if column.kind == "time":
        return str(context.moment)
    return f"CAST({column.default} AS REAL)" if column.kind == "real" else column.default


def _null(column: Column, x: str, context: Context) -> list[Case]:
    """A value that is needed and is not there: its default, unless that is the time, which would be a lie."""
    if not column.needed:
        return []
    none, given = f"{x} IS NULL", default(column, context)
    if column.kind == "time":
        fallback = context.fallback
        first = [Case("time-from-row", f"{none} AND {fallback} IS NOT NULL", fallback, "1")] if fallback else []
        mended = Case("time-default", none, str(context.moment), "1")
        return first + _breach("no time", none, x, [mended, _aside(none)], context)
    if given is None:
        return _breach("no value", none, x, [_aside(none)], context)
    return [Case("null-default", none, given, "1")]


def _time(column: Column, x: str, context: Context) -> list[Case]:
    moment = times.seconds(x)
    text = f"typeof({x}) = 'text'"
    evident = f"({moment}) IS NOT NULL"
    wrong = f"{x} IS NOT NULL AND ({moment}) IS NULL"
    mended = (
        Case("time-default", wrong, str(context.moment), "1")
        if column.needed
        else Case("time-null", wrong, "NULL", "1")
    )
    beyond = f"{x} NOT BETWEEN -{times.MOST_SECONDS} AND {times.MOST_SECONDS}"
    return [
        Case("time-text", times.is_plain(x), f"unixepoch({x})"),
        Case("time-number-text", f"{text} AND {times.is_number_text(x)} AND {evident}", moment, _respelled(x, moment)),
        Case("time-iso", f"{text} AND {evident}", moment, f"NOT {times.exact(x, moment)}"),
        Case(
            "time-milliseconds",
            f"typeof({x}) = 'integer' AND {beyond} AND {evident}",
            moment,
            f"{x} IS NOT ({moment}) * 1000",
        ),
        Case("time-real", f"typeof({x}) = 'real' AND {evident}", moment, f"{x} <> ({moment})"),
        *_breach("not a time", wrong, x, [mended], context),
    ]


def _day(column: Column, x: str, context: Context) -> list[Case]:
    moment = times.seconds(x)
    evident = f"({moment}) BETWEEN {times.EARLIEST} AND {times.LATEST}"
    wrong = f"{x} IS NOT NULL AND date({x}) IS NOT {x} AND NOT coalesce({evident}, 0)"
    mended = _aside(wrong) if column.needed else Case("time-null", wrong, "NULL", "1")
    return [
        Case(
            "day-of-time",
            f"date({x}) IS NOT {x} AND {evident}",
            f"date(({moment}), 'unixepoch')",
            "1",
        ),
        *_breach("not a day", wrong, x, [mended], context),
    ]


def _flag(column: Column, x: str, context: Context) -> list[Case]:
    word = f"lower(trim({x}, {times.BLANKS}))"
    known = f"({word} IN {_TRUE} OR {word} IN {_FALSE})"
    wrong = f"{x} IS NOT NULL AND NOT {known}"
    nearest = f"CASE WHEN {x} > 0 THEN 1 ELSE 0 END"
    clamped = Case("clamp", f"typeof({x}) IN ('integer', 'real') AND {wrong}", nearest, "1")
    mended = [clamped, _or_default("flag-default", wrong, column, context)]
    return [
        Case("flag-word", f"typeof({x}) <> 'integer' AND {known}", f"CASE WHEN {word} IN {_TRUE} THEN 1 ELSE 0 END"),
        *_breach("neither true nor false", wrong, x, mended, context),
    ]


def _number(column: Column, x: str, context: Context) -> list[Case]:
    number = _read(x)
    whole = column.kind == "integer"
    kind = "integer" if whole else "real"
    fits = f"typeof({number}) = 'integer'" if whole else f"{number} IS NOT NULL"
    value = number if whole else f"CAST({number} AS REAL)"
    inside = f"NOT {_outside(column, number)}" if column.low is not None else "1"
    none = f"{x} IS NOT NULL AND {number} IS NULL"
    return [
        *_breach("not a number", none, x, [_or_default("number-default", none, column, context)], context),
        *(_ranged(column, number, x, context) if column.low is not None else []),
        *(_fraction(x, number, context) if whole else []),
        *(
            _orphan(column, x, f"{number} IS NOT NULL AND NOT {context.found(number)}", context)
            if column.parent
            else []
        ),
        Case(
            "number-text" if kind == "integer" else "real-text",
            f"typeof({x}) = 'text' AND {fits} AND {inside}",
            value,
            _respelled(x, value),
        ),
        Case("number-kind", f"typeof({x}) <> '{kind}' AND {fits} AND {inside}", value, f"{x} <> {value}"),
    ]


def _ranged(column: Column, number: str, x: str, context: Context) -> list[Case]:
    wrong = f"{number} IS NOT NULL AND {_outside(column, number)}"
    type_ = "INTEGER" if column.kind == "integer" else "REAL"
    nearest = f"CAST(max({column.low:g}, min({column.high:g}, {number})) AS {type_})"
    percent = Case("percent-to-fraction", f"{number} > 1 AND {number} <= 100", f"CAST({number} AS REAL) / 100", "1")
    mended = [*([percent] if column.name in _PERCENT else []), Case("clamp", wrong, nearest, "1")]
    why = f"not between {column.low:g} and {column.high:g}"
    return _breach(why, wrong, x, mended, context)


def _fraction(x: str, number: str, context: Context) -> list[Case]:
    wrong = f"typeof({number}) = 'real'"
    fits = f"{wrong} AND abs({number}) < 9e15"
    return _breach("not a whole number", wrong, x, [Case("truncate", fits, f"CAST({number} AS INTEGER)", "1")], context)


def _money(column: Column, x: str, context: Context) -> list[Case]:
    """To whole micro-dollars, half up. Fifteen digits are what was meant; the sixteenth is the machine's."""
    number = _read(x)
    unit = 10**column.decimals
    value = f"CAST(round(CAST(printf('%.15g', {number} * {unit}.0) AS REAL)) AS INTEGER)"
    known = f"{number} IS NOT NULL AND abs({number} * 1.0) < {_MOST_DOLLARS * 1_000_000 // unit}"
    wrong = f"{x} IS NOT NULL AND NOT coalesce({known}, 0)"
    mended = Case("number-default", wrong, "NULL", "1")
    return [
        Case("money-micro", f"{x} IS NOT NULL AND {known}", value, f"{x} IS NOT ({value}) / {unit}.0"),
        *_breach("not an amount of money", wrong, x, [mended], context),
    ]


def _enum(column: Column, x: str, context: Context) -> list[Case]:
    word = f"replace(replace(lower(trim({x}, {times.BLANKS})), ' ', '_'), '-', '_')"
    known = _words(column.allowed)
    wrong = f"{x} IS NOT NULL AND {word} NOT IN {known}"
    return [
        Case("enum-spelling", f"{x} NOT IN {known} AND {word} IN {known}", word, "1"),
        *_breach(
            f"not one of {', '.join(column.allowed)}",
            wrong,
            x,
            [_or_default("enum-default", wrong, column, context)],
            context,
        ),
    ]


def _json(column: Column, x: str, context: Context) -> list[Case]:
    wrong = f"{x} IS NOT NULL AND (typeof({x}) <> 'text' OR NOT {_is_shape(column, x)})"
    shape = {"list": "a JSON list", "mapping": "a JSON mapping"}.get(column.json, "JSON")
    mended = _or_default("json-default", wrong, column, context)
    return _breach(f"not {shape}", wrong, x, [mended], context)


def _text(column: Column, x: str, context: Context) -> list[Case]:
    blob = f"typeof({x}) = 'blob'"
    text = f"CAST({x} AS TEXT)"
    orphan = f"{x} IS NOT NULL AND NOT {context.found(text)}"
    return [
        *_breach("bytes where text belongs", blob, x, [Case("blob-to-text", blob, text, "1")], context),
        *(_orphan(column, x, orphan, context) if column.parent else []),
        Case("number-to-text", f"typeof({x}) IN ('integer', 'real')", text, f"typeof({x}) = 'real'"),
    ]


_NUMBERS = frozenset({"integer", "flag", "time"})
_KINDS = {
    "time": _time,
    "day": _day,
    "flag": _flag,
    "integer": _number,
    "real": _number,
    "money": _money,
    "enum": _enum,
    "json": _json,
    "text": _text,
}


def _breach(why: str, when: str, x: str, mended: list[Case], context: Context) -> list[Case]:
    """The mending cases that the operator named, then what blocks the rest."""
    options = tuple(dict.fromkeys(case.rule for case in mended))
    return [*(case for case in mended if case.rule in context.mend), Case("", when, x, why=why, mend=options)]


def _or_default(rule: str, when: str, column: Column, context: Context) -> Case:
    given = default(column, context) or (None if column.needed else "NULL")
    return _aside(when) if given is None else Case(rule, when, given, "1")


def _aside(when: str) -> Case:
    return Case("missing-aside", when, "NULL", aside=True)


def _orphan(column: Column, x: str, when: str, context: Context) -> list[Case]:
    mended = Case("orphan-aside", when, "NULL", aside=True) if column.needed else Case("orphan-null", when, "NULL", "1")
    return _breach(f"refers to nothing in {column.parent}", when, x, [mended], context)


def _read(x: str) -> str:
    """SQL: the number that a value is, whole where it can be; NULL for what is none."""
    text = f"CASE WHEN {times.is_number_text(x)} THEN CAST(trim({x}, {times.BLANKS}) AS NUMERIC) END"
    whole = f"CASE WHEN abs({x}) < 9e15 AND {x} = CAST({x} AS INTEGER) THEN CAST({x} AS INTEGER) ELSE {x} END"
    return f"(CASE typeof({x}) WHEN 'integer' THEN {x} WHEN 'real' THEN {whole} WHEN 'text' THEN {text} END)"


def _respelled(x: str, value: str) -> str:
    """SQL: a text that the number alone would not give back."""
    return f"CAST(({value}) AS TEXT) <> {x}"


def _outside(column: Column, x: str) -> str:
    return f"({x} NOT BETWEEN {column.low:g} AND {column.high:g})"


def _words(allowed: Collection[str]) -> str:
    return f"({', '.join(repr(word) for word in allowed)})"


def _is_shape(column: Column, x: str) -> str:
    null = "" if column.needed else ", 'null'"
    if column.json == "any":
        return f"json_valid({x})"
    return f"(iif(json_valid({x}), json_type({x}), '') IN ('{'array' if column.json == 'list' else 'object'}'{null}))"
