"""What the ledger of AI calls is summed up to, and the questions that its calls were for."""

from shared_schema.rebuild.part import Part
from shared_schema.tables.costs import DAY, DIMENSIONS, KEYS, LATEST, SLOTS, SUMS

_OF_CALLS = "id > :after AND id <= :upto"
_LINKS = "generation_id > :after AND generation_id <= :upto"
_SHORT = tuple(seconds for seconds in SLOTS if seconds <= DAY)
_LONG = tuple(seconds for seconds in SLOTS if seconds > DAY)
_ADDED = ", ".join(f"sum({name}) AS {name}" for name in SUMS)
# The end of a page: of the day of the last of so many calls, or of all time behind them, where no slot should be.
_TO_DAYS_END = """
    SELECT coalesce(
        (SELECT max(time) / {length} * {length} + {length} - 1 FROM (
            SELECT {time} AS time FROM {calls} AND {time} > :after AND {time} <= {latest}
            ORDER BY {time} LIMIT :size)),
        iif(:after < {latest}, {latest}, NULL))
"""
_CALLS = "ai_generation_log INDEXED BY ai_generation_log_by_time WHERE true"
_DAYS = f"ai_cost_slots WHERE dimension = 'total' AND seconds = {DAY}"


def _lengths(slots: tuple[int, ...]) -> str:
    return f"seconds IN ({', '.join(map(str, slots))}) AND start > :after AND start <= :upto"


def _short(dimension: str) -> Part:
    """The days and shorter slots of a dimension, from the calls."""
    facts = f"""
        SELECT {", ".join(KEYS)}, {_ADDED} FROM ai_cost_parts
        WHERE dimension = '{dimension}' AND seconds IN ({", ".join(map(str, _SHORT))})
            AND created_at > :after AND created_at <= :upto
        GROUP BY {", ".join(KEYS)}
    """
    scope = f"dimension = '{dimension}' AND {_lengths(_SHORT)}"
    upto = _TO_DAYS_END.format(length=DAY, time="created_at", calls=_CALLS, latest=LATEST)
    return Part(f"by_{dimension}", "ai_cost_slots", "", scope, KEYS, facts, tuple(SUMS), size=20_000, upto=upto)


def _long() -> Part:
    """The longer slots of all dimensions, from the days."""
    lengths = " UNION ALL ".join(f"SELECT {seconds} AS length" for seconds in _LONG)
    facts = f"""
        SELECT dimension, length AS seconds, start / length * length AS start, purpose, model, exam_id, user_id,
            {_ADDED}
        FROM ai_cost_slots, ({lengths})
        WHERE dimension IN ({", ".join(map(repr, DIMENSIONS))}) AND {_lengths((DAY,))}
        GROUP BY dimension, length, start / length, purpose, model, exam_id, user_id
    """
    scope = f"dimension IN ({', '.join(map(repr, DIMENSIONS))}) AND {_lengths(_LONG)}"
    upto = _TO_DAYS_END.format(length=max(_LONG), time="start", calls=_DAYS, latest=LATEST)
    return Part("longer", "ai_cost_slots", "", scope, KEYS, facts, tuple(SUMS), size=64, upto=upto)


PARTS = (
    Part(
        "counted",
        "ai_generation_log",
        "ai_generation_log",
        _OF_CALLS,
        ("id",),
        f"SELECT id, 1 AS is_counted FROM ai_generation_log WHERE {_OF_CALLS}",
        ("is_counted",),
        rows="none",
        size=5000,
    ),
    *(_short(dimension) for dimension in DIMENSIONS),
    _long(),
    Part(
        "questions",
        "ai_generation_questions",
        "ai_generation_log",
        _LINKS,
        ("question_id", "generation_id"),
        f"SELECT question_id, generation_id, place, shares FROM ai_cost_shares WHERE {_LINKS}",
        ("place", "shares"),
        size=5000,
    ),
)
