"""Which questions come next. The cost of a pick depends on how many are asked for, not on how many there are.

Every question has a random `shuffle_key`. A pick starts at a point of that order, which the caller draws, and walks on,
around the end if need be. Each answer draws its question a new key, so neighbours do not stay neighbours.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.fields import dumps
from shared_schema.problems import NotFound, invalid
from shared_schema.tables import db
from study_service import delivery
from study_service.delivery import Served, Stored

SHUFFLE_KEYS = 2**31
WEAK_BELOW = 0.7
_WRONG_ANSWERS_READ = 500
_SPARE = 4  # so many more questions are read than asked for, to stand in for those that cannot be used

_log = structlog.get_logger()

_SEEN_SINCE = """
    coalesce((SELECT answered_at FROM user_answers a WHERE a.user_id = :user AND a.question_id = x.id
              ORDER BY attempt_number DESC LIMIT 1), 0) > :since
"""
# A stretch of an index, from the starting point on (first lap) or up to it (second); each is read only as far as asked.
_LAP = f"""
    SELECT {{lap}} AS lap, q.shuffle_key, q.id, q.text, q.type, q.difficulty, q.objective_id, q.tags, q.answers
    FROM ({{strata}}) s JOIN questions q ON q.id IN (
        SELECT x.id FROM questions x
        WHERE x.{{scope}} = s.scope AND x.difficulty = s.difficulty AND x.review_status = 'approved' AND x.is_active = 1
          AND x.shuffle_key {{side}} :first AND NOT {_SEEN_SINCE}
        ORDER BY x.shuffle_key LIMIT :count)
"""
# What is spare comes from the stretches that were read anyway.
_WALK = "SELECT * FROM ({first} UNION ALL {second}) ORDER BY lap, shuffle_key LIMIT :count + :spare"
_WITHIN_EXAM = "SELECT :exam AS scope, value AS difficulty FROM json_each(:difficulties)"
_WITHIN_OBJECTIVES = """
    SELECT o.id AS scope, d.value AS difficulty FROM objectives o, json_each(:difficulties) d
    WHERE o.exam_id = :exam AND o.id IN (SELECT value FROM json_each(:objectives))
"""
_LEVELS = """
    SELECT o.id, coalesce(CASE WHEN json_valid(p.objective_mastery)
                               THEN json_extract(p.objective_mastery, '$."' || o.id || '".level') END, 0) AS level
    FROM objectives o LEFT JOIN user_progress p ON p.user_id = :user AND p.exam_id = o.exam_id
    WHERE o.exam_id = :exam AND o.is_active = 1
"""
# The objectives below the mark or not studied yet; all where none is weak.
_WITHIN_WEAK = f"""
    SELECT o.id AS scope, d.value AS difficulty FROM ({_LEVELS}) o, json_each(:difficulties) d
    WHERE o.level < {WEAK_BELOW} OR NOT EXISTS (SELECT 1 FROM ({_LEVELS}) WHERE level < {WEAK_BELOW})
"""
# The questions whose latest answer was wrong, latest first, among so many wrong answers and no more. CROSS JOIN keeps
# the engine from walking the exam's questions instead.
_REVIEW = f"""
    SELECT x.id, x.text, x.type, x.difficulty, x.objective_id, x.tags, x.answers
    FROM (SELECT question_id, max(id) AS latest FROM (
              SELECT question_id, id FROM user_answers
              WHERE user_id = :user AND is_correct = 0 ORDER BY id DESC LIMIT {_WRONG_ANSWERS_READ})
          GROUP BY question_id) w
    CROSS JOIN questions x ON x.id = w.question_id
    WHERE x.exam_id = :exam AND x.review_status = 'approved' AND x.is_active = 1
      AND x.difficulty BETWEEN :low AND :high
      AND (:anywhere OR x.objective_id IN (SELECT value FROM json_each(:objectives)))
      AND w.latest = (SELECT id FROM user_answers a WHERE a.user_id = :user AND a.question_id = x.id
                      ORDER BY attempt_number DESC LIMIT 1)
      AND NOT {_SEEN_SINCE}
    ORDER BY w.latest DESC LIMIT :count + :spare
"""
_EXAM = "SELECT id FROM exams WHERE id = ? AND is_active = 1"
# The same with the learner's progress where its levels cannot be read, so that it can be logged.
_EXAM_AND_LEVELS = """
    SELECT e.id, p.id AS unreadable FROM exams e
    LEFT JOIN user_progress p ON p.user_id = ? AND p.exam_id = e.id AND NOT json_valid(p.objective_mastery)
    WHERE e.id = ? AND e.is_active = 1
