"""The named rules: for each kind of column the values that need one, as SQL, in the order in which they are tried.

A rule that loses something says when; the original is kept then. What no rule takes blocks, unless the operator has
named a rule that mends it.
"""

from migrations.adoption import amounts, case, times, words
from migrations.adoption.case import Case, Context
from migrations.adoption.target import Column

# Rules that an operator must name, and what each does.
MENDS = {
    "percent-to-fraction": "a share above 1 and up to 100 is of a hundred",
    "clamp": "a number outside its range becomes the nearest in it",
    "truncate": "a whole number loses its fraction",
    "number-default": "what is no number becomes the column's default, or NULL",
    "flag-default": "what is neither true nor false becomes the column's default, or NULL",
    "enum-default": "an unknown word becomes the column's default",
    "json-default": "what is not JSON of the column's shape becomes its default, or NULL",
    "json-shape": "a JSON document gets the form that the services write: types, units, known keys",
    "needs-revision": "a question that cannot be asked goes back to its authors; unreadable options become []",
    "multi-select": "a choice with several right options becomes a multi_select",
    "zone-utc": "an unknown time zone becomes UTC",
    "answer-list": "a chosen answer that reads as a broken list becomes a list of texts",
    "known-ids": "of a list of question ids those that exist stay",
    "own-objective": "a question under an objective of another exam gets the first objective of its own",
    "foreign-null": "a reference to a row of another person or exam becomes NULL",
    "time-null": "what is no time, or cannot be one, becomes NULL",
    "time-default": "what is no time, or cannot be one, becomes the moment of adoption",
    "blob-to-text": "bytes become text",
    "orphan-null": "a reference to a row that does not exist becomes NULL",
    "orphan-aside": "a row that must refer to another, and that one does not exist, is set aside",
    "missing-aside": "a row without a value that it must have is set aside",
    "duplicate-aside": "of rows with one key the best stays, the others are set aside",
    "unique-suffix": "of rows with one key the first keeps it, the others get #id behind it",
    "detach-repeat": "of answers to one question in one session the first stays in it, the others leave the session",
}


def cases(column: Column, x: str, context: Context) -> list[Case]:
    """The cases of a column whose old value is the SQL `x`. The first that holds for a row is applied."""
    return _null(column, x, context) + _KINDS[column.kind](column, x, context)


def dirty(column: Column, x: str, context: Context) -> str:
    """SQL that is quick to compute and true wherever a case may hold."""
    null = "" if column.needed else ", 'null'"
    kind = {"real": "real", "money": "-"}.get(column.kind, "integer" if column.kind in _NUMBERS else "text")
    other = f"typeof({x}) NOT IN ('{kind}'{null})"
    last = times.last(context.moment, past=column.past)
    more = {
        "time": f"{x} NOT BETWEEN {times.FIRST} AND {min(last, times.MOST_SECONDS)}",
        "day": f"date({x}) IS NOT {x} OR {x} NOT BETWEEN '1900' AND date({last}, 'unixepoch')",
        "flag": f"{x} NOT IN (0, 1)",
        "enum": f"{x} NOT IN {case.words(column.allowed)}",
        "json": f"NOT {case.is_shape(column, x)}",
    }.get(column.kind)
    more = case.outside(column, x) if more is None and column.low is not None else more
    parts = [other, *([more] if more else []), *([f"NOT {context.exists(x)}"] if column.parent else [])]
    everything = " OR ".join(parts)
    return f"({everything})" if column.needed else f"({x} IS NOT NULL AND ({everything}))"


def _null(column: Column, x: str, context: Context) -> list[Case]:
    """NULL in a column that must not have it becomes the default, unless the default is the present time."""
    if not column.needed:
        return []
    none, given = f"{x} IS NULL", case.default(column, context)
    if column.kind == "time":
        fallback = context.fallback
        first = [Case("time-from-row", f"{none} AND {fallback} IS NOT NULL", fallback, "1")] if fallback else []
        mended = Case("time-default", none, str(context.moment), "1")
        return first + case.breach("no time", none, x, [mended, case.aside(none)], context)
    if given is None:
        return case.breach("no value", none, x, [case.aside(none)], context)
    return [Case("null-default", none, given, "1")]


_NUMBERS = frozenset({"integer", "flag", "time"})
_KINDS = {
    "time": words.time,
    "day": words.day,
    "flag": amounts.flag,
    "integer": amounts.number,
    "real": amounts.number,
    "money": amounts.money,
    "enum": words.enum,
    "json": words.json,
    "text": words.text,
}
