"""The rules for times, days, enumerations, JSON and text."""

from migrations.adoption import case, times
from migrations.adoption.case import Case, Context
from migrations.adoption.target import Column


def time(column: Column, x: str, context: Context) -> list[Case]:
    """The cheapest cases come first: most rows have one of them, and the others read the time part by part."""
    moment, last = times.seconds(x), times.last(context.moment, past=column.past)
    text, whole = f"typeof({x}) = 'text'", f"typeof({x}) = 'integer'"
    possible = f"({moment}) BETWEEN {times.FIRST} AND {last}"
    plain = f"{times.is_plain(x)} AND {x} BETWEEN '1900' AND datetime({last}, 'unixepoch')"
    beyond = f"{x} NOT BETWEEN -{times.MOST_SECONDS} AND {times.MOST_SECONDS}"
    milliseconds = f"{x} BETWEEN {times.FIRST * 1000} AND {last * 1000 + 999}"
    return [
        Case("time-text", plain, f"unixepoch({x})"),
        Case("time-milliseconds", f"{whole} AND {beyond} AND {milliseconds}", moment, f"{x} IS NOT ({moment}) * 1000"),
        Case(
            "time-number-text",
            f"{text} AND {times.is_number_text(x)} AND {possible}",
            moment,
            case.respelled(x, moment),
        ),
        Case("time-iso", f"{text} AND {possible}", moment, f"NOT {times.exact(x, moment)}"),
        Case("time-real", f"typeof({x}) = 'real' AND {possible}", moment, f"{x} <> ({moment})"),
        *_no_time(column, f"{x} IS NOT NULL AND ({moment}) IS NULL", "not a time", x, context),
        *_no_time(column, f"({moment}) IS NOT NULL AND NOT {possible}", _beyond(column), x, context),
    ]


def _no_time(column: Column, wrong: str, why: str, x: str, context: Context) -> list[Case]:
    if column.needed:
        return case.breach(why, wrong, x, [Case("time-default", wrong, str(context.moment), "1")], context)
    return case.breach(why, wrong, x, [Case("time-null", wrong, "NULL", "1")], context)


def _beyond(column: Column) -> str:
    return "before 1900 or in the future" if column.past else "before 1900 or after 9999"


def day(column: Column, x: str, context: Context) -> list[Case]:
    moment = times.seconds(x)
    last = times.last(context.moment, past=column.past)
    given = f"CASE WHEN date({x}) IS {x} THEN unixepoch({x}) ELSE {moment} END"
    possible = f"({given}) BETWEEN {times.FIRST} AND {last}"
    return [
        Case("day-of-time", f"date({x}) IS NOT {x} AND {possible}", f"date(({moment}), 'unixepoch')", "1"),
        *_no_day(column, f"{x} IS NOT NULL AND ({given}) IS NULL", "not a day", x, context),
        *_no_day(column, f"({given}) IS NOT NULL AND NOT {possible}", _beyond(column), x, context),
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
