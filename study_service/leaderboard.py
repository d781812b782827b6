"""The learners of an exam who share their profile, by what they knew when a question was new to them.

Points are the lower end of Wilson's 95 % interval (1927, JASA 22) of the share of right first answers: few answers do
not lead by luck, and repeating known questions earns nothing. Who does not share is not on the board, sees it all the
same, and nobody sees it while fewer than `LEAST_LEARNERS` are on it: a board of two tells each the other's marks.
"""

import math
from typing import TypedDict

from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.problems import NotFound
from shared_schema.rows import Shape
from shared_schema.tables import db
from shared_schema.tables.progress import LEADERBOARD_LEAST

LEAST_LEARNERS = 5
LEAST_QUESTIONS = LEADERBOARD_LEAST
SHOWN = 50

_Z2 = 1.959963984540054**2
# SQL: the points for `right` right first answers to `seen` questions.
POINTS = f"""
    ({{right}} + {_Z2 / 2!r}
        - sqrt({_Z2!r} * ({{right}} * ({{seen}} - {{right}}) * 1.0 / max({{seen}}, 1) + {_Z2 / 4!r})))
    / ({{seen}} + {_Z2!r})
"""
# Whether somebody shares is looked up once more: the copy in `user_progress` only makes the index small.
_TOP = f"""
    SELECT p.id, u.name, u.picture, p.points, p.unique_questions_seen, p.first_correct, p.user_id = :user AS is_me
    FROM user_progress p INDEXED BY user_progress_leaderboard CROSS JOIN users u ON u.id = p.user_id
    WHERE p.exam_id = :exam AND p.is_shared = 1 AND p.unique_questions_seen >= {LEAST_QUESTIONS}
      AND u.share_profile = 1 AND u.is_active = 1
    ORDER BY p.points DESC, p.id LIMIT {SHOWN}
"""
_EXAM = "SELECT id FROM exams WHERE id = ? AND is_active = 1"
_SHARE = """
    UPDATE user_progress SET is_shared = coalesce((SELECT share_profile FROM users WHERE id = :user), 0)
    WHERE user_id = :user
"""
_SHAPE = Shape("user_progress", reals=("points",))


class Standing(TypedDict):
    """A learner on the board, without anything that tells who it is but what is shared."""

    name: str
    picture: str | None
    points: float
    questions_seen: int
    first_correct: int
    rank: int
    is_me: bool


class _Row(TypedDict):
    id: int
    name: str
    picture: str | None
    points: float
    unique_questions_seen: int
    first_correct: int
    is_me: int


class Board(TypedDict):
    """The first of an exam; `reason` says why there is nobody to show."""

    learners: list[Standing]
    reason: str | None


def share(user_id: int) -> Statement:
    """The step that takes a learner on or off the boards, behind the change of `share_profile`."""
    return Statement(_SHARE, {"user": user_id})


def of_exam(user_id: int, exam_id: int) -> Board:
    """The board of an active exam as this learner sees it; NotFound without one."""
    exam, top = db.fetch([Statement(_EXAM, (exam_id,)), Statement(_TOP, {"user": user_id, "exam": exam_id})])
    if not exam.rows:
        raise NotFound("no such exam")
    learners = rows.usable("user_progress", top.all(_Row), _row)
    if len(learners) < LEAST_LEARNERS:
        few = f"fewer than {LEAST_LEARNERS} learners who share their profile have answered {LEAST_QUESTIONS} questions"
        return {"learners": [], "reason": few}
    return {"learners": [_standing(row, learners) for row in learners], "reason": None}


def _row(row: _Row) -> _Row:
    return rows.checked(row, _SHAPE)


def _standing(row: _Row, learners: list[_Row]) -> Standing:
    """Equal points have the same rank, and the next one's is as if they had not."""
    return {
        "name": row["name"],
        "picture": row["picture"],
        "points": math.floor(row["points"] * 1000) / 1000,
        "questions_seen": row["unique_questions_seen"],
        "first_correct": row["first_correct"],
        "rank": 1 + sum(other["points"] > row["points"] for other in learners),
        "is_me": bool(row["is_me"]),
    }