"""
_OBJECTIVES = "SELECT id FROM objectives WHERE exam_id = ? AND is_active = 1"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a learner asks for. `exclude_recent_hours` None means the mode's own: 24, and none when reviewing."""

    exam_id: int
    count: int
    mode: str = "practice"
    objective_ids: tuple[int, ...] = ()
    difficulty: tuple[int, int] = (1, 5)
    exclude_recent_hours: int | None = None

    @property
    def hours(self) -> int:
        """For how many hours a question that was answered is not asked again."""
        if self.exclude_recent_hours is not None:
            return self.exclude_recent_hours
        return 0 if self.mode == "review" else 24


def pick(user_id: int, wish: Wish, now: dt.datetime, first: int) -> list[Served]:
    """Up to `count` different questions as the learner may see them, in the order to ask them.

    `now` is the server's clock and `first` the shuffle key to start from. Fewer where the bank has no more, and, with
    a line in the log, where more than `_SPARE` of the questions that were read cannot be used. NotFound for an unknown
    exam, Invalid for an objective the exam does not have.
    """
    return picked(wish, db.fetch(reads(user_id, wish, now, first)))


def reads(user_id: int, wish: Wish, now: dt.datetime, first: int) -> list[Statement]:
    """The statements of a pick, to go with other reads in one round trip; their results go to `picked`."""
    exam, since = (wish.exam_id,), int(now.timestamp()) - wish.hours * 3600
    query = _review(user_id, wish, since) if wish.mode == "review" else _walk(user_id, wish, since, first)
    levels = Statement(_EXAM_AND_LEVELS, (user_id, *exam))
    return [levels if wish.mode == "weak_areas" else Statement(_EXAM, exam), Statement(_OBJECTIVES, exam), query]


def picked(wish: Wish, results: Sequence[Result]) -> list[Served]:
    """What `pick` gives, from the results of `reads`."""
    exam, objectives, questions = results
    if not exam.rows:
        raise NotFound("no such exam")
    if unreadable := exam.rows[0].get("unreadable"):
        rows.left_out("user_progress", unreadable, "objective_mastery", "is not JSON: every objective counts as weak")
    unknown = set(wish.objective_ids) - {row["id"] for row in objectives.rows}
    if unknown:
        raise invalid("objective_ids", f"Not of this exam: {', '.join(map(str, sorted(unknown)))}.")
    return _served(wish, questions.all(Stored))


def _served(wish: Wish, stored: list[Stored]) -> list[Served]:
    """The first `count` of these questions that can be used; the rest are spare."""
    questions = rows.usable("questions", stored[: wish.count], delivery.read)
    spare = iter(stored[wish.count :])
    while len(questions) < min(wish.count, len(stored)) and (question := next(spare, None)):
        questions += rows.usable("questions", [question], delivery.read)
    if len(questions) < min(wish.count, len(stored)):
        asked = {"exam": wish.exam_id, "asked": wish.count, "picked": len(questions)}
        _log.warning("fewer questions were picked than asked for: some cannot be used", **asked)
    return questions


def _review(user_id: int, wish: Wish, since: int) -> Statement:
    values = {
        "user": user_id,
        "exam": wish.exam_id,
        "low": wish.difficulty[0],
        "high": wish.difficulty[1],
        "anywhere": not wish.objective_ids,
        "objectives": dumps(wish.objective_ids),
        "since": since,
        "count": wish.count,
        "spare": _SPARE,
    }
    return Statement(_REVIEW, values)


def _walk(user_id: int, wish: Wish, since: int, first: int) -> Statement:
    low, high = wish.difficulty
    scope, strata = _strata(wish)
    laps = [_LAP.format(lap=lap, side=side, scope=scope, strata=strata) for lap, side in enumerate((">=", "<"))]
    values = {
        "user": user_id,
        "exam": wish.exam_id,
        "difficulties": dumps(list(range(low, high + 1))),
        "objectives": dumps(wish.objective_ids),
        "first": first,
        "since": since,
        "count": wish.count,
        "spare": _SPARE,
    }
    return Statement(_WALK.format(first=laps[0], second=laps[1]), values)


def _strata(wish: Wish) -> tuple[str, str]:
    """The column that a stretch is of, and the stretches to walk."""
    if wish.objective_ids:
        return "objective_id", _WITHIN_OBJECTIVES
    if wish.mode == "weak_areas":
        return "objective_id", _WITHIN_WEAK
    return "exam_id", _WITHIN_EXAM
