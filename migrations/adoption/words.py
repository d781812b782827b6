"""The rules for times, days, enumerations, JSON and text."""

from migrations.adoption import case, times
from migrations.adoption.case import Case, Context
from migrations.adoption.target import Column


def time(column: Column, x: str, context: Context) -> list[Case]:
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
        Case(
            "time-number-text", f"{text} AND {times.is_number_text(x)} AND {evident}", moment, case.respelled(x, moment)
        ),
        Case("time-iso", f"{text} AND {evident}", moment, f"NOT {times.exact(x, moment)}"),
        Case(
            "time-milliseconds",
            f"typeof({x}) = 'integer' AND {beyond} AND {evident}",
            moment,
            f"{x} IS NOT ({moment}) * 1000",
        ),
        Case("time-real", f"typeof({x}) = 'real' AND {evident}", moment, f"{x} <> ({moment})"),
        *case.breach("not a time", wrong, x, [mended], context),
    ]


def day(column: Column, x: str, context: Context) -> list[Case]:
    moment = times.seconds(x)
    evident = f"({moment}) BETWEEN {times.EARLIEST} AND {times.LATEST}"
    wrong = f"{x} IS NOT NULL AND date({x}) IS NOT {x} AND NOT coalesce({evident}, 0)"
    mended = case.aside(wrong) if column.needed else Case("time-null", wrong, "NULL", "1")
    return [
        Case(
            "day-of-time",
            f"date({x}) IS NOT {x} AND {evident}",
            f"date(({moment}), 'unixepoch')",
            "1",
        ),
        *case.breach("not a day", wrong, x, [mended], context),
    ]


def enum(column: Column, x: str, context: Context) -> list[Case]:
    word = f"replace(replace(lower(trim({x}, {times.BLANKS})), ' ', '_'), '-', '_')"
    known = case.words(column.allowed)
    wrong = f"{x} IS NOT NULL AND {word} NOT IN {known}"
    return [
        Case("enum-spelling", f"{x} NOT IN {known} AND {word} IN {known}", word, "1"),
        *case.breach(
            f"not one of {', '.join(column.allowed)}",
            wrong,
            x,
            [case.or_default("enum-default", wrong, column, context)],
            context,
        ),
    ]


def json(column: Column, x: str, context: Context) -> list[Case]:
    wrong = f"{x} IS NOT NULL AND (typeof({x}) <> 'text' OR NOT {case.is_shape(column, x)})"
    shape = {"list": "a JSON list", "mapping": "a JSON mapping"}.get(column.json, "JSON")
    mended = case.or_default("json-default", wrong, column, context)
    return case.breach(f"not {shape}", wrong, x, [mended], context)


def text(column: Column, x: str, context: Context) -> list[Case]:
    blob = f"typeof({x}) = 'blob'"
    text = f"CAST({x} AS TEXT)"
    orphan = f"{x} IS NOT NULL AND NOT {context.exists(text)}"
    return [
        *case.breach("bytes where text belongs", blob, x, [Case("blob-to-text", blob, text, "1")], context),
        *(case.orphan(column, x, orphan, context) if column.parent else []),
        Case("number-to-text", f"typeof({x}) IN ('integer', 'real')", text, f"typeof({x}) = 'real'"),
    ]
