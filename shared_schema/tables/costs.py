"""Tables of the growth service: what AI calls cost, summed up by triggers on the ledger, and for which questions.

What is kept here is counted anew by `python -m growth_service.rebuild`.
"""

import peewee

from shared_schema.fields import NANO, between, default, one_of, refers_to
from shared_schema.tables import ledger
from shared_schema.tables.table import Table

QUARTER, HOURS, DAY = 900, 4 * 3600, 86_400  # seconds
# A window of days is made of few slots: in UTC a month of about seven, a year of about thirty. In another time zone its
# first and last day are of quarters of an hour and of four hours.
SLOTS = (QUARTER, HOURS, DAY, 4 * DAY, 16 * DAY)
DIMENSIONS = ("total", "model", "exam", "user")
DEAREST = 1_000_000 * NANO  # more than any call costs
MANY = 10**9  # more calls than any slot has
LATEST = 253_402_300_799  # the last second of the year 9999
KEYS = ("dimension", "seconds", "start", "purpose", "model", "exam_id", "user_id")
# Each sum over the calls of a slot, and what is more than it can be. Many slots together stay within 64 bits.
_USD, _NANOUSD = MANY * DEAREST // NANO, MANY * NANO
SUMS = {
    "generations": MANY, "successes": MANY, "priced": MANY, "cost_usd": _USD, "cost_nanousd": _NANOUSD,
    "compared": MANY, "billed_usd": _USD, "billed_nanousd": _NANOUSD, "computed_usd": _USD,
    "computed_nanousd": _NANOUSD,
}  # fmt: skip


def _sum(column: str) -> peewee.IntegerField:
    return peewee.IntegerField(constraints=[default(0), between(column, 0, SUMS[column])])


class AICostSlot(Table):
    """Sums over the calls of a time slot: of all, by purpose and model, by exam, by user. `start` is a multiple of
    `seconds`. What a dimension does not tell apart is '' or 0; so is no exam, and no user.

    An amount is whole dollars and nano-dollars beyond them, each added up over the calls, so that neither sum can reach
    64 bits. `compared` calls have both a bill and a computed price, which are added up, too.
    """

    dimension = peewee.TextField(constraints=[one_of("dimension", *DIMENSIONS)])
    seconds = peewee.IntegerField(constraints=[peewee.SQL(f"CHECK (seconds IN ({', '.join(map(str, SLOTS))}))")])
    start = peewee.IntegerField()
    purpose = peewee.TextField()
    model = peewee.TextField()
    exam_id = peewee.IntegerField(constraints=[peewee.SQL("CHECK (exam_id >= 0)")])
    user_id = peewee.IntegerField(constraints=[peewee.SQL("CHECK (user_id >= 0)")])
    generations = _sum("generations")
    successes = _sum("successes")
    priced = _sum("priced")
    cost_usd = _sum("cost_usd")
    cost_nanousd = _sum("cost_nanousd")
    compared = _sum("compared")
    billed_usd = _sum("billed_usd")
    billed_nanousd = _sum("billed_nanousd")
    computed_usd = _sum("computed_usd")
    computed_nanousd = _sum("computed_nanousd")

    class Meta:
        table_name = "ai_cost_slots"
        primary_key = peewee.CompositeKey(*KEYS)
        without_rowid = True


# Where a trigger finds what it has emptied.
AICostSlot.add_index(
    AICostSlot.index(AICostSlot.generations, where=peewee.SQL('"generations" = 0'), name="ai_cost_slots_emptied")
)


class AIGenerationQuestion(Table):
    """A question that a call was for, if there is one with this id. The call's cost is split evenly over `shares`
    questions, of which this is the `place`th by id, from 0. The first ones get what is left over, a nano-dollar each.
    """

    question_id = peewee.IntegerField()
    generation_id = refers_to("ai_generation_log", "CASCADE")
    place = peewee.IntegerField(constraints=[peewee.SQL("CHECK (place >= 0)")])
    shares = peewee.IntegerField(constraints=[peewee.SQL("CHECK (shares > 0)")])

    class Meta:
        table_name = "ai_generation_questions"
        primary_key = peewee.CompositeKey("question_id", "generation_id")
        indexes = ((("generation_id",), False),)
        without_rowid = True


def countable(row: str = "") -> str:
    """SQL: whether a call can be counted. One whose price or time cannot be is left out of all sums. `row` is what
    stands before its columns, with the dot.
    """
    cost, time = f"{row}cost_nanousd", f"{row}created_at"
    return f"(coalesce({cost} BETWEEN 0 AND {DEAREST}, true) AND {time} BETWEEN 0 AND {LATEST})"


