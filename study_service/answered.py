"""One graded answer of a learner, wherever it was given: what each noun counts, and the row that is stored."""

import datetime as dt
from dataclasses import dataclass

from shared_schema.database import Statement
from study_service import grading
from study_service.asked import Asked
from study_service.grading import Grade
from study_service.wishes import Wish

# An answer whose values are {name}. Its question is another one than those of all answers that go with it.
_ANSWER = """
    SELECT {user}, {question}, {version}, {session}, {attempt}, {selected}, {correct}, {score}, {seconds}, {confidence},
        {mark}, {flagged}, {changed}, {at}, {day}, {objective}, {difficulty},
        (SELECT expected FROM learner_ratings WHERE user_id = {user} AND objective_id = {objective}),
        (SELECT coalesce(max(attempt_number), 0) + 1 FROM user_answers
         WHERE user_id = {user} AND question_id = {question}),
        (SELECT max(0, ({at} - max(answered_at)) / 86400) FROM user_answers
         WHERE user_id = {user} AND question_id = {question})
"""
_INSERT = """
    INSERT INTO user_answers (
        user_id, question_id, question_version, study_session_id, test_attempt_id, selected_answer, is_correct, score,
        time_spent_seconds, confidence_level, mark, flagged, changed_answer, answered_at, day, objective_id, difficulty,
        expected, attempt_number, days_since_last_seen)
"""
_NAMES = (
    "user", "question", "version", "session", "attempt", "selected", "correct", "score", "seconds", "confidence",
    "mark", "flagged", "changed", "at", "day", "objective", "difficulty",
)  # fmt: skip
_STORE = _INSERT + _ANSWER.format_map({name: f":{name}" for name in _NAMES})


@dataclass(frozen=True, slots=True)
class Answered:
    """A graded answer. `at` is epoch seconds, `day` the learner's own date at that moment.

    `given` says that the question was given to the learner earlier, in a session or a timed test, which goes on when
    the question is withdrawn. `adaptive` is what the session was started with, where it is one that goes on by itself;
    `selected` is the choice as it is stored, where it has been stored before.
    """

    user_id: int
    question: Asked
    grade: Grade
    seconds: int
    at: int
    day: dt.date
    session_id: int | None = None
    attempt_id: int | None = None
    confidence: int | None = None
    flagged: bool = False
    changed: bool = False
    adaptive: Wish | None = None
    selected: str | None = None

    @property
    def given(self) -> bool:
        return self.session_id is not None or self.attempt_id is not None


def store(answer: Answered) -> Statement:
    """The step that stores the answer, behind those that count it: the ratings have just told what was expected."""
    return Statement(_STORE, _values(answer))


def _values(answer: Answered) -> dict[str, object]:
    return {
        "user": answer.user_id,
        "question": answer.question["id"],
        "version": answer.question["version"],
        "objective": answer.question["objective_id"],
        "difficulty": answer.question["difficulty"],
        "session": answer.session_id,
        "attempt": answer.attempt_id,
        "selected": answer.selected or grading.stored(answer.question["type"], answer.grade.selected),
        "correct": int(answer.grade.is_correct),
        "score": answer.grade.score,
        "seconds": answer.seconds,
        "confidence": answer.confidence,
        "mark": grading.confidence.mark(answer.grade.score, answer.confidence),
        "flagged": int(answer.flagged),
        "changed": int(answer.changed),
        "at": answer.at,
        "day": answer.day.isoformat(),
    }
