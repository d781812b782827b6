"""Which questions come next. The cost of a pick depends on how many are asked for, not on how many there are.

Every question has a random `shuffle_key`. A pick starts at a random point of that order and walks on, around the end
if need be. Each answer draws its question a new key, so neighbours do not stay neighbours.
"""

import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shared_schema.database import Result, Statement
from shared_schema.problems import NotFound, invalid
from shared_schema.tables import db

Row = dict[str, Any]

SHUFFLE_KEYS = 2**31
WEAK_BELOW = 0.7
_WRONG_ANSWERS_READ = 500

_SEEN_SINCE = """
    coalesce((SELECT answered_at FROM user_answers a WHERE a.user_id = ? AND a.question_id = x.id
              ORDER BY attempt_number DESC LIMIT 1), 0) > ?
"""
# A stretch of an index, from the starting point on (first lap) or up to it (second); each is read only as far as asked.
_LAP = """
    SELECT {lap} AS lap, q.shuffle_key, q.id, q.text, q.type, q.difficulty, q.objective_id, q.tags, q.answers
    FROM ({strata}) s JOIN questions q ON q.id IN (
        SELECT x.id FROM questions x
        WHERE x.{scope} = s.scope AND x.difficulty = s.difficulty AND x.review_status = 'approved' AND x.is_active = 1
          AND x.shuffle_key {side} ? AND NOT {seen}
        ORDER BY x.shuffle_key LIMIT ?)
"""
_WALK = "SELECT * FROM ({first} UNION ALL {second}) ORDER BY lap, shuffle_key LIMIT ?"
_WITHIN_EXAM = "SELECT ? AS scope, value AS difficulty FROM json_each(?)"
_WITHIN_OBJECTIVES = """
    SELECT o.id AS scope, d.value AS difficulty FROM objectives o, json_each(?) d
    WHERE o.exam_id = ? AND o.id IN (SELECT value FROM json_each(?))
"""
_LEVELS = """
    SELECT o.id, coalesce(json_extract(p.objective_mastery, '$."' || o.id || '".level'), 0) AS level
    FROM objectives o LEFT JOIN user_progress p ON p.user_id = ? AND p.exam_id = o.exam_id
    WHERE o.exam_id = ? AND o.is_active = 1
"""
# The objectives below the mark or not studied yet; all where none is weak.
_WITHIN_WEAK = f"""
    SELECT o.id AS scope, d.value AS difficulty FROM ({_LEVELS}) o, json_each(?) d
    WHERE o.level < {WEAK_BELOW} OR NOT EXISTS (SELECT 1 FROM ({_LEVELS}) WHERE level < {WEAK_BELOW})
"""
# The questions whose latest answer was wrong, latest first, among so many wrong answers and no more.
_REVIEW = f"""
    SELECT x.id, x.text, x.type, x.difficulty, x.objective_id, x.tags, x.answers
    FROM (SELECT question_id, max(id) AS latest FROM (
              SELECT question_id, id FROM user_answers
              WHERE user_id = ? AND is_correct = 0 ORDER BY id DESC LIMIT {_WRONG_ANSWERS_READ})
          GROUP BY question_id) w
    JOIN questions x ON x.id = w.question_id
    WHERE x.exam_id = ? AND x.review_status = 'approved' AND x.is_active = 1
      AND x.difficulty BETWEEN ? AND ? AND (? OR x.objective_id IN (SELECT value FROM json_each(?)))
      AND w.latest = (SELECT id FROM user_answers a WHERE a.user_id = ? AND a.question_id = x.id
                      ORDER BY attempt_number DESC LIMIT 1)
      AND NOT {_SEEN_SINCE}
    ORDER BY w.latest DESC LIMIT ?
"""
_EXAM = "SELECT id FROM exams WHERE id = ? AND is_active = 1"
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


def pick(user_id: int, wish: Wish) -> list[Row]:
    """Up to `count` different questions as the learner may see them, in the order to ask them.

    Fewer where the bank has no more. NotFound for an unknown exam, Invalid for an objective the exam does not have.
    """
    return picked(wish, db.fetch(reads(user_id, wish)))


def reads(user_id: int, wish: Wish) -> list[Statement]:
    """The statements of a pick, for who has more to read in the same round trip; their results go to `picked`."""
    exam = (wish.exam_id,)
    return [Statement(_EXAM, exam), Statement(_OBJECTIVES, exam), _query(user_id, wish)]


def picked(wish: Wish, results: Sequence[Result]) -> list[Row]:
    """What `pick` gives, from the results of `reads`."""
    exam, objectives, found = results
    if exam.first(dict) is None:
        raise NotFound("no such exam")
    unknown = set(wish.objective_ids) - {row["id"] for row in objectives.rows}
    if unknown:
        raise invalid("objective_ids", f"Not of this exam: {', '.join(map(str, sorted(unknown)))}.")
    return served(found.rows)


def served(rows: list[Row]) -> list[Row]:
    """Questions without their key: of each option only its id and text."""
    return [
        {
            "id": row["id"],
            "text": row["text"],
            "type": row["type"],
            "difficulty": row["difficulty"],
            "objective_id": row["objective_id"],
            "tags": orjson.loads(row["tags"]),
            "answers": [{"id": o["id"], "text": o["text"]} for o in orjson.loads(row["answers"])],
        }
        for row in rows
    ]


def _query(user_id: int, wish: Wish) -> Statement:
    low, high = wish.difficulty
    hours = wish.exclude_recent_hours
    if wish.mode == "review":
        since = time.time() - (hours or 0) * 3600
        objectives = json.dumps(wish.objective_ids)
        who = (user_id, wish.exam_id, low, high, not wish.objective_ids, objectives, user_id)
        return Statement(_REVIEW, (*who, user_id, int(since), wish.count))
    since = time.time() - (24 if hours is None else hours) * 3600
    scope, strata, within = _strata(user_id, wish, json.dumps(list(range(low, high + 1))))
    laps = [
        _LAP.format(lap=lap, side=side, scope=scope, strata=strata, seen=_SEEN_SINCE)
        for lap, side in enumerate((">=", "<"))
    ]
    start = random.randrange(SHUFFLE_KEYS)
    one_lap = (*within, start, user_id, int(since), wish.count)
    return Statement(_WALK.format(first=laps[0], second=laps[1]), (*one_lap, *one_lap, wish.count))


def _strata(user_id: int, wish: Wish, difficulties: str) -> tuple[str, str, tuple[Any, ...]]:
    """The column that a stretch is of, the stretches to walk, and the values for those."""
    if wish.objective_ids:
        return "objective_id", _WITHIN_OBJECTIVES, (difficulties, wish.exam_id, json.dumps(wish.objective_ids))
    if wish.mode == "weak_areas":
        who = (user_id, wish.exam_id)
        return "objective_id", _WITHIN_WEAK, (*who, difficulties, *who)
    return "exam_id", _WITHIN_EXAM, (wish.exam_id, difficulties)