COUNTABLE = countable()

# The pages of the ledger, newest first: an index for each thing that it is searched by. The id is the last part of all.
for _name, _columns, _where in (
    ("by_time", ("created_at",), None),
    ("by_purpose", ("purpose", "created_at"), None),
    ("by_model", ("model", "created_at"), None),
    ("by_purpose_and_model", ("purpose", "model", "created_at"), None),
    ("by_exam", ("exam_id", "created_at"), '"exam_id" IS NOT NULL'),
    ("by_user", ("user_id", "created_at"), '"user_id" IS NOT NULL'),
    ("failed", ("created_at",), '"success" = 0'),
    ("unpriced", ("created_at",), '"cost_nanousd" IS NULL'),
    ("left_out", ("created_at",), f"NOT {COUNTABLE}"),
):
    ledger.AIGeneration.add_index(
        ledger.AIGeneration.index(
            *(getattr(ledger.AIGeneration, column) for column in _columns),
            where=_where and peewee.SQL(_where),
            name=f"ai_generation_log_{_name}",
        )
    )


_LENGTHS = " UNION ALL ".join(f"SELECT {seconds} AS seconds" for seconds in SLOTS)
_NAMES = " UNION ALL ".join(f"SELECT '{name}' AS dimension" for name in DIMENSIONS)


def _pair(row: str = "") -> str:
    """SQL: whether a call has both a bill and a computed price. `row` is what stands before its columns."""
    return f"({row}billed_nanousd BETWEEN 0 AND {DEAREST} AND {row}computed_nanousd BETWEEN 0 AND {DEAREST}) IS TRUE"


def _parts(call: str, is_pair: str) -> str:
    """SQL: what a call adds to each of its slots, by KEYS and SUMS; the columns of a SELECT. `call` is the name of its
    row, `is_pair` that of the column with its pair. FROM has the slots.
    """
    return f"""d.dimension, s.seconds, {call}.created_at / s.seconds * s.seconds AS start,
        iif(d.dimension = 'model', {call}.purpose, '') AS purpose,
        iif(d.dimension = 'model', {call}.model, '') AS model,
        iif(d.dimension = 'exam', coalesce({call}.exam_id, 0), 0) AS exam_id,
        iif(d.dimension = 'user', coalesce({call}.user_id, 0), 0) AS user_id,
        1 AS generations, {call}.success AS successes, {call}.cost_nanousd IS NOT NULL AS priced,
        coalesce({call}.cost_nanousd / {NANO}, 0) AS cost_usd,
        coalesce({call}.cost_nanousd % {NANO}, 0) AS cost_nanousd, {is_pair} AS compared,
        iif({is_pair}, {call}.billed_nanousd / {NANO}, 0) AS billed_usd,
        iif({is_pair}, {call}.billed_nanousd % {NANO}, 0) AS billed_nanousd,
        iif({is_pair}, {call}.computed_nanousd / {NANO}, 0) AS computed_usd,
        iif({is_pair}, {call}.computed_nanousd % {NANO}, 0) AS computed_nanousd"""


_OF_ALL_SLOTS = f"({_NAMES}) d, ({_LENGTHS}) s"
# The parts of all calls that can be counted, for counting anew.
_PARTS = f"""
    CREATE VIEW ai_cost_parts AS
    SELECT c.id, c.created_at, {_parts("c", "c.is_pair")}
    FROM (SELECT *, {_pair()} AS is_pair FROM ai_generation_log WHERE {COUNTABLE}) c, {_OF_ALL_SLOTS}
"""


def _parts_of(row: str) -> str:
    """SQL: the parts of the row `new` or `old` of a trigger, if it can be counted."""
    pair, slots = f"(SELECT {_pair(f'{row}.')} AS is_pair) f", _OF_ALL_SLOTS
    return f"SELECT {_parts(row, 'f.is_pair')} FROM {pair}, {slots} WHERE {countable(f'{row}.')}"


# The different whole numbers in the list of questions of a call.
_SHARES = """
    CREATE VIEW ai_cost_shares AS
    SELECT generation_id, question_id, count(*) OVER (PARTITION BY generation_id) AS shares,
        row_number() OVER (PARTITION BY generation_id ORDER BY question_id) - 1 AS place
    FROM (SELECT DISTINCT c.id AS generation_id, j.value AS question_id
          FROM ai_generation_log c,
              json_each(iif(iif(json_valid(question_ids), json_type(question_ids), '') = 'array', question_ids, '[]')) j
          WHERE j.type = 'integer' AND typeof(j.value) = 'integer' AND j.value > 0)
"""


