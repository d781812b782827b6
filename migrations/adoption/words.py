"""The rules for times, days, enumerations, JSON and text."""

from migrations.adoption import case, times
from migrations.adoption.case import Case, Context
from migrations.adoption.target import Column


def time(column: Column, x: str, context: Context) -> list[Case]:
    moment = times.seconds(x)
    text = f"typeof({x}) = 'text'"
    possible = f"({moment}) BETWEEN {times.FIRST} AND {times.last(context.moment, past=column.past)}"
    beyond = f"{x} NOT BETWEEN -{times.MOST_SECONDS} AND {times.MOST_SECONDS}"
    return [
        *_no_time(column, f"{x} IS NOT NULL AND ({moment}) IS NULL", "not a time", x, context),
        *_no_time(column, f"({moment}) IS NOT NULL AND NOT {possible}", _beyond(column), x, context),
        Case("time-text", times.is_plain(x), f"unixepoch({x})"),
        Case("time-number-text", f"{text} AND {times.is_number_text(x)}", moment, case.respelled(x, moment)),
        Case("time-iso", text, moment, f"NOT {times.exact(x, moment)}"),
        Case("time-milliseconds", f"typeof({x}) = 'integer' AND {beyond}", moment, f"{x} IS NOT ({moment}) * 1000"),
        Case("time-real", f"typeof({x}) = 'real'", moment, f"{x} <> ({moment})"),
    ]


def _no_time(column: Column, wrong: str, why: str, x: str, context: Context) -> list[Case]:
    if column.needed:
        return case.breach(why, wrong, x, [Case("time-default", wrong, str(context.moment), "1")], context)
    return case.breach(why, wrong, x, [Case("time-null", wrong, "NULL", "1")], context)


def _beyond(column: Column) -> str:
    return "before 1900 or in the future" if column.past else "before 1900 or after 9999"


def day(column: Column, x: str, context: Context) -> list[Case]:
    moment = times.seconds(x)
    given = f"CASE WHEN date({x}) IS {x} THEN unixepoch({x}) ELSE {moment} END"
    possible = f"({given}) BETWEEN {times.FIRST} AND {times.last(context.moment, past=column.past)}"
    return [
        *_no_day(column, f"{x} IS NOT NULL AND ({given}) IS NULL", "not a day", x, context),
        *_no_day(column, f"({given}) IS NOT NULL AND NOT {possible}", _beyond(column), x, context),
        Case("day-of-time", f"date({x}) IS NOT {x}", f"date(({moment}), 'unixepoch')", "1"),
    ]


def _no_day(column: Column, wrong: str, why: str, x: str, context: Context) -> list[Case]:
    mended = case.aside(wrong) if column.needed else Case("time-null", wrong, "NULL", "1")
    return case.breach(why, wrong, x, [mended], context)


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
