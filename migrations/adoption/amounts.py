"""The rules for numbers, flags and money."""

from migrations.adoption import case, ranges, times
from migrations.adoption.case import Case, Context
from migrations.adoption.target import Column

_TRUE = "('1', '1.0', 'true', 't', 'yes', 'y')"
_FALSE = "('0', '0.0', 'false', 'f', 'no', 'n')"
_MOST_DOLLARS = 1_000_000


def flag(column: Column, x: str, context: Context) -> list[Case]:
    word = f"lower(trim({x}, {times.BLANKS}))"
    known = f"({word} IN {_TRUE} OR {word} IN {_FALSE})"
    wrong = f"{x} IS NOT NULL AND NOT {known}"
    nearest = f"CASE WHEN {x} > 0 THEN 1 ELSE 0 END"
    clamped = Case("clamp", f"typeof({x}) IN ('integer', 'real') AND {wrong}", nearest, "1")
    mended = [clamped, case.or_default("flag-default", wrong, column, context)]
    return [
        Case("flag-word", f"typeof({x}) <> 'integer' AND {known}", f"CASE WHEN {word} IN {_TRUE} THEN 1 ELSE 0 END"),
        *case.breach("neither true nor false", wrong, x, mended, context),
    ]


def number(column: Column, x: str, context: Context) -> list[Case]:
    number = _read(x)
    whole = column.kind == "integer"
    kind = "integer" if whole else "real"
    fits = f"typeof({number}) = 'integer'" if whole else f"{number} IS NOT NULL"
    value = number if whole else f"CAST({number} AS REAL)"
    inside = f"NOT {case.outside(column, number)}" if column.low is not None else "1"
    none = f"{x} IS NOT NULL AND {number} IS NULL"
    return [
        *case.breach("not a number", none, x, [case.or_default("number-default", none, column, context)], context),
        *(_ranged(column, number, x, context) if column.low is not None else []),
        *(_fraction(x, number, context) if whole else []),
        *(
            case.orphan(column, x, f"{number} IS NOT NULL AND NOT {context.exists(number)}", context)
            if column.parent
            else []
        ),
        Case(
            "number-text" if kind == "integer" else "real-text",
            f"typeof({x}) = 'text' AND {fits} AND {inside}",
            value,
            case.respelled(x, value),
        ),
        Case("number-kind", f"typeof({x}) <> '{kind}' AND {fits} AND {inside}", value, f"{x} <> {value}"),
    ]


def _ranged(column: Column, number: str, x: str, context: Context) -> list[Case]:
    wrong = f"{number} IS NOT NULL AND {case.outside(column, number)}"
    type_ = "INTEGER" if column.kind == "integer" else "REAL"
    nearest = f"CAST(max({case.bound(column.low)}, min({case.bound(column.high)}, {number})) AS {type_})"
    percent = Case("percent-to-fraction", f"{number} > 1 AND {number} <= 100", f"CAST({number} AS REAL) / 100", "1")
    mended = [*([percent] if column.name in ranges.SHARES else []), Case("clamp", wrong, nearest, "1")]
    why = f"not between {case.bound(column.low)} and {case.bound(column.high)}"
    return case.breach(why, wrong, x, mended, context)


def _fraction(x: str, number: str, context: Context) -> list[Case]:
    wrong = f"typeof({number}) = 'real'"
    fits = f"{wrong} AND abs({number}) < 9e15"
    return case.breach(
        "not a whole number", wrong, x, [Case("truncate", fits, f"CAST({number} AS INTEGER)", "1")], context
    )


def money(column: Column, x: str, context: Context) -> list[Case]:
    """SQL: whole micro-dollars, rounded half up. The amount is read with 15 digits: the 16th is a rounding error."""
    number = _read(x)
    unit = 10**column.decimals
    value = f"CAST(round(CAST(printf('%.15g', {number} * {unit}.0) AS REAL)) AS INTEGER)"
    known = f"{number} IS NOT NULL AND {number} >= 0 AND {number} * 1.0 < {_MOST_DOLLARS * 1_000_000 // unit}"
    wrong = f"{x} IS NOT NULL AND NOT coalesce({known}, 0)"
    mended = Case("number-default", wrong, "NULL", "1")
    return [
        Case("money-micro", f"{x} IS NOT NULL AND {known}", value, f"{x} IS NOT ({value}) / {unit}.0"),
        *case.breach("not an amount of money", wrong, x, [mended], context),
    ]


def _read(x: str) -> str:
    """SQL: the value as a number, as an integer if it is whole; NULL if it is no number."""
    text = f"CASE WHEN {times.is_number_text(x)} THEN CAST(trim({x}, {times.BLANKS}) AS NUMERIC) END"
    whole = f"CASE WHEN abs({x}) < 9e15 AND {x} = CAST({x} AS INTEGER) THEN CAST({x} AS INTEGER) ELSE {x} END"
    return f"(CASE typeof({x}) WHEN 'integer' THEN {x} WHEN 'real' THEN {whole} WHEN 'text' THEN {text} END)"
