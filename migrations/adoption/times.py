"""Times as SQL: what older databases hold, text or number, to epoch seconds in UTC.

SQLite's own functions are too kind to be asked alone: they take 'now', '12:00' and Julian days for times, and the 30th
of February for the 2nd of March. A text without a zone is UTC, since CURRENT_TIMESTAMP is.
"""

LATEST = 253_402_300_799  # the end of the year 9999
EARLIEST = -62_135_596_800  # the beginning of the year 1
# A whole number beyond this is of milliseconds: as seconds it would be after the year 5138.
MOST_SECONDS = 100_000_000_000
# A real number or a text below this may be a Julian day or a year; as seconds it would be before March 1973.
FEWEST_SECONDS = 100_000_000

# No time of a learning platform is before this: 1900. What has happened is at most a day ahead of our clock.
FIRST = -2_208_988_800
AHEAD = 86_400

BLANKS = "char(32, 9, 10, 13)"
_CLOCK = "[0-9][0-9]:[0-9][0-9]:[0-9][0-9]"


def last(moment: int, *, past: bool) -> int:
    """The last time that a column may hold, in epoch seconds; `moment` is now."""
    return moment + AHEAD if past else LATEST


def is_plain(x: str) -> str:
    """SQL: a text exactly as CURRENT_TIMESTAMP writes it, of a day and hour that exist."""
    exists = f"datetime({x}) = {x} AND {x} >= '0001' AND substr({x}, 12, 2) < '24'"
    return f"(typeof({x}) = 'text' AND length({x}) = 19 AND {exists})"


def seconds(x: str) -> str:
    """SQL: epoch seconds of any value, rounded down; NULL for a value that is not clearly a time."""
    return (
        f"CASE typeof({x}) WHEN 'integer' THEN {_of_integer(x)} WHEN 'real' THEN {_of_real(x)}"
        f" WHEN 'text' THEN CASE WHEN {is_number_text(x)} THEN {_of_number_text(x)} ELSE {_of_text(x)} END END"
    )


def is_number_text(x: str) -> str:
    """SQL: a text that is one decimal number, as JSON writes them; blanks around it do not count."""
    bare = f"trim({x}, {BLANKS})"
    return f"(iif(json_valid({bare}), json_type({bare}), '') IN ('integer', 'real'))"


def exact(x: str, moment: str) -> str:
    """SQL: whether the conversion to epoch seconds loses nothing: no fraction of a second, no time zone."""
    forms = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.000Z")
    texts = ", ".join(f"strftime('{form}', {moment}, 'unixepoch')" for form in forms)
    return f"{x} IN ({texts})"


def _of_integer(n: str) -> str:
    milliseconds = f"({n} - (({n} % 1000) + 1000) % 1000) / 1000"
    return (
        f"CASE WHEN {n} BETWEEN -{MOST_SECONDS} AND {MOST_SECONDS} THEN {n}"
        f" WHEN {n} BETWEEN {EARLIEST * 1000} AND {LATEST * 1000 + 999} THEN {milliseconds} END"
    )


def _of_real(x: str) -> str:
    whole = f"(CAST({x} AS INTEGER) - ({x} < CAST({x} AS INTEGER)))"
    near = f"abs({x}) BETWEEN {FEWEST_SECONDS} AND {LATEST * 1000 + 999}"
    return f"CASE WHEN {near} THEN (SELECT {_of_integer('whole')} FROM (SELECT {whole} AS whole)) END"


def _of_number_text(x: str) -> str:
    number = f"SELECT CAST(trim({x}, {BLANKS}) AS NUMERIC) AS number"
    dispatch = f"CASE typeof(number) WHEN 'integer' THEN {_of_integer('number')} ELSE {_of_real('number')} END"
    # Compared with both bounds: abs() of the smallest integer is an error.
    small = f"number BETWEEN -{FEWEST_SECONDS} AND {FEWEST_SECONDS}"
    return f"(SELECT CASE WHEN NOT {small} THEN {dispatch} END FROM ({number}))"


def _of_text(x: str) -> str:
    """SQL: the seconds of a text. Day, clock and zone are checked one by one before SQLite's functions read them."""
    parts = f"SELECT trim({x}, {BLANKS}) AS t"
    parts = f"SELECT t, substr(t, 1, 10) AS day, substr(t, 11, 1) AS mark, substr(t, 12) AS rest FROM ({parts})"
    parts = f"SELECT day, {_clock()} AS clock, upper(trim({_tail()})) AS zone FROM ({parts})"
    valid = (
        "day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND date(day) = day AND day >= '0001'"
        f" AND clock GLOB '{_CLOCK}' AND clock < '24' AND substr(clock, 4, 2) < '60' AND substr(clock, 7, 2) < '60'"
    )
    return f"(SELECT CASE WHEN {valid} THEN unixepoch(day || ' ' || clock) - {_offset()} END FROM ({parts}))"


def _clock() -> str:
    return (
        "CASE WHEN length(t) = 10 THEN '00:00:00' WHEN mark NOT IN (' ', 'T', 't') THEN NULL"
        f" WHEN rest GLOB '{_CLOCK}*' THEN substr(rest, 1, 8)"
        " WHEN rest GLOB '[0-9][0-9]:[0-9][0-9]*' THEN substr(rest, 1, 5) || ':00' END"
    )


def _tail() -> str:
    """SQL: the text after the clock, without a fraction of a second."""
    return (
        f"CASE WHEN rest GLOB '{_CLOCK}.[0-9]*' THEN ltrim(substr(rest, 10), '0123456789')"
        f" WHEN rest GLOB '{_CLOCK}*' THEN substr(rest, 9) ELSE substr(rest, 6) END"
    )


def _offset() -> str:
    """SQL: seconds ahead of UTC. NULL for a text that is no zone, which makes the whole time NULL."""
    sign = "CASE substr(zone, 1, 1) WHEN '-' THEN -1 ELSE 1 END"
    hours, minutes = "substr(zone, 2, 2)", "substr(replace(zone, ':', ''), 4, 2)"
    forms = ("[+-][0-9][0-9]", "[+-][0-9][0-9][0-5][0-9]", "[+-][0-9][0-9]:[0-5][0-9]")
    known = " OR ".join(f"zone GLOB '{form}'" for form in forms)
    return (
        "CASE WHEN zone IN ('', 'Z', 'UTC', 'GMT') THEN 0"
        f" WHEN ({known}) AND {hours} <= '14' THEN {sign} * ({hours} * 3600 + coalesce(nullif({minutes}, ''), 0) * 60)"
        " END"
    )