_ALL = ", ".join((*KEYS, *SUMS))
# Neither a damaged sum nor a slot that is not there stops a write: what can be is added or taken away.
_ADDED = f"""
        INSERT INTO ai_cost_slots ({_ALL}) {_parts_of("new")}
        ON CONFLICT ({", ".join(KEYS)})
        DO UPDATE SET {", ".join(f"{name} = min({name} + excluded.{name}, {most})" for name, most in SUMS.items())};"""
_TAKEN_AWAY = f"""
        UPDATE ai_cost_slots SET {", ".join(f"{name} = max(ai_cost_slots.{name} - p.{name}, 0)" for name in SUMS)}
        FROM ({_parts_of("old")}) p
        WHERE {" AND ".join(f"ai_cost_slots.{name} = p.{name}" for name in KEYS)};
        DELETE FROM ai_cost_slots WHERE generations = 0;"""
_LINKED = """
        INSERT INTO ai_generation_questions (generation_id, question_id, place, shares)
        SELECT generation_id, question_id, place, shares FROM ai_cost_shares WHERE generation_id = new.id
        ON CONFLICT (question_id, generation_id) DO UPDATE SET place = excluded.place, shares = excluded.shares;"""
_COUNTED_BY = "purpose, model, exam_id, user_id, created_at, success, cost_nanousd, billed_nanousd, computed_nanousd"
_STAYS = "WHEN old.is_counted = 1 AND new.is_counted = 1"
# What a release before writes: it knows nothing of sums, and the oldest only micro-dollars.
_AS_BEFORE = {
    "id": "nullif(new.id, -1)",  # -1 is none yet
    "cost_nanousd": """coalesce(new.cost_nanousd,
            CASE WHEN new.cost_microusd BETWEEN 0 AND 5000000000000 THEN new.cost_microusd * 1000 END)""",
    "is_counted": "1",
}
_COLUMNS = [field.column_name for field in ledger.AIGeneration._meta.sorted_fields if field.column_name != "cost_cents"]
# A call is counted when it is inserted with its `is_counted`. A row of a release before has none, and is written in its
# place as this release writes one. Those of before the sums are counted when a backfill sets it.
# A change takes away what the call was before it, then adds what it is.
# An INSERT is compiled with all of its triggers, and theirs, each time. So these take the values of the row, where a
# query of the table would weigh all of its indexes, and none that an INSERT fires changes the row once more.
OBJECTS: tuple[str, ...] = (
    _PARTS,
    _SHARES,
    f"""
    CREATE TRIGGER ai_generation_log_as_before BEFORE INSERT ON ai_generation_log WHEN new.is_counted = 0
    BEGIN
        INSERT INTO ai_generation_log ({", ".join(_COLUMNS)})
        VALUES ({", ".join(_AS_BEFORE.get(column, f"new.{column}") for column in _COLUMNS)});
        SELECT RAISE(IGNORE);
    END
    """,
    f"""
    CREATE TRIGGER ai_generation_log_counts AFTER INSERT ON ai_generation_log WHEN new.is_counted = 1
    BEGIN{_ADDED}{_LINKED}
    END
    """,
    f"""
    CREATE TRIGGER ai_generation_log_counted AFTER UPDATE OF is_counted ON ai_generation_log
    WHEN old.is_counted = 0 AND new.is_counted = 1
    BEGIN{_ADDED}{_LINKED}
    END
    """,
    f"""
    CREATE TRIGGER ai_generation_log_changes BEFORE UPDATE OF {_COUNTED_BY} ON ai_generation_log {_STAYS}
    BEGIN{_TAKEN_AWAY}
    END
    """,
    f"""
    CREATE TRIGGER ai_generation_log_changed AFTER UPDATE OF {_COUNTED_BY} ON ai_generation_log {_STAYS}
    BEGIN{_ADDED}
    END
    """,
    f"""
    CREATE TRIGGER ai_generation_log_goes BEFORE DELETE ON ai_generation_log WHEN old.is_counted = 1
    BEGIN{_TAKEN_AWAY}
    END
    """,
    f"""
    CREATE TRIGGER ai_generation_log_questions AFTER UPDATE OF question_ids ON ai_generation_log {_STAYS}
    BEGIN
        DELETE FROM ai_generation_questions WHERE generation_id = new.id;{_LINKED}
    END
    """,
)
