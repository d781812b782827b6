"""Which questions come next. The cost of a pick depends on how many are asked for, not on how many there are."""

import datetime as dt
from collections.abc import Callable, Sequence

import structlog

from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.problems import NotFound, invalid
from shared_schema.tables import db
from study_service import candidates, delivery, elo
from study_service.delivery import Served, Stored
from study_service.wishes import SPARE, Wish

SHUFFLE_KEYS = 2**31

_log = structlog.get_logger()

_RATINGS = """
    LEFT JOIN question_ratings r ON r.question_id = c.id
    LEFT JOIN learner_ratings l ON l.user_id = :user AND l.objective_id = c.objective_id
    LEFT JOIN exam_ratings e ON e.user_id = :user AND e.exam_id = :exam
"""
_QUESTION = f"coalesce(r.rating, {elo.start('c.difficulty')})"
_LEVEL = elo.level("l.rating", "l.answers", "e.rating")
# What comes first, by mode; where that is equal, the order of the walk.
_FIRST = {"speed_drill": "c.difficulty", "adaptive": f"abs({_QUESTION} - ({_LEVEL} - {elo.TARGET}))"}
_TAKE = """
    SELECT c.id, {first} AS turn, c.lap, c.place FROM ({candidates}) c {ratings}
    ORDER BY turn, lap, place LIMIT :count + :spare
"""
_PICK = """
    SELECT q.id, q.version, q.text, q.type, q.difficulty, q.objective_id, q.tags, q.answers, q.image_url
    FROM ({taken}) p CROSS JOIN questions q ON q.id = p.id ORDER BY p.turn, p.lap, p.place
"""
_EXAM = "SELECT id FROM exams WHERE id = ? AND is_active = 1"
# The same with the learner's progress where its levels cannot be read, so that it can be logged.
_EXAM_AND_LEVELS = """
    SELECT e.id, p.id AS unreadable FROM exams e
    LEFT JOIN user_progress p ON p.user_id = ? AND p.exam_id = e.id AND NOT json_valid(p.objective_mastery)
    WHERE e.id = ? AND e.is_active = 1
"""
_OBJECTIVES = "SELECT id FROM objectives WHERE exam_id = ? AND is_active = 1"


def pick(user_id: int, wish: Wish, now: dt.datetime, first: int) -> list[Served]:
    """Up to `count` different questions as the learner may see them, in the order to ask them.

    `now` is the server's clock and `first` the shuffle key to start from, and the seed of the options' order.
    Fewer where the bank has no more, and, with a line in the log, where more than `SPARE` of the questions that were
    read cannot be used. NotFound for an unknown exam, Invalid for an objective the exam does not have.
    """
    return picked(wish, db.fetch(reads(user_id, wish, now, first)), first)


def reads(user_id: int, wish: Wish, now: dt.datetime, first: int) -> list[Statement]:
    """The statements of a pick, to go with other reads in one round trip; their results go to `picked`."""
    exam = (wish.exam_id,)
    levels = Statement(_EXAM_AND_LEVELS, (user_id, *exam))
    questions = Statement(_PICK.format(taken=taken(wish)), values(user_id, wish, int(now.timestamp()), first))
    return [levels if wish.mode == "weak_areas" else Statement(_EXAM, exam), Statement(_OBJECTIVES, exam), questions]


def taken(wish: Wish, besides: str = "") -> str:
    """SQL: the questions that are taken, and some spare: `id`, and `turn`, `lap`, `place` to order them by.

    `besides` is as in `candidates.sql`.
    """
    first = _FIRST.get(wish.mode, "0")
    ratings = _RATINGS if wish.mode == "adaptive" else ""
    return _TAKE.format(first=first, candidates=candidates.sql(wish, besides), ratings=ratings)


def values(user_id: int, wish: Wish, now: int, first: int) -> dict[str, object]:
    """The parameters of `taken`; `now` in epoch seconds."""
    return {**candidates.values(user_id, wish, now, first), "spare": SPARE}


def picked(wish: Wish, results: Sequence[Result], seed: int) -> list[Served]:
    """What `pick` gives, from the results of `reads`. The options are in the order of this seed."""
    exam, objectives, questions = results
    if not exam.rows:
        raise NotFound("no such exam")
    if unreadable := exam.rows[0].get("unreadable"):
        rows.left_out("user_progress", unreadable, "objective_mastery", "is not JSON: every objective counts as weak")
    unknown = set(wish.objective_ids) - {row["id"] for row in objectives.rows}
    if unknown:
        raise invalid("objective_ids", f"Not of this exam: {', '.join(map(str, sorted(unknown)))}.")
    return _served(wish, questions.all(Stored), delivery.reader(seed))


def _served(wish: Wish, stored: list[Stored], read: Callable[[Stored], Served]) -> list[Served]:
    """The first `count` of these questions that can be used; the rest are spare."""
    questions = rows.usable("questions", stored[: wish.count], read)
    spare = iter(stored[wish.count :])
    while len(questions) < min(wish.count, len(stored)) and (question := next(spare, None)):
        questions += rows.usable("questions", [question], read)
    if len(questions) < min(wish.count, len(stored)):
        asked = {"exam": wish.exam_id, "asked": wish.count, "picked": len(questions)}
        _log.warning("fewer questions were picked than asked for: some cannot be used", **asked)
    return questions
