"""Which questions come next. The cost of a pick depends on how many are asked for, not on how many there are."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cache

import structlog

from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.fields import loads
from shared_schema.problems import NotFound, invalid
from shared_schema.tables import db
from study_service import candidates, delivery
from study_service.delivery import Served, Stored
from study_service.wishes import Kind, Wish

SHUFFLE_KEYS = candidates.KEYS

_log = structlog.get_logger()

_COLUMNS = "x.id, x.version, x.text, x.type, x.difficulty, x.objective_id, x.tags, x.answers, x.image_url"
# The last row is the exam itself: `text` are the objectives that it does not have, `seen` the learner's progress
# where its levels cannot be read.
_WITH_EXAM = """
    SELECT * FROM ({walk}) UNION ALL
    SELECT -id, 0, {unknown}, '', 0, 0, '', '', NULL, 0, 0, {unreadable} FROM exams WHERE id = :exam AND is_active = 1
"""
_UNKNOWN = """(SELECT json_group_array(value) FROM json_each(:objectives) WHERE NOT EXISTS (
    SELECT 1 FROM objectives WHERE id = value AND exam_id = :exam AND is_active = 1))"""
_UNREADABLE = """coalesce((SELECT id FROM user_progress
    WHERE user_id = :user AND exam_id = :exam AND NOT json_valid(objective_mastery)), 0)"""


class Walked(Stored):
    """A question that a pick has walked by: see `candidates.sql`."""

    place: int
    turn: float
    seen: int


def pick(user_id: int, wish: Wish, now: dt.datetime, first: int) -> list[Served]:
    """Up to `count` different questions as the learner may see them, in the order to ask them.

    `now` is the server's clock and `first` the shuffle key to start from, and the seed of the options' order.

    A walk looks at some more questions than are asked for, a fifth more at least, and no further. What the learner has
    answered lately comes behind the rest of them, longest ago first: so there are fewer than `count` only where the
    bank has no more that pass. A wish that says for how many hours leaves those out instead; its walk goes on until it
    has enough, however far that is.

    Fewer, too, with a line in the log, where more questions than those to spare cannot be used. NotFound for an unknown
    exam, Invalid for an objective the exam does not have.
    """
    (result,) = db.fetch([read(user_id, wish, now, first)])
    return picked(wish, result, now, first)


def read(user_id: int, wish: Wish, now: dt.datetime, first: int) -> Statement:
    """The statement of a pick, to go with other reads in one round trip; its result goes to `picked`."""
    return Statement(_sql(wish.kind), candidates.values(user_id, wish, int(now.timestamp()), first))


@cache
def _sql(kind: Kind) -> str:
    unknown = _UNKNOWN if kind.scope in ("one", "given") else "'[]'"
    unreadable = _UNREADABLE if kind.mode == "weak_areas" else "0"
    return _WITH_EXAM.format(walk=candidates.sql(kind, _COLUMNS), unknown=unknown, unreadable=unreadable)


def picked(wish: Wish, result: Result, now: dt.datetime, first: int) -> list[Served]:
    """What `pick` gives, from the result of `read`."""
    walked = result.all(Walked)
    exam = walked.pop() if walked else None
    if exam is None or exam["id"] > 0:
        raise NotFound("no such exam")
    if exam["seen"]:
        rows.left_out("user_progress", exam["seen"], "objective_mastery", "is not JSON: every objective counts as weak")
    if unknown := loads(exam["text"]):
        raise invalid("objective_ids", f"Not of this exam: {', '.join(map(str, sorted(unknown)))}.")
    since = int(now.timestamp()) - wish.hours * 3600
    return _served(wish, _in_order(walked, since, first), delivery.reader(first))


def _in_order(walked: list[Walked], since: int, first: int) -> list[Walked]:
    """The questions in the order to ask them, those that were answered after `since` behind the others."""
    lately = [question for question in walked if question["seen"] > since]
    others = [question for question in walked if question["seen"] <= since] if lately else walked
    others.sort(key=lambda question: (question["turn"], (question["place"] - first) % SHUFFLE_KEYS))
    return others + sorted(lately, key=lambda question: question["seen"])


def _served(wish: Wish, stored: Sequence[Stored], read: Callable[[Stored], Served]) -> list[Served]:
    """The first `count` of these questions that can be used; the rest are spare."""
    questions = rows.usable("questions", stored[: wish.count], read)
    spare = iter(stored[wish.count :])
    while len(questions) < min(wish.count, len(stored)) and (question := next(spare, None)):
        questions += rows.usable("questions", [question], read)
    if len(questions) < min(wish.count, len(stored)):
        asked = {"exam": wish.exam_id, "asked": wish.count, "picked": len(questions)}
        _log.warning("fewer questions were picked than asked for: some cannot be used", **asked)
    return questions
